"""The vigil tells each missing hand-off once, to the role that should know, and a restart tells nothing twice."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import patch

import pytest

from hub import clock
from hub.app.care.vigil import Vigil
from hub.app.vault import Vault
from hub.model.commands import Command
from hub.spans import DAY, HOUR
from hub.store.asking import crises
from hub.store.result import Result
from hub.store.sealing import Sealer
from hub.store.writing.work import Open, Work
from tests.houses import Store, store
from tests.intake.people import NOON, message, played


class Straight:
    """A desk that commits at once."""

    def __init__(self, kept: Store) -> None:
        self.kept = kept

    async def ask(self, commands: Sequence[Command]) -> Sequence[Result]:
        return self.kept.writer.commit(commands)


def vigil(kept: Store) -> Vigil:
    vault = SimpleNamespace(database=kept.database, keys=kept.keys, origin=kept.signer.name)
    return Vigil(vault=cast("Vault", vault), desk=cast("Any", Straight(kept)))


def told(kept: Store) -> list[Open]:
    with kept.database.read() as connection:
        return [t for t in Work(connection, Sealer(kept.keys, kept.signer.name)).tasks() if t.kind == "gap"]


def look(watching: Vigil, hours: float) -> int:
    now = NOON + round(hours * HOUR)
    with clock.hold(now):
        return asyncio.run(watching.look(now))


def test_who_left_and_was_not_followed_up_is_told_once(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        played(kept, message(1, "A", trigger="A04"), message(2, "A", trigger="A03", at=NOON + HOUR), at_once=False)
        watching = vigil(kept)

        assert [look(watching, hours) for hours in (2, 24.9, 25.1, 25.2)] == [0, 0, 1, 0]
        assert look(vigil(kept), 26) == 0

        (task,) = told(kept)
        assert task.role == "care coordinator"
        assert "24 hours" in task.words
        assert task.due_at == NOON + HOUR + DAY


def test_a_hub_that_starts_again_sees_every_gap_at_its_first_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crises, "PAGE", 1)
    with store(tmp_path) as kept:
        for n, mrn in enumerate("ABC"):
            came, left = message(2 * n, mrn, trigger="A04"), message(2 * n + 1, mrn, trigger="A03", at=NOON + HOUR)
            played(kept, came, left, at_once=False)

        assert look(vigil(kept), 26) == 3


def test_a_look_ends_though_messages_never_do(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        played(kept, message(1, "A", trigger="A04"))
        watching, numbers = vigil(kept), itertools.count(2)
        follow = watching._follow

        def busy(now: int) -> int:
            played(kept, message(next(numbers), "B", trigger="A08"))
            return follow(now)

        with patch.object(Vigil, "_follow", side_effect=busy):
            assert look(watching, 2) == 0
        assert next(numbers) < 5


def test_a_late_follow_up_closes_the_gap_before_it_is_told(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        played(kept, message(1, "A", trigger="A04"), message(2, "A", trigger="A03", at=NOON + HOUR), at_once=False)
        watching = vigil(kept)
        assert look(watching, 2) == 0

        seen = message(3, "Z", "S1", trigger="A04", patient_class="AMB", at=NOON + 5 * HOUR)
        played(kept, seen)

        assert look(watching, 30) == 0
        assert told(kept) == []


def test_an_episode_that_joined_another_is_told_there_alone(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        left = (message(1, "A", trigger="A04"), message(2, "A", trigger="A03", at=NOON + HOUR))
        played(kept, *left, message(3, "A", trigger="A08", at=NOON + 5 * DAY), at_once=False)
        watching = vigil(kept)
        assert look(watching, 30) == 1

        played(kept, message(4, "A", trigger="A08", at=NOON + 2.5 * DAY))

        assert look(watching, 31) == 0
        assert len(watching._stories) == 1
        assert len(told(kept)) == 1
