"""The SAFR adapter: bed counts that hospitals report, and what we tell others of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from adapters.ehr.safr.fold import MEASURE, Reports, diversion, groups
from adapters.ehr.safr.unfold import Layout, Row
from adapters.wire import fhir, fhir_labels, json
from adapters.wire.json_lens import JSON, leaves, marked
from adapters.wire.laid_out import LaidOut
from adapters.wire.own_json import HOME
from hub.contracts import Loss, Losses, Reading, Received, Target, Writing
from hub.errors import Unmapped, Unreadable
from hub.lens.load import load
from hub.lens.losses import kept
from hub.lens.times import write_iso
from hub.lens.translate import Translator
from hub.model.disclosure import Disclosure
from hub.model.event import CrisisEvent
from hub.model.values import Instant

DEFAULT: Final = HOME / "ehr" / "safr" / "set.yaml"
KIND: Final = "MeasureReport"


class Compiled(NamedTuple):
    """A compiled set: how its lenses see a message, and the LOINC code of each count of each bed type."""

    layout: Layout
    codes: Mapping[tuple[str, str], str]
    translator: Translator


class Safr:
    """One partner's bed reports. The profile may name `mapping`, a set of its own, and `measure`, what we report to them."""

    name = "safr"
    media_type = "application/fhir+json"

    def __init__(self, profile: Mapping[str, str] | None = None) -> None:
        """Compile the partner's lenses. Raises Misconfigured naming file and line."""
        self.profile = dict(profile or {})
        self.layout, self.codes, self.translator = compiled(self.profile.get("mapping") or str(DEFAULT))

    def recognises(self, body: bytes) -> bool:
        """Whether it is a MeasureReport, or a Bundle that holds one."""
        return fhir.opens(body, beds=True)

    def split(self, body: bytes) -> Iterator[bytes]:
        """One piece: there are no persons in it."""
        return iter((body,))

    def read(self, body: bytes, received: Received) -> Reading:
        """Bed counts and diversions. Raises Unreadable naming the path, or Unmapped."""
        whole = read(body)
        number = _number(whole)
        reading = self.translator.reading(self.layout(whole), KIND, number, received, again=partial(read, body))
        unknown = tuple(("safr_count", code) for code in self.layout.unknown(whole))
        return msgspec.structs.replace(
            reading,
            unmapped_codes=(*reading.unmapped_codes, *unknown),
            account=partial(self._account, reading, body),
        )

    def write(self, disclosure: Disclosure, target: Target) -> Writing:
        """Bed counts and diversions as a Bundle of MeasureReports. Raises Unmapped when there are none."""
        options = self.profile | dict(target.options)
        parts = self.translator.write(disclosure.events, KIND, target.zone, {}, target.at)
        rows = {name: some for part in parts for name, some in (part or {}).items()}
        if not any(rows.values()):
            raise Unmapped("SAFR has no place for any of this.", cure="Take it out of what this partner wants.")
        now = write_iso(Instant(at=target.at), target.zone)
        meta = fhir_labels.labels(disclosure.handling)
        made = Reports(target.message_id, now, target.zone, meta, options.get("measure", MEASURE))
        for row in rows.get("beds", ()):
            made.report(row).setdefault("group", []).extend(groups(row, self.codes))
        for row in rows.get("diversion", ()):
            made.report(row | {"at": row.get("since")}).setdefault("extension", []).append(diversion(row))
        body = json.write(made.bundle())
        back = Received(journal="", partner=target.partner, as_of=target.at, zone=target.zone)
        events = disclosure.events
        return Writing(
            body=body, media_type=self.media_type, kind="Bundle", losses=partial(self._kept, events, body, back)
        )

    def _kept(self, events: Sequence[CrisisEvent], body: bytes, back: Received) -> Losses:
        return kept(events, self.read(body, back).events)

    def _account(self, reading: Reading, body: bytes) -> Losses:
        """The account of the lenses; codes that say which count it is were read here."""
        whole = marked(read(body))
        names = JSON.elements(whole)
        paths = {names[leaf.at] for leaf in leaves(whole) if leaf.at[-1] == "code" and self.layout.means(leaf)}
        return Losses(items=tuple(_said(loss) if loss.path in paths else loss for loss in reading.account().items))


def read(body: bytes) -> Row:
    """A MeasureReport, or a Bundle. Raises Unreadable."""
    found = json.read(body)
    if not isinstance(found, dict) or found.get("resourceType") not in ("Bundle", KIND):
        raise Unreadable(f"A {KIND} belongs here, or a Bundle of them.", at="resourceType")
    return found


def _said(loss: Loss) -> Loss:
    if loss.outcome != "unmapped":
        return loss
    return Loss(path=loss.path, outcome="mapped", why="says which count it is")


@lru_cache(maxsize=256)
def compiled(path: str) -> Compiled:
    """The compiled lenses of a set file. Partners with the same file share them."""
    lenses = load(Path(path), home=HOME)
    types = {row.wire: row.canonical for row in lenses.tables["safr_bed_type"].rows}
    counts = {row.wire: row.canonical for row in lenses.tables["safr_count"].rows}
    loinc = (wire_code for wire_code in counts if wire_code[:1].isdigit())
    layout = Layout(types, counts)
    firsts: dict[str, str] = {}
    for row in lenses.tables["safr_bed_type"].rows:
        firsts.setdefault(row.canonical, row.wire)
    codes = {(name, counts[code]): code for code in loinc for name in (types[code], firsts[types[code]])}
    return Compiled(layout, codes, Translator(lenses, LaidOut(layout)))


def _number(whole: Row) -> str:
    """The sender's id of the message."""
    named = whole.get("identifier")
    first: Any = named[0] if isinstance(named, list) and named else named
    said = first.get("value") if isinstance(first, dict) else None
    found = said or whole.get("id")
    return found if isinstance(found, str) else ""
