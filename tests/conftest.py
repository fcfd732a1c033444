"""What every test may lean on: how hard properties try, and a clock that stands still."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from datetime import datetime

import pytest
import structlog
from hypothesis import HealthCheck, settings

# Shared machines are slow now and then; a property is about truth, the bench is about time.
steady = settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("steady", steady)
settings.register_profile("quick", steady, max_examples=15)
settings.register_profile("thorough", max_examples=5_000, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("CRISIS_HUB_PROPERTIES", "steady"))

# What a hub behind one test logs must not stand in what another test reads from a command.
structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.__stderr__))

# A Sunday evening in March, in UTC microseconds.
EVENING = int(datetime.fromisoformat("2026-03-15T20:00:00+00:00").timestamp()) * 1_000_000


@pytest.fixture
def still() -> Iterator[int]:
    """Hold the hub's clock on one evening; gives that instant in UTC microseconds."""
    from hub import clock

    with clock.hold(EVENING):
        yield EVENING


@pytest.fixture(scope="session", autouse=True)
def _passwords() -> Iterator[None]:
    """A hundred people sign in where nobody guesses: passwords cost next to nothing. What they really cost, their own tests ask."""
    from tests.passwords import costing

    with costing(passes=1, kibibytes=64):
        yield


@pytest.fixture(scope="session", autouse=True)
def _authorities() -> Iterator[None]:
    """Thousands of requests go to this machine, each by a client of its own: none of them reads the world's authorities."""
    from tests.authorities import read_once

    with read_once():
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a running PostgreSQL, one for all tests of a process; it stops with them."""
    from tests.store.postgres import standing

    with standing() as url:
        yield url
