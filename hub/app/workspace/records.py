"""What goes into a partner's own records, on a clerk's page: each entry approved, returned or already there, once, with a leaf."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import msgspec

from hub import clock
from hub.access.accounts import Known as Somebody
from hub.app.workspace.shelf import Seen, Shelves, looked
from hub.app.workspace.writing import Keep
from hub.console import times
from hub.errors import Ambiguous, Conflict, Lasting
from hub.flow.paper import Part, notice, parts
from hub.flow.rooms import RETURNS, Record
from hub.model.commands import Lodge, Note, Release
from hub.model.entry import Kind, LedgerEntry
from hub.model.event import CrisisEvent
from hub.model.plan import Fact, Task
from hub.model.registry import body_of
from hub.partners import Interest
from hub.spans import DAY
from hub.store.asking.outbox import Outbox
from hub.store.sealing import Sealer
from hub.store.writing.lodged import Lodged

KIND: Final = "record"
PURPOSE: Final = "RECORDS"
REMEMBERED: Final = 400 * DAY
ROLE: Final = "records liaison"
# What a record is called in its own system, by kind: what its versions have in common.
_NUMBERS: Final[Mapping[str, tuple[str, ...]]] = {
    "call_for_service": ("incident",),
    "unit_status": ("incident", "unit"),
    "field_contact": ("number", "case_number"),
    "use_of_force": ("incident",),
}
_WHEN: Final = ("received_at", "started_at", "occurred_at", "assigned_at", "on_scene_at")
_OUTCOMES: Final = {"approve": "record approved", "return": "record returned"}


class Settled(Fact, frozen=True):
    """What a clerk said of an entry: which act, why, under which number of their own system, who, when (UTC microseconds)."""

    act: str
    by: str
    at: int
    reason: str = ""
    number: str = ""


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Settled).decode


@dataclass(frozen=True, slots=True)
class Opened:
    """An entry that was opened: how it stands, what it says, and what differs from the version that was approved before."""

    one: Record
    papers: tuple[tuple[int, str, tuple[Part, ...], tuple[tuple[str, str], ...]], ...]
    changes: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A record's newest version, the last one that was approved, and what reads otherwise since: name, before, now."""

    newest: Record
    approved: Record | None
    changes: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """A clerk's queue. `keep` commits."""

    shelves: Shelves
    keep: Keep

    def listed(self, who: Somebody) -> tuple[Record, ...]:
        """What waits, the oldest first, then what was settled lately. The leaf is durable when this returns."""
        now, partner = clock.now(), self.shelves.partner(who.account.partner)
        seen = self._seen(who, now)
        self.keep(looked(partner, who.actor, seen, "records", now))
        return tuple(
            sorted(self._records(who, seen), key=lambda one: (bool(one.settled), -one.at if one.settled else one.at))
        )

    def opened(self, who: Somebody, name: str) -> Opened:
        """One entry with all that this partner may see of it. Raises Lasting where there is none of that name."""
        now = clock.now()
        seen = self._seen(who, now)
        one, mine = self._one(who, seen, name)
        self.keep(looked(self.shelves.partner(who.account.partner), who.actor, [mine], "record", now))
        when = partial(times.stamp, zone=self.shelves.known.county.zone)
        said = parts(mine.disclosure.events, when)
        before = self._before(who, seen, one)
        changes = tuple(_changes(parts(before.disclosure.events, when), said)) if before else ()
        return Opened(one, ((mine.due.at, mine.due.source, said, notice(mine.disclosure.handling)),), changes)

    def differences(self, who: Somebody) -> tuple[Compared, ...]:
        """Of each record the newest version here beside the last one that was approved. The leaf is durable when this returns."""
        now = clock.now()
        seen = self._seen(who, now)
        self.keep(looked(self.shelves.partner(who.account.partner), who.actor, seen, "differences", now))
        when = partial(times.stamp, zone=self.shelves.known.county.zone)
        mine = dict(zip((one.name for one in seen), seen, strict=True))
        return tuple(_compared(versions, mine, when) for versions in _versions(self._records(who, seen), mine))

    def settle(self, who: Somebody, name: str, act: str, *, reason: str = "", number: str = "") -> None:
        """Approve, return or say that it is there. Raises Conflict where a colleague was faster, Lasting for what is missing."""
        now, partner = clock.now(), self.shelves.partner(who.account.partner)
        one, mine = self._one(who, self._seen(who, now), name)
        if one.settled:
            raise Conflict("A colleague settled this entry meanwhile.")
        if one.unclear:
            self._find_out(who, mine, act, now)
            return
        if act not in ("approve", "return"):
            raise Lasting("Choose what to do with it.")
        if act == "return" and reason not in RETURNS:
            raise Lasting("Choose why it goes back.")
        said = Settled(
            act=act, by=who.actor, at=now, reason=reason if act == "return" else "", number=number.strip()[:64]
        )
        self.keep(self._lodged(who, mine, said))
        if act == "return":
            words = f"{partner.name} returned an entry: {RETURNS[reason]}."
            entry = LedgerEntry(kind=Kind.OUTCOME, at=now, partner=partner.id, actor=who.actor, outcome="record told")
            self.keep(
                Note(at=now, entry=entry, tasks=(Task(kind="record", about=mine.due.journal, words=words, role=ROLE),))
            )

    def _find_out(self, who: Somebody, mine: Seen, act: str, now: int) -> None:
        """Nobody knows whether it arrived: it is there, and ends, or it is sent again."""
        if act not in ("there", "again"):
            raise Lasting("Is it in your system? Say whether it is there, or have it sent again.")
        to, reason = ("cancelled", "It is there already.") if act == "there" else ("again", "It is not there.")
        entry = self._entry(who, mine, f"{to} by a person", now)
        self.keep(Release(outbox=mine.due.outbox, at=now, to=to, actor=who.actor, reason=reason, entry=entry))

    def _seen(self, who: Somebody, now: int) -> list[Seen]:
        return self.shelves.wanted(who.account.partner, _for_records, now)

    def _one(self, who: Somebody, seen: Sequence[Seen], name: str) -> tuple[Record, Seen]:
        mine = next((one for one in seen if one.name == name), None)
        found = next((one for one in self._records(who, seen) if one.name == name), None)
        if mine is None or found is None:
            raise Lasting("This entry is not here, or it is not for you.")
        return found, mine

    def _records(self, who: Somebody, seen: Sequence[Seen]) -> Iterator[Record]:
        vault = self.shelves.vault
        unclear = {
            dead.outbox
            for dead in Outbox(vault.database, vault.keys, vault.origin).dead(who.account.partner)
            if dead.code == Ambiguous.__name__
        }
        with vault.database.read() as connection:
            lodged = Lodged(connection, Sealer(vault.keys, vault.origin))
            settled = [lodged.one(KIND, _key(who.account.partner, one)) for one in seen]
        for one, kept in zip(seen, settled, strict=True):
            said = _decode(kept.value) if kept else None
            kind, number, at = _known_as(one.disclosure.events)
            yield Record(
                name=one.name, kind=kind, number=number, at=at or one.due.at, source=one.due.source,
                settled=said.act if said else "", reason=RETURNS.get(said.reason, "") if said else "",
                by=said.by if said else "", settled_at=said.at if said else 0, own_number=said.number if said else "",
                unclear=one.due.outbox in unclear,
            )  # fmt: skip

    def _before(self, who: Somebody, seen: Sequence[Seen], one: Record) -> Seen | None:
        """The last version of the same record that was approved before."""
        settled = {each.name: each for each in self._records(who, seen)}
        mine = next(each for each in seen if each.name == one.name)
        earlier = [
            each
            for each in seen
            if each.due.at < mine.due.at
            and settled[each.name].settled == "approve"
            and (settled[each.name].kind, settled[each.name].number) == (one.kind, one.number)
        ]
        return max(earlier, key=lambda each: each.due.at, default=None)

    def _lodged(self, who: Somebody, mine: Seen, said: Settled) -> Lodge:
        entry = self._entry(who, mine, _OUTCOMES[said.act], said.at)
        name = _key(who.account.partner, mine)
        return Lodge(kind=KIND, name=name, at=said.at, value=_encode(said), until=said.at + REMEMBERED, entry=entry)

    def _entry(self, who: Somebody, mine: Seen, outcome: str, now: int) -> LedgerEntry:
        return LedgerEntry(
            kind=Kind.OUTCOME, at=now, journal=mine.due.journal, partner=who.account.partner, subject=mine.due.identity,
            actor=who.actor, outcome=outcome,
        )  # fmt: skip


