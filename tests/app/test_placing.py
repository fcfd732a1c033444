"""Placements in a real store: nobody's name before somebody is chosen, one chosen under race, and nothing lost by a crash."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest
from msgspec.structs import replace

from hub import clock
from hub.app.care import board
from hub.app.care.hearing import number
from hub.app.care.placing import DOOR, Placing, _held
from hub.app.care.promises import Promises
from hub.app.house import Household
from hub.app.vault import Vault
from hub.contracts import Reading
from hub.errors import Conflict, HubError, Lasting
from hub.flow.calendar import Calendar
from hub.flow.capacity.board import Setting
from hub.flow.capacity.trust import Answer
from hub.flow.placement import Asked, Criteria, Placement, choose, decline, offer
from hub.flow.plan import Known
from hub.model.commands import Command, Keep
from hub.model.event import CrisisEvent, event_id
from hub.model.person import Person
from hub.model.plan import Link
from hub.model.service import Referral, Transport
from hub.model.values import Code, HumanName, Worker
from hub.partners import Interest, Partner
from hub.spans import DAY, HOUR, MINUTE
from hub.store.asking import crises
from hub.store.asking.journal import Journal, Wanted
from hub.store.ids import new_id
from hub.store.result import Result
from hub.store.sealing import Sealer
from hub.store.writing.lodged import Lodged
from hub.store.writing.work import Work
from tests.houses import Store, partner, store
from tests.intake.people import SOURCES, message, played, steps

REFERRED = Interest(id="referred", bodies=("referral",), purpose="TREAT")
# 1000 of them take a minute or two.
RACES = int(os.environ.get("CRISIS_HUB_RACES", "100"))
HOMES: dict[str, Partner] = {name: partner(name, "BH_PROVIDER", REFERRED) for name in ("S1", "S2", "B1")}


class Straight:
    """A desk that commits at once; it can die before the second call."""

    def __init__(self, kept: Store) -> None:
        self.kept, self.dies = kept, False

    async def ask(self, commands: Sequence[Command]) -> Sequence[Result]:
        if self.dies and any(type(c).__name__ == "Keep" for c in commands):
            raise RuntimeError("the plug was pulled")
        return self.kept.writer.commit(commands)


class Scene:
    """A hospital with a patient, and three facilities."""

    def __init__(self, kept: Store, folder: Path) -> None:
        self.kept, self.desk = kept, Straight(kept)
        county = SimpleNamespace(partners={**SOURCES, **HOMES}, first_come=True)
        self.known = cast("Household", SimpleNamespace(county=county, house=steps(kept).house))
        vault = SimpleNamespace(database=kept.database, keys=kept.keys, origin=kept.signer.name)
        self.vault = cast("Vault", vault)
        self.stay = message(1, "A", code="F32.9")
        played(kept, self.stay)

    def placing(self) -> Placing:
        return Placing(known=self.known, vault=self.vault, desk=cast("Any", self.desk))

    def placement(self, **said: Any) -> Placement:
        now = clock.now()
        asked = tuple(Asked(facility=name, unit="A") for name in HOMES)
        criteria = Criteria(service="crisis_stabilization", age="adult")
        made = Placement(
            id=new_id(), journal=self.stay.journal, source="H1", criteria=criteria, asked=asked, opened_at=now,
            until=now + 15 * MINUTE,
        )  # fmt: skip
        return replace(made, **said)

    def act(self, name: str, step: Any) -> Placement:
        return asyncio.run(self.placing().act(name, step, actor="dana"))

    def told(self, since: int = 0) -> list[tuple[str, tuple[CrisisEvent, ...]]]:
        """To whom each placement message goes, and what it says, in order."""
        with self.kept.database.read() as connection:
            journal = Journal(connection, self.kept.keys, self.kept.signer.name)
            found = [m for m in reversed(journal.search(Wanted(kind="PLACEMENT"))) if m.door == DOOR and m.at >= since]
            said = [journal.kept([m.journal])[0].events for m in found]
            to = [[d.destination for d in journal.timeline(m.journal)] for m in found]
        return [(",".join(names), events) for names, events in zip(to, said, strict=True)]

    def says(self, placement: Placement, facility: str, status: str, *, number_of: str = "", **more: Any) -> None:
        """A facility answers by message, under the number it was given or another's."""
        journal, now = new_id(), clock.now()
        body = Referral(number=number(placement.id, number_of or facility), status=Code(code=status), **more)
        event = CrisisEvent(id=event_id(journal, 0), body=body, source=facility, recorded_at=now)
        reading = Reading(kind="RRI^I12", events=(event,), message_id=journal)
        nobody = Link(verdict="nobody", identity=new_id(), person=new_id(), fresh=False)
        known = Known(journal=journal, source=HOMES[facility], as_of=now, link=nobody, fresh_episode=new_id())
        plan = self.known.house.plan(reading, known)
        keep = Keep(journal=journal, partner=facility, at=now, door="test", body=b"RRI", plan=plan)
        (result,) = self.kept.writer.commit([keep])
        assert result.error is None

    def look(self) -> Placement:
        asyncio.run(self.placing().look(clock.now()))
        return self.placing().all()[0]

    def learned(self) -> list[tuple[str, str, bool]]:
        with self.kept.database.read() as connection:
            found = Lodged(connection, Sealer(self.kept.keys, self.kept.signer.name)).all(board.ANSWER)
        return [
            (a.facility, a.unit, a.room) for a in (msgspec.msgpack.decode(each.value, type=Answer) for each in found)
        ]

    def tasks(self) -> list[str]:
        with self.kept.database.read() as connection:
            found = Work(connection, Sealer(self.kept.keys, self.kept.signer.name)).tasks()
        return [task.words for task in found if task.kind == "placement"]


