"""Whoever asked for care and may not hear the answer is telephoned: a person is told that the answer reached nobody."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hub.flow.unheard import Verdict, unheard, unreached
from hub.model.event import CrisisEvent
from hub.model.service import Referral
from hub.model.values import Code
from hub.spans import DAY
from hub.store.sealing import Sealer
from hub.store.writing.work import Open, Work
from tests.houses import Store, store
from tests.intake.people import message, played

ANSWER = Referral(number="q-1", status=Code(code="accepted"), requester="B1", performer="S1")
NO, YES = Verdict("B1", "TREAT", permits=False), Verdict("B1", "COC", permits=True)


def tasks(kept: Store) -> list[Open]:
    with kept.database.read() as connection:
        return [t for t in Work(connection, Sealer(kept.keys, kept.signer.name)).tasks() if t.kind == "referral"]


def answered(tmp_path: Path, **said: Any) -> list[Open]:
    with store(tmp_path) as kept:
        played(kept, message(1, "A", partner="S1", referral="accepted", requester="B1", performer="S1", **said))
        return tasks(kept)


def test_an_answer_under_part_2_that_nobody_consented_to_is_work_for_a_person(tmp_path: Path) -> None:
    (task,) = answered(tmp_path, codes=["42CFRPart2"])

    assert task.role == "supervisor"
    assert task.words.startswith("S1 answered a request of B1, and the rules let nothing of the answer reach it")
    assert "Dorsett" not in task.words


def test_an_answer_that_may_be_heard_is_none(tmp_path: Path) -> None:
    assert answered(tmp_path) == []


@pytest.mark.parametrize(
    ("body", "verdicts", "work"),
    [
        (ANSWER, [NO], 1),
        (ANSWER, [NO, NO], 1),
        (ANSWER, [NO, YES], 0),
        (ANSWER, [], 0),
        # An officer who asked gets the one bit of a release, or nothing.
        (ANSWER, [Verdict("B1", "LE_IDENT", permits=False)], 0),
        (ANSWER, [Verdict("H1", "TREAT", permits=False)], 0),
        (Referral(number="q-1", status=Code(code="requested"), requester="B1", performer="S1"), [NO], 0),
    ],
)
def test_one_task_for_each_who_asked_for_care_and_hears_nothing(
    body: Referral, verdicts: list[Verdict], work: int
) -> None:
    event = CrisisEvent(id="e", body=body, source="S1", recorded_at=1)

    assert len(list(unheard([event], verdicts, "j"))) == work


CALLED = {"S1": frozenset({"S1"}), "CLINICS": frozenset({"S1", "P2"})}


@pytest.mark.parametrize(
    ("performer", "told", "later", "work"),
    [
        ("S1", {"S1"}, 0, 0),
        ("CLINICS", {"P2"}, 0, 0),
        # Its file wants no requests, though somebody else hears of it.
        ("S1", {"P2"}, 0, 1),
        # Nobody goes by that name: it is enough that anybody wants it.
        ("Dr. X", {"P2"}, 0, 0),
        ("Dr. X", set(), 0, 1),
        ("", set(), 0, 1),
        # An export tells again what was asked long ago.
        ("Dr. X", set(), 8 * DAY, 0),
    ],
)
def test_a_request_that_reaches_nobody_it_asks_is_work_at_once(
    performer: str, told: set[str], later: int, work: int
) -> None:
    body = Referral(number="q-1", status=Code(code="requested"), requester="B1", performer=performer)
    event = CrisisEvent(id="e", body=body, source="B1", recorded_at=1)

    found = list(unreached([event], told, CALLED, "j", 1 + later))

    assert len(found) == work
    assert all(task.words.startswith("B1 asked for care, and it reaches nobody") for task in found)
    assert all("Dr. X" not in task.words for task in found)


@pytest.mark.parametrize(
    ("state", "requester", "verdicts", "work"),
    [
        ("rejected", "B1", [], 1),
        ("cancelled", "B1", [], 1),
        # It still has a promise.
        ("accepted", "B1", [], 0),
        # Its partner file lets answers in; what the rules say is told by `unheard` itself.
        ("rejected", "B1", [YES], 0),
        # Whoever takes it back themselves knows; and nobody can tell a name that no partner goes by.
        ("cancelled", "S1", [], 0),
        ("rejected", "Dr. X", [], 0),
    ],
)
def test_a_request_that_came_to_nothing_is_work_where_whoever_asked_wants_no_answers(
    state: str, requester: str, verdicts: list[Verdict], work: int
) -> None:
    body = Referral(number="q-1", status=Code(code=state), requester=requester, performer="S1")
    event = CrisisEvent(id="e", body=body, source="S1", recorded_at=1)

    found = list(unheard([event], verdicts, "j", {"B1", "S1"}))

    assert len(found) == work
    assert all(task.words.startswith("S1 ended a request of B1") for task in found)
