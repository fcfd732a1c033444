"""The board of beds of a running hub: it follows what is told, and tells partners within a second what changed.

What it knows it derives again from the journal and from what people set; nothing that carries a promise is stored.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec
from msgspec.structs import replace

from hub import clock
from hub.app.house import Household
from hub.app.vault import Vault
from hub.contracts import Reading
from hub.courier.prepare import Desk
from hub.errors import Lasting
from hub.flow.capacity.board import Books, Report, Row, Setting, board, checked
from hub.flow.capacity.census import Movement, movement
from hub.flow.capacity.diversion import Diversion, diversion
from hub.flow.capacity.trust import REMEMBERED, Answer
from hub.flow.plan import Known
from hub.model.commands import Command, Keep, Lodge
from hub.model.entry import Kind, LedgerEntry
from hub.model.event import CrisisEvent, event_id
from hub.model.plan import Link
from hub.model.service import CapacityReport, DiversionStatus
from hub.model.values import Code, Instant
from hub.partners import Partner
from hub.spans import DAY, SECOND
from hub.store.asking.wards import DOOR, Wards, Word
from hub.store.ids import new_id
from hub.store.result import all_kept
from hub.store.sealing import Sealer
from hub.store.writing.lodged import Lodged

EVERY_S: Final = 0.3
# Where nothing new was told, numbers only age: they are folded again so often (microseconds).
AGES: Final = 20 * SECOND
# Who came longer ago and is still there was counted when the unit was opened.
FOLLOWED: Final = 60 * DAY
BEDS, ANSWER = "beds", "answer"
_setting = msgspec.msgpack.Decoder(Setting).decode
_answer = msgspec.msgpack.Decoder(Answer).decode
_encode = msgspec.msgpack.Encoder().encode
_json = msgspec.json.Encoder().encode
_row = msgspec.json.Decoder(Row).decode


@dataclass(slots=True)
class Follower:
    """Follows the journal. `rows` is the board as of an instant; `sender` the partner that speaks for a facility."""

    vault: Vault
    _mark: tuple[int, int] = (0, 0)
    _movements: list[Movement] = field(default_factory=list)
    _reports: list[tuple[CapacityReport, Word, int]] = field(default_factory=list)
    _diversions: list[Diversion] = field(default_factory=list)
    _persons: dict[str, str] = field(default_factory=dict)
    _senders: dict[str, str] = field(default_factory=dict)
    # Of what was told, from when and until when, and the rows.
    _folded: tuple[object, int, int, tuple[Row, ...]] = (None, 0, 0, ())

    def rows(self, now: int, *, always: bool = False) -> tuple[Row, ...]:
        """The board as of an instant (UTC microseconds). Where nobody ever set a unit it is empty, unless asked for `always`."""
        self.vault.keys.follow()
        with self.vault.database.read() as connection:
            sealer = Sealer(self.vault.keys, self.vault.origin)
            lodged = Lodged(connection, sealer)
            settings = tuple(_setting(each.value) for each in lodged.all(BEDS))
            if not settings and not always:
                return ()  # nobody keeps a board here: it costs nothing
            self._follow(Wards(connection, sealer), now)
            answers = tuple(_answer(each.value) for each in lodged.all(ANSWER))
        told = (self._mark, settings, answers)
        before, since, until, rows = self._folded
        if told == before and since <= now < until:
            return rows
        books = Books(
            settings=settings,
            movements=tuple(self._movements),
            merged=self._persons,
            reports=tuple(self._placed(settings)),
            answers=answers,
            diversions=tuple(self._diversions),
        )
        # INVARIANT: what counts from a later instant is folded in then. A clock elsewhere may be ahead of ours, and whoever
        # set a unit may have done so after `now` was read.
        rows = board(books, now)
        self._folded = (told, now, books.turns(now, now + AGES), rows)
        return rows

    def told(self) -> dict[tuple[str, str], tuple[object, ...]]:
        """What partners were told of each unit last."""
        self.vault.keys.follow()
        with self.vault.database.read() as connection:
            bodies = Wards(connection, Sealer(self.vault.keys, self.vault.origin)).said()
            rows = [_row(body) for body in bodies]
        return {(row.facility, row.unit): _says(row) for row in reversed(rows)}

    def sender(self, facility: str) -> str:
        """The partner that told of a facility, or the facility's own name."""
        return self._senders.get(facility, facility)

    def _follow(self, wards: Wards, now: int) -> None:
        mark = wards.mark()
        if mark == self._mark:
            return
        since = now - FOLLOWED
        for word in wards.words(self._mark[0], since):
            self._hear(word)
        self._movements = [each for each in self._movements if each.at >= since]
        self._persons = wards.persons({each.person for each in self._movements})
        self._mark = mark

    def _hear(self, word: Word) -> None:
        for event in word.events:
            moved = movement(event, word.owner)
            if moved:
                self._movements.append(moved)
                self._senders[moved.facility] = word.partner
            elif isinstance(event.body, CapacityReport) and event.body.bed is None:
                said = replace(event.body, facility=event.body.facility or word.partner)
                self._reports.append((said, word._replace(events=()), _when(event, said.as_of)))
                self._senders.setdefault(said.facility, word.partner)
            elif isinstance(event.body, DiversionStatus):
                self._diversions.append(diversion(event.body, _when(event, None), word.partner))

    def _placed(self, settings: Sequence[Setting]) -> Iterator[Report]:
        """Reports by unit, as somebody opened it."""
        for said, word, at in self._reports:
            place = _place(settings, said, word.partner)
            if place:
                yield Report(
                    facility=place[0], unit=place[1], source=SOURCE_OF.get(word.kind, "hand"), at=at,
                    available=said.available, occupied=said.occupied,
                )  # fmt: skip


