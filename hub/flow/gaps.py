"""Missing hand-offs of an episode: something happened after which somebody should have acted by now, and nobody did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from hub.flow.story import Milestone
from hub.model.plan import Fact
from hub.spans import HOUR, MINUTE

DAY: Final = 24 * HOUR
NOBODY: Final[Mapping[str, str]] = MappingProxyType({})


class Rule(Fact, frozen=True):
    """After `after`, one of `wanted` within so many microseconds, or so many `before` it; else `role` is told in these words."""

    id: str
    after: str
    wanted: tuple[str, ...]
    within: int
    role: str
    words: str
    before: int = 0
    # Of which kinds of partner, where not of all.
    told_by: tuple[str, ...] = ()


class Gap(Fact, frozen=True):
    """A hand-off that did not happen by `due_at` (UTC microseconds) after something `at`."""

    rule: str
    role: str
    words: str
    at: int
    due_at: int


_CARE: Final = (
    "clinic visit",
    "appointment",
    "appointment kept",
    "team arrived",
    "followed up",
    "admitted",
    "referred",
)
RULES: Final = (
    Rule(
        id="ed-left-no-follow-up",
        after="ED left",
        wanted=_CARE,
        within=DAY,
        role="care coordinator",
        words="Left the emergency department, and nobody followed up within 24 hours.",
    ),
    Rule(
        id="discharged-no-follow-up",
        after="discharged",
        wanted=_CARE,
        within=7 * DAY,
        role="care coordinator",
        words="Was discharged, and nobody followed up within 7 days.",
    ),
    Rule(
        id="discharged-no-step-down",
        after="discharged",
        wanted=("referred", "appointment"),
        within=0,
        before=30 * DAY,
        role="discharge planner",
        words="Left the stabilisation centre, and nobody referred them on. Open a step-down referral.",
        told_by=("STABILISATION",),
    ),
    Rule(
        id="team-not-there",
        after="team asked for",
        wanted=("team arrived", "team cleared"),
        within=HOUR,
        role="988 supervisor",
        words="A mobile team was asked for, and was not there within an hour.",
    ),
    Rule(
        id="visited-no-follow-up",
        after="team cleared",
        wanted=(*_CARE, "ED arrival"),
        within=DAY,
        role="988 counsellor",
        words="A mobile team was there, and nobody reached the person again within 24 hours. Telephone, as far as they agreed.",
    ),
    Rule(
        id="rescue-not-taken",
        after="911 asked for",
        wanted=("call", "on scene"),
        within=5 * MINUTE,
        role="988 supervisor",
        words="988 asked 911 for a rescue, and no call was seen within 5 minutes. Telephone the 911 centre.",
    ),
    Rule(
        id="never-arrived",
        after="sent to hospital",
        wanted=("ED arrival", "admitted"),
        within=2 * HOUR,
        role="charge nurse",
        words="Was brought to hospital, and no hospital saw them within 2 hours.",
    ),
    Rule(
        id="hold-not-evaluated",
        after="hold began",
        wanted=("ED arrival", "admitted", "hold ended"),
        within=4 * HOUR,
        role="crisis coordinator",
        words="An emergency hold began, and nobody evaluated the person within 4 hours.",
    ),
    Rule(
        id="missed-and-not-asked-after",
        after="appointment missed",
        wanted=("clinic visit", "appointment kept", "team arrived", "followed up", "ED arrival", "admitted"),
        within=2 * DAY,
        role="care coordinator",
        words="Missed an appointment, and nobody asked after them within 2 days.",
    ),
    Rule(
        id="police-wished-follow-up",
        after="follow-up wished",
        wanted=_CARE,
        within=3 * DAY,
        role="co-responder",
        words="Police asked for a follow-up, and nobody followed up within 3 days.",
    ),
)


def gaps(
    told: Sequence[Milestone], now: int, rules: Iterable[Rule] = RULES, *, kinds: Mapping[str, str] = NOBODY
) -> tuple[Gap, ...]:
    """The hand-offs that are missing at `now` (UTC microseconds). A word from the future opens none before its time comes.

    `kinds` are the partners by id, each with its kind.

    >>> left = Milestone(at=0, what="ED left", source="H1")
    >>> [gap.rule for gap in gaps([left], DAY + 1)], gaps([left], DAY - 1)
    (['ed-left-no-follow-up'], ())
    """
    found = (
        Gap(rule=rule.id, role=rule.role, words=rule.words, at=each.at, due_at=each.at + rule.within)
        for rule in rules
        for each in told
        if each.what == rule.after
        and each.at + rule.within <= now
        and (not rule.told_by or kinds.get(each.source) in rule.told_by)
        and not _met(told, rule, each)
    )
    # What two sources tell of the same moment is one gap.
    return tuple(dict.fromkeys(sorted(found, key=lambda gap: (gap.due_at, gap.rule))))


def _met(told: Sequence[Milestone], rule: Rule, after: Milestone) -> bool:
    return any(
        each.what in rule.wanted and each is not after and after.at - rule.before <= each.at <= after.at + rule.within
        for each in told
    )
