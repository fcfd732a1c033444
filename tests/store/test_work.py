"""Work for people is found with its words, and stands even where the words were destroyed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from hub.errors import Conflict
from hub.model.commands import Note, Replan, Tend
from hub.model.entry import Kind
from hub.model.plan import Task
from hub.store.asking.codes import DESTROYED, Codes, Unmapped
from hub.store.asking.journal import Wanted
from hub.store.seal import destroy, expunge, renew_index
from hub.store.sealing import Sealer
from hub.store.writing.work import LIMIT, Open, Work
from tests.store.county import EVENING, ORIGIN, County, entry, link_of, message, parked, planned

REVIEW = Task(kind="link", about="two records", words="Riley twice?", role="clerk", due_at=EVENING + 5)
ALARM = Task(kind="alarm", about="lane clinic", words="silent for an hour", role="operator")


@contextmanager
def work(county: County) -> Iterator[Work]:
    with county.read() as connection:
        yield Work(connection, Sealer(county.keys, ORIGIN))


def test_open_tasks_come_with_their_words_the_oldest_first(county: County) -> None:
    kept = message(1, tasks=(REVIEW,))
    county.commit(kept, Note(at=EVENING, entry=entry(Kind.CONFIG), tasks=(ALARM, ALARM)))

    with work(county) as waiting:
        first, second, third = waiting.tasks()
        assert first == Open(
            seq=1, at=EVENING, kind="link", role="clerk", due_at=EVENING + 5, about="two records", words="Riley twice?",
            journal=kept.journal,
        )  # fmt: skip
        assert (second.about, second.words, second.journal) == ("lane clinic", "silent for an hour", "")
        assert waiting.tasks(limit=1, after=1) == [second]
        assert waiting.tasks(role="operator") == [second, third]


def test_many_of_one_kind_hide_none_of_another(county: County) -> None:
    county.commit(Note(at=EVENING, entry=entry(Kind.CONFIG), tasks=(ALARM,) * LIMIT))
    county.commit(message(1, tasks=(REVIEW,)))

    with work(county) as waiting:
        assert {each.kind for each in waiting.tasks()} == {"alarm"}
        assert [each.kind for each in waiting.tasks(kind="link")] == ["link"]
        assert [each.kind for each in waiting.tasks(but=("alarm",))] == ["link"]
        assert waiting.waiting("alarm") == (LIMIT, EVENING)
        assert waiting.waiting("recall") == (0, 0)


def test_a_task_outlives_the_plan_it_came_with(county: County) -> None:
    wrong = parked(1, tasks=(REVIEW,))
    county.commit(wrong)

    again = msgspec.structs.replace(planned(1), journal=wrong.journal)
    county.commit(Replan(journal=wrong.journal, at=EVENING + 1, plan=again))

    with work(county) as waiting:
        assert [each.words for each in waiting.tasks()] == ["Riley twice?"]


@contextmanager
def codes(county: County) -> Iterator[Codes]:
    with county.read() as connection:
        yield Codes(connection, Sealer(county.keys, ORIGIN))


def test_codes_to_map_come_the_commonest_first(county: County) -> None:
    first = message(1, unmapped_codes=(("nature", "MHX"), ("unit", "ZZ")))
    county.commit(first, message(2, unmapped_codes=(("unit", "ZZ"),)))
    county.commit(message(3, unmapped_codes=(("unit", "ZZ"),)))

    with codes(county) as waiting:
        assert waiting.unmapped() == (
            Unmapped(partner="h1", table="unit", code="ZZ", times=3, message=first.journal),
            Unmapped(partner="h1", table="nature", code="MHX", times=1, message=first.journal),
        )


def test_a_code_outlives_the_plan_that_showed_it(county: County) -> None:
    wrong = parked(1, unmapped_codes=(("nature", "MHX"),))
    county.commit(wrong)

    again = msgspec.structs.replace(planned(1), journal=wrong.journal)
    county.commit(Replan(journal=wrong.journal, at=EVENING + 1, plan=again))

    with codes(county) as waiting:
        assert [each.code for each in waiting.unmapped()] == ["MHX"]


def test_work_about_somebody_expunged_stands_without_words(small: County, tmp_path: Path) -> None:
    kept = message(1, tasks=(REVIEW,), unmapped_codes=(("nature", "MHX"),))
    small.commit(kept)
    order = expunge([bytes.fromhex(link_of(kept).identity)], accounting=True)

    destroy(small.keys, [order], index_version=renew_index(small.keys), backup=tmp_path / "copy", at=EVENING)

    with work(small) as tasks, codes(small) as waiting:
        assert [(each.kind, each.words) for each in tasks.tasks()] == [("link", "")]
        assert [(each.table, each.code, each.times) for each in waiting.unmapped()] == [("nature", DESTROYED, 1)]


def test_the_messages_of_one_identity_are_found(county: County) -> None:
    first = message(1)
    county.commit(first, message(2))

    with county.journal() as journal:
        found = journal.search(Wanted(owner=link_of(first).identity))

    assert [each.journal for each in found] == [first.journal]


def test_a_task_is_seen_to_once_with_a_leaf_and_waits_no_more(county: County) -> None:
    county.commit(message(1, tasks=(REVIEW,)))
    done = Tend(task=1, at=EVENING + 9, actor="jo", entry=entry(Kind.LINK))

    (first,) = county.commit(done)
    with pytest.raises(Conflict):
        county.commit(done)
    with pytest.raises(Conflict):
        county.commit(msgspec.structs.replace(done, task=7))

    assert first.leaf > 0
    with work(county) as waiting:
        assert waiting.tasks() == []
        assert waiting.task(1) is None
