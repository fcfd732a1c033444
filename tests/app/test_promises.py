"""The promise clock of a running hub: a referral that nobody takes up is told to its roles, each once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from hub import clock
from hub.app.care.promises import Promises
from hub.app.vault import Vault
from hub.flow.calendar import Calendar
from hub.model.commands import Command
from hub.spans import DAY, HOUR
from hub.store.asking import crises
from hub.store.result import Result
from hub.store.sealing import Sealer
from hub.store.writing.work import Open, Work
from tests.houses import Store, store
from tests.intake.people import NOON, SOURCES, message, played


class Straight:
    """A desk that commits at once."""

    def __init__(self, kept: Store) -> None:
        self.kept = kept

    async def ask(self, commands: Sequence[Command]) -> Sequence[Result]:
        return self.kept.writer.commit(commands)


def clock_of(kept: Store, *partners: str) -> Promises:
    vault = SimpleNamespace(database=kept.database, keys=kept.keys, origin=kept.signer.name)
    return Promises(
        vault=cast("Vault", vault),
        desk=cast("Any", Straight(kept)),
        calendar=Calendar(),
        partners={name: SOURCES[name] for name in partners},
    )


def look(promises: Promises, hours: float) -> int:
    now = NOON + round(hours * HOUR)
    with clock.hold(now):
        return asyncio.run(promises.look(now))


def told(kept: Store) -> list[Open]:
    with kept.database.read() as connection:
        return [t for t in Work(connection, Sealer(kept.keys, kept.signer.name)).tasks() if t.kind == "referral"]


def test_an_urgent_referral_that_nobody_takes_up_goes_up_the_chain_once(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        played(kept, message(1, "A", referral="requested", priority="urgent"))
        promises = clock_of(kept)

        assert [look(promises, hours) for hours in (3.9, 4, 4.1, 6, 7)] == [0, 1, 0, 1, 0]
        assert look(clock_of(kept), 8) == 0
        assert [task.role for task in told(kept)] == ["supervisor", "county lead"]


def test_one_that_stays_silent_is_told_to_the_last_role_each_week_and_after_a_restart_once(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        played(kept, message(1, "A", referral="requested", priority="urgent"))
        promises = clock_of(kept)

        assert [look(promises, hours) for hours in (6, 7, 7 * 24 + 7, 8 * 24, 14 * 24 + 7)] == [2, 0, 1, 0, 1]
        assert look(clock_of(kept), 60 * 24) == 1
        assert look(clock_of(kept), 60 * 24) == 0
        assert {task.role for task in told(kept)[2:]} == {"county lead"}


def test_an_answer_in_time_begins_the_next_promise(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        asked = message(1, "A", referral="requested", priority="urgent")
        answered = message(2, "A", referral="accepted", priority="urgent", at=NOON + 3 * HOUR)
        played(kept, asked, answered, at_once=False)
        promises = clock_of(kept)

        assert look(promises, 8) == 0
        assert look(promises, 3 + 24) == 1
        assert told(kept)[0].words == "No appointment was made."


def test_a_hub_that_starts_again_tells_nobody_before_it_heard_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crises, "PAGE", 1)
    with store(tmp_path) as kept:
        asked = message(1, "A", referral="requested", priority="urgent")
        others = [message(n, f"B{n}", referral="completed") for n in range(2, 5)]
        over = message(9, "A", referral="completed", at=NOON + HOUR)
        played(kept, asked, *others, over, at_once=False)

        assert look(clock_of(kept), 60) == 0
        assert told(kept) == []


def test_what_is_over_is_silent(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        played(kept, message(1, "A", referral="requested"), message(2, "A", referral="completed", at=NOON + HOUR))

        assert look(clock_of(kept), 60 * DAY / HOUR) == 0


def test_two_senders_that_number_theirs_alike_have_two_referrals_and_an_answer_to_one_silences_no_other(
    tmp_path: Path,
) -> None:
    urgent: dict[str, Any] = {"referral": "requested", "priority": "urgent", "performer": "P2"}
    with store(tmp_path) as kept:
        asked = (message(1, "A", "H1", **urgent), message(2, "Z", "S1", family="Amaro", born="1961-05-02", **urgent))
        answer = message(
            3, "Y", "P2", NOON + HOUR, referral="completed", requester="S1", family="Amaro", born="1961-05-02"
        )
        played(kept, *asked, answer, at_once=False)

        assert look(clock_of(kept), 5) == 1
        assert [task.words for task in told(kept)] == ["Nobody has taken up this referral."]


def test_an_answer_of_somebody_never_asked_that_came_first_changes_nothing_and_is_told_once(tmp_path: Path) -> None:
    urgent: dict[str, Any] = {"referral": "requested", "priority": "urgent", "performer": "S1", "requester": "H1"}
    with store(tmp_path) as kept:
        early = message(1, "B", "P2", NOON + HOUR, referral="completed", performer="S1", requester="H1")
        played(kept, early, message(2, "A", "H1", NOON, **urgent), at_once=False)
        promises = clock_of(kept, "H1", "S1", "P2")

        assert [look(promises, 2), look(clock_of(kept, "H1", "S1", "P2"), 3), look(promises, 5)] == [1, 0, 1]
        strange, silent = told(kept)
        assert strange.words.startswith("P2 said completed of a request that it was never asked of.")
        assert silent.words == "Nobody has taken up this referral."


def test_an_answer_that_may_be_to_either_of_two_ends_neither_and_is_said(tmp_path: Path) -> None:
    urgent: dict[str, Any] = {"referral": "requested", "priority": "urgent", "performer": "P2"}
    with store(tmp_path) as kept:
        asked = (message(1, "A", "H1", **urgent), message(2, "Z", "S1", family="Amaro", born="1961-05-02", **urgent))
        played(kept, *asked, message(3, "Y", "P2", NOON + HOUR, referral="accepted"), at_once=False)

        assert look(clock_of(kept), 5) == 2
        words = "Nobody has taken up this referral. P2 said accepted, of this one or of another with its number."
        assert [task.words for task in told(kept)] == [words, words]
