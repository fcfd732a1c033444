"""At most so many requests of one partner a minute, as its file says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from hub.partners import Partner
from hub.spans import MINUTE, SECOND


@dataclass(slots=True)
class _Bucket:
    per_minute: int
    full: float
    at: int = 0


@dataclass(slots=True)
class Rates:
    """A bucket for each partner that has a limit: it holds a minute's worth and fills steadily."""

    _buckets: dict[str, _Bucket] = field(default_factory=dict)

    @classmethod
    def of(cls, partners: Iterable[Partner]) -> Rates:
        """The limits of partner files; the largest of a partner's doors counts."""
        doors = [(p.id, door.per_minute) for p in partners for door in (p.source.doors if p.source else ())]
        limits = {name: max(n for who, n in doors if who == name) for name, number in doors if number}
        return cls({name: _Bucket(number, number) for name, number in limits.items()})

    def wait(self, partner: str, now: int) -> float:
        """0 where the request may go on, and is counted; else after how many seconds to come again."""
        bucket = self._buckets.get(partner)
        if bucket is None:
            return 0.0
        bucket.full = min(bucket.per_minute, bucket.full + (now - bucket.at) / MINUTE * bucket.per_minute)
        bucket.at = now
        if bucket.full >= 1.0:
            bucket.full -= 1.0
            return 0.0
        return (1.0 - bucket.full) / bucket.per_minute * MINUTE / SECOND
