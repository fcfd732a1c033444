"""One served hub for all tests that leave it as it was: each of them ends by seeing that it still works."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.badinput.place import Place, place

LARGEST = 4_000_000


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """The hub that everybody shares."""
    with place(tmp_path_factory.mktemp("badinput"), limits={"message_bytes": LARGEST}) as found:
        yield found


@pytest.fixture
def here(served: Place) -> Iterator[Place]:
    """The shared hub, which must work as before when the test is over."""
    yield served
    assert served.hub.alive()
    served.still_works()
