"""Which episode a message belongs to: the order of arrival does not matter."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.flow.episode import SAME_NUMBER, WINDOW, keys, place
from hub.model.care import Encounter
from hub.model.crisis import CrisisContact, MobileCrisisVisit
from hub.model.event import Body, CrisisEvent
from hub.model.public_safety import CallForService, FieldContact, UnitStatus, UseOfForce
from hub.model.service import CapacityReport
from hub.model.values import Code, Identifier
from hub.spans import HOUR
from hub.store.planning.world import Happened

NOON = 1_795_000_000_000_000


@dataclass(frozen=True)
class Told:
    """A message: when, about whom, under which numbers."""

    name: int
    at: int
    person: str = ""
    numbers: tuple[str, ...] = ()


def event(told: Told) -> tuple[CrisisEvent, ...]:
    first, *others = told.numbers or ("",)
    call = CallForService(incident=first, other_ids=tuple(Identifier(value=n) for n in others))
    body: Body = call if told.numbers else Encounter()
    return (CrisisEvent(id=str(told.name), body=body, source="x", recorded_at=NOON + told.at * HOUR),)


class Hub:
    """A hub that remembers happenings as the store does."""

    def __init__(self) -> None:
        self.episodes: dict[int, str] = {}
        self.told: list[Told] = []

    def take(self, told: Told, fresh: str) -> None:
        events = event(told)
        recent = [
            Happened(episode=self.episodes[each.name], at=NOON + each.at * HOUR, by_number=bool(shared))
            for each in self.told
            if (shared := set(each.numbers) & set(told.numbers)) or (told.person and each.person == told.person)
        ]
        placed = place(events, recent, fresh, keys(events))
        assert placed is not None
        for name, episode in self.episodes.items():
            if episode in placed.joins:
                self.episodes[name] = placed.episode
        self.episodes[told.name] = placed.episode
        self.told.append(told)

    def crises(self) -> set[frozenset[int]]:
        """The messages of each episode."""
        found: dict[str, set[int]] = {}
        for name, episode in self.episodes.items():
            found.setdefault(episode, set()).add(name)
        return {frozenset(each) for each in found.values()}


def crises(order: tuple[Told, ...]) -> set[frozenset[int]]:
    hub = Hub()
    for number, told in enumerate(order):
        hub.take(told, f"{number:032x}")
    return hub.crises()


messages = st.lists(
    st.builds(
        Told,
        name=st.just(0),
        at=st.integers(0, 400),
        person=st.sampled_from(["", "p", "q"]),
        numbers=st.lists(st.sampled_from(["X", "Y", "Z"]), max_size=2, unique=True).map(tuple),
    ),
    min_size=1,
    max_size=9,
).map(lambda several: tuple(Told(n, t.at, t.person, t.numbers) for n, t in enumerate(several)))


@given(messages, st.randoms(use_true_random=False))
def test_every_order_of_arrival_gives_the_same_episodes(several: tuple[Told, ...], dice: object) -> None:
    shuffled = list(several)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]  # a Random

    assert crises(tuple(shuffled)) == crises(several)


def test_all_orders_of_six_messages_that_hang_together_give_one_episode() -> None:
    night = (
        Told(0, 0, "", ("C-9",)),
        Told(1, 1, "", ("C-9", "26-77")),
        Told(2, 1, "p", ("26-77",)),
        Told(3, 3, "p"),
        Told(4, 60, "p"),
        Told(5, 120, "p"),
    )

    assert all(crises(order) == {frozenset(range(6))} for order in itertools.permutations(night))


def test_a_message_between_two_episodes_joins_them_and_the_older_keeps_its_name() -> None:
    hub = Hub()
    hub.take(Told(0, 0, "p"), "a" * 32)
    hub.take(Told(1, 100, "p"), "b" * 32)
    assert len(hub.crises()) == 2

    hub.take(Told(2, 50, "p"), "c" * 32)

    assert set(hub.episodes.values()) == {"a" * 32}


def test_more_than_three_days_lie_between_two_crises() -> None:
    assert len(crises((Told(0, 0, "p"), Told(1, WINDOW // HOUR + 1, "p")))) == 2
    assert len(crises((Told(0, 0, "p"), Told(1, WINDOW // HOUR, "p")))) == 1


def test_a_number_that_dispatch_gives_again_in_another_year_is_another_crisis() -> None:
    year = (Told(0, 0, "", ("26-77",)), Told(1, 365 * 24, "", ("26-77",)))
    late = (Told(0, 0, "", ("26-77",)), Told(1, SAME_NUMBER // HOUR, "", ("26-77",)))

    assert crises(year) == crises(year[::-1]) == {frozenset({0}), frozenset({1})}
    assert len(crises(late)) == 1


NUMBERED = {
    "a call and its other ids": (
        CallForService(incident="26-77", other_ids=(Identifier(value="urn:emergency:uid:incident:77"),)),
        {"26-77", "urn:emergency:uid:incident:77"},
    ),
    "a police contact": (FieldContact(incident="26-77"), {"26-77"}),
    "force used": (UseOfForce(incident="26-77"), {"26-77"}),
    "a 988 contact and the call it became": (CrisisContact(contact="9", transfer_incident="26-77"), {"988:9", "26-77"}),
    "a visit for a 988 contact": (MobileCrisisVisit(based_on=(Identifier(value="9", type="988"),)), {"988:9"}),
    "a visit that 988 asked for, for a 911 call": (
        MobileCrisisVisit(based_on=(Identifier(value="urn:emergency:uid:incidentid:77", type="988"),)),
        {"urn:emergency:uid:incidentid:77"},
    ),
    "a stay": (Encounter(number="V-1"), set()),
}


@pytest.mark.parametrize(("body", "numbers"), NUMBERED.values(), ids=NUMBERED)
def test_numbers_that_agencies_share(body: Body, numbers: set[str]) -> None:
    found = keys((CrisisEvent(id="e", body=body, source="x", recorded_at=0),))

    assert {block.values[0] for block in found} == numbers


@pytest.mark.parametrize("number", ["988:9", "9"])
@pytest.mark.parametrize("body", [FieldContact, UseOfForce, UnitStatus, CallForService])
def test_whatever_an_agency_calls_its_incident_it_never_leads_to_a_contact(body: type[Any], number: str) -> None:
    contact, theirs = (
        keys((CrisisEvent(id="e", body=one, source="x", recorded_at=0),))
        for one in (CrisisContact(contact="9"), body(incident=number))
    )

    assert set(contact).isdisjoint(theirs)
    assert {block.name for block in contact} == {"contact"}


@pytest.mark.parametrize(
    ("direction", "one"),
    [
        ("REPLACING", True),
        ("REPLACED", True),
        ("PARENT", True),
        ("CHILD", True),
        ("SPLIT", False),
        ("UNLINK", False),
        ("RELATED", False),
        ("", False),
    ],
)
def test_incidents_that_dispatch_says_are_one_hang_together(direction: str, *, one: bool) -> None:
    linked = (Code(code=direction, system="urn:nena:incident-link", local="26-8"),)
    body = CallForService(incident="26-7", linked=linked)

    found = keys((CrisisEvent(id="e", body=body, source="x", recorded_at=NOON),))

    assert {number for block in found for number in block.values} == ({"26-7", "26-8"} if one else {"26-7"})


def test_counts_belong_to_no_episode() -> None:
    counts = (CrisisEvent(id="e", body=CapacityReport(unit="3W"), source="x", recorded_at=0),)

    assert place(counts, (), "f" * 32, ()) is None
