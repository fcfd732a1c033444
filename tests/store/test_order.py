"""Where an instant lies among rows that are numbered as they come: as counting them would say, with few looks."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Connection, Integer, MetaData, Table, create_engine, insert

from hub.store.asking.order import Order

_ROWS = Table("rows", MetaData(), Column("seq", Integer, primary_key=True), Column("at", Integer))
INSTANTS = st.lists(st.integers(0, 50), max_size=60).map(sorted)


@pytest.fixture(scope="module")
def connection() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        _ROWS.create(connection)
        yield connection
    engine.dispose()


def filled(connection: Connection, instants: list[int]) -> Order:
    connection.execute(_ROWS.delete())
    if instants:
        connection.execute(insert(_ROWS), [{"seq": n, "at": at} for n, at in enumerate(instants, 1)])
    return Order(connection, _ROWS)


@given(INSTANTS, st.integers(-1, 51))
def test_the_first_row_at_or_after_an_instant(connection: Connection, instants: list[int], at: int) -> None:
    assert filled(connection, instants).first(at) == 1 + sum(each < at for each in instants)


@given(INSTANTS, st.lists(st.integers(-1, 51), min_size=1, max_size=8).map(sorted))
def test_rows_between_instants_are_counted(connection: Connection, instants: list[int], edges: list[int]) -> None:
    expected = [sum(a <= each < b for each in instants) for a, b in pairwise(edges)]

    assert filled(connection, instants).counts(edges) == expected
