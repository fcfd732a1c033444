"""Tokens of responders: for one incident, for a shift, made by the hub for a partner that has proved who it is. Nothing is stored."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from hub.spans import HOUR, SECOND

# A shift. The card itself is empty two hours after the incident was cleared.
SHIFT: Final = 12 * HOUR
# Seconds since 1970; a caller's number that goes on and on is none.
_INSTANT: Final = re.compile(r"[0-9]{1,12}")


@dataclass(frozen=True, slots=True)
class Responders:
    """`mark` gives what only the hub can make, for a partner and some text."""

    mark: Callable[[str, str], str]

    def issue(self, partner: str, incident: str, now: int) -> tuple[str, int]:
        """A token for an incident, and until when it is good (UTC microseconds)."""
        until = now // SECOND + SHIFT // SECOND
        return f"{partner}.{until}.{self.mark(partner, f'{until}/{incident}')}", until * SECOND

    def partner(self, token: str, incident: str, now: int) -> str | None:
        """Whose token this is, None for one that is made up, over, or for another incident."""
        partner, _, rest = token.partition(".")
        until, _, mark = rest.partition(".")
        if not _INSTANT.fullmatch(until) or int(until) * SECOND <= now:
            return None
        try:
            expected = self.mark(partner, f"{until}/{incident}")
        except KeyError:
            return None
        return partner if hmac.compare_digest(mark.encode(), expected.encode()) else None
