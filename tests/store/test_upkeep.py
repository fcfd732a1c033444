"""Operating rows: alerts open and close once, a missed deadline is told once, an assertion is used once."""

from __future__ import annotations

from typing import Literal

import msgspec
import pytest

from hub.errors import Conflict
from hub.model.commands import Alert, Cosign, Keep, Note, Once, Overdue, Suspend
from hub.model.entry import Kind
from hub.model.plan import Outgoing, Task
from hub.store import living
from tests.store.county import EVENING, County, claim, entry, linked, message, planned, settle

HOUR = 3_600_000_000


def due_until(number: int, deadline: int) -> Keep:
    plan = planned(number)
    late = Outgoing(destination="clinic", interest="care", due_at=EVENING, deadline=deadline)
    return message(number, plan=msgspec.structs.replace(plan, outbox=(late,)))


def overdue(outbox: int) -> Overdue:
    told = entry(Kind.OUTCOME, partner="clinic", outcome="overdue")
    return Overdue(outbox=outbox, at=EVENING, entry=told, task=Task(kind="overdue", about="x", words="late"))


def late(county: County, now: int = EVENING + HOUR) -> list[int]:
    with county.read() as connection:
        return [each.outbox for each in living.late(connection, 0, now)]


def test_only_what_has_a_deadline_and_is_not_settled_is_late(county: County) -> None:
    county.commit(message(1), due_until(2, EVENING + 1), due_until(3, EVENING + 1), due_until(4, EVENING + 2 * HOUR))
    county.commit(claim(3))
    county.commit(settle(3))

    assert late(county) == [2]


def test_a_missed_deadline_is_told_once_and_leaves_one_leaf(county: County) -> None:
    county.commit(due_until(1, EVENING + 1))
    before = county.verified()
    county.commit(overdue(1))

    assert (late(county), county.verified()) == ([], before + 1)
    assert [row.kind for row in county.rows("task")] == ["overdue"]
    with county.read() as connection:
        assert living.still_late(connection, 0) == {"clinic": 1}
    with pytest.raises(Conflict, match="told already"):
        county.commit(overdue(1))


def alert(what: Literal["open", "close", "told"], at: int, opened_at: int = 0) -> Alert:
    return Alert(kind="breaker", about="clinic", at=at, what=what, opened_at=opened_at)


def test_an_alert_opens_once_and_closes_once(county: County) -> None:
    county.commit(alert("open", 10), alert("open", 11))
    county.commit(alert("open", 12), alert("told", 13, 10))
    county.commit(alert("close", 20), alert("told", 21, 10))

    (row,) = county.rows("alert")
    assert tuple(row) == ("breaker", "clinic", 10, 21, 20, 21)
    with pytest.raises(Conflict):
        county.commit(alert("close", 22))


def test_an_alert_that_comes_back_is_another_one(county: County) -> None:
    county.commit(alert("open", 10), alert("close", 20), alert("open", 30))

    assert [(row.opened_at, row.closed_at) for row in county.rows("alert")] == [(10, 20), (30, 0)]


def test_an_assertion_is_used_once_even_within_one_group(county: County) -> None:
    once = Once(digest=b"d" * 32, at=EVENING, expires=EVENING + HOUR)

    first, second = county.writer.commit([once, once])
    (third,) = county.writer.commit([once])

    assert first.error is None
    assert isinstance(second.error, Conflict)
    assert isinstance(third.error, Conflict)


def test_what_was_shown_of_a_person_is_found_by_that_person(county: County) -> None:
    link = linked("riley")
    county.commit(message(1, link=link))
    county.commit(
        Note(at=EVENING, entry=entry(Kind.VIEW, partner="clinic", subject=link.identity, actor="dana")),
        Note(at=EVENING, entry=entry(Kind.CONFIG, actor="dana")),
    )

    assert [(row.owner.hex(), row.partner) for row in county.rows("shown")] == [(link.identity, "clinic")]


def test_a_suspension_is_one_leaf_over_all_identities_of_a_person(county: County) -> None:
    one, two = linked("a").identity, linked("b").identity
    before = county.verified()

    county.commit(
        Suspend(identities=(one, two), partner="PD", at=EVENING, ends=EVENING + HOUR, entry=entry(Kind.CONFIG))
    )

    assert county.verified() == before + 1
    assert sorted(row.owner.hex() for row in county.rows("suspension")) == sorted((one, two))


def test_the_last_word_of_a_witness_about_a_size_stands(county: County) -> None:
    county.commit(Cosign(size=5, witness="w", at=1, line="one"), Cosign(size=5, witness="w", at=2, line="two"))

    assert [tuple(row) for row in county.rows("cosignature")] == [(5, "w", 2, "two")]
