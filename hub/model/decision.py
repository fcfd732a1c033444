"""The answer to "may this partner see this, and why": a Decision carries its reasons and is never stored."""

from __future__ import annotations

import msgspec


class Reason(msgspec.Struct, frozen=True, kw_only=True, gc=False, cache_hash=True):
    """Why some elements of one event were released or withheld: the rule that settled it, its law, and in words."""

    rule: str
    effect: str
    citation: str
    words: str
    category: str = ""
    regime: str = ""
    paths: int = 0


class NearMiss(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What would have let more through; for internal audit only (42 CFR 2.13(c)(2))."""

    rule: str
    missing: tuple[tuple[str, str], ...]
    words: str


class Duty(msgspec.Struct, frozen=True, kw_only=True, gc=False, cache_hash=True):
    """Who must be told, by law, whether or not anybody asked. `within` is in microseconds; 0 means at once."""

    rule: str
    tell: tuple[str, ...]
    citation: str
    words: str
    within: int = 0


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What one recipient may see of one message, for one purpose, as of one instant.

    `granted` holds, event by event, the granted paths as bits of the registry; the rest is withheld. Instants are UTC
    microseconds. `valid_until` is the first instant at which a date among the facts would change the answer. `scope` are the
    categories that the consents relied on name; none named are all that their purpose needs.
    """

    partner: str
    purpose: str
    granted: tuple[int, ...]
    because: tuple[Reason, ...] = ()
    withheld: tuple[Reason, ...] = ()
    obligations: tuple[str, ...] = ()
    near_miss: tuple[NearMiss, ...] = ()
    duties: tuple[Duty, ...] = ()
    rule_set: str = ""
    views: tuple[str, ...] = ()
    consents: tuple[str, ...] = ()
    scope: frozenset[str] = frozenset()
    agreement: str = ""
    as_of: int = 0
    valid_until: int | None = None

    @property
    def permits(self) -> bool:
        """Whether anything at all may be seen."""
        return any(self.granted)
