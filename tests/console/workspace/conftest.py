"""One county of partners without an engine for all tests of the workspace."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.console.workspace.house import Workshop, workshop


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    """A running hub whose partners have people, and no engine."""
    with workshop(tmp_path_factory.mktemp("workshop")) as shop:
        yield shop
