"""The board of a running hub: what is told moves it, and partners hear of it within a second, each in their own format."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from hub import clock
from hub.app.care.board import ANSWER, EVERY_S, Board, Follower, answered, set_beds, stands
from hub.app.house import Household
from hub.app.rounds import Round, every
from hub.app.vault import Vault
from hub.errors import Conflict, Lasting
from hub.flow.capacity.board import Row, Setting
from hub.model.commands import Command
from hub.partners import Interest, Partner
from hub.spans import HOUR, MINUTE
from hub.store import schema
from hub.store.asking.outbox import Outbox
from hub.store.result import Result
from tests.houses import Store, partner, store
from tests.intake.people import NOON, SOURCES, message, played, steps

BEDS = Interest(id="beds", bodies=("capacity_report",), purpose="BEDMGT")


def receiver(name: str, kind: str) -> Partner:
    made = partner(name, kind, BEDS)
    return replace(made, agreement=replace(made.agreement, purposes=("BEDMGT",)))


C1, MCT = receiver("C1", "PSAP"), receiver("MCT1", "MOBILE_CRISIS")
UNIT = Setting(facility="H1", unit="PSY", at=NOON, staffed=8, census=5, profile=("adult_psychiatric",))


class Straight:
    """A desk that commits at once."""

    def __init__(self, kept: Store) -> None:
        self.kept = kept

    async def ask(self, commands: Sequence[Command]) -> Sequence[Result]:
        return self.kept.writer.commit(commands)


def vault(kept: Store) -> Vault:
    return cast("Vault", SimpleNamespace(database=kept.database, keys=kept.keys, origin=kept.signer.name))


def running(kept: Store) -> Board:
    house = steps(kept, C1, MCT).house
    county = SimpleNamespace(partners={**SOURCES, "C1": C1, "MCT1": MCT})
    known = cast("Household", SimpleNamespace(house=house, county=county))
    return Board(known=known, vault=vault(kept), desk=cast("Any", Straight(kept)))


def look(here: Board, at: int) -> int:
    return asyncio.run(here.look(at))


def setting(kept: Store, wanted: Setting) -> None:
    (result,) = kept.writer.commit([set_beds(Follower(vault(kept)), wanted, actor="dana")])
    if result.error:
        raise result.error


def row(here: Board) -> Row:
    (found,) = here.rows
    return found


def due(kept: Store, to: str) -> int:
    return len(Outbox(kept.database, kept.keys, kept.signer.name).due({to: 10}, NOON + 10 * HOUR))


def stay(number: int, mrn: str, trigger: str, minutes: int, **said: Any) -> Any:
    at = NOON + minutes * MINUTE
    return message(number, mrn, trigger=trigger, unit="PSY", patient_class="IMP", at=at, **said)


def test_who_comes_and_goes_moves_the_board_and_everybody_who_wants_it_is_told(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        setting(kept, UNIT)
        here = running(kept)
        assert (look(here, NOON), row(here).offerable) == (1, 3)

        played(kept, stay(1, "A", "A01", 10))
        assert (look(here, NOON + 11 * MINUTE), row(here).occupied, row(here).offerable) == (1, 6, 2)
        assert look(here, NOON + 12 * MINUTE) == 0

        played(kept, stay(2, "A", "A03", 20))
        assert (look(here, NOON + 21 * MINUTE), row(here).offerable) == (1, 3)
        # One after the other: what is told of one unit arrives in order.
        assert (due(kept, "C1"), due(kept, "MCT1")) == (1, 1)
        with kept.database.read() as connection:
            counts = Counter(connection.scalars(select(schema.outbox.c.destination)))
        assert (counts["C1"], counts["MCT1"]) == (3, 3)


def test_of_a_unit_that_nobody_opened_partners_hear_nothing(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        here = running(kept)
        played(kept, stay(1, "A", "A01", 10))

        assert look(here, NOON + 11 * MINUTE) == 0

        setting(kept, replace(UNIT, at=NOON + 12 * MINUTE))
        assert look(here, NOON + 13 * MINUTE) == 1
        # Once it was told of, closing it is news too.
        setting(kept, replace(UNIT, at=NOON + 14 * MINUTE, staffed=0, census=None))
        assert (look(here, NOON + 15 * MINUTE), row(here).offerable) == (1, 0)


def test_partners_are_told_within_a_second(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        setting(kept, UNIT)
        here = running(kept)
        look(here, NOON)
        played(kept, stay(1, "A", "A01", 10))

        async def play() -> float:
            begun = time.perf_counter()
            running_board = asyncio.create_task(Round(name="board", look=here.look, pace=every(EVERY_S)).run())
            while not due(kept, "C1"):  # noqa: ASYNC110 - the database has no event to wait for
                await asyncio.sleep(0.01)
            running_board.cancel()
            return time.perf_counter() - begun

        assert asyncio.run(asyncio.wait_for(play(), 5)) < 1.0


def test_a_restart_tells_nothing_twice(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        setting(kept, UNIT)
        played(kept, stay(1, "A", "A01", 10))
        assert look(running(kept), NOON + HOUR) == 1

        assert look(running(kept), NOON + HOUR) == 0


def test_a_merge_of_two_numbers_of_one_patient_frees_the_second_bed(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        setting(kept, UNIT)
        here = running(kept)
        other = {"family": "Quill", "given": "Xavier", "born": "1961-11-02", "phone": "", "sex": "male"}
        played(kept, stay(1, "A", "A01", 10), stay(2, "B", "A01", 11, **other), at_once=False)
        look(here, NOON + 20 * MINUTE)
        assert row(here).occupied == 7

        played(kept, message(3, "B", merges=["A"], at=NOON + 30 * MINUTE, **other))

        look(here, NOON + 40 * MINUTE)
        assert row(here).occupied == 6


def test_refusals_lower_what_is_believed_until_nothing_is_offered(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        setting(kept, replace(UNIT, at=0))
        counted = replace(UNIT, at=clock.now())
        setting(kept, counted)
        for _ in range(3):
            kept.writer.commit([answered("H1", "PSY", room=False, actor="dana")])

        (found,) = Follower(vault(kept)).rows(clock.now())

        assert (found.offerable, "too often wrong" in found.why) == (0, True)


def test_a_unit_is_set_in_turn_and_never_impossibly(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        follower = Follower(vault(kept))
        first, second = (set_beds(follower, UNIT, actor=who) for who in ("dana", "kim"))
        assert kept.writer.commit([first])[0].error is None

        (late,) = kept.writer.commit([second])

        assert isinstance(late.error, Conflict)
        assert stands(follower.vault, "H1", "PSY") == UNIT
        with pytest.raises(Lasting, match="staffed is -1"):
            set_beds(follower, replace(UNIT, staffed=-1), actor="dana")
        with pytest.raises(Lasting, match="without a slash"):
            set_beds(follower, replace(UNIT, unit="A/B"), actor="dana")


def test_two_answers_at_once_are_both_kept(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        one = answered("H1", "PSY", room=False, actor="dana")
        other = replace(one, name=f"{one.name}1")

        assert [r.error for r in kept.writer.commit([one, other])] == [None, None]
        assert one.kind == ANSWER


def test_where_nothing_new_is_told_the_board_only_ages(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        setting(kept, UNIT)
        follower = Follower(vault(kept))
        first = follower.rows(NOON)

        assert follower.rows(NOON + 10_000_000) is first
        assert follower.rows(NOON + 30_000_000) is not first
        assert follower.rows(NOON + 9 * HOUR)[0].offerable == 0
        assert follower.rows(NOON)[0].offerable == 3


def test_what_was_set_after_the_look_began_is_on_the_board_at_the_next_look(tmp_path: Path) -> None:
    """The look reads its clock first; a nurse may set the beds before it reads the store."""
    with store(tmp_path) as kept:
        follower = Follower(vault(kept))
        setting(kept, UNIT)

        assert follower.rows(NOON - 1) == ()
        assert [each.offerable for each in follower.rows(NOON + 300_000)] == [3]
