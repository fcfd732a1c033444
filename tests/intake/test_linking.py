"""Who is who in the store: looked for beside the writer, in order, merged by their source, and taken apart."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from hub.errors import StoreUnavailable
from hub.flow.merge import TAKEN_BACK
from hub.intake.arrival import Arrival
from hub.intake.piece import Sight
from hub.intake.recent import Recent
from hub.intake.steps import Steps
from hub.model.plan import Block, Link, Sighting
from hub.model.traits import Traits
from hub.spans import DAY
from hub.store import schema
from hub.store.asking.journal import Journal
from hub.store.planning.scout import Scout, Wanted
from hub.store.sealing import Sealer
from hub.store.tools import Tools
from hub.store.writing.work import Work
from tests.houses import Store, store
from tests.intake.people import NOON, message, played, steps


def persons(kept: Store) -> list[set[str]]:
    """The identities of every person, by source."""
    with kept.database.read() as connection:
        rows = connection.execute(select(schema.identity)).all()
    found: dict[bytes, list[str]] = {}
    for row in rows:
        found.setdefault(row.person, []).append(row.partner)
    return sorted((set(each) for each in found.values()), key=sorted)


def verdicts(kept: Store, journals: Sequence[str]) -> list[str]:
    with kept.database.read() as connection:
        plans = Journal(connection, kept.keys, kept.signer.name).plans(list(journals))
    return [plan.link.verdict if plan.link else "" for plan in plans]


def tasks(kept: Store) -> list[str]:
    with kept.database.read() as connection:
        return [
            task.words
            for task in Work(connection, Sealer(kept.keys, kept.signer.name)).tasks(role="clinician reviewer")
        ]


def moves(kept: Store) -> list[str]:
    with kept.database.read() as connection:
        return list(connection.scalars(select(schema.moved.c.why).order_by(schema.moved.c.seq)))


def test_two_sources_of_one_person_are_linked(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        first, second = message(1, "A"), message(2, "Z", "S1")
        played(kept, first, second, at_once=False)

        assert verdicts(kept, [first.journal, second.journal]) == ["nobody", "same"]
        assert persons(kept) == [{"H1", "S1"}]


@pytest.mark.parametrize("_", range(5))
def test_two_sources_at_the_same_moment_are_linked_as_well(tmp_path: Path, _: int) -> None:
    with store(tmp_path) as kept:
        played(kept, message(1, "A"), message(2, "Z", "S1"))

        assert persons(kept) == [{"H1", "S1"}]


def test_messages_about_somebody_new_keep_their_order(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        several = [message(n, "A", phone=f"55501{n:05}") for n in range(20)]
        played(kept, *several)

        with kept.database.read() as connection:
            order = list(connection.scalars(select(schema.message.c.id).order_by(schema.message.c.seq)))
            identities = connection.execute(select(schema.identity)).all()
    assert [name.hex() for name in order] == [each.journal for each in several]
    assert len(identities) == 1


def test_a_known_number_with_known_traits_is_not_looked_for(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        played(kept, message(1, "A"))
        _, (sight,) = looked(kept, message(2, "A"))
        assert sight.seen is None
        _, (other,) = looked(kept, message(3, "A", phone="5550100178"))
        assert other.seen is not None
        assert [each.identity for each in other.seen.candidates] == [other.seen.own]


class Blind(Scout):
    """A reader who cannot look for some people."""

    def __init__(self, kept: Store, problem: Exception, family: str = "dorsett") -> None:
        super().__init__(kept.database, Tools.of(kept.keys, kept.signer.name))
        self._problem, self._family = problem, family

    def look(self, wanted: Sequence[Wanted]) -> list[Sighting | None]:
        if any(name.family == self._family for each in wanted for name in each.traits.names):
            raise self._problem
        return super().look(wanted)


def test_where_nobody_can_look_the_sender_tries_again(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        played(kept, message(0, "Z", "S1"))
        order = steps(kept)
        order.scout = Blind(kept, StoreUnavailable())

        first, second = played(kept, message(1, "A"), message(2, "A"), order=order)

        assert {first.state, second.state} == {"unavailable"}
        assert [a.state for a in played(kept, message(1, "A"))] == ["kept"]


def test_a_fault_while_looking_parks_the_message_and_its_neighbours_go_on(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        played(kept, message(1, "A"))
        order = steps(kept)
        order.scout = Blind(kept, KeyError("family"), "quill")

        strange, known = played(kept, message(2, "B", family="Quill"), message(3, "A"), order=order)

    assert (strange.state, known.state) == ("parked", "kept")
    assert "KeyError" in strange.cause
    assert "family" not in strange.cause


def test_john_doe_becomes_the_person_he_turns_out_to_be(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        nameless = message(2, "T-9", family="Doe", given="John", born="", phone="", sex="")
        played(kept, message(1, "Z", "S1"), nameless, message(3, "T-9"), at_once=False)

        assert persons(kept) == [{"H1", "S1"}]
        assert moves(kept) == ["resolved"]


def test_somebody_alike_is_for_a_reviewer_and_is_not_merged(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        played(kept, message(1, "A"), message(2, "Z", "S1", phone=""), at_once=False)

        assert persons(kept) == [{"H1"}, {"S1"}]
        (words,) = tasks(kept)
        assert "birth date agrees" in words
        assert "Dorsett" not in words


def test_an_anonymous_caller_is_linked_to_nobody(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        played(kept, message(1, "A"), message(2, "Z", "S1", anonymous=True), at_once=False)

        assert persons(kept) == [{"H1"}, {"S1"}]
        with kept.database.read() as connection:
            assert len(connection.execute(select(schema.traits)).all()) == 1


STRANGER: dict[str, Any] = {
    "family": "Quill",
    "given": "Xavier",
    "born": "1961-11-02",
    "phone": "5550100999",
    "sex": "male",
}


def test_a_hospital_merges_its_own_numbers(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        other = message(2, "B", **STRANGER)
        played(kept, message(1, "A"), other, message(3, "A", merges=["B"]), at_once=False)

        assert [sorted(each) for each in persons(kept)] == [["H1"]]
        assert moves(kept) == ["merged"]
        late = message(4, "B", **STRANGER)
        played(kept, late)
        assert len(persons(kept)) == 1


def test_merging_in_a_circle_or_twice_changes_nothing(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        played(
            kept,
            message(1, "A"),
            message(2, "B", **STRANGER),
            message(3, "A", merges=["B"]),
            message(4, "B", merges=["A"], **STRANGER),
            message(5, "A", merges=["B"]),
            message(6, "A", merges=["A"]),
            at_once=False,
        )

        assert len(persons(kept)) == 1
        assert moves(kept) == ["merged"]


def test_a_number_merged_before_anybody_knew_it_finds_the_survivor(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        played(kept, message(1, "A", merges=["B"]), message(2, "B"), at_once=False)

        with kept.database.read() as connection:
            assert len(connection.execute(select(schema.identity)).all()) == 1


def test_nobody_merges_the_numbers_of_others(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        foreign = message(2, "B", "S1", **STRANGER)
        played(kept, message(1, "A"), foreign, message(3, "A", merges=["B"]), at_once=False)

        assert persons(kept) == [{"H1"}, {"S1"}]


def test_a_hospital_takes_its_merge_back(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        played(
            kept,
            message(1, "A"),
            message(2, "B", **STRANGER),
            message(3, "A", merges=["B"]),
            message(4, "A", restores=["B"]),
            at_once=False,
        )

        assert len(persons(kept)) == 2
        assert moves(kept) == ["merged", "unmerged"]
        assert [words for words in tasks(kept) if "who received what" in words] == [TAKEN_BACK]


def test_merges_and_messages_at_once_come_to_the_same_end(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        played(
            kept,
            message(1, "A"),
            message(2, "B", **STRANGER),
            message(3, "A", merges=["B"]),
            message(4, "B", **STRANGER),
        )

        assert len(persons(kept)) == 1


def looked(kept: Store, *arrivals: Arrival) -> tuple[Steps, list[Sight]]:
    """These messages read, and looked for before anything is committed that comes later."""
    order = steps(kept)
    pieces = [piece for arrival in arrivals for piece in order.read(arrival)]
    found = order.scout.look([piece.wanted for piece in pieces])
    return order, [Sight(piece, seen, order.recent.turn) for piece, seen in zip(pieces, found, strict=True)]


def kept_one_by_one(kept: Store, order: Steps, sights: Sequence[Sight]) -> None:
    """Each in a group of its own, though all were looked for before the first."""
    for sight in sights:
        view, (today,) = order.view([sight])
        command, _ = view.one(today)
        assert command
        assert not any(result.error for result in kept.writer.commit([command]))
        order.recent.committed()


def test_whoever_came_after_the_reader_looked_is_seen_all_the_same(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        kept_one_by_one(kept, *looked(kept, message(1, "A"), message(2, "Z", "S1")))

        assert persons(kept) == [{"H1", "S1"}]


def test_whoever_came_to_a_number_after_the_reader_looked_is_that_person(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        nameless = message(1, "T-9", family="Doe", given="John", born="", phone="", sex="")
        kept_one_by_one(kept, *looked(kept, nameless, message(2, "Z", "S1"), message(3, "T-9")))

        assert persons(kept) == [{"H1", "S1"}]
        assert moves(kept) == ["resolved"]


def test_who_was_planned_and_never_committed_is_nobody(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        order, (first, second) = looked(kept, message(1, "A"), message(2, "Z", "S1"))
        view, (today,) = order.view([first])
        view.one(today)
        order.recent.dropped()

        kept_one_by_one(kept, order, [second])

        assert persons(kept) == [{"S1"}]


def test_who_could_not_be_written_is_nobody_while_the_rest_of_the_group_is() -> None:
    recent, seen = Recent(), Sighting()
    link = Link(
        verdict="nobody", identity="i1", person="p1", fresh=True, blocks=(BLOCK,), traits=Traits(birth="1990-03-14")
    )
    recent.planned(link, "H1")
    recent.planned(replace(link, identity="i2", person="p2"), "S1")
    recent.committed(["i1"])

    assert [each.identity for each in recent.added(seen, [BLOCK], 0).candidates] == ["i2"]
    assert recent.added(seen, [BLOCK], 1) == seen
    recent.forget(1)
    assert recent.added(seen, [BLOCK], 0) == seen


BLOCK = Block(name="given+birth_date", values=("riley", "1990-03-14"))


# --- episodes in the store


def episodes(kept: Store) -> dict[str, str]:
    with kept.database.read() as connection:
        rows = connection.execute(select(schema.message.c.id, schema.message.c.episode)).all()
    return {row.id.hex(): row.episode.hex() for row in rows}


def test_a_message_between_two_episodes_joins_them_in_the_store(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        first, last, between = (message(n, "A", at=NOON + days * DAY) for n, days in ((1, 0), (2, 5), (3, 2.5)))
        played(kept, first, last, at_once=False)
        assert len(set(episodes(kept).values())) == 2

        played(kept, between)

        found = episodes(kept)
        assert set(found.values()) == {found[first.journal]}
        assert len(found) == 3


def test_the_past_of_john_doe_joins_the_episode_of_the_person_he_turns_out_to_be(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        nameless = message(2, "T-9", family="Doe", given="John", born="", phone="", sex="")
        played(kept, message(1, "Z", "S1"), nameless, at_once=False)
        assert len(set(episodes(kept).values())) == 2

        played(kept, message(3, "T-9"))

        assert len(set(episodes(kept).values())) == 1


def test_message_k_of_a_group_joins_what_k_1_began(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        played(kept, message(0, "A", at=NOON - 30 * DAY))
        several = [message(n, "A", at=NOON + days * DAY) for n, days in ((1, 0), (2, 5), (3, 2.5), (4, 5))]
        played(kept, *several)

        found = episodes(kept)
        assert len({found[each.journal] for each in several}) == 1
