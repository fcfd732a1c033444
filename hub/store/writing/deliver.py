"""The rows of a delivery: claimed before the first byte leaves, settled by its outcome, released by a person; and notes."""

from __future__ import annotations

from hub.errors import Conflict
from hub.model.commands import Claim, Note, Release, Settle
from hub.model.entry import Kind, LedgerEntry
from hub.store import schema
from hub.store.bulk import Row
from hub.store.ids import as_id
from hub.store.result import Result
from hub.store.seal import HUB
from hub.store.writing.flights import Flight
from hub.store.writing.group import Group
from hub.store.writing.known import Delivery

# What a settled attempt leaves behind among the held; delivered and cancelled ones leave nothing.
HELD = ("again", "parked")
ENDED = ("delivered", "cancelled")
# Entries that showed something of a person to somebody.
SHOWING = frozenset({Kind.QUERY, Kind.VIEW, Kind.REVEAL, Kind.EXPORT})
_DECISIONS = ("again", "parked", "cancelled")


def claim(group: Group, command: Claim) -> Result:
    """One attempt, durable before its first byte leaves; only of a delivery that nobody attempts, in a free lane."""
    row = _row(group, command.outbox)
    _check_claim(group, command, row)
    seq = group.next(schema.attempt)
    leaf = group.record(command.entry, row.identity)
    group.flights.take_off(command.outbox, Flight(seq, command.attempt, row.destination, row.identity))
    group.add(schema.attempt, seq, command.outbox, command.attempt, command.at, command.key, command.body_digest, leaf)
    group.claimed[command.outbox] = row.destination
    for entry in command.aliases:
        _show(group, group.record(entry, as_id(entry.subject)), entry)
    if _held(group, command.outbox):
        group.held[command.outbox] = None
    return Result(seq=seq, leaf=leaf)


def settle(group: Group, command: Settle) -> Result:
    """What became of an attempt; its cause is sealed, because partners quote what they were sent."""
    flight = group.flights.open.get(command.outbox)
    if flight is None or flight.number != command.attempt:
        raise Conflict(f"Attempt {command.attempt} is not in the air.", at=f"delivery {command.outbox}")
    if command.outcome not in HELD + ENDED:
        raise Conflict(f'"{command.outcome}" is no outcome: one of {", ".join(HELD + ENDED)}.', at="the command")
    leaf = group.record(command.entry, flight.identity, command.cause)
    group.flights.land(command.outbox)
    group.add(schema.outcome, flight.attempt, command.at, command.outcome, command.code, leaf)
    if command.outcome in HELD:
        group.held[command.outbox] = (
            command.outbox, flight.destination, flight.identity, command.outcome, command.attempt, command.due_at,
            command.at, leaf,
        )  # fmt: skip
    return Result(seq=flight.attempt, leaf=leaf)


def release(group: Group, command: Release) -> Result:
    """A word on a delivery that is not in the air: again, parked for a person, or cancelled."""
    row = _row(group, command.outbox)
    if command.to not in _DECISIONS:
        raise Conflict(f'"{command.to}" is no decision: one of {", ".join(_DECISIONS)}.', at="the command")
    if command.outbox in group.flights.open:
        raise Conflict(
            "It is being attempted right now.", at=f"delivery {command.outbox}", cure="Wait for its outcome."
        )
    held = _held(group, command.outbox)
    if not held and (command.to == "again" or _attempted(group, command.outbox)):
        raise Conflict("It was settled already.", at=f"delivery {command.outbox}")
    leaf = group.record(command.entry, row.identity, command.reason)
    group.held[command.outbox] = (
        command.outbox, row.destination, row.identity, command.to, held[4] if held else 0, command.at, command.at, leaf,
    )  # fmt: skip
    group.add(schema.release, leaf, command.outbox, command.at, command.to, command.actor)
    return Result(seq=command.outbox, leaf=leaf)


def note(group: Group, command: Note) -> Result:
    """A ledger entry of its own, and perhaps tasks. One about a person is sealed for that person, and found in accountings.

    One about several is the hub's own, so that it outlives each of them, and is found in the accountings of all.
    """
    entry = command.entry
    about = as_id(entry.subject) if entry.subject and not entry.also else HUB
    leaf = group.record(entry, about)
    if entry.subject and entry.kind in SHOWING:
        _show(group, leaf, entry)
    for task in command.tasks:
        group.task(task, about, command.at, leaf=leaf)
    return Result(leaf=leaf)


def _show(group: Group, leaf: int, entry: LedgerEntry) -> None:
    """An entry that is found in the accountings of all whom it is about."""
    for subject in dict.fromkeys((entry.subject, *entry.also)):
        group.add(schema.shown, leaf, as_id(subject), entry.partner, entry.at)


def _row(group: Group, outbox: int) -> Delivery:
    try:
        return group.known.deliveries[outbox]
    except KeyError:
        raise Conflict("There is no such delivery.", at=f"delivery {outbox}") from None


def _attempted(group: Group, outbox: int) -> bool:
    return outbox in group.claimed or group.known.deliveries[outbox].attempted


def _held(group: Group, outbox: int) -> Row | None:
    """What holds a delivery, as of this point of the group; None when nothing does."""
    if outbox in group.held:
        return group.held[outbox]
    return group.known.deliveries[outbox].held


def _check_claim(group: Group, command: Claim, row: Delivery) -> None:
    place, held = f"delivery {command.outbox}", _held(group, command.outbox)
    if command.outbox in group.flights.open:
        raise Conflict("It is being attempted already.", at=place)
    if other := group.flights.lanes.get((row.destination, row.identity)):
        raise Conflict(f"Delivery {other} of the same person is not settled yet.", at=place)
    if held and held[3] in ("parked", "cancelled"):
        raise Conflict(f"It is {held[3]}.", at=place, cure="A person must release it first.")
    expected = held[4] + 1 if held else 1
    if command.attempt != expected or (not held and _attempted(group, command.outbox)):
        raise Conflict(f"Attempt {command.attempt} is not the next one.", at=place)
