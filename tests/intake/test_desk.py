"""Arrivals at the desk: kept in groups, answered after the commit, neighbours untouched by what fails."""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from hub.errors import StoreUnavailable
from hub.intake import Answer, Arrival, Desk, Rejected
from hub.intake.desk import Keeper
from hub.intake.suspects import Suspects
from hub.model.commands import Command
from hub.store.asking.journal import Journal
from hub.store.asking.outbox import Outbox
from hub.store.result import Result
from tests.houses import CLINIC, POLICE, Store, house, store

NOON = 1_795_000_000_000_000


def toy(number: int | str, **more: Any) -> bytes:
    return json.dumps({"id": f"m{number}", "mrn": f"r{number}", **more}).encode()


def arrival(body: bytes, partner: str = "H1") -> Arrival:
    return Arrival(journal=secrets.token_hex(16), partner=partner, body=body, door="test", at=NOON)


def told(
    kept: Store, *bodies: bytes, nudged: list[set[str]] | None = None, keeper: Keeper | None = None
) -> list[Answer]:
    """Lay all of these on the desk at once, and wait for every answer."""

    async def play() -> list[Answer]:
        desk = Desk(
            keeper or kept.writer, kept.steps(house(CLINIC, POLICE)), (nudged if nudged is not None else []).append
        )
        desk.start()
        answers = await asyncio.gather(*(desk.take(arrival(body)) for body in bodies))
        await desk.stop()
        return answers

    return asyncio.run(play())


def states(answers: Sequence[Answer]) -> list[str]:
    return [answer.state for answer in answers]


def test_a_message_is_kept_decided_and_due_at_those_who_may_see_it(tmp_path: Path) -> None:
    nudged: list[set[str]] = []
    with store(tmp_path) as kept:
        answers = told(kept, toy(1), nudged=nudged)

        due = Outbox(kept.database, kept.keys, kept.signer.name)
        to_clinic, to_police = due.due({"B1": 10}, NOON), due.due({"PD": 10}, NOON)

    assert states(answers) == ["kept"]
    assert len(to_clinic) == 1
    assert to_police == []
    assert nudged == [{"B1"}]


