"""One house for all tests of the console; those that change it change what is their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.console.house import House, standing


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A running hub with people of every role."""
    with standing(tmp_path_factory.mktemp("house")) as house:
        yield house
