"""A partner's own export, record by record, against what the hub holds of it: what is missing on either side, other, or parked, and why."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import msgspec

from hub import clock
from hub.app.asking.look import Look
from hub.contracts import Reading, Received
from hub.errors import HubError, KeyUnavailable, Lasting
from hub.intake.piece import Sender
from hub.model.event import decode_events
from hub.store.asking.journal import Journal, Message, Wanted

Standing = Literal["same", "other", "parked", "older", "missing", "unreadable", "destroyed", "absent"]
WORDS: Final[Mapping[Standing, str]] = {
    "same": "held as the export has it",
    "other": "held, and the export says otherwise",
    "parked": "held and parked",
    "older": "held in another version only",
    "missing": "never received, or longer ago than ids are known",
    "unreadable": "not readable in the export",
    "destroyed": "held once; its keys were destroyed",
    "absent": "held here, and not in the export",
}
_VERSION: Final = re.compile(r"(.*) v(\d+)")
# Versions of one record that are looked for.
_VERSIONS: Final = 50
# Messages of the days that an export covers; a partner that sends more of them in so few days has a page for them.
_MOST: Final = 20_000


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One record: its place in the export (from 1, 0 where it is not there), how it stands, and why. `paths` differ; no value is told."""

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


def reconcile(look: Look, partner: str, body: bytes, since: int = 0) -> Reconciled:
    """Compare an export of a partner with what it sent. Nothing is kept.

    With `since` (UTC microseconds) the export has everything from then on: what the hub received since and the export lacks is
    told as well. Raises Lasting for a partner that sends nothing.
    """
    sender = look.known.senders.get(partner)
    if sender is None:
        cure = f"Those who send: {', '.join(sorted(look.known.senders))}."
        raise Lasting("This partner sends no messages.", at=partner, cure=cure)
    with look.journal() as journal:
        book = _Book(journal=journal, partner=partner, sender=sender)
        records = [_record(book, number, piece) for number, piece in enumerate(sender.adapter.split(body), start=1)]
        records += _absent(book, since) if since else ()
    return Reconciled(partner=partner, records=tuple(records))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Book:
    """What is compared: `seen` are the messages that some record of the export accounts for, of which `kinds` it tells."""

    journal: Journal
    partner: str
    sender: Sender
    seen: set[str] = field(default_factory=set)
    kinds: set[str] = field(default_factory=set)


def _absent(book: _Book, since: int) -> Iterator[Record]:
    """What came since, of the kinds that the export tells of, and is in it in no version."""
    held = book.journal.search(Wanted(partner=book.partner, state="planned", since=since, limit=_MOST))
    for message in held:
        if message.journal not in book.seen and message.kind in book.kinds:
            yield Record(number=0, standing="absent", message=message.journal)


def words(found: Reconciled) -> Iterator[str]:
    """The report as a person reads it: how many agree, then what does not and why."""
    whole = sum(record.number > 0 for record in found.records)
    differing = [record for record in found.records if record.standing != "same"]
    many = "" if whole == 1 else "s"
    yield f"{found.partner} has {whole} record{many} in this file; the hub holds {found.counts['same']} of them as they are."
    for standing, number in found.counts.items():
        if number and standing != "same":
            yield f"  {number} {WORDS[standing]}"
    for record in differing:
        why = "; ".join(filter(None, (record.why, ", ".join(record.paths))))
        name = f"record {record.number}" if record.number else f"message {record.message}"
        yield f"    {name}: {WORDS[record.standing]}{f' ({why})' if why else ''}"


def _record(book: _Book, number: int, piece: bytes) -> Record:
    sender, journal = book.sender, book.journal
    received = Received(journal="", partner=book.partner, as_of=clock.now(), zone=sender.zone, charset=sender.charset)
    try:
        reading = sender.adapter.read(piece, received)
    except HubError as problem:
        return Record(number=number, standing="unreadable", why=str(problem))
    book.kinds.add(reading.kind)
    if not reading.message_id:
        return Record(number=number, standing="unreadable", why="the record has no number to know it by")
    held = journal.by_message_id(book.partner, reading.message_id)
    others = _others(journal, book.partner, reading.message_id, earlier=bool(held))
    book.seen.update(message.journal for messages in (held, *others.values()) for message in messages)
    if held:
        return _compared(journal, held[-1], number, reading)
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


def _others(journal: Journal, partner: str, message_id: str, *, earlier: bool) -> dict[str, Sequence[Message]]:
    """Other versions of the same record that are held, by version; perhaps the `earlier` ones alone."""
    match = _VERSION.fullmatch(message_id)
    if match is None:
        return {}
    until = min(int(match[2]), _VERSIONS) if earlier else _VERSIONS
    versions = (str(n) for n in range(1, until) if str(n) != match[2])
    found = {version: journal.by_message_id(partner, f"{match[1]} v{version}") for version in versions}
    return {version: held for version, held in found.items() if held}


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
