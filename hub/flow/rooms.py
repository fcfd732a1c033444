"""What the pages of a workspace show of beds and placements. Values alone."""

from __future__ import annotations

from hub.flow.capacity.board import Row
from hub.model.plan import Fact


class Own(Fact, frozen=True):
    """One of the partner's own units: what it is called there, how it stands on the board, and the version of what was set."""

    name: str
    row: Row
    version: int


class Elsewhere(Fact, frozen=True):
    """What another partner told of a unit, or of a diversion; as of an instant (UTC microseconds)."""

    facility: str
    unit: str
    at: int
    available: int | None = None
    occupied: int | None = None
    staffed: int | None = None
    waiting: int = 0
    profile: tuple[str, ...] = ()
    diversion: str = ""
    until: int = 0


class Beds(Fact, frozen=True):
    """A partner's own units, and where others said that there is room."""

    own: tuple[Own, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()


class Question(Fact, frozen=True):
    """Whether this partner has a bed, without saying for whom: what is needed, until when, what it answered so far.

    `answer` is a word of `hub.flow.placement`; `over` says that nothing more is to be answered. Instants are UTC microseconds.
    """

    name: str
    source: str
    need: str
    criteria: tuple[tuple[str, str], ...]
    asked_at: int
    until: int
    answer: str
    clinician: str = ""
    reason: str = ""
    hold_until: int = 0
    over: bool = False


class Search(Fact, frozen=True):
    """A bed that this partner looks for: whom it asked, and what each answered as (facility, answer, clinician, reason, when)."""

    name: str
    need: str
    criteria: tuple[tuple[str, str], ...]
    opened_at: int
    until: int
    state: str
    asked: tuple[tuple[str, str, str, str, int], ...]
    hold_until: int = 0
    ended: str = ""


class Searches(Fact, frozen=True):
    """What this partner was asked, and what it asked itself."""

    questions: tuple[Question, ...] = ()
    own: tuple[Search, ...] = ()
