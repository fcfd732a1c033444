"""The courier's side: order for each person, nobody else waits, nothing is lost or doubled over a restart."""

from __future__ import annotations

import msgspec
import pytest

from hub.errors import Conflict
from hub.model.commands import Command, Release
from hub.model.consent import ConsentDirective
from hub.model.entry import Kind
from hub.store import schema
from hub.store.asking.journal import Wanted
from hub.store.writing import cursors
from tests.store.county import CANARY, EVENING, County, claim, entry, linked, message, same_person, settle

HOUR = 3_600_000_000


def release(outbox: int, to: str) -> Release:
    made = entry(Kind.OUTCOME, partner="clinic")
    return Release(outbox=outbox, at=EVENING, to=to, actor="dana", reason=f"{CANARY} rang", entry=made)


@pytest.fixture
def riley(county: County) -> County:
    """Three messages about Riley (1, 2, 4) and one about somebody else (3), all for the clinic."""
    link = linked("riley")
    again = msgspec.structs.replace(link, fresh=False, verdict="same")
    county.commit(message(1, link=link), message(2, link=again), message(3), message(4, link=again))
    return county


def test_of_one_person_only_the_first_is_due_and_others_flow(riley: County) -> None:
    assert riley.due() == [1, 3]


def test_what_is_in_the_air_holds_back_its_followers_only(riley: County) -> None:
    riley.commit(claim(1))

    assert riley.due() == [3]


def test_a_delivered_one_frees_the_next_of_that_person(riley: County) -> None:
    riley.commit(claim(1), settle(1))

    assert riley.due() == [2, 3]


def test_followers_of_a_parked_one_wait_until_a_person_decides(riley: County) -> None:
    riley.commit(claim(1), settle(1, "parked", cause="refused"), claim(3), settle(3))
    assert riley.due() == []

    riley.commit(release(1, "cancelled"))

    assert riley.due() == [2]


def test_a_released_one_comes_before_its_followers_with_the_next_attempt(riley: County) -> None:
    riley.commit(claim(1), settle(1, "parked"))

    riley.commit(release(1, "again"))

    due = riley.outbox.due({"clinic": 10}, EVENING)
    assert [(each.outbox, each.attempts) for each in due] == [(1, 1), (3, 0)]
    riley.commit(claim(1, 2), settle(1, attempt=2))
    assert riley.due() == [2, 3]


def test_a_later_try_is_due_at_its_time_and_not_before(riley: County) -> None:
    riley.commit(claim(1), settle(1, "again", due_at=EVENING + HOUR))

    assert riley.outbox.next_due("clinic") == EVENING + HOUR
    assert riley.due(now=EVENING + HOUR - 1) == [3]
    assert riley.due(now=EVENING + HOUR) == [1, 3]


def test_a_partner_down_for_hours_gets_everything_in_order(riley: County) -> None:
    now = EVENING
    for attempt in range(1, 9):
        now += HOUR
        riley.commit(claim(1, attempt, now), settle(1, "again", attempt, now, due_at=now + HOUR))
        riley.again()

    delivered = []
    now += HOUR
    while due := riley.outbox.due({"clinic": 1}, now):
        (each,) = due
        riley.commit(claim(each.outbox, each.attempts + 1, now), settle(each.outbox, attempt=each.attempts + 1, at=now))
        delivered.append(each.outbox)

    assert delivered == [1, 2, 3, 4]


def test_a_row_is_due_at_once_though_the_clock_was_put_back(county: County) -> None:
    county.commit(message(1, at=EVENING + HOUR))

    assert county.due(now=EVENING) == [1]


def test_a_later_try_does_not_wait_for_a_time_that_a_wrong_clock_said(riley: County) -> None:
    wrong = EVENING + 72 * HOUR
    riley.commit(claim(1, at=wrong), settle(1, "again", at=wrong, due_at=wrong + 1))

    assert riley.due(now=EVENING) == [1, 3]


def test_each_destination_has_its_own_order(county: County) -> None:
    county.commit(message(1, to=("clinic", "police")))

    county.commit(claim(1))

    assert (county.due("clinic"), county.due("police")) == ([], [2])


def test_a_due_delivery_brings_all_it_needs(county: County) -> None:
    kept = message(1, to=("police", "clinic"))
    county.commit(kept)

    (due,) = county.outbox.due({"clinic": 10}, EVENING)

    assert (due.journal, due.source, due.at, due.attempts) == (kept.journal, "h1", EVENING, 0)
    assert (due.question, due.events, due.changed, due.lost) == (b"q:clinic", kept.plan.events, False, "")


def test_a_consent_that_came_later_is_told(county: County) -> None:
    first = message(1)
    county.commit(first)
    link = same_person(first)
    revoked = ConsentDirective(directive="CR6", decision="deny")

    county.commit(message(2, link=link, consents=(revoked,), to=()))

    (due,) = county.outbox.due({"clinic": 10}, EVENING)
    assert due.changed
    assert county.outbox.allowed(due.identity) == (revoked,)


def test_what_was_claimed_before_a_crash_is_found_at_start(riley: County) -> None:
    riley.commit(claim(1), claim(3), settle(3))

    riley.again()

    (flown,) = riley.outbox.flown()
    assert (flown.outbox, flown.attempt, flown.key, flown.destination) == (1, 1, "key-1", "clinic")
    assert riley.due() == []
    riley.commit(settle(1, "again", due_at=EVENING))
    assert riley.due() == [1]


