"""One transaction holds everything of a group; what fails, fails alone."""

from __future__ import annotations

import msgspec
import pytest

from hub.errors import Conflict, Lasting
from hub.model.commands import Note, Reject, Replan
from hub.model.entry import Kind
from hub.model.plan import Task
from hub.store.asking.journal import Wanted
from hub.store.ids import new_id
from tests.store.county import (
    EVENING,
    County,
    claim,
    entry,
    link_of,
    linked,
    message,
    parked,
    planned,
    same_person,
    settle,
    traits,
)


def test_a_message_comes_back_as_it_was_kept(county: County) -> None:
    kept = message(1, to=("clinic", "police"))

    (result,) = county.commit(kept)

    with county.journal() as journal:
        found = journal.message(kept.journal[:8])
        (content,) = journal.kept([kept.journal])
        (plan,) = journal.plans([kept.journal])
    assert found is not None
    assert (found.seq, found.journal, found.partner, found.kind, found.state) == (
        1,
        kept.journal,
        "h1",
        "ADT^A01",
        "planned",
    )
    assert (content.body, content.events) == (kept.body, kept.plan.events)
    assert (plan.decided, plan.entries, plan.outbox) == (kept.plan.decided, kept.plan.entries, kept.plan.outbox)
    assert result.deliveries == (1, 2)
    assert (result.leaf, county.verified()) == (0, 3)


def test_what_outlives_the_payload_holds_no_demographics(county: County) -> None:
    kept = message(1)

    county.commit(kept)

    with county.journal() as journal:
        (plan,) = journal.plans([kept.journal])
    assert plan.events == ()
    assert plan.link is not None
    assert (plan.link.person, plan.link.blocks) == (link_of(kept).person, ())
    assert (plan.link.traits, plan.link.said) == (None, None)


def test_a_group_is_one_commit_with_one_signed_checkpoint(county: County) -> None:
    county.commit(*(message(n) for n in range(20)))

    growth = county.rows("growth")
    assert [(row.commit, row.first_message, row.first_leaf, row.leaf_count) for row in growth] == [(1, 1, 0, 40)]
    assert len(county.rows("payload")) == len(county.rows("account")) == 1
    assert county.verified() == 40


def test_numbers_go_on_after_a_restart(county: County) -> None:
    county.commit(message(1))

    county.again()
    (result,) = county.commit(message(2))

    assert (result.seq, result.leaf, result.deliveries) == (2, 2, (2,))
    assert county.verified() == 4


def test_a_message_about_nobody_known_is_kept_like_any_other(county: County) -> None:
    county.commit(message(1, plan=planned(1, link=linked(1, blocks=()))))

    assert county.rows("blind") == []
    assert [row.seq for row in county.rows("message")] == [1]
    assert county.verified() == 2


def test_neighbours_of_a_poisonous_message_commit_and_it_alone_is_answered(county: County) -> None:
    poison = message(3, plan=planned(3, kind="half a pair: \ud800"))

    results = county.writer.commit([message(n) if n != 3 else poison for n in range(6)])

    assert [type(result.error) for result in results] == [type(None)] * 3 + [Lasting] + [type(None)] * 2
    assert "ud800" not in str(results[3].error)
    with county.journal() as journal:
        assert sorted(m.seq for m in journal.search(Wanted())) == [1, 2, 3, 4, 5]
    assert county.verified() == 10


def test_the_same_journal_id_twice_is_refused_and_leaves_the_first_alone(county: County) -> None:
    first = message(1)

    county.commit(first)
    (again,) = county.writer.commit([first])

    assert isinstance(again.error, Conflict)
    assert len(county.rows("message")) == 1
    assert county.verified() == 2


def test_an_id_that_is_none_is_refused_in_our_words(county: County) -> None:
    (result,) = county.writer.commit([message(1, plan=planned(1, link=linked(1, identity="riley")))])

    assert isinstance(result.error, Lasting)
    assert "32 hexadecimal digits" in str(result.error)
    assert county.verified() == 0


