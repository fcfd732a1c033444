"""An answer to a request by somebody it was never asked of: kept, told to nobody, and shown to a person; acknowledged like any other."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from hub.flow.performers import names
from hub.partners import Interest
from hub.store.asking.journal import Journal
from hub.store.sealing import Sealer
from hub.store.writing.work import Open, Work
from tests.houses import Store, partner, store
from tests.intake.people import NOON, SOURCES, message, played, steps

ASKS = Interest(id="answers", bodies=("referral",), purpose="TREAT", when=({"referral.requester": ("H1",)},))
HOSPITAL = partner("H1", "HOSP_ED", ASKS)
TAKES = Interest(id="asked", bodies=("referral",), purpose="TREAT", when=({"referral.performer": ("S1",)},))
CENTRE = partner("S1", "BH_PROVIDER", TAKES)
ASKED: dict[str, Any] = {"referral": "requested", "performer": "S1", "requester": "H1"}
SAYS: dict[str, Any] = {"referral": "accepted", "performer": "S1", "requester": "H1"}


def told(kept: Store) -> list[Open]:
    with kept.database.read() as connection:
        return [t for t in Work(connection, Sealer(kept.keys, kept.signer.name)).tasks() if t.kind == "referral"]


def heard(kept: Store, *senders: str, at_once: bool) -> tuple[set[str], list[tuple[str, ...]]]:
    """What each sender's answer was acknowledged with, and whom it reached and which bodies of it counted."""
    order = steps(kept, HOSPITAL, CENTRE)
    order = dataclasses.replace(order, house=dataclasses.replace(order.house, performers=names(SOURCES.values())))
    asked = message(0, "A", "H1", **ASKED)
    answers = [message(n, "A", who, NOON + n, **SAYS) for n, who in enumerate(senders, 1)]
    states: list[str] = [each.state for each in played(kept, asked, *answers, order=order, at_once=at_once)]
    found = []
    with kept.database.read() as connection:
        journal = Journal(connection, kept.keys, kept.signer.name)
        for one in answers:
            (said,) = journal.kept([one.journal])
            bodies = (type(event.body).__name__ for event in said.events)
            found.append((*(out.destination for out in journal.timeline(one.journal)), *bodies))
    return set(states), found


def test_an_answer_of_somebody_never_asked_reaches_nobody_and_a_person_looks(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        states, found = heard(kept, "P2", "S1", at_once=False)

        assert states == {"kept"}
        assert found == [("Person", "Encounter"), ("H1", "Person", "Encounter", "Referral")]
        (task,) = told(kept)
        assert task.role == "supervisor"
        assert task.words.startswith("P2 said accepted of a request that it was never asked of.")
        assert "Dorsett" not in task.words


def test_in_one_commit_with_the_request_it_is_known_as_well(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        _, found = heard(kept, "P2", "S1", at_once=True)

        assert found == [("Person", "Encounter"), ("H1", "Person", "Encounter", "Referral")]
