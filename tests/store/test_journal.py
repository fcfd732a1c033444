"""Finding a message again: by its id, by the sender's id, by what it is; page by page."""

from __future__ import annotations

import msgspec
import pytest

from hub.errors import Lasting
from hub.spans import DAY
from hub.store.asking.journal import Wanted
from hub.store.writing.keep import bare
from tests.store.county import EVENING, County, message, parked, planned


def test_a_prefix_of_eight_digits_is_enough(county: County) -> None:
    kept = message(1)
    county.commit(kept)

    with county.journal() as journal:
        whole, short = journal.message(kept.journal), journal.message(kept.journal[:8])
        assert whole == short
        assert whole is not None
        assert journal.message("ffffffff") is None


def test_a_prefix_of_several_messages_asks_for_more_digits(county: County) -> None:
    one = message(1, plan=planned(1, journal="abcdef01" + "0" * 24))
    two = message(2, plan=planned(2, journal="abcdef01" + "1" * 24))
    county.commit(one, two)

    with county.journal() as journal:
        with pytest.raises(Lasting, match="Give more digits"):
            journal.message("abcdef01")
        found = journal.message("abcdef011")
    assert found is not None
    assert found.journal == two.journal


@pytest.mark.parametrize("prefix", ["", "abc", "xyz12345", "AB" * 8, "0" * 33, "' OR 1=1 --"])
def test_what_is_no_prefix_of_an_id_is_refused(small: County, prefix: str) -> None:
    with small.journal() as journal, pytest.raises(Lasting, match="8 to 32 hexadecimal digits"):
        journal.message(prefix)


def test_a_senders_id_finds_every_message_that_bore_it(county: County) -> None:
    first, edited = message(1), message(1, body=b"edited")
    other = msgspec.structs.replace(message(1), partner="h2")
    county.commit(first, edited, other, message(2))

    with county.journal() as journal:
        found = journal.by_message_id("h1", "MSG-1", EVENING + DAY)
        assert [each.journal for each in found] == [first.journal, edited.journal]
        assert journal.by_message_id("h1", "MSG-3", EVENING) == ()


def test_a_search_narrows_by_every_word(county: County) -> None:
    a01, parked_one = message(1, at=EVENING + 1), parked(2)
    other = msgspec.structs.replace(message(3, kind="EIDO", at=EVENING + 3), partner="c1")
    county.commit(a01, parked_one, other)

    def found(**wanted: object) -> list[int]:
        with county.journal() as journal:
            return [each.seq for each in journal.search(Wanted(**wanted))]  # type: ignore[arg-type]  # a table of words

    assert found() == [3, 2, 1]
    assert found(partner="h1") == [2, 1]
    assert found(kind="EIDO") == found(partner="c1") == [3]
    assert found(state="parked") == [2]
    assert found(since=EVENING + 1) == [3, 1]
    assert found(until=EVENING + 3) == [2, 1]
    assert found(episode=a01.plan.episode.episode if a01.plan.episode else "") == [1]
    assert found(partner="c1", state="parked") == []


def test_pages_follow_each_other_without_gap_or_repeat_while_messages_arrive(county: County) -> None:
    county.commit(*(message(n) for n in range(25)))
    seen, before = [], 0

    while True:
        with county.journal() as journal:
            page = journal.search(Wanted(limit=10, before=before))
        if not page:
            break
        seen += [each.seq for each in page]
        before = page[-1].seq
        county.commit(message(f"meanwhile {before}"))

    assert seen == list(range(25, 0, -1))


def test_messages_come_back_in_the_order_asked_over_commits(county: County) -> None:
    kept = [message(n) for n in range(6)]
    county.commit(*kept[:3])
    county.commit(kept[3])
    county.commit(*kept[4:])
    order = [kept[n] for n in (5, 0, 3, 2, 0)]

    with county.journal() as journal:
        contents = journal.kept([each.journal for each in order])
        plans = journal.plans([each.journal for each in order])

    assert [content.body for content in contents] == [each.body for each in order]
    assert plans == [bare(each.plan) for each in order]


def test_a_message_that_is_not_there_is_told(county: County) -> None:
    with county.journal() as journal, pytest.raises(Lasting, match="no such message"):
        journal.kept(["00" * 16])
