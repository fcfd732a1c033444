"""What the pages of a workspace show of beds, placements, contacts, calls and records. Values alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hub.flow.capacity.board import Row
from hub.model.plan import Fact


class Contact(Fact, frozen=True):
    """A 988 contact that somebody of the centre recorded here: its number, when, and how its team is doing (UTC microseconds)."""

    number: str
    at: int
    team: bool
    rescue: bool
    steps: tuple[tuple[str, int], ...] = ()


class Call(Fact, frozen=True):
    """A call as this partner was told of it: the newest word. Instants are UTC microseconds, 0 for not yet."""

    incident: str
    at: int
    what: str
    place: str
    crisis: str = ""
    priority: str = ""
    on_scene_at: int = 0
    cleared_at: int = 0


class Team(Fact, frozen=True):
    """A unit as this partner was told of it last, by its own events (UTC microseconds). `trained`: for crises, as they say."""

    unit: str
    at: int
    kind: str
    free: bool
    trained: bool
    words: str = ""
    incident: str = ""


class Own(Fact, frozen=True):
    """One of the partner's own units: what it is called there, how it stands on the board, and the version of what was set."""

    name: str
    row: Row
    version: int


class Elsewhere(Fact, frozen=True):
    """What another partner told of a unit, or of a diversion; as of an instant (UTC microseconds).

    `stale`: so old that no source's number would still be offered.
    """

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
    stale: bool = False


class Beds(Fact, frozen=True):
    """A partner's own units, and where others said that there is room."""

    own: tuple[Own, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()


class Question(Fact, frozen=True):
    """Whether this partner has a bed, without saying for whom: what is needed, until when, what it answered so far.

    `answer` is a word of `hub.flow.placement`; `over` says that nothing more is to be answered, `arrived` that whoever was
    expected is there. Instants are UTC microseconds.
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
    arrived: bool = False


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


# Why a clerk returns an entry, in words of a closed list.
RETURNS: Final[Mapping[str, str]] = {
    "wrong-person": "it is about another person",
    "wrong-case": "it belongs to another case",
    "incomplete": "something is missing that we need",
    "not-ours": "it is not ours to keep",
    "other": "another reason",
}


class Record(Fact, frozen=True):
    """An entry for a partner's own records. `settled` is approve, return, or nothing yet.

    `unclear` says that it was sent, and nobody knows whether it arrived. Instants are UTC microseconds.
    """

    name: str
    kind: str
    number: str
    at: int
    source: str
    settled: str = ""
    reason: str = ""
    by: str = ""
    settled_at: int = 0
    own_number: str = ""
    unclear: bool = False


class AskedBack(Fact, frozen=True):
    """Something that this partner is asked to stop relying on, by its own name of it (UTC microseconds, 0 for not yet)."""

    name: str
    at: int
    due_at: int
    words: str
    done_at: int = 0
    done_by: str = ""
