"""One county for all journeys on each database: people differ from journey to journey, so none meets another."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.journeys.neighbours import keep_quiet
from tests.journeys.town import Town, town
from tests.store.postgres import fresh

# `pytest` runs all journeys of one database before those of the other.
DATABASES = ["sqlite", pytest.param("postgres", marks=pytest.mark.slow)]


@pytest.fixture(scope="session", params=DATABASES)
def county(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A county that runs."""
    with town(tmp_path_factory.mktemp("county"), url_of(request)) as found:
        yield found


@pytest.fixture(scope="module", params=DATABASES)
def quiet(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A county in which nobody wants to hear of anything."""
    with town(tmp_path_factory.mktemp("quiet"), url_of(request), keep_quiet) as found:
        yield found


def url_of(request: pytest.FixtureRequest) -> str:
    """The URL of a fresh PostgreSQL for this round of tests, or of nothing: then it is SQLite."""
    return fresh(request.getfixturevalue("postgres")) if request.param == "postgres" else ""
