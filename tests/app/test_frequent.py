"""Somebody whom many agencies meet again and again is told of once, to the care coordinator, with counts and no names."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest

from hub import clock
from hub.app.care.frequent import FrequentContact
from hub.flow.often import Bounds
from hub.model.commands import Command
from hub.model.plan import EpisodeEvent
from hub.spans import DAY
from hub.store.ids import new_id
from hub.store.result import Result
from hub.store.sealing import Sealer
from hub.store.writing.work import Open, Work
from tests.app.books import Books, Person, books
from tests.houses import partner
from tests.store import county
from tests.store.county import EVENING

COUNTY = {
    name: partner(name, kind) for name, kind in (("C1", "PSAP"), ("PD", "LE"), ("H1", "HOSP_ED"), ("B1", "BH_PROVIDER"))
}


class Straight:
    """A desk that commits at once."""

    def __init__(self, kept: Books) -> None:
        self.kept = kept

    async def ask(self, commands: Sequence[Command]) -> Sequence[Result]:
        return self.kept.writer.commit(commands)


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Books]:
    with books(tmp_path) as made:
        yield made


def riley(kept: Books) -> Person:
    person = kept.person()
    for name in COUNTY:
        person.at(name, f"{name}-77")
    return person


def met(kept: Books, person: Person, source: str, days_ago: int) -> None:
    """A partner tells of an episode of its own."""
    kept.last += 1
    at = EVENING - days_ago * DAY
    link = msgspec.structs.replace(
        person._link(source, "x"), identity=person.identities[source], fresh=False, blocks=()
    )
    plan = county.planned(f"m{kept.last}", to=(), link=link)
    plan = msgspec.structs.replace(plan, episode=EpisodeEvent(episode=new_id(), at=at, what="encounter", fresh=True))
    kept.commit(msgspec.structs.replace(county.message(f"m{kept.last}", plan=plan), partner=source))


def look(kept: Books, now: int = EVENING) -> int:
    county = SimpleNamespace(partners=COUNTY, kinds={name: one.kind for name, one in COUNTY.items()})
    known, desk = cast("Any", SimpleNamespace(county=county)), cast("Any", Straight(kept))
    bounds = Bounds(contacts=5, partners=2, days=90)
    counting = FrequentContact(known=known, vault=kept.look.vault, desk=desk, bounds=bounds)
    with clock.hold(now):
        return asyncio.run(counting.look(now))


def told(kept: Books) -> list[Open]:
    with kept.look.vault.database.read() as connection:
        work = Work(connection, Sealer(kept.look.vault.keys, kept.look.vault.origin))
        return [task for task in work.tasks() if task.kind == "coordinate"]


def test_five_contacts_with_two_agencies_are_told_once(kept: Books) -> None:
    person = riley(kept)
    for source, days_ago in (("C1", 80), ("C1", 50), ("C1", 20), ("PD", 20), ("H1", 3)):
        assert look(kept) == 0
        met(kept, person, source, days_ago)

    assert look(kept) == 1
    assert look(kept, EVENING + DAY) == 0

    (task,) = told(kept)
    assert (task.role, task.about) == ("care coordinator", person.person)
    assert task.words == "5 contacts in 90 days: 911 3, emergency department 1, police 1. Who coordinates the care?"


def test_one_agency_alone_is_not_enough(kept: Books) -> None:
    person = riley(kept)
    for days_ago in range(6):
        met(kept, person, "H1", days_ago)

    assert look(kept) == 0


def test_a_clinics_appointments_are_no_contacts_in_crisis(kept: Books) -> None:
    person = riley(kept)
    for source in ("C1", "PD", "H1", "H1", "B1", "B1", "B1"):
        met(kept, person, source, 1)

    assert look(kept) == 0


def test_what_lies_longer_ago_does_not_count(kept: Books) -> None:
    person = riley(kept)
    for source, days_ago in (("C1", 91), ("C1", 50), ("C1", 20), ("PD", 20), ("H1", 3)):
        met(kept, person, source, days_ago)

    assert look(kept) == 0
