"""Whoever asked for care and may not hear the answer is telephoned: a person is told that the answer reached nobody."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hub.flow.unheard import Verdict, unheard
from hub.model.event import CrisisEvent
from hub.model.service import Referral
from hub.model.values import Code
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