@contextmanager
def scene(folder: Path) -> Iterator[Scene]:
    with store(folder) as kept:
        yield Scene(kept, folder)


def status(events: tuple[CrisisEvent, ...]) -> str:
    return next(e.body.status.code for e in events if isinstance(e.body, Referral) and e.body.status)


def has_person(events: tuple[CrisisEvent, ...]) -> bool:
    return any(isinstance(event.body, Person) for event in events)


def test_facilities_are_asked_without_a_name_and_the_record_goes_to_the_chosen_one_alone(tmp_path: Path) -> None:
    with scene(tmp_path) as here:
        opened = here.placement()
        asyncio.run(here.placing().open(opened, actor="dana"))
        assert [(to, status(said), has_person(said)) for to, said in here.told()] == [
            (name, "requested", False) for name in HOMES
        ]
        assert not any(name in repr(said) for _, said in here.told() for name in ("Dorsett", "Riley", "1990", "F32"))

        here.act(opened.id, partial(offer, facility="S1", clinician="Dr Osei", at=clock.now()))
        here.act(opened.id, partial(decline, facility="B1", reason="full", at=clock.now()))
        after = here.act(opened.id, partial(choose, facility="S1", by="Dr Nguyen, Riley agreeing", at=clock.now()))

        assert after.chosen is not None
        assert (after.chosen.facility, after.chosen.clinician) == ("S1", "Dr Osei")
        *answers, (_, ride) = here.told()[3:]
        assert [(to, status(said), has_person(said)) for to, said in answers] == [
            ("S1", "accepted", True),
            ("S2", "cancelled", False),
        ]
        (drive,) = (event.body for event in ride)
        assert isinstance(drive, Transport)
        assert (drive.drop_off.description if drive.drop_off else "", has_person(ride)) == ("S1", False)


def test_each_facility_gets_a_number_of_its_own(tmp_path: Path) -> None:
    with scene(tmp_path) as here:
        asyncio.run(here.placing().open(here.placement(), actor="dana"))

        numbers = {e.body.number for _, said in here.told() for e in said if isinstance(e.body, Referral)}
        assert len(numbers) == len(HOMES)


def test_of_two_choices_at_once_one_is_refused(tmp_path: Path) -> None:
    with scene(tmp_path) as here:
        opened = here.placement()
        asyncio.run(here.placing().open(opened, actor="dana"))
        for name in ("S1", "S2"):
            here.act(opened.id, partial(offer, facility=name, clinician="Dr Osei", at=clock.now()))
        one, other = here.placing(), here.placing()
        before = one.one(opened.id)
        steps_ = [choose(_held(before.value).placement, name, by="x", at=clock.now()) for name in ("S1", "S2")]

        async def race() -> list[object]:
            acts = (p._keep(step, before.version, "x") for p, step in zip((one, other), steps_, strict=True))
            return list(await asyncio.gather(*acts, return_exceptions=True))

        results = asyncio.run(race())

        assert sorted(type(r).__name__ for r in results) == ["Conflict", "Placement"]
        assert [to for to, said in here.told() if has_person(said)] == ["S1"]


class Queue(Straight):
    """A desk that several threads ask at once, as doors and pages do: the one writer takes one after the other."""

    def __init__(self, kept: Store) -> None:
        super().__init__(kept)
        self._turn = threading.Lock()

    async def ask(self, commands: Sequence[Command]) -> Sequence[Result]:
        with self._turn:
            return await super().ask(commands)


