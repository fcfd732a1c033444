"""One house for all tests of the console; those that change it change what is their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.console.house import House, standing


@pytest.fixture(scope="session")
def shared_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A running hub with people of every role."""
    with standing(tmp_path_factory.mktemp("house")) as house:
        yield house


@pytest.fixture(scope="module")
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The house; files that hold slow tests run long before the others, press whatever there is, and have one of their own."""
    if any(item.get_closest_marker("slow") for item in request.session.items if item.path == request.path):
        with standing(tmp_path_factory.mktemp("house")) as house:
            yield house
    else:
        yield request.getfixturevalue("shared_house")
