"""Databases for the store's tests: each test runs on SQLite and on a real PostgreSQL that the tests start themselves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub import clock
from tests.store.county import EVENING, County
from tests.store.postgres import fresh


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of its own."""
    (tmp_path / "data").mkdir()
    if request.param == "sqlite":
        return str(tmp_path / "data" / "hub.db")
    return fresh(request.getfixturevalue("postgres"))


@pytest.fixture
def county(url: str, tmp_path: Path) -> Iterator[County]:
    """A county's store, open for writing; it was begun in the evening from which the tests count."""
    with clock.hold(EVENING):
        begun = County(url, tmp_path)
    with begun as county:
        yield county


@pytest.fixture
def small(tmp_path: Path) -> Iterator[County]:
    """The same on SQLite alone, for what only a file can show."""
    (tmp_path / "data").mkdir()
    with County(str(tmp_path / "data" / "hub.db"), tmp_path) as county:
        yield county
