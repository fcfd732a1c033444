"""One county for all journeys on each database: people differ from journey to journey, so none meets another."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.journeys.town import Town, town
from tests.store.postgres import fresh

# `pytest` runs all journeys of one database before those of the other.
DATABASES = ["sqlite", pytest.param("postgres", marks=pytest.mark.slow)]


@pytest.fixture(scope="session", params=DATABASES)
def county(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A county that runs."""
    url = fresh(request.getfixturevalue("postgres")) if request.param == "postgres" else ""
    with town(tmp_path_factory.mktemp("county"), url) as found:
        yield found
