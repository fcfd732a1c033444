"""Coded values: which of several codings is the common one, which the local, and back into codings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from hub.lens.conversions import known
from hub.lens.spec import Type
from hub.lens.tables import Table
from hub.model.values import Code

Coding = tuple[str, str, str, str]  # code, display, system as the wire names it, its version


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
    """One Code out of a wire's codings: the first of a common system, beside it the first local one, then all others.

    A local code that `codes` knows gets its common code from there; else the code stays empty and the local one stands.

    >>> icd = Systems({"I10": "http://hl7.org/fhir/sid/icd-10-cm"}, {})
    >>> found = coded([("F32.9", "Depressive episode", "I10", ""), ("D1", "", "L", "")], "", icd, None)
    >>> found.code, found.display, found.local, found.local_system
    ('F32.9', 'Depressive episode', 'D1', 'L')
    """
    for n, one in enumerate(found):
        same = _translated(one, systems, codes)
        if same is not None:
            return _with(same, text, _others((*found[:n], *found[n + 1 :]), systems, codes))
    return _spelled(found, text, systems)


def _translated(one: Coding, systems: Systems, codes: Mapping[str, Code] | None) -> Code | None:
    """A coding that the table knows as another code than it says itself."""
    wire, words, name, version = one
    same = known(codes, wire) if codes and wire else None
    if same is None or (same.code, same.system) == (wire, systems.of(name)):
        return None
    # Who repeats a code in the place of its words says nothing of it.
    shown = words if words and words != wire else same.display
    return Code(code=same.code, system=same.system, display=shown, local=wire, local_system=name, version=version)


def _spelled(found: Sequence[Coding], text: str, systems: Systems) -> Code | None:
    """Codings as they stand: the first of a common system, and the first that is local."""
    display = next((one[1] for one in found if one[1]), "") or text
    common = next((one for one in found if one[0] and systems.of(one[2])), None)
    own = next((one for one in found if one[0] and not systems.of(one[2])), None)
    local, told, local_system, version = own or ("", "", "", "")
    left = [one for one in found if one is not common and one is not own] if len(found) > 1 else []
    others = _others(left, systems, None) if left else ()
    if common is None:
        if not (local or display):
            return None
        return _with(Code(display=display, local=local, local_system=local_system, version=version), text, others)
    code, words, name, first = common
    shown, system = words or display, systems.of(name)
    made = Code(code=code, system=system, display=shown, local=local, local_system=local_system, version=first)
    beside = told if told != shown else ""
    if beside or version:
        made = msgspec.structs.replace(made, local_display=beside, local_version=version)
    return _with(made, text, others)


def _others(found: Sequence[Coding], systems: Systems, codes: Mapping[str, Code] | None) -> tuple[Code, ...]:
    return tuple(_other(one, systems, codes) for one in found if one[0])


def _other(one: Coding, systems: Systems, codes: Mapping[str, Code] | None) -> Code:
    wire, words, name, version = one
    same, system = _translated(one, systems, codes), systems.of(name)
    if same is not None:
        return _as_called(same, codes, words)
    if system:
        return Code(code=wire, system=system, display=words, version=version)
    return Code(display=words, local=wire, local_system=name, version=version)


def _as_called(same: Code, codes: Mapping[str, Code] | None, words: str) -> Code:
    """A further code in the words of its table, those of the sender beside them: its system has its own words for it."""
    table = known(codes, same.local) if codes else None
    shown = table.display if table else ""
    if not shown or words in ("", same.local, shown):
        return same
    return msgspec.structs.replace(same, display=shown, local_display=words)


def _with(found: Code, text: str, others: tuple[Code, ...]) -> Code:
    """A code with what else was said of it, and not again what it says already."""
    text = text if text != found.display else ""
    others = tuple(one for one in others if not _same(one, found)) if others else ()
    return msgspec.structs.replace(found, text=text, others=others) if text or others else found


def _texts(one: Code) -> tuple[str, ...]:
    return one.code, one.display, one.local, one.text, one.version, one.local_display, one.local_version


def _same(one: Code, other: Code) -> bool:
    if one.code:
        return (one.code, one.system) == (other.code, other.system)
    return (one.local, one.local_system) == (other.local, other.local_system)


def held(value: Code | None, found: Sequence[Coding], text: str, systems: Systems) -> list[str]:
    """The texts of the wire that a Code holds, and not those that there was no place for."""
    if value is None:
        return []
    every = (value, *value.others)
    texts = {said for one in every for said in _texts(one)} - {""}
    names = {one.local_system for one in every} - {""}
    known_as = {one.system for one in every} - {""}
    kept = [text] if text in texts else []
    for code, words, name, version in found:
        kept += [one for one in (code, words, version) if one and one in texts]
        if name and code in texts and (name in names or systems.of(name) in known_as):
            kept.append(name)
    return kept


def codings(value: Code, systems: Systems, codes: Mapping[str, Code] | None, wires: Mapping[str, str]) -> list[Coding]:
    """The codings a Code is written as. A code that the table translates goes out as the partner's own."""
    found = _codings(value, systems, codes, wires)
    if value.others:
        found += [one for other in value.others for one in _codings(other, systems, codes, wires)[:1]]
    return found


def _codings(value: Code, systems: Systems, codes: Mapping[str, Code] | None, wires: Mapping[str, str]) -> list[Coding]:
    if codes and value.code:
        mine = known(codes, value.local)
        if mine is not None and mine.code == value.code and mine.system == value.system:
            plain = value.display == mine.display and not value.local_system
            words = value.local_display or ("" if plain else value.display)
            return [(value.local, words, value.local_system, value.version)]
        wire = wires.get(value.code)
        if wire and (wire != value.code or codes[wire].system != value.system):
            return [(wire, "" if value.display == codes[wire].display else value.display, "", value.version)]
    found = []
    if value.code:
        found.append((value.code, value.display, systems.wire.get(value.system, value.system), value.version))
    if value.local:
        beside = (value.local, value.local_display, value.local_system, value.local_version)
        found.append(beside if found else _local(value))
    return found or ([("", value.display, "", "")] if value.display else [])


def _local(value: Code) -> Coding:
    return value.local, value.display, value.local_system, value.version
