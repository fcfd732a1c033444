"""The blast radius of a wrong link: exactly what one side's consents let through about the other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from hub import clock
from hub.app.acts import mislink
from hub.app.acts.mislink import Order
from hub.app.asking.look import Look
from hub.app.house import Household
from hub.app.vault import Vault
from hub.errors import Conflict
from hub.intake import Arrival
from hub.model.commands import Claim, Relink, Settle
from hub.model.entry import Kind, LedgerEntry
from hub.model.plan import Move
from hub.store import schema
from hub.store.asking.outbox import Outbox
from hub.store.sealing import Sealer
from hub.store.writing.relink import Identity
from hub.store.writing.work import Work
from tests.houses import CLINIC, Store, store
from tests.intake.people import NOON, SOURCES, message, played, steps

ORDER = Order(actor="dana", reason="another birth date on the passport")
# Somebody of a Part 2 programme, and somebody else in hospital who once signed for the programme's records.
PATIENT: dict[str, Any] = {
    "family": "Quill",
    "given": "Xavier",
    "born": "1961-11-02",
    "phone": "5550100999",
    "sex": "male",
}


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A store, and the view on it."""

    kept: Store
    look: Look

    def deliver(self) -> None:
        """Everything that is due at the clinic is delivered."""
        kept = self.kept
        outbox = Outbox(kept.database, kept.keys, kept.signer.name)
        while rows := outbox.due({"B1": 10}, NOON + 3):
            for row in rows:
                said = LedgerEntry(kind=Kind.ATTEMPT, at=NOON, journal=row.journal, partner="B1", subject=row.identity)
                self.write(
                    Claim(outbox=row.outbox, attempt=1, at=NOON, key=f"k{row.outbox}", body_digest=b"d", entry=said)
                )
                self.write(Settle(outbox=row.outbox, attempt=1, at=NOON, outcome="delivered", code="200", entry=said))

    def write(self, command: Any) -> None:
        (result,) = self.kept.writer.commit([command])
        if result.error:
            raise result.error

    def tasks(self) -> list[tuple[str, str]]:
        with self.kept.database.read() as connection:
            found = Work(connection, Sealer(self.kept.keys, self.kept.signer.name)).tasks(role=mislink.ROLE)
        return [(task.about, task.words) for task in found]


@contextmanager
def scene(folder: Path) -> Iterator[Scene]:
    with store(folder) as kept:
        county = SimpleNamespace(partners={"B1": CLINIC, **SOURCES}, zone="UTC")
        known = SimpleNamespace(county=county, house=steps(kept).house, senders=SOURCES)
        settings = SimpleNamespace(data=str(folder))
        vault = SimpleNamespace(database=kept.database, keys=kept.keys, origin=kept.signer.name, settings=settings)
        yield Scene(kept=kept, look=Look(known=cast("Household", known), vault=cast("Vault", vault)))


def linked(scene: Scene) -> tuple[Arrival, Arrival]:
    """Two people who are held to be one, by somebody's mistake; then the programme speaks of one of them."""
    signed, stay = message(1, "A", consent="TPO"), message(2, "Z", "P2", **PATIENT)
    played(scene.kept, signed, stay, at_once=False)
    scene.write(mislink.merge(scene.look, stay.journal, signed.journal, ORDER))
    later = message(3, "Z", "P2", code="F11.20", **PATIENT)
    played(scene.kept, later)
    scene.deliver()
    return signed, later


def test_what_went_on_somebody_elses_consent_is_found_with_recipient_and_elements(tmp_path: Path) -> None:
    with scene(tmp_path) as here:
        _, later = linked(here)

        found = mislink.radius(here.look, mislink.held(here.look, later.journal))

    (wrong,) = found
    assert (wrong.recipient, wrong.message, wrong.consents) == ("B1", later.journal, ("c-m1@1",))
    assert "condition.code" in wrong.paths


def test_taking_it_back_parts_them_for_good_and_opens_a_recall_with_its_correction(tmp_path: Path) -> None:
    with scene(tmp_path) as here:
        _, later = linked(here)

        command, found = mislink.unmerge(here.look, later.journal, ORDER)
        here.write(command)

        ((about, words),) = here.tasks()
        assert about == "B1"
        assert later.journal[:12] in words
        assert "condition.code" in words
        assert not {"quill", "xavier", "1961"} & set(words.lower().split())
        assert len(found) == 1
        assert len(mislink.held(here.look, later.journal).members) == 1
        assert mislink.radius(here.look, mislink.held(here.look, later.journal)) == found
        with here.kept.database.read() as connection:
            assert len(connection.execute(select(schema.apart)).all()) == 1


