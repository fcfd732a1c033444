"""Who asks to be passed by: an emergency department, a psychiatric service, or all of a hospital; why, and until when."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from hub.model.plan import Fact
from hub.model.service import DiversionStatus
from hub.spans import HOUR

# One that names no end is over after this: nobody remembers to take it back.
LONGEST: Final = 8 * HOUR
_OPEN: Final = {"open", "normal", "capacity", ""}
_EMERGENCY: Final = {"ed", "emergency", "ems", "ambulance"}
_PSYCHIATRIC: Final = {"psychiatric", "behavioral", "behavioural", "bh"}


class Diversion(Fact, frozen=True):
    """A diversion. `scope` is all, emergency, psychiatric, or the sender's word; instants are UTC microseconds."""

    facility: str
    status: str
    scope: str
    reason: str
    since: int
    until: int
    said_at: int

    @property
    def open(self) -> bool:
        """Whether it says that nobody needs to pass by any more."""
        return self.status in _OPEN


def diversion(body: DiversionStatus, said_at: int, source: str) -> Diversion:
    """What a partner says; without a beginning it begins when it is said, without an end it ends after eight hours."""
    since = body.since.at if body.since else said_at
    status = body.status.code or body.status.local if body.status else ""
    return Diversion(
        facility=body.facility or source,
        status=status.lower(),
        scope=_scope((body.scope.code or body.scope.local) if body.scope else ""),
        reason=(body.reason.code or body.reason.display or body.reason.local) if body.reason else "",
        since=since,
        until=body.expires_at.at if body.expires_at else since + LONGEST,
        said_at=said_at,
    )


def _scope(word: str) -> str:
    low = word.lower()
    return "emergency" if low in _EMERGENCY else "psychiatric" if low in _PSYCHIATRIC else low or "all"


def standing(told: Iterable[Diversion], now: int) -> tuple[Diversion, ...]:
    """The diversions that stand: of each facility and scope the last word, where it says so and is not over."""
    newest: dict[tuple[str, str], Diversion] = {}
    for each in told:
        if each.said_at > now:
            continue
        before = newest.get((each.facility, each.scope))
        if before is None or (each.said_at, each.until, each.status) > (before.said_at, before.until, before.status):
            newest[each.facility, each.scope] = each
    stand = (each for each in newest.values() if not each.open and each.since <= now < each.until)
    return tuple(sorted(stand, key=lambda each: (each.facility, each.scope)))


def passes_by(standing_now: Iterable[Diversion], facility: str, *, emergency: bool) -> Diversion | None:
    """The diversion because of which nobody is brought to a unit of this kind, if any."""
    wanted = {"all", "emergency" if emergency else "psychiatric"}
    return next((each for each in standing_now if each.facility == facility and each.scope in wanted), None)
