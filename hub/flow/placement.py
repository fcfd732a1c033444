"""Placement, ask before tell: several facilities are asked with criteria and no identity; one is chosen, and only it is told who.

A placement is a value, and each act makes the next one and says what is to be done about it. Whoever keeps it changes it only
from the version they saw: of two acts at once one is refused, so that one facility is chosen and never two.

    asking ──offer, decline──▶ asking ──choose──▶ held ──arrive──▶ arrived
       │                          │                 │
       └──────── time ────────────┴──── nobody ─────┴──▶ ended (told to a named role)
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, Literal

from msgspec.structs import replace

from hub.errors import Conflict, Lasting
from hub.model.plan import Fact
from hub.spans import HOUR, MINUTE

State = Literal["asking", "held", "arrived", "ended"]
Answer = Literal["asked", "offered", "declined", "chosen", "cancelled"]
OVER: Final = ("arrived", "ended")
ROLE: Final = "placement coordinator"
# How the numbers begin under which facilities are asked.
NUMBERED: Final = "BED-"
COLLECTED: Final = 15 * MINUTE
HELD: Final = HOUR

# Every word that may stand in criteria: nothing that names anybody can be said.
WORDS: Final[dict[str, frozenset[str]]] = {
    "payer": frozenset({"medicaid", "medicare", "commercial", "veterans", "uninsured", "unknown"}),
    "age": frozenset({"child", "adolescent", "adult", "older-adult"}),
    "sex": frozenset({"female", "male", "any"}),
    "legal_status": frozenset({"voluntary", "hold", "committed"}),
    "medical_clearance": frozenset({"cleared", "pending", "needs-medical-bed"}),
    "acuity": frozenset({"low", "moderate", "high"}),
    "mobility": frozenset({"walks", "wheelchair", "bed"}),
    "observation": frozenset({"routine", "every-15-minutes", "one-to-one"}),
    "service": frozenset(
        {
            "adult_psychiatric",
            "adolescent_psychiatric",
            "crisis_stabilization",
            "detox",
            "dual_diagnosis",
            "residential",
        }
    ),
}
# Why a facility says no: the same few words for all, so that a refusal tells nothing more than that.
DECLINES: Final = frozenset({"full", "acuity", "staffing", "not-our-service", "payer", "other"})
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Z]{2}|-[A-Z][a-z]{3})?")


class Criteria(Fact, frozen=True):
    """What is needed, in words of closed lists. `language` is BCP 47 and `county` a name of the county's own list."""

    service: str
    age: str
    payer: str = "unknown"
    sex: str = "any"
    legal_status: str = "voluntary"
    medical_clearance: str = "cleared"
    acuity: str = "moderate"
    mobility: str = "walks"
    observation: str = "routine"
    language: str = "en"
    county: str = ""


class Asked(Fact, frozen=True):
    """One facility's part: what it answered, when; who accepted there (a clinician's name or number), and why it declined."""

    facility: str
    unit: str
    answer: Answer = "asked"
    at: int = 0
    clinician: str = ""
    reason: str = ""


class Placement(Fact, frozen=True):
    """One placement. `journal` is the message whose record the chosen facility will get; instants are UTC microseconds."""

    id: str
    journal: str
    source: str
    criteria: Criteria
    asked: tuple[Asked, ...]
    opened_at: int
    until: int
    state: State = "asking"
    first_come: bool = False
    chosen_by: str = ""
    hold_until: int = 0
    ended: str = ""
    # Which words of others were heard: events' ids, so that none counts twice.
    heard: tuple[str, ...] = ()

    @property
    def chosen(self) -> Asked | None:
        """The facility that was chosen, if one was."""
        return next((each for each in self.asked if each.answer == "chosen"), None)


class Effect(Fact, frozen=True):
    """What is to be done: ask, release (the record), cancel, tell a role, or believe a facility's number less (`full`) or more (`room`)."""

    what: Literal["ask", "release", "cancel", "ride", "tell", "full", "room"]
    facility: str = ""
    words: str = ""


Step = tuple[Placement, tuple[Effect, ...]]


def checked(criteria: Criteria, counties: Iterable[str] = ()) -> Criteria:
    """The criteria, if every word is of its list. Raises Lasting naming the field, and never the word: it may be a name.

    >>> checked(Criteria(service="detox", age="Riley Doe"))
    Traceback (most recent call last):
    hub.errors.Lasting: age: this word is not of the list. One of adolescent, adult, child, older-adult.
    """
    for field, words in WORDS.items():
        if getattr(criteria, field) not in words:
            raise Lasting("this word is not of the list.", at=field, cure=f"One of {', '.join(sorted(words))}.")
    if not _LANGUAGE.fullmatch(criteria.language):
        raise Lasting("this is no language tag.", at="language", cure="Write it as BCP 47 has it, such as es or en-US.")
    if criteria.county and criteria.county not in set(counties):
        raise Lasting("this county is not of the list.", at="county")
    return criteria


def open_placement(placement: Placement) -> Step:
    """Ask them all. Raises Lasting where nobody is asked, or somebody twice."""
    names = [each.facility for each in placement.asked]
    if not names or len(set(names)) < len(names):
        raise Lasting("Ask one facility at least, and none of them twice.")
    return placement, tuple(Effect(what="ask", facility=name) for name in names)


