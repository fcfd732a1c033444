"""What is lodged is sealed, is over when its time is up, and is never overwritten by somebody who saw an older version."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from hub import clock
from hub.errors import Conflict, SealBroken
from hub.model.commands import Lodge
from hub.model.entry import Kind, LedgerEntry
from hub.store import schema
from hub.store.sealing import Sealer
from hub.store.writing.lodged import Lodged, Lodging
from tests.store.county import CANARY, EVENING, ORIGIN, County


def account(value: str = CANARY, *, before: int = 0, until: int = 0, entry: LedgerEntry | None = None) -> Lodge:
    return Lodge(kind="account", name="a1", at=EVENING, value=value.encode(), before=before, until=until, entry=entry)


def stands(county: County) -> Lodging | None:
    with clock.hold(EVENING), county.read() as connection:
        return Lodged(connection, Sealer(county.keys, ORIGIN)).one("account", "a1")


def test_what_is_lodged_is_found_again_and_changed_from_the_version_that_stands(county: County) -> None:
    county.commit(account("first"))
    county.commit(account("second", before=1))

    assert stands(county) == Lodging(name="a1", version=2, at=EVENING, until=0, value=b"second")


def test_of_two_changes_from_one_version_the_second_is_refused(county: County) -> None:
    county.commit(account("first"))

    one, other = county.writer.commit([account("one", before=1), account("other", before=1)])

    assert one.error is None
    assert isinstance(other.error, Conflict)
    found = stands(county)
    assert found is not None
    assert found.value == b"one"


def test_it_is_taken_away_and_may_be_lodged_anew(county: County) -> None:
    county.commit(account("first"))
    county.commit(account("", before=1))

    assert stands(county) is None
    county.commit(account("anew"))
    assert stands(county) is not None


def test_what_is_over_is_not_there_and_goes_with_the_next_change(county: County) -> None:
    with clock.hold(EVENING):
        county.commit(account(until=EVENING + 5))
        assert stands(county) is not None

    with clock.hold(EVENING + 5):
        with county.read() as connection:
            assert Lodged(connection, Sealer(county.keys, ORIGIN)).all("account") == []
        county.commit(Lodge(kind="session", name="s", at=EVENING + 5, value=b"x"))

    assert [row.kind for row in county.rows("lodged")] == ["session"]


def test_an_entry_beside_it_is_a_leaf_of_the_ledger(county: County) -> None:
    before = county.writer._tip.frontier.size
    county.commit(account(entry=LedgerEntry(kind=Kind.CONFIG, at=EVENING)))

    assert county.writer._tip.frontier.size == before + 1


def test_nothing_of_it_lies_in_clear(small: County) -> None:
    small.commit(account(CANARY))

    assert all(CANARY.encode() not in path.read_bytes() for path in small.folder.rglob("hub.db*"))


@pytest.mark.parametrize("part", ["name", "version"])
def test_a_row_that_was_moved_does_not_open(county: County, part: str) -> None:
    county.commit(account("first"))
    county.change(update(schema.lodged).values({part: {"name": "b2", "version": 7}[part]}))

    with pytest.raises(SealBroken), county.read() as connection:
        Lodged(connection, Sealer(county.keys, ORIGIN)).all("account")