@pytest.mark.parametrize(
    "commands",
    [
        [claim(99)],
        [claim(1), claim(1)],
        [claim(1), claim(1, 2)],
        [claim(1), settle(1), claim(1)],
        [claim(1), settle(1), claim(1, 2)],
        [claim(1), settle(1, "again"), claim(1, 3)],
        [claim(1), settle(1, "parked"), claim(1, 2)],
        [claim(1), claim(2)],
        [settle(1)],
        [claim(1), settle(1, attempt=2)],
        [claim(1), settle(1, "perhaps")],
        [claim(1), release(1, "again")],
        [release(1, "again")],
        [release(1, "perhaps")],
        [claim(1), settle(1), release(1, "again")],
        [claim(1), settle(1), release(1, "cancelled")],
    ],
)
@pytest.mark.parametrize("together", [True, False])
def test_what_no_honest_courier_says_is_refused_and_changes_nothing(
    small: County, commands: list[Command], together: bool
) -> None:
    link = linked("riley")
    small.commit(message(1, link=link), message(2, link=msgspec.structs.replace(link, fresh=False)))

    answers = small.writer.commit(commands) if together else [small.writer.commit([each])[0] for each in commands]

    assert [type(answer.error) for answer in answers] == [type(None)] * (len(commands) - 1) + [Conflict]
    assert small.verified() == 4 + len(commands) - 1


def test_a_fresh_delivery_may_be_cancelled_before_any_attempt(riley: County) -> None:
    riley.commit(release(1, "cancelled"))

    assert riley.due() == [2, 3]
    (refused,) = riley.writer.commit([claim(1)])
    assert isinstance(refused.error, Conflict)


def test_dead_letters_have_their_cause_and_it_lies_sealed(riley: County) -> None:
    riley.commit(claim(1), settle(1, "parked", code="AE", cause=f"PID-5 {CANARY} is too long"))

    (dead,) = riley.outbox.dead()

    assert (dead.outbox, dead.destination, dead.attempts, dead.code) == (1, "clinic", 1, "AE")
    assert dead.cause == f"PID-5 {CANARY} is too long"
    assert riley.outbox.dead("police") == riley.outbox.dead(after=1) == []
    with riley.journal() as journal:
        assert journal.timeline(dead.journal)[0].attempts[0].cause == dead.cause


def test_what_cannot_be_written_is_parked_unsent_with_its_reason(riley: County) -> None:
    riley.commit(release(1, "parked"))

    (dead,) = riley.outbox.dead()

    assert (dead.outbox, dead.attempts, dead.code, dead.cause) == (1, 0, "never sent", f"{CANARY} rang")
    assert riley.due() == [3]
    riley.commit(release(1, "again"), claim(1))


def test_depth_counts_what_waits_and_what_is_stuck(riley: County) -> None:
    riley.commit(claim(1), settle(1, "parked"), claim(3), settle(3, "again", due_at=EVENING + 1))

    depth = riley.outbox.depth("clinic")

    assert (depth.waiting, depth.oldest, depth.again, depth.parked) == (4, EVENING, 1, 1)
    assert riley.outbox.depth("nobody").waiting == 0


def test_a_timeline_tells_every_partner_and_attempt(county: County) -> None:
    kept = message(1, to=("clinic", "police", "shelter"))
    county.commit(kept, claim(1), claim(2), settle(1, "again", due_at=EVENING), settle(2), claim(1, 2))

    with county.journal() as journal:
        clinic, police, shelter = journal.timeline(kept.journal)

    assert (clinic.state, police.state, shelter.state) == ("in the air", "delivered", "waiting")
    assert [(a.number, a.outcome, a.leaf, a.outcome_leaf) for a in clinic.attempts] == [
        (1, "again", 4, 6),
        (2, "", 8, -1),
    ]


def test_the_cursor_passes_what_was_attempted_and_holds_followers(riley: County) -> None:
    riley.commit(claim(1), settle(1, "parked"))
    riley.commit(*(message(n) for n in range(10, 15)))
    riley.commit(claim(3), settle(3), claim(5))

    with riley.writer._connection.begin():
        cursors.move(riley.writer._connection, "clinic", EVENING)

    assert riley.rows("cursor") == [("clinic", 5)]
    assert {row.outbox: row.state for row in riley.rows("held")} == {1: "parked", 2: "behind", 4: "behind"}
    assert riley.due() == [6, 7, 8, 9]
    riley.commit(release(1, "cancelled"))
    assert riley.due() == [2, 6, 7, 8, 9]
    riley.commit(claim(2), settle(2))
    assert riley.due() == [4, 6, 7, 8, 9]
    with riley.writer._connection.begin():
        cursors.move(riley.writer._connection, "clinic", EVENING)
    assert {row.outbox: row.state for row in riley.rows("held")} == {4: "behind"}
    with riley.journal() as journal:
        parked_first = journal.search(Wanted())[-1]
        assert journal.timeline(parked_first.journal)[0].state == "cancelled"


def test_cursors_move_by_themselves_after_many_claims(small: County, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cursors, "_EVERY_CLAIMS", 10)
    small.commit(*(message(n) for n in range(30)))

    for number in range(1, 26):
        small.commit(claim(number), settle(number))

    assert 10 <= small.rows(schema.cursor.name)[0].seq <= 25
    assert small.due() == [26, 27, 28, 29, 30]


def test_a_crowd_of_waiting_followers_does_not_hide_the_others(small: County, monkeypatch: pytest.MonkeyPatch) -> None:
    link = linked("riley")
    follower = msgspec.structs.replace(link, fresh=False)
    small.commit(message(0, link=link), *(message(n, link=follower) for n in range(1, 700)), message(700))

    assert small.due(limit=2) == [1, 701]