def races(here: Scene, placement: Placement) -> list[str]:
    """Every facility offers in the same moment, each at a node of its own and again when somebody was faster; what each was told."""
    ready = threading.Barrier(len(HOMES))

    def offers(name: str) -> str:
        step = partial(offer, facility=name, clinician="Dr Osei", at=clock.now())
        ready.wait()
        while True:
            try:
                found = asyncio.run(here.placing().act(placement.id, step, actor=name))
            except Conflict:
                if _held(here.placing().one(placement.id).value).placement.state != "asking":
                    return ""
                continue
            return found.chosen.facility if found.chosen else ""

    with ThreadPoolExecutor(len(HOMES)) as pool:
        return list(pool.map(offers, HOMES))


@pytest.mark.slow
def test_in_a_hundred_races_through_the_store_exactly_one_gets_the_record(tmp_path: Path) -> None:
    with scene(tmp_path) as here:
        here.desk = Queue(here.kept)
        for _ in range(RACES):
            opened = here.placement(first_come=True)
            asyncio.run(here.placing().open(opened, actor="dana"))

            answers = races(here, opened)

            (chosen,) = [name for name in answers if name]
            said = [each for each in here.told(opened.opened_at) if has_person(each[1])]
            assert [to for to, _ in said] == [chosen]


def test_a_crash_between_the_choice_and_the_record_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    with scene(tmp_path) as here:
        opened = here.placement(first_come=True)
        asyncio.run(here.placing().open(opened, actor="dana"))
        here.desk.dies = True
        with pytest.raises(RuntimeError):
            here.act(opened.id, partial(offer, facility="S2", clinician="Dr Osei", at=clock.now()))
        here.desk.dies = False

        for _ in range(2):
            asyncio.run(here.placing().look(clock.now()))

        assert [to for to, said in here.told() if has_person(said)] == ["S2"]


def test_a_hold_that_nobody_came_for_is_told_once(tmp_path: Path) -> None:
    with scene(tmp_path) as here:
        opened = here.placement(first_come=True)
        asyncio.run(here.placing().open(opened, actor="dana"))
        here.act(opened.id, partial(offer, facility="S1", clinician="Dr Osei", at=clock.now()))

        passed = [asyncio.run(here.placing().look(clock.now() + 2 * HOUR)) for _ in range(2)]

        assert passed == [1, 0]
        assert here.tasks() == ["The hold is over, and nobody arrived. Ask further facilities, or telephone."]


def test_who_cannot_be_asked_is_named_before_anybody_is(tmp_path: Path) -> None:
    with scene(tmp_path) as here:
        asked = (Asked(facility="S1", unit="A"), Asked(facility="H1", unit="A"))

        with pytest.raises(Lasting, match="H1"):
            asyncio.run(here.placing().open(here.placement(asked=asked), actor="dana"))

        assert here.told() == []


def test_a_question_that_the_rules_let_reach_nobody_is_refused_with_its_cure_before_anybody_is_asked(
    tmp_path: Path,
) -> None:
    """A Part 2 unit's questions name nobody, and yet no rule lets them go: whoever asks hears it at once."""
    with scene(tmp_path) as here:
        stay = message(2, "B", "P2", family="Quill", given="Xavier", born="1961-11-02", phone="5550100999")
        played(here.kept, stay)

        with pytest.raises(Lasting, match="S1: The rules let no question of P2 reach it"):
            asyncio.run(here.placing().open(here.placement(journal=stay.journal, source="P2"), actor="dana"))

        assert here.told() == []
        assert here.placing().all() == ()


@pytest.mark.parametrize(("teller", "codes"), [("P2", []), ("H1", ["42CFRPart2"])], ids=["their unit", "its code"])
def test_whoever_was_chosen_and_may_not_have_the_record_is_told_of_to_a_person(
    tmp_path: Path, teller: str, codes: list[str]
) -> None:
    """The record is Part 2, the question was a hospital's: without a consent the chosen facility hears nothing."""
    with scene(tmp_path) as here:
        who: Any = {"family": "Quill", "given": "Xavier", "born": "1961-11-02", "phone": "5550100999"}
        stay = message(2, "B", teller, codes=codes, **who)
        played(here.kept, stay)
        opened = here.placement(journal=stay.journal)
        asyncio.run(here.placing().open(opened, actor="dana"))
        here.act(opened.id, partial(offer, facility="S1", clinician="Dr Osei", at=clock.now()))

        here.act(opened.id, partial(choose, facility="S1", by="Dr Nguyen", at=clock.now()))
        here.look()

        (words,) = here.tasks()
        assert words.startswith("S1 was chosen, and the rules let nothing of the record reach it")
        assert "Quill" not in words