def _when(event: CrisisEvent, as_of: Instant | None) -> int:
    told = as_of or event.occurred_at
    return told.at if told else event.recorded_at


def _place(settings: Sequence[Setting], said: CapacityReport, partner: str) -> tuple[str, str] | None:
    """The unit that a report is about: the one it names, the only one with beds of the kind it names, or the only one there is.

    Its facility is called as the report does, or as the partner that sent it.
    """
    kind = said.bed_type.code if said.bed_type else ""
    for facility in dict.fromkeys((said.facility, partner)):
        opened = [each for each in settings if each.facility == facility]
        named = [each for each in opened if each.unit == said.unit]
        alike = [each for each in opened if not said.unit and (not kind or kind in each.profile)]
        if len(one := named or alike) == 1:
            return one[0].place
    return None


# What counted, by the wire's name for its messages; a partner's own count, in its own format, is somebody's hand.
SOURCE_OF: Final = {"HospitalStatus": "have", "MeasureReport": "safr", "HSDS": "listing"}


@dataclass(slots=True, kw_only=True)
class Board:
    """The rows as of the last look, which tells what changed: as messages of the facility's partner, decided like any other."""

    known: Household
    vault: Vault
    desk: Desk
    rows: tuple[Row, ...] = ()
    _follower: Follower | None = None
    _told: dict[tuple[str, str], tuple[object, ...]] = field(default_factory=dict)

    async def look(self, now: int) -> int:
        """Look once as of an instant; says how many units were told of."""
        if self._follower is None:
            self._follower = Follower(self.vault)
            self._told = await asyncio.to_thread(self._follower.told)
        self.rows = await asyncio.to_thread(self._follower.rows, now)
        changed = [row for row in self.rows if self._is_news(row)]
        commands = [command for row in changed for command in self._message(row, now)]
        all_kept(await self.desk.ask(commands) if commands else ())
        self._told |= {(row.facility, row.unit): _says(row) for row in changed}
        return len(changed)

    def _is_news(self, row: Row) -> bool:
        """Whether partners are to hear of it: never of a unit that nobody has opened, for a 0 there would say that it is full."""
        name = (row.facility, row.unit)
        return (name in self._told or row.staffed > 0) and self._told.get(name) != _says(row)

    def _message(self, row: Row, now: int) -> Iterator[Command]:
        partner = self.known.county.partners.get(self._follower.sender(row.facility) if self._follower else "")
        if partner is None:
            return  # nobody's facility: it is on the board, and no agreement speaks for it
        yield told(self.known, partner, row, now)


