"""Who lies where, folded from admissions, transfers, discharges and their cancellations.

INVARIANT: the census of an instant depends on what was told and not on the order, repetition or lateness of the telling.
Everything is ordered by when it happened; what happens later than the instant asked about does not count yet.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from msgspec.structs import replace

from hub.model.care import Encounter
from hub.model.event import CrisisEvent
from hub.model.plan import Fact

ARRIVES: Final = frozenset({"A01", "A04", "A06", "A07"})
MOVES: Final = frozenset({"A02", "A17"})
UPDATES: Final = frozenset({"A08", "A31", "A54"})
LEAVES: Final = frozenset({"A03"})
# What a cancellation takes back: the last of these before it; of an arrival also what was told of the visit since.
CANCELS: Final[Mapping[str, frozenset[str]]] = {"A11": ARRIVES, "A12": MOVES, "A13": LEAVES}
_KNOWN: Final = (ARRIVES, MOVES, UPDATES, LEAVES, frozenset(CANCELS))
# What moves nobody: plans, absences and their ends, beds, records of persons and accounts, and that these are one (HL7 table 0003).
# A23 is not among them: it says that a visit never was, and the census does not take visits back.
_STILL: Final = (5, 9, 10, *range(14, 17), *range(18, 23), *range(24, 31), *range(32, 54), 55, 60, 61, 62)
STILL: Final = frozenset(f"A{n:02}" for n in _STILL)
INPATIENT: Final = "IMP"
_EMERGENCY_UNITS: Final = frozenset({"ED", "ER", "EMERGENCY", "EMERG"})
Place = tuple[str, str]


class Movement(Fact, frozen=True, cache_hash=True):
    """One movement of one stay. `person` and `visit` are whatever names them, the same each time; `at` is UTC microseconds."""

    person: str
    visit: str
    at: int
    trigger: str
    facility: str
    unit: str = ""
    bed: str = ""
    patient_class: str = ""


class Patient(Fact, frozen=True):
    """Somebody who lies somewhere, since when at least."""

    person: str
    place: Place
    bed: str
    patient_class: str
    since: int

    @property
    def boards(self) -> bool:
        """Whether they were admitted and wait in the emergency department for a bed."""
        return self.patient_class == INPATIENT and emergency(self.place[1])


class Census(Fact, frozen=True):
    """Everybody who lies somewhere at an instant; who left without ever having been seen to come, by place, with when.

    `doubted`: where somebody may have come or gone, and when, since a message told of them whose kind nobody knows. A place
    without a unit is the whole facility.
    """

    patients: tuple[Patient, ...]
    strangers_left: tuple[tuple[Place, int], ...] = ()
    doubted: tuple[tuple[Place, int], ...] = ()

    def occupied(self) -> Counter[Place]:
        """How many lie in each unit; those who board in the emergency department count apart."""
        return Counter(patient.place for patient in self.patients if not patient.boards)

    def boarding(self) -> Counter[Place]:
        """How many board in each emergency department."""
        return Counter(patient.place for patient in self.patients if patient.boards)


def emergency(unit: str) -> bool:
    """Whether a unit is an emergency department, by its name."""
    return unit.upper() in _EMERGENCY_UNITS


def movement(event: CrisisEvent, person: str) -> Movement | None:
    """The movement that an event tells, None where it tells none. `person` is the identity it is about.

    Of a trigger that nobody knows it tells one as well: where to, nobody can say.
    """
    stay = event.body
    if not isinstance(stay, Encounter) or not stay.trigger or stay.trigger in STILL:
        return None
    happened = stay.event_at or event.occurred_at
    where = stay.location
    return Movement(
        person=person,
        visit=stay.number or stay.account or person,
        at=happened.at if happened else event.recorded_at,
        trigger=stay.trigger,
        facility=(where.facility if where else "") or event.source,
        unit=where.unit if where else "",
        bed=where.bed if where else "",
        patient_class=stay.patient_class.code if stay.patient_class else "",
    )


def census(told: Iterable[Movement], now: int, merged: Mapping[str, str] | None = None) -> Census:
    """The census at an instant (UTC microseconds). `merged` names the survivor of each person that was put together with one."""
    stays: dict[tuple[str, str], set[Movement]] = defaultdict(set)
    unknown: set[Movement] = set()
    for each in _at_home(list(told), merged or {}):
        if each.at <= now and _understood(each):
            stays[each.facility, each.visit].add(each)
        elif each.at <= now:
            unknown.add(each)
    persons: dict[tuple[str, str], _Led] = {}
    strangers: list[tuple[tuple[str, str], _Led]] = []
    lay: dict[tuple[str, str], int] = {}
    for (facility, _), movements in stays.items():
        led = _stay(movements)
        if led is None:
            continue
        # Nobody lies in two beds of one hospital, or lies where they left: the last word about a person counts.
        key = (facility, _survivor(led.last.person, merged or {}))
        if led.stranger:
            strangers.append((key, led))
        elif led.patient:
            lay[key] = min(led.patient.since, lay.get(key, now))
        before = persons.get(key)
        if before is None or _order(led.last) > _order(before.last):
            persons[key] = led
    patients = [led.patient for led in persons.values() if led.patient]
    patients.sort(key=lambda p: (p.place, p.bed, p.since, p.person))
    lying = {key: led.patient.place for key, led in persons.items() if led.patient}
    doubted = {
        (place, each.at)
        for each in unknown
        for place in _doubted(each, lying.get((each.facility, _survivor(each.person, merged or {}))))
    }
    # Who lay there under another number of the visit was seen to come: the number changed, or was left out.
    left = [((key[0], led.last.unit), led.last.at) for key, led in strangers if led.last.at < lay.get(key, now + 1)]
    return Census(patients=tuple(patients), strangers_left=tuple(sorted(left)), doubted=tuple(sorted(doubted)))


def _at_home(told: Sequence[Movement], merged: Mapping[str, str]) -> Iterator[Movement]:
    """Each movement; one that names no unit is of the facility whose units the person was in, however it calls itself there."""
    homes: dict[str, set[str]] = defaultdict(set)
    for each in told:
        if each.unit:
            homes[_survivor(each.person, merged)].add(each.facility)
    for each in told:
        home = () if each.unit else homes.get(_survivor(each.person, merged), ())
        yield replace(each, facility=next(iter(home))) if len(home) == 1 else each


def _understood(each: Movement) -> bool:
    """Whether it says who is where now. Whoever leaves needs no place; whoever moves does, and whatever else moves somebody a visit."""
    if each.trigger in MOVES:
        return bool(each.unit)
    if each.trigger in ARRIVES or each.trigger in CANCELS:
        return bool(each.unit or each.patient_class)
    return each.trigger in UPDATES or each.trigger in LEAVES


def _doubted(each: Movement, lies: Place | None) -> set[Place]:
    """Where the person may have come to, and gone from; without either, anywhere in the facility."""
    named = {(each.facility, each.unit)} if each.unit else set()
    return named | ({lies} if lies else set()) or {(each.facility, "")}


class _Led(NamedTuple):
    """Where a stay has led: who lies where, if anybody still does; its last movement; whether it ended and nobody saw it begin."""

    patient: Patient | None
    last: Movement
    stranger: bool


def _survivor(person: str, merged: Mapping[str, str]) -> str:
    """The person somebody became; a circle ends where it began to repeat itself, at its smallest name."""
    seen = [person]
    while (after := merged.get(seen[-1])) is not None:
        if after in seen:
            return min(seen[seen.index(after) :])
        seen.append(after)
    return seen[-1]


def _stay(movements: Iterable[Movement]) -> _Led | None:
    """Where a stay has led; None where every word of it was taken back."""
    kept = _uncancelled(sorted(movements, key=_order))
    if not kept:
        return None
    here: Movement | None = None
    place = ""
    for each in kept:
        if each.trigger in LEAVES:
            here = None
        elif each.trigger in UPDATES and here is None and each is not kept[0]:
            continue  # a correction of somebody who is gone moves nobody
        else:
            here, place = each, each.unit or place
    if here is None:
        return _Led(None, kept[-1], stranger=all(each.trigger in LEAVES for each in kept))
    patient = Patient(
        person=here.person, place=(here.facility, place), bed=here.bed, patient_class=_class(kept), since=here.at
    )
    return _Led(patient, kept[-1], stranger=False)


def _uncancelled(ordered: list[Movement]) -> list[Movement]:
    """What still stands of a stay. After an arrival that was taken back nobody lies there until they arrive, or are moved, anew."""
    kept: list[Movement] = []
    never = False
    for each in ordered:
        taken_back = CANCELS.get(each.trigger)
        if taken_back is None:
            never = never and each.trigger not in ARRIVES | MOVES
            kept += [] if never else [each]
        elif taken_back is ARRIVES:
            del kept[_first(kept, taken_back) or 0 :]
            never = not kept
        elif (start := _first(kept, taken_back)) is not None:
            # An update behind a move said where that had led; one behind a discharge still says where somebody lies.
            beside = taken_back if taken_back is LEAVES else taken_back | UPDATES
            kept[start:] = [one for one in kept[start:] if one.trigger not in beside]
    return kept


def _first(kept: list[Movement], which: frozenset[str]) -> int | None:
    """Where the last of these was told first; None where none was. Whatever was told again, at another time, is one."""
    found = None
    for n in range(len(kept) - 1, -1, -1):
        each = kept[n]
        if each.trigger in which and (found is None or _same(each, kept[found])):
            found = n
        elif found is not None and each.trigger not in UPDATES:
            break
    return found


def _same(one: Movement, other: Movement) -> bool:
    """Whether both tell one arrival, one discharge, or one move to one place."""
    return one.trigger == other.trigger and (one.trigger not in MOVES or (one.unit, one.bed) == (other.unit, other.bed))


def _class(kept: list[Movement]) -> str:
    return next((each.patient_class for each in reversed(kept) if each.patient_class), "")


def _order(each: Movement) -> tuple[int, int, str, str, str]:
    """By time; at one moment, who comes comes first, and what takes back comes last."""
    rank = next((n for n, known in enumerate(_KNOWN) if each.trigger in known), len(_KNOWN))
    return each.at, rank, each.trigger, each.unit, each.bed
