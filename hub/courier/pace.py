"""When and how fast a partner wants its deliveries: the hours of its window, and at most so many a second."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hub.partners import Delivery
from hub.spans import SECOND

_ALWAYS = 1 << 30


@dataclass(slots=True)
class Pace:
    """Holds a lane back. `lets_through` says how many may be claimed now, `took` how many were; instants are UTC microseconds."""

    delivery: Delivery
    zone: str
    _tokens: float = 0.0
    _at: int = 0

    @classmethod
    def of(cls, delivery: Delivery, zone: str) -> Pace | None:
        """The pace a partner asked for; None for one that takes everything always, whose lane then asks nothing."""
        return cls(delivery, zone) if delivery.window or delivery.per_second else None

    def lets_through(self, now: int) -> int:
        """How many deliveries may be claimed at this instant."""
        if self.delivery.window and opens(self.delivery.window, self.zone, now) > now:
            return 0
        return self._saved(now) if self.delivery.per_second else _ALWAYS

    def took(self, number: int) -> None:
        """So many were claimed."""
        self._tokens -= number

    def next_at(self, now: int) -> int:
        """The next instant at which more may be claimed; `now` where nothing holds it back."""
        opened = opens(self.delivery.window, self.zone, now) if self.delivery.window else now
        if opened > now or not self.delivery.per_second or self._tokens >= 1.0:
            return opened
        return now + max(1, int((1.0 - self._tokens) / self.delivery.per_second * SECOND))

    def _saved(self, now: int) -> int:
        """A bucket that holds a second's worth, and one delivery at least; it fills steadily."""
        rate = self.delivery.per_second
        # A clock that was put back takes nothing away.
        gained = max(0, now - self._at) / SECOND * rate
        self._tokens = min(max(rate, 1.0), self._tokens + gained)
        self._at = now
        return int(self._tokens)


def opens(window: str, zone: str, now: int) -> int:
    """When a window such as 08:00-18:00 is open next: now, or the instant (UTC microseconds) it opens. It may span midnight.

    >>> noon = 1_773_576_000_000_000  # 2026-03-15 12:00 UTC
    >>> opens("08:00-18:00", "UTC", noon) == noon
    True
    >>> (opens("22:00-06:00", "UTC", noon) - noon) // 3_600_000_000
    10
    """
    starts, ends = (time.fromisoformat(part) for part in window.split("-"))
    here = datetime.fromtimestamp(now / SECOND, UTC).astimezone(ZoneInfo(zone))
    clock = here.time()
    inside = starts <= clock < ends if starts <= ends else clock >= starts or clock < ends
    if inside:
        return now
    day = here.date() if clock < starts else here.date() + timedelta(days=1)
    return int(datetime.combine(day, starts, ZoneInfo(zone)).timestamp() * SECOND)