def told(known: Household, partner: Partner, row: Row, now: int) -> Keep:
    """One row as a message of its facility's partner: kept, decided and delivered like any other."""
    journal = new_id()
    event = CrisisEvent(id=event_id(journal, 0), body=reported(row), source=partner.id, recorded_at=now)
    # Nobody's, and always the same: what is told of one unit arrives in order.
    owner = hashlib.sha256(f"board {row.facility}/{row.unit}".encode()).hexdigest()[:32]
    nobody = Link(verdict="nobody", identity=owner, person=owner, fresh=False)
    reading = Reading(kind="BOARD", events=(event,), message_id=journal)
    plan = known.house.plan(reading, Known(journal=journal, source=partner, as_of=now, link=nobody))
    return Keep(journal=journal, partner=partner.id, at=now, door=DOOR, body=_json(row), plan=plan)


def reported(row: Row) -> CapacityReport:
    """A row as a count that can be told: nothing in it but numbers."""
    return CapacityReport(
        facility=row.facility,
        unit=row.unit,
        bed_type=Code(code=row.profile[0]) if row.profile else None,
        staffed=row.staffed,
        occupied=row.occupied,
        available=row.offerable,
        blocked=row.blocked,
        held=row.held,
        waiting=row.boarders,
        as_of=Instant(at=row.at) if row.at else None,
        status=Code(code="capacity" if row.offerable else "no_capacity"),
        profile=tuple(Code(code=word) for word in row.profile),
    )


def _says(row: Row) -> tuple[object, ...]:
    """What partners are told of a row: its age and confidence change all the time and are no news."""
    return row.staffed, row.occupied, row.blocked, row.held, row.boarders, row.offerable


def set_beds(follower: Follower, setting: Setting, *, actor: str) -> Lodge:
    """The command by which somebody sets a unit. Raises Lasting for a count that cannot be."""
    found = checked(setting)
    before = _lodged(follower.vault, BEDS, _name(found.facility, found.unit))
    now = clock.now()
    entry = LedgerEntry(kind=Kind.CONFIG, at=now, actor=actor, outcome=f"beds {found.facility} {found.unit}")
    name = _name(found.facility, found.unit)
    return Lodge(kind=BEDS, name=name, at=now, value=_encode(found), before=before[0], entry=entry)


def stands(vault: Vault, facility: str, unit: str) -> Setting | None:
    """What was set for a unit last."""
    _, value = _lodged(vault, BEDS, _name(facility, unit))
    return _setting(value) if value else None


def units(vault: Vault, facility: str, service: str) -> tuple[str, ...]:
    """The units of a facility that were set to be for such people."""
    with vault.database.read() as connection:
        lodged = Lodged(connection, Sealer(vault.keys, vault.origin)).all(BEDS)
    settings = (_setting(each.value) for each in lodged)
    return tuple(each.unit for each in settings if each.facility == facility and service in each.profile)


def answered(facility: str, unit: str, *, room: bool, actor: str, at: int = 0) -> Lodge:
    """The command by which an answer to an offer is remembered: it had room, or was full. Given `at`, it counts once."""
    now = at or clock.now()
    answer = Answer(facility=facility, unit=unit, at=now, room=room)
    word = "room" if room else "full"
    entry = LedgerEntry(kind=Kind.OUTCOME, at=now, actor=actor, outcome=f"{facility} {unit} answered: {word}")
    name = f"{_name(facility, unit)}/{now}"
    return Lodge(kind=ANSWER, name=name, at=now, value=_encode(answer), until=now + 2 * REMEMBERED, entry=entry)


def _name(facility: str, unit: str) -> str:
    if not facility.strip() or not unit.strip() or "/" in facility + unit:
        raise Lasting("A unit is named by its facility and its own name, without a slash.", at=f"{facility} {unit}")
    return f"{facility}/{unit}"


def _lodged(vault: Vault, kind: str, name: str) -> tuple[int, bytes]:
    vault.keys.follow()
    with vault.database.read() as connection:
        found = Lodged(connection, Sealer(vault.keys, vault.origin)).one(kind, name)
    return (found.version, found.value) if found else (0, b"")


def offered(rows: Iterable[Row], profile: str = "") -> tuple[Row, ...]:
    """The rows that may be offered, perhaps of one kind of bed."""
    return tuple(row for row in rows if row.offerable and (not profile or profile in row.profile))
