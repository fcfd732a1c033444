"""Coded values: which of several codings is the common one, which the local, and back into codings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from hub.lens.conversions import known
from hub.lens.spec import Type
from hub.lens.tables import Table
from hub.model.values import Code

Coding = tuple[str, str, str]  # code, display, system as the wire names it


class Systems(NamedTuple):
    """The names a wire gives to code systems: to ours, and from ours."""

    common: Mapping[str, str]
    wire: Mapping[str, str]

    def of(self, name: str) -> str:
        """Our name of a system, or nothing when it is a local one. What looks like a URI is one of ours already."""
        return self.common.get(name) or (name if ":" in name else "")


def systems_of(tables: Mapping[str, Table], kind: Type, at: int) -> Systems:
    """The code systems of a coded type; without a table, systems are already spelled as ours."""
    table = tables.get(kind.systems)
    return Systems(table.words(at), table.wires(at)) if table else Systems({}, {})


def coded(found: Sequence[Coding], text: str, systems: Systems, codes: Mapping[str, Code] | None) -> Code | None:
    """One Code out of a wire's codings: the first of a common system, beside it the first local one.

    A local code that `codes` knows gets its common code from there; else the code stays empty and the local one stands.

    >>> icd = Systems({"I10": "http://hl7.org/fhir/sid/icd-10-cm"}, {})
    >>> coded([("F32.9", "Depressive episode", "I10"), ("D1", "", "L")], "", icd, None)
    Code(code='F32.9', system='http://hl7.org/fhir/sid/icd-10-cm', display='Depressive episode', local='D1', local_system='L')
    """
    display = text or next((words for _, words, _ in found if words), "")
    for wire, words, name in found:
        same = known(codes, wire) if codes and wire else None
        if same is not None and (same.code, same.system) != (wire, systems.of(name)):
            # Who repeats a code in the place of its words says nothing of it.
            shown = words if words and words != wire else same.display
            return Code(code=same.code, system=same.system, display=shown, local=wire, local_system=name)
    common = next(((w, words, systems.of(name)) for w, words, name in found if w and systems.of(name)), None)
    own = next(((w, name) for w, _, name in found if w and not systems.of(name)), ("", ""))
    if common is None:
        return Code(display=display, local=own[0], local_system=own[1]) if own[0] or display else None
    code, words, system = common
    return Code(code=code, system=system, display=words or display, local=own[0], local_system=own[1])


def held(value: Code | None, found: Sequence[Coding], text: str, systems: Systems) -> list[str]:
    """The texts of the wire that a Code holds, and not those that there was no place for."""
    if value is None:
        return []
    texts = {value.code, value.display, value.local} - {""}
    names = {value.local_system} - {""}
    kept = [text] if text in texts else []
    for code, words, name in found:
        kept += [one for one in (code, words) if one in texts]
        if name and code in texts and (name in names or value.system == systems.of(name)):
            kept.append(name)
    return kept


def codings(value: Code, systems: Systems, codes: Mapping[str, Code] | None, wires: Mapping[str, str]) -> list[Coding]:
    """The codings a Code is written as. A code that the table translates goes out as the partner's own."""
    if codes and value.code:
        mine = known(codes, value.local)
        if mine is not None and mine.code == value.code and mine.system == value.system:
            words = "" if value.display == mine.display and not value.local_system else value.display
            return [(value.local, words, value.local_system)]
        wire = wires.get(value.code)
        if wire and (wire != value.code or codes[wire].system != value.system):
            return [(wire, "" if value.display == codes[wire].display else value.display, "")]
    found = []
    if value.code:
        found.append((value.code, value.display, systems.wire.get(value.system, value.system)))
    if value.local:
        found.append((value.local, "" if found else value.display, value.local_system))
    return found or ([("", value.display, "")] if value.display else [])