def offer(placement: Placement, facility: str, *, clinician: str, at: int) -> Step:
    """A facility has room, and this clinician there accepts. Where the county says first come, that settles it."""
    mine = _awaited(placement, facility, at)
    if not clinician.strip():
        raise Lasting("Who accepts? An acceptance names a clinician (42 CFR 489.24).", at=facility)
    after = _with(placement, replace(mine, answer="offered", at=at, clinician=clinician))
    learned = () if mine.answer == "offered" else (Effect(what="room", facility=facility),)
    after, then = choose(after, facility, by="first come", at=at) if placement.first_come else (after, ())
    return after, (*then, *learned)


def decline(placement: Placement, facility: str, *, reason: str, at: int) -> Step:
    """A facility says no, with a word of the list. When all did, the placement ends and somebody is told."""
    mine = _awaited(placement, facility, at)
    if reason not in DECLINES:
        raise Lasting("this is no reason of the list.", at=facility, cure=f"One of {', '.join(sorted(DECLINES))}.")
    after = _with(placement, replace(mine, answer="declined", at=at, reason=reason))
    learned = (Effect(what="full", facility=facility),) if reason == "full" else ()
    after, then = _end(after, "Every facility declined.") if _all_declined(after) else (after, ())
    return after, (*then, *learned)


def choose(placement: Placement, facility: str, *, by: str, at: int) -> Step:
    """The clinician and the person choose among the offers: the record goes there alone, and the others hear that it is over."""
    _open(placement)
    mine = _one(placement, facility)
    if mine.answer != "offered":
        raise Conflict("This facility has made no offer.", at=facility)
    asked = tuple(_settled(each, facility, at) for each in placement.asked)
    after = replace(placement, asked=asked, state="held", chosen_by=by, hold_until=at + HELD)
    cancelled = (Effect(what="cancel", facility=e.facility) for e in asked if e.answer == "cancelled")
    return after, (Effect(what="release", facility=facility), *cancelled, Effect(what="ride", facility=facility))


def arrive(placement: Placement, facility: str) -> Step:
    """The person arrived where they were expected. Anywhere else is for somebody to look at."""
    chosen = placement.chosen
    if placement.state != "held" or chosen is None:
        raise Conflict("Nobody is expected.", at=facility)
    if chosen.facility != facility:
        return placement, (Effect(what="tell", facility=facility, words="The person arrived at another facility."),)
    return replace(placement, state="arrived"), ()


def pass_time(placement: Placement, now: int) -> Step:
    """What time alone brings about: the collecting of offers is over, or the hold is."""
    if placement.state == "asking" and now >= placement.until:
        if any(each.answer == "offered" for each in placement.asked):
            late = now >= placement.until + COLLECTED
            return _end(placement, "Nobody chose among the offers.") if late else (placement, ())
        return _end(placement, "Nobody offered a bed in time.")
    if placement.state == "held" and now >= placement.hold_until:
        return _end(placement, "The hold is over, and nobody arrived.")
    return placement, ()


def cancel(placement: Placement, *, why: str) -> Step:
    """Somebody ends it."""
    _open(placement, also=("held",))
    return _end(placement, why)


def _end(placement: Placement, why: str) -> Step:
    told = [each.facility for each in placement.asked if each.answer in ("asked", "offered", "chosen")]
    asked = tuple(replace(each, answer="cancelled") if each.facility in told else each for each in placement.asked)
    after = replace(placement, state="ended", asked=asked, ended=why)
    cancelled = (Effect(what="cancel", facility=facility) for facility in told)
    return after, (*cancelled, Effect(what="tell", words=f"{why} Ask further facilities, or telephone."))


def _settled(each: Asked, chosen: str, at: int) -> Asked:
    if each.facility == chosen:
        return replace(each, answer="chosen", at=at)
    return replace(each, answer="cancelled", at=at) if each.answer in ("asked", "offered") else each


def _awaited(placement: Placement, facility: str, at: int) -> Asked:
    """The part of a facility whose answer is awaited."""
    _open(placement)
    if at >= placement.until + COLLECTED:
        raise Conflict("Offers are collected no more.", at=facility)
    mine = _one(placement, facility)
    if mine.answer not in ("asked", "offered"):
        raise Conflict("This facility has answered already.", at=facility)
    return mine


def _one(placement: Placement, facility: str) -> Asked:
    found = next((each for each in placement.asked if each.facility == facility), None)
    if found is None:
        raise Conflict("This facility was not asked.", at=facility)
    return found


def _open(placement: Placement, also: tuple[str, ...] = ()) -> None:
    if placement.state != "asking" and placement.state not in also:
        raise Conflict(f"The placement is {placement.state}.", at=placement.id[:12])


def _all_declined(placement: Placement) -> bool:
    return all(each.answer == "declined" for each in placement.asked)


def _with(placement: Placement, mine: Asked) -> Placement:
    asked = tuple(mine if each.facility == mine.facility else each for each in placement.asked)
    return replace(placement, asked=asked)
