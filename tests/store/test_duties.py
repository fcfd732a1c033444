"""Duties to tell somebody: counted from the moment nobody saw to them in time."""

from __future__ import annotations

from hub.model.plan import Task
from hub.spans import HOUR
from hub.store.living import duties_undone
from tests.store.county import EVENING, County, message

DUE = EVENING + HOUR
DUTY = Task(kind="duty", about="j", words="Tell them.", role="supervisor", due_at=DUE)


def test_a_duty_counts_from_when_it_is_due_and_other_work_never(county: County) -> None:
    county.commit(message(1, tasks=(DUTY,)), message(2, tasks=(Task(kind="link", about="j", words="?", due_at=DUE),)))

    with county.database.read() as connection:
        assert duties_undone(connection, DUE - 1) == 0
        assert duties_undone(connection, DUE) == 1
