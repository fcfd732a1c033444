"""The HMIS adapter: what a continuum's export says of one person, and what an export to one must be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Final

import msgspec

from adapters.social.hmis import tables
from adapters.social.hmis.fold import Facts, fold
from adapters.social.hmis.view import reasons, view
from adapters.wire import csv
from adapters.wire.archive import ZIP, pack
from adapters.wire.csv_lens import HANDLING
from adapters.wire.json_lens import united
from adapters.wire.laid_out import LaidOut
from adapters.wire.own_json import HOME, known_as, labels, placed
from hub.contracts import Loss, Losses, Outcome, Reading, Received, Target, Writing
from hub.errors import Misconfigured, Unmapped, Unreadable
from hub.lens.compile_write import bodies_of
from hub.lens.load import load
from hub.lens.losses import kept
from hub.lens.times import write_iso
from hub.lens.translate import Translator
from hub.model.disclosure import Disclosure
from hub.model.event import CrisisEvent
from hub.model.values import Instant

KIND: Final = "HMIS"
# How far into an archive the name of a file stands that tells it from others.
NEAR: Final = 4096
MARKS: Final = (b"Client.csv", b"Enrollment.csv", b"Export.csv")


class Hmis:
    """One continuum's exports. The profile may name `mapping`, and the `version` to write: 2024 or 2026."""

    name = "hmis"
    media_type = "application/zip"
    # A door hands the archive over whole: what its files say, they say together.
    whole_archives = True
    # An importer finds a client by the PersonalID of its own system, and by nothing else.
    own_numbers = True

    def __init__(self, profile: Mapping[str, str] | None = None) -> None:
        """Compile the partner's lenses. Raises Misconfigured naming file and line."""
        self.profile = dict(profile or {})
        named = tables.YEAR.search(self.profile.get("version") or tables.NEWEST)
        self.version = named[0] if named else ""
        if self.version not in tables.VERSIONS:
            raise Misconfigured("this version of HMIS CSV is not written.", cure=f"Use {', '.join(tables.VERSIONS)}.")
        self.translator = self._translator(self.version)
        self.written = bodies_of(self.translator.lenses.lenses)

    def recognises(self, body: bytes) -> bool:
        """Whether it is a zip in which a file of an HMIS export stands."""
        return body.startswith(ZIP) and any(mark in body[:NEAR] or mark in body[-NEAR:] for mark in MARKS)

    def split(self, body: bytes) -> Iterator[bytes]:
        """One archive a person. Raises Unreadable."""
        return tables.persons(body)

    def read(self, body: bytes, received: Received) -> Reading:
        """The events of one person's rows. Raises Unreadable naming file and line, or Unmapped."""
        again = partial(tables.read, body, received.charset or self.profile.get("charset", ""))
        found = again()
        tables.refuse_victim_services(found)
        if len({row.get("PersonalID") for row in found.get("Client", ())}) > 1:
            raise Unreadable("the export is about several people.", at="Client.csv", cure="Split it first.")
        translator = self._translator(tables.version(found))
        number = " ".join(
            _first(found, file, name) for file, name in (("Export", "ExportID"), ("Client", "PersonalID"))
        )
        reading = translator.reading(view(found), KIND, number.strip(), received, again=again)
        return msgspec.structs.replace(reading, account=partial(_account, reading, found))

    def write(self, disclosure: Disclosure, target: Target) -> Writing:
        """An export of what was disclosed. Raises Unmapped when it has no file for any of it."""
        events = known_as(disclosure.events, target.own or target.person_id)
        found = united(self.translator.write(events, KIND, target.zone, {}, target.at))
        if not found or not placed(events, self.written):
            raise Unmapped("HMIS has no file for any of this.", cure="Take it out of what this partner wants.")
        now = write_iso(Instant(at=target.at), target.zone)[:19].replace("T", " ")
        rows = fold(found, Facts(now, target.message_id[:32], self.version, labels(disclosure.handling)))
        body = pack({f"{name}.csv": _table(name, self.version, mine) for name, mine in rows.items()})
        back = Received(journal="", partner=target.partner, as_of=target.at, zone=target.zone)
        return Writing(body=body, media_type=self.media_type, kind=KIND, losses=partial(self._kept, events, body, back))

    def _translator(self, version: str) -> Translator:
        return translator(self.profile.get("mapping") or str(HOME / "social" / "hmis" / f"fy{version}.yaml"))

    def _kept(self, events: Sequence[CrisisEvent], body: bytes, back: Received) -> Losses:
        return kept(events, self.read(body, back).events)


@lru_cache(maxsize=256)
def translator(path: str) -> Translator:
    """The compiled lenses of a set file. Partners with the same file share them."""
    return Translator(load(Path(path), home=HOME), LaidOut(view))


def _table(name: str, version: str, rows: list[tables.Row]) -> bytes:
    more = (HANDLING,) if name == "Export" else ()
    return csv.write([*tables.columns(version)[name], *more], rows)


def _first(found: tables.Tables, file: str, name: str) -> str:
    return next((str(row.get(name, "")) for row in found.get(file, ())), "")


def _account(reading: Reading, found: tables.Tables) -> Losses:
    """The account of the lenses, with what the adapter itself knows of the cells that they were not shown."""
    known: dict[str, tuple[Any, str]] = {path: (outcome, why) for path, outcome, why in reasons(found)}
    return Losses(items=tuple(_known(loss, known) for loss in reading.account().items))


def _known(loss: Loss, known: Mapping[str, tuple[Outcome, str]]) -> Loss:
    if loss.outcome != "unmapped" or loss.path not in known:
        return loss
    outcome, why = known[loss.path]
    return Loss(path=loss.path, outcome=outcome, why=why)