def _for_records(interest: Interest) -> bool:
    return interest.purpose == PURPOSE


def _key(partner: str, one: Seen) -> str:
    return hashlib.sha256(f"{partner} {one.due.journal} {one.due.interest}".encode()).hexdigest()[:32]


def _known_as(events: Sequence[CrisisEvent]) -> tuple[str, str, int]:
    """Kind, number and time of the record that some events are about; the first that has a number."""
    for event in events:
        kind = body_of(event.body)
        found = " ".join(filter(None, (str(getattr(event.body, field, "")) for field in _NUMBERS.get(kind, ()))))
        if found:
            at = next((at.at for field in _WHEN if (at := getattr(event.body, field, None))), 0)
            return kind.replace("_", " "), found, at
    return body_of(events[0].body).replace("_", " "), "", 0


def _versions(found: Iterable[Record], mine: Mapping[str, Seen]) -> list[list[Record]]:
    """The versions of each record that has a number, the newest first; those that were settled last come first."""
    groups: dict[tuple[str, str], list[Record]] = defaultdict(list)
    for one in found:
        if one.number:
            groups[one.kind, one.number].append(one)
    return [sorted(group, key=lambda one: -mine[one.name].due.at) for group in groups.values()]


def _compared(versions: Sequence[Record], mine: Mapping[str, Seen], when: Callable[[int], str]) -> Compared:
    newest = versions[0]
    approved = next((one for one in versions if one.settled == "approve"), None)
    if approved is None or approved is newest:
        return Compared(newest=newest, approved=approved)
    said = (parts(mine[one.name].disclosure.events, when) for one in (approved, newest))
    return Compared(newest=newest, approved=approved, changes=tuple(_changes(*said)))


def _changes(before: Sequence[Part], after: Sequence[Part]) -> Iterator[tuple[str, str, str]]:
    """What reads otherwise, line by line: what it is called, what it said, what it says."""
    old = {f"{part.title}, {label}": words for part in before for label, words in part.lines}
    new = {f"{part.title}, {label}": words for part in after for label, words in part.lines}
    for label in dict.fromkeys((*old, *new)):
        if old.get(label, "") != new.get(label, ""):
            yield label, old.get(label, ""), new.get(label, "")
