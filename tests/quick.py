"""Bars on time, on machines that others use too: a slow moment of the machine is not slow code, and slow code is slow three times."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

TRIES: Final = 3


def within(bar: float, one_try: Callable[[int], float]) -> bool:
    """Whether one of three tries stays below the bar. A try is told its number and gives what it measured, mostly seconds.

    >>> within(1.0, [5.0, 0.5, 9.0].__getitem__), within(1.0, [5.0, 1.5, 9.0].__getitem__)
    (True, False)
    """
    return any(one_try(number) < bar for number in range(TRIES))
