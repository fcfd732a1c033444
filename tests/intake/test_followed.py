"""Whoever was told of something because it was theirs hears once that it is theirs no longer."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from hub.flow.performers import names
from hub.intake.steps import Steps
from hub.partners import Interest, Partner
from hub.store import schema
from hub.store.sealing import Sealer
from hub.store.writing.work import Work
from tests.houses import Store, partner, store
from tests.intake.people import NOON, message, played, steps

OURS = Interest(
    id="asked-of-us", bodies=("referral",), purpose="TREAT", when=({"referral.performer": ["B1"]},), deadline_s=900
)
MINE = Interest(
    id="on-our-ward",
    bodies=("encounter",),
    purpose="TREAT",
    when=({"encounter.location.unit": ["PSY"], "encounter.trigger": ["A01", "A02"]},),
)


def hearing(*wants: Interest, name: str = "B1") -> Partner:
    return partner(name, "BH_PROVIDER", *wants)


def heard(tmp_path: Path, who: Partner, *said: dict[str, Any]) -> list[int]:
    """Which of these messages reach them, by number."""
    with store(tmp_path) as kept:
        tell(kept, steps(kept, who), *said)
        return reached(kept)


def tell(kept: Store, order: Steps, *said: dict[str, Any], first: int = 1) -> None:
    arrivals = [message(n, "A", at=NOON + n, **one) for n, one in enumerate(said, start=first)]
    assert {answer.state for answer in played(kept, *arrivals, order=order, at_once=False)} == {"kept"}


def reached(kept: Store) -> list[int]:
    with kept.database.read() as connection:
        at = select(schema.message.c.at).join(schema.outbox, schema.outbox.c.message == schema.message.c.seq)
        return [found - NOON for found in connection.scalars(at.order_by(schema.outbox.c.seq))]


def asked(of: str, state: str = "requested", **said: Any) -> dict[str, Any]:
    return {"referral": state, "performer": of, **said}


def on(unit: str, trigger: str = "A01") -> dict[str, Any]:
    return {"unit": unit, "trigger": trigger, "visit": "v-1"}


def test_a_referral_that_is_given_to_another_clinic_reaches_the_one_that_had_it_once(tmp_path: Path) -> None:
    said = asked("B1"), asked("S1"), asked("S1", "accepted")

    assert heard(tmp_path, hearing(OURS), *said) == [1, 2]


def test_who_gets_it_back_is_told_of_both(tmp_path: Path) -> None:
    said = asked("B1"), asked("S1"), asked("B1"), asked("S1"), asked("S1", "accepted")

    assert heard(tmp_path, hearing(OURS), *said) == [1, 2, 3, 4]


@pytest.mark.parametrize(
    "after",
    [
        {"performer": "S1", "referral": "requested", "partner": "S1"},
        # Nobody said who it goes to now.
        asked(""),
        {"referral": ""},
    ],
    ids=["another's number", "silent", "nothing of the kind"],
)
def test_what_says_nothing_against_it_is_no_end(tmp_path: Path, after: dict[str, Any]) -> None:
    assert heard(tmp_path, hearing(OURS), asked("B1"), after) == [1]


def test_who_was_never_told_hears_nothing(tmp_path: Path) -> None:
    assert heard(tmp_path, hearing(OURS), asked("S1"), asked("P2")) == []


def test_who_wants_to_be_told_of_no_end_is_told_of_none(tmp_path: Path) -> None:
    assert heard(tmp_path, hearing(replace(OURS, follow=False)), asked("B1"), asked("S1")) == [1]


def test_a_patient_who_leaves_the_ward_is_told_to_it(tmp_path: Path) -> None:
    """An update is another trigger event, and says nothing against the ward."""
    said = on("PSY"), on("PSY", "A08"), on("MED", "A02"), on("MED", "A08")

    assert heard(tmp_path, hearing(MINE), *said) == [1, 3]


def test_it_is_told_within_one_group_too(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        order = steps(kept, hearing(OURS))
        arrivals = [message(n, "A", at=NOON + n, **asked(who)) for n, who in enumerate(("B1", "S1"), start=1)]
        played(kept, *arrivals, order=order)

        assert reached(kept) == [1, 2]


def without_referrals(who: Partner) -> Partner:
    agreed = replace(who.agreement, categories=tuple(c for c in who.agreement.categories if c != "REFERRAL"))
    return replace(who, agreement=agreed)


@pytest.mark.parametrize(
    ("who", "codes"),
    [(hearing(OURS), ["42CFRPart2"]), (without_referrals(hearing(OURS)), [])],
    ids=["the rules let nothing through", "what says so is withheld and the rest would read as if it held"],
)
def test_an_end_that_is_kept_from_them_is_work_for_a_person(tmp_path: Path, who: Partner, codes: list[str]) -> None:
    with store(tmp_path) as kept:
        order = steps(kept, who)
        tell(kept, order, asked("B1"))
        tell(kept, order, asked("S1", codes=codes), asked("P2", codes=codes), first=2)

        assert reached(kept) == [1]
        with kept.database.read() as connection:
            work = Work(connection, Sealer(kept.keys, kept.signer.name)).tasks()
        (task,) = [one for one in work if one.kind == "referral"]
        assert task.role == "supervisor"
        assert task.words.startswith(
            "B1 was told of this, it is over for them, and the rules let nothing of that reach"
        )
        assert "Dorsett" not in task.words


def test_a_request_that_went_from_them_to_nobody_is_work_for_a_person_all_the_same(tmp_path: Path) -> None:
    """That they hear of the end is no help for whoever waits."""
    with store(tmp_path) as kept:
        who = hearing(OURS)
        order = steps(kept, who)
        order.house = dataclasses.replace(order.house, performers=names([who]))
        tell(kept, order, asked("B1"), asked("B1-misspelt"))

        assert reached(kept) == [1, 2]
        with kept.database.read() as connection:
            work = Work(connection, Sealer(kept.keys, kept.signer.name)).tasks()
        assert [one.words.partition(",")[0] for one in work if one.kind == "referral"] == ["H1 asked for care"]