def test_the_same_message_five_times_has_one_effect(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        answers = told(kept, *[toy(1)] * 5)

        due = Outbox(kept.database, kept.keys, kept.signer.name).due({"B1": 10}, NOON)

    assert sorted(states(answers)) == ["duplicate"] * 4 + ["kept"]
    assert len({answer.journal for answer in answers}) == 1
    assert len(due) == 1


def test_the_same_id_with_other_bytes_is_a_new_message(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        answers = told(kept, toy(1), toy(1, code="F41.1"))

    assert states(answers) == ["kept", "kept"]


@pytest.mark.parametrize(
    ("bad", "state"), [({"boom": "map"}, "parked"), ({"boom": "bug", "family": "Secretname"}, "parked")]
)
def test_one_bad_message_parks_and_its_neighbours_are_kept(tmp_path: Path, bad: dict[str, str], state: str) -> None:
    with store(tmp_path) as kept:
        answers = told(kept, toy(1), toy(2, **bad), toy(3))

    assert states(answers) == ["kept", state, "kept"]
    assert "Secretname" not in answers[1].cause


def test_what_is_no_message_is_rejected_and_nothing_of_it_is_kept(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        answers = told(kept, b"\x00 Secretname \xff", toy(1))

    assert states(answers) == ["rejected", "kept"]
    assert not any(b"Secretname" in file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())


def test_a_batch_is_answered_with_its_worst_and_its_counts(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        (answer,) = told(kept, b"\n".join([toy(1), toy(2, boom="map"), toy(3)]))

    assert answer.state == "parked"
    assert "2 kept" in answer.cause
    assert "1 parked" in answer.cause


def test_an_unknown_sender_is_rejected(tmp_path: Path) -> None:
    async def play(kept: Store) -> Answer:
        desk = Desk(kept.writer, kept.steps(house(CLINIC)))
        desk.start()
        answer = await desk.take(arrival(toy(1), partner="nobody"))
        await desk.stop()
        return answer

    with store(tmp_path) as kept:
        assert asyncio.run(play(kept)).state == "rejected"


def test_a_door_may_say_what_it_turned_away(tmp_path: Path) -> None:
    async def play(kept: Store) -> Answer:
        desk = Desk(kept.writer, kept.steps(house(CLINIC)))
        desk.start()
        turned = Rejected(
            journal=secrets.token_hex(16), partner="H1", body=b"noise", door="test", at=NOON, cause="no frame"
        )
        answer = await desk.reject(turned)
        await desk.stop()
        return answer

    with store(tmp_path) as kept:
        answer = asyncio.run(play(kept))

    assert (answer.state, answer.cause) == ("rejected", "no frame")


class Broken:
    """A store that is gone for a while."""

    def __init__(self, writer: Any) -> None:
        self.writer, self.gone = writer, True

    def commit(self, commands: Sequence[Command]) -> Sequence[Result]:
        if self.gone:
            return [Result(error=StoreUnavailable()) for _ in commands]
        return list(self.writer.commit(commands))

    def rest(self) -> None:
        self.writer.rest()


def test_while_the_store_is_gone_nobody_is_told_kept_and_afterwards_nothing_is_missing(tmp_path: Path) -> None:
    async def play(kept: Store) -> tuple[Answer, Answer]:
        broken = Broken(kept.writer)
        desk = Desk(broken, kept.steps(house(CLINIC)))
        desk.start()
        first = await desk.take(arrival(toy(1)))
        broken.gone = False
        second = await desk.take(arrival(toy(1)))
        await desk.stop()
        return first, second

    with store(tmp_path) as kept:
        first, second = asyncio.run(play(kept))

    assert (first.state, second.state) == ("unavailable", "kept")


def test_a_duplicate_of_what_was_not_kept_is_not_kept_either(tmp_path: Path) -> None:
    async def play(kept: Store) -> list[Answer]:
        desk = Desk(Broken(kept.writer), kept.steps(house(CLINIC)))
        answers = [desk.take(arrival(toy(1))) for _ in range(3)]
        desk.start()
        told = await asyncio.gather(*answers)
        await desk.stop()
        return told

    with store(tmp_path) as kept:
        assert states(asyncio.run(play(kept))) == ["unavailable"] * 3


def test_a_message_that_killed_the_process_twice_is_parked_unread(tmp_path: Path) -> None:
    body = toy(1)
    with store(tmp_path) as kept:
        for _ in range(2):
            died_with(kept, body)

        answers = told(kept, body, toy(2))

    assert states(answers) == ["parked", "kept"]
    assert "twice" in answers[0].cause


def died_with(kept: Store, body: bytes) -> None:
    hand = Suspects(kept.folder / "desk")
    hand.take(hashlib.sha256(body).digest())
    hand.close()


def test_a_message_that_got_through_after_a_crash_was_not_to_blame_for_it(tmp_path: Path) -> None:
    body = toy(1)
    with store(tmp_path) as kept:
        died_with(kept, body)
        first = told(kept, body)
        died_with(kept, body)

        hand = Suspects(kept.folder / "desk")

    assert states(first) == ["kept"]
    assert not hand.guilty(hashlib.sha256(body).digest())


def test_a_crash_during_the_commit_is_nobodys_fault(tmp_path: Path) -> None:
    class Dying:
        def commit(self, commands: Sequence[Command]) -> Sequence[Result]:
            in_hand.append((kept.folder / "desk" / "in-hand").read_bytes())
            return list(kept.writer.commit(commands))

        def rest(self) -> None:
            kept.writer.rest()

    in_hand: list[bytes] = []
    with store(tmp_path) as kept:
        answers = told(kept, toy(1), toy(2), keeper=Dying())

    assert states(answers) == ["kept", "kept"]
    assert {page.strip(b"\0") for page in in_hand} == {b""}


def test_a_fault_of_an_adapter_before_it_reads_parks_that_message_alone(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        answers = told(kept, toy(1), b"split: boom", toy(2))

    assert states(answers) == ["kept", "parked", "kept"]
    assert "KeyError" in answers[1].cause


def test_bytes_without_any_message_are_rejected(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        answers = told(kept, b"split: nothing", toy(2))

    assert states(answers) == ["rejected", "kept"]


def test_a_message_that_breaks_the_desk_is_kept_unread_and_its_neighbours_as_ever(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        answers = told(kept, toy(1), toy(2, mrn=7), toy(3), toy(4))

    assert states(answers) == ["kept", "parked", "kept", "kept"]


def test_a_plan_that_the_store_cannot_write_is_dropped_and_the_bytes_are_kept(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        answers = told(kept, toy(1), toy(2, family="\ud800"), toy(3))
        with kept.database.read() as connection:
            journal = Journal(connection, kept.keys, kept.signer.name)
            bodies = [each.body for each in journal.kept([answer.journal for answer in answers])]

    assert states(answers) == ["kept", "parked", "kept"]
    assert bodies == [toy(1), toy(2, family="\ud800"), toy(3)]
