"""A partner's own export of a day, record by record, against what the hub holds of it: what is missing, other, or parked, and why."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

import msgspec

from hub import clock
from hub.app.look import Look
from hub.contracts import Reading, Received
from hub.errors import HubError, KeyUnavailable, Lasting
from hub.intake.piece import Sender
from hub.model.event import decode_events
from hub.store.journal import Journal, Message

Standing = Literal["same", "other", "parked", "older", "missing", "unreadable", "destroyed"]
WORDS: Final[Mapping[Standing, str]] = {
    "same": "held as the export has it",
    "other": "held, and the export says otherwise",
    "parked": "held and parked",
    "older": "held in another version only",
    "missing": "never received, or longer ago than ids are known",
    "unreadable": "not readable in the export",
    "destroyed": "held once; its keys were destroyed",
}
_VERSION: Final = re.compile(r"(.*) v(\d+)")
# Versions of one record that are looked for.
_VERSIONS: Final = 50


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One record of the export: its place in the file (from 1), how it stands, and why. `paths` differ; no value is told."""

    number: int
    standing: Standing
    why: str = ""
    paths: tuple[str, ...] = ()
    message: str = ""


class Reconciled(msgspec.Struct, frozen=True, kw_only=True):
    """The whole export against what is held."""

    partner: str
    records: tuple[Record, ...]

    @property
    def counts(self) -> dict[Standing, int]:
        """How many stand in each way."""
        found = dict.fromkeys(WORDS, 0)
        for record in self.records:
            found[record.standing] += 1
        return found


def reconcile(look: Look, partner: str, body: bytes) -> Reconciled:
    """Compare an export of a partner with what it sent. Nothing is kept. Raises Lasting for a partner that sends nothing."""
    sender = look.known.senders.get(partner)
    if sender is None:
        cure = f"Those who send: {', '.join(sorted(look.known.senders))}."
        raise Lasting("This partner sends no messages.", at=partner, cure=cure)
    with look.journal() as journal:
        pieces = enumerate(sender.adapter.split(body), start=1)
        records = [_record(journal, partner, sender, number, piece) for number, piece in pieces]
    return Reconciled(partner=partner, records=tuple(records))


def _record(journal: Journal, partner: str, sender: Sender, number: int, piece: bytes) -> Record:
    received = Received(journal="", partner=partner, as_of=clock.now(), zone=sender.zone, charset=sender.charset)
    try:
        reading = sender.adapter.read(piece, received)
    except HubError as problem:
        return Record(number=number, standing="unreadable", why=str(problem))
    if not reading.message_id:
        return Record(number=number, standing="unreadable", why="the record has no number to know it by")
    held = journal.by_message_id(partner, reading.message_id)
    if held:
        return _compared(journal, held[-1], number, reading)
    others = _others(journal, partner, reading.message_id)
    if others:
        return Record(number=number, standing="older", why=f"version {', '.join(others)} is held")
    return Record(number=number, standing="missing")


def _compared(journal: Journal, message: Message, number: int, reading: Reading) -> Record:
    if message.state == "parked":
        return Record(number=number, standing="parked", why=message.cause, message=message.journal)
    try:
        (kept,) = journal.kept([message.journal])
    except KeyUnavailable:
        return Record(number=number, standing="destroyed", message=message.journal)
    before = [event.body for event in decode_events(kept.encoded)]
    paths = _differing(before, [event.body for event in reading.events])
    return Record(number=number, standing="other" if paths else "same", paths=paths, message=message.journal)


def _others(journal: Journal, partner: str, message_id: str) -> list[str]:
    """Other versions of the same record that are held."""
    match = _VERSION.fullmatch(message_id)
    if match is None:
        return []
    versions = (str(n) for n in range(1, _VERSIONS) if str(n) != match[2])
    return [version for version in versions if journal.by_message_id(partner, f"{match[1]} v{version}")]


def _differing(one: list[Any], other: list[Any]) -> tuple[str, ...]:
    """The canonical paths at which two tellings of the same differ; what the hub itself marked does not count."""
    a, b = (dict(_leaves("", msgspec.to_builtins(list(bodies)))) for bodies in (one, other))
    paths = {path for path in a.keys() | b.keys() if a.get(path) != b.get(path)}
    return tuple(sorted({_path(path) for path in paths}))


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    match value:
        case dict():
            for name, inner in value.items():
                yield from _leaves(f"{path}.{name}", inner)
        case list() | tuple():
            for number, inner in enumerate(value):
                yield from _leaves(f"{path}[{number}]", inner)
        case _:
            yield path, value


def _path(path: str) -> str:
    """Without the place of the body among the others: the path as a person knows it."""
    return re.sub(r"^\[\d+\]\.", "", path)