def test_nothing_to_commit_commits_nothing(county: County) -> None:
    assert county.writer.commit([]) == []
    assert county.rows("growth") == []


def test_a_parked_message_keeps_its_bytes_and_says_why(county: County) -> None:
    kept = parked(1, "no mapping for PV1-2")

    county.commit(kept)

    with county.journal() as journal:
        (found,) = journal.search(Wanted(state="parked"))
        (content,) = journal.kept([kept.journal])
    assert (found.cause, found.place) == ("no mapping for PV1-2", "adt.yaml:3")
    assert (content.body, content.events) == (kept.body, ())


def test_a_parked_message_is_planned_anew_once(county: County) -> None:
    kept = parked(1)
    county.commit(kept)
    plan = msgspec.structs.replace(planned(1), journal=kept.journal)

    (result,) = county.commit(Replan(journal=kept.journal, at=EVENING + 1, plan=plan))
    (again,) = county.writer.commit([Replan(journal=kept.journal, at=EVENING + 2, plan=plan)])

    assert result.deliveries == (1,)
    assert isinstance(again.error, Conflict)
    with county.journal() as journal:
        (found,) = journal.search(Wanted())
        (content,) = journal.kept([kept.journal])
    assert (found.state, found.cause, content.body, content.events) == ("planned", "", kept.body, plan.events)
    assert county.rows("parked") == []
    assert county.verified() == 3


def test_a_reject_keeps_a_keyed_digest_and_a_leaf(county: County) -> None:
    refused = Reject(journal=new_id(), partner="h1", at=EVENING, door="mllp", size=9, digest=b"d" * 32, cause="no MSH")

    (result,) = county.commit(refused)

    (row,) = county.rows("reject")
    assert (row.partner, row.size, row.cause, row.leaf) == ("h1", 9, "no MSH", result.leaf)
    assert bytes(row.digest) not in (refused.digest, refused.digest[:16])
    assert county.verified() == 1


def test_a_note_is_a_leaf_and_its_tasks_stand_open(county: County) -> None:
    task = Task(kind="alarm", about="lane clinic", words="nothing went out for an hour", role="operator")

    (result,) = county.commit(Note(at=EVENING, entry=entry(Kind.CONFIG, actor="dana"), tasks=(task,)))

    (row,) = county.rows("task")
    assert (row.kind, row.role, row.leaf, row.done_at) == ("alarm", "operator", result.leaf, 0)
    assert "nothing went out" not in str(county.rows("task"))


def test_local_codes_are_counted_and_not_told(county: County) -> None:
    codes = (("nature", "MHX"),)

    county.commit(message(1, unmapped_codes=codes), message(2, unmapped_codes=codes))
    county.commit(message(3, unmapped_codes=codes))

    (row,) = county.rows("code")
    assert (row.partner, row.table, row.message, row.times) == ("h1", "nature", 1, 3)


def test_a_message_in_a_group_may_be_about_the_identity_of_the_one_before(county: County) -> None:
    first, billed = message(1), traits("1 as billed")
    link = same_person(first, traits=billed, said=billed)

    county.commit(first, message(2, link=link))

    assert len(county.rows("identity")) == len(county.rows("traits")) == 1
    assert sorted(len(row.details) for row in county.rows("blind")) == [0, 0, 16]


def test_deliveries_claims_and_outcomes_share_a_group(county: County) -> None:
    county.commit(message(1), message(2))

    results = county.writer.commit([claim(1), claim(1, 2), message(3), settle(1), claim(2)])

    assert [type(r.error) for r in results] == [type(None), Conflict, type(None), type(None), type(None)]
    assert [f.outbox for f in county.outbox.flown()] == [2]
    assert county.verified() == 9


@pytest.mark.parametrize("size", [0, 1, 70_000, 3_000_000])
def test_bodies_of_any_size_come_back(county: County, size: int) -> None:
    kept = msgspec.structs.replace(message(1), body=b"x" * size)

    county.commit(message(0), kept, message(2))

    with county.journal() as journal:
        assert [len(each.body) for each in journal.kept([kept.journal])] == [size]
