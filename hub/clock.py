"""The one clock: microseconds since 1970 in UTC. The shell asks it; the middle never does; tests hold it still."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from hub.spans import DAY

_held: list[int] = []


def now() -> int:
    """Microseconds since the Unix epoch, UTC.

    >>> with hold(5):
    ...     now()
    5
    """
    return _held[-1] if _held else time.time_ns() // 1000


def day(at: int) -> int:
    """The UTC day number of an instant: partitions and day keys are named by it.

    >>> day(DAY + 1)
    1
    """
    return at // DAY


@contextmanager
def hold(at: int) -> Iterator[None]:
    """Hold the clock still at `at` microseconds UTC for the length of a `with`."""
    _held.append(at)
    try:
        yield
    finally:
        _held.pop()