def test_what_went_on_its_own_merits_is_no_part_of_the_radius(tmp_path: Path) -> None:
    with scene(tmp_path) as here:
        first, second = message(1, "A"), message(2, "Z", "S1")
        played(here.kept, first, second, at_once=False)
        here.deliver()

        held = mislink.held(here.look, first.journal)

        assert len(held.members) == 2
        assert mislink.radius(here.look, held) == ()


def test_who_was_said_to_be_two_is_never_linked_again(tmp_path: Path) -> None:
    with scene(tmp_path) as here:
        first, second = message(1, "A"), message(2, "Z", "S1")
        played(here.kept, first, second, at_once=False)
        here.write(mislink.unmerge(here.look, second.journal, ORDER)[0])

        played(here.kept, message(3, "Z", "S1", phone="5550100000"), message(4, "A", phone="5550100000"), at_once=False)

        assert len(mislink.held(here.look, first.journal).members) == 1
        assert here.tasks() == []


def test_a_merge_that_somebody_else_made_first_is_a_conflict(tmp_path: Path) -> None:
    with scene(tmp_path) as here:
        first, second = message(1, "A"), message(2, "Z", "S1", **PATIENT)
        played(here.kept, first, second, at_once=False)
        command = mislink.merge(here.look, second.journal, first.journal, ORDER)
        here.write(command)

        with pytest.raises(Conflict, match="another person now"):
            here.write(command)
        with pytest.raises(Conflict, match="one person already"):
            mislink.merge(here.look, second.journal, first.journal, ORDER)
        with pytest.raises(Conflict, match="held to be one"):
            mislink.apart(here.look, second.journal, first.journal, ORDER)


def test_two_moves_of_which_one_is_wrong_are_none(tmp_path: Path) -> None:
    with scene(tmp_path) as here:
        first, second = message(1, "A"), message(2, "Z", "S1", **PATIENT)
        played(here.kept, first, second, at_once=False)
        command = mislink.merge(here.look, second.journal, first.journal, ORDER)
        stranger = mislink._move(Identity(id="ab" * 16, partner="H1", person="cd" * 16, at=0), "ef" * 16, "reviewed")

        (result,) = here.kept.writer.commit([_with(command, stranger)])

        assert "no such identity" in str(result.error)
        assert len(mislink.held(here.look, second.journal).members) == 1


def _sources(scene: Scene, name: str) -> list[str]:
    return sorted(each.partner for each in mislink.held(scene.look, name).members)


def _parted(scene: Scene) -> set[tuple[str, str]]:
    """Which sources' records somebody said to be two people."""
    with scene.kept.database.read() as connection:
        named = {row.id: row.partner for row in connection.execute(select(schema.identity))}
        return {(named[row.identity], named[row.other]) for row in connection.execute(select(schema.apart))}


def _with(command: Relink, *moves: Move) -> Relink:
    return replace(command, moves=(*command.moves, *moves))


def test_what_came_with_it_goes_with_it_and_who_came_later_goes_where_they_are_alike(tmp_path: Path) -> None:
    """Two people of two records each are merged by mistake; a third record of one comes afterwards, on the other's consent."""
    with scene(tmp_path) as here:
        signed = message(1, "A", consent="TPO")
        played(here.kept, signed, message(2, "A2", "S1"), at_once=False)
        stay, visit = message(3, "Z", **PATIENT), message(4, "Z2", "S1", **PATIENT)
        played(here.kept, stay, visit, at_once=False)
        with clock.hold(NOON + 1):
            here.write(mislink.merge(here.look, visit.journal, signed.journal, ORDER))
        later = message(5, "Z3", "P2", code="F11.20", at=NOON + 2, **PATIENT)
        played(here.kept, later)
        here.deliver()

        command, found = mislink.unmerge(here.look, stay.journal, ORDER)
        here.write(command)

        assert [(wrong.recipient, wrong.message) for wrong in found] == [("B1", later.journal)]
        sides = [_sources(here, name) for name in (stay.journal, signed.journal)]
        assert sides == [["H1", "P2", "S1"], ["H1", "S1"]]
        assert _parted(here) == {("H1", "H1"), ("H1", "S1"), ("S1", "H1"), ("S1", "S1"), ("P2", "H1"), ("P2", "S1")}


def test_the_record_that_others_were_merged_into_keeps_its_own(tmp_path: Path) -> None:
    with scene(tmp_path) as here:
        first, other, stay = message(1, "A"), message(2, "A2", "S1"), message(3, "Z", **PATIENT)
        played(here.kept, first, other, stay, at_once=False)
        here.write(mislink.merge(here.look, stay.journal, first.journal, ORDER))

        here.write(mislink.unmerge(here.look, first.journal, ORDER)[0])

        assert [_sources(here, name) for name in (first.journal, stay.journal)] == [["H1", "S1"], ["H1"]]