def test_opening_one_twice_is_a_conflict(tmp_path: Path) -> None:
    with scene(tmp_path) as here:
        opened = here.placement()
        asyncio.run(here.placing().open(opened, actor="dana"))

        with pytest.raises(Conflict):
            asyncio.run(here.placing().open(opened, actor="kim"))
        with pytest.raises(HubError):
            here.placing().one("0" * 32)


OSEI = Worker(name=HumanName(family="Osei", given=("Ama",)))


def test_facilities_answer_by_message_and_their_refusals_are_learned(tmp_path: Path) -> None:
    with scene(tmp_path) as here:
        here.kept.writer.commit(
            [board.set_beds(board.Follower(here.vault), Setting(facility="B1", unit="N", at=clock.now(), staffed=4,
             census=2, profile=("crisis_stabilization",)), actor="dana")]
        )  # fmt: skip
        asked = (Asked(facility="S1", unit="A"), Asked(facility="S2", unit="A"), Asked(facility="B1", unit=""))
        opened = here.placement(asked=asked)
        asyncio.run(here.placing().open(opened, actor="dana"))
        here.says(opened, "B1", "rejected", status_reason=Code(code="no_bed"))
        here.says(opened, "S1", "accepted", performer_worker=OSEI)

        after = here.look()

        assert [(a.facility, a.answer, a.clinician, a.reason) for a in after.asked] == [
            ("S1", "offered", "Ama Osei", ""),
            ("S2", "asked", "", ""),
            ("B1", "declined", "", "full"),
        ]
        assert here.learned() == [("B1", "N", False), ("S1", "A", True)]
        assert here.look() == after  # heard again by another process: nothing counts twice
        assert len(here.learned()) == 2


def test_what_was_said_in_time_counts_though_much_else_was_said_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crises, "PAGE", 1)
    with scene(tmp_path) as here:
        opened = here.placement()
        asyncio.run(here.placing().open(opened, actor="dana"))
        here.says(opened, "S2", "rejected")
        here.says(opened, "S1", "accepted", performer_worker=Worker(name=HumanName(family="Osei")))

        found = {each.facility: each.answer for each in here.look().asked}

        assert found == {"S1": "offered", "S2": "declined", "B1": "asked"}


def test_nobody_answers_for_another_facility(tmp_path: Path) -> None:
    with scene(tmp_path) as here:
        opened = here.placement()
        asyncio.run(here.placing().open(opened, actor="dana"))
        here.says(opened, "S2", "accepted", number_of="S1", performer_worker=OSEI)

        assert [a.answer for a in here.look().asked] == ["asked", "asked", "asked"]


def test_an_acceptance_after_the_choice_is_told_and_the_record_stays_where_it_went(tmp_path: Path) -> None:
    with scene(tmp_path) as here:
        opened = here.placement(first_come=True)
        asyncio.run(here.placing().open(opened, actor="dana"))
        here.says(opened, "S1", "accepted", performer_worker=OSEI)
        here.says(opened, "S2", "accepted", performer_worker=OSEI)

        for _ in range(2):
            here.look()

        assert [to for to, said in here.told() if has_person(said)] == ["S1"]
        assert here.tasks() == ["S2 has room, and the placement is held."]


def test_an_answer_to_a_question_for_a_bed_is_no_referral_that_nobody_books(tmp_path: Path) -> None:
    """The promise clock leaves it alone: a placement has its own, and an acceptance there needs no appointment."""
    with scene(tmp_path) as here:
        opened = here.placement(first_come=True)
        asyncio.run(here.placing().open(opened, actor="dana"))
        here.says(opened, "S1", "accepted", performer_worker=Worker(name=HumanName(family="Osei")))
        here.says(opened, "S2", "received")
        assert here.look().state == "held"

        promises = Promises(vault=here.vault, desk=cast("Any", here.desk), calendar=Calendar())

        assert asyncio.run(promises.look(clock.now() + 30 * DAY)) == 0


def test_arriving_by_message_closes_the_hold(tmp_path: Path) -> None:
    with scene(tmp_path) as here:
        opened = here.placement(first_come=True)
        asyncio.run(here.placing().open(opened, actor="dana"))
        here.act(opened.id, partial(offer, facility="S1", clinician="Dr Osei", at=clock.now()))
        assert here.look().state == "held"
        later = [message(2, "A2", partner="S1", at=clock.now() + MINUTE, trigger="A01", patient_class="IMP")]
        played(here.kept, *later)

        assert here.look().state == "arrived"
        assert asyncio.run(here.placing().look(clock.now() + 2 * HOUR)) == 0
        assert here.tasks() == []
