"""Lengths of time, in microseconds: the unit every instant of the hub is counted in."""

from __future__ import annotations

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
