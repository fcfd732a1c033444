"""Who wants to hear of a message: partners' interests, compiled once to plain functions over canonical events.

Whoever was told of something because a condition held, as that a referral is theirs, is told once more when it holds no longer:
nobody waits for a patient who was sent elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

import msgspec

from hub.errors import Misconfigured
from hub.flow.followed import Bodies, Denial, Test, blocks, denials
from hub.model.event import CrisisEvent
from hub.model.plan import Block
from hub.model.registry import BODIES, body_of, hints, near, unwrap
from hub.model.values import Code
from hub.partners import Interest, Partner


class Match(msgspec.Struct, frozen=True, gc=False):
    """A partner and the interest of theirs that a message meets; or that was met and is so no longer, as these paths say (`over`)."""

    partner: Partner
    interest: Interest
    over: tuple[str, ...] = ()


class _Want(NamedTuple):
    """An interest, compiled: what it is about, when it is met, and how it is denied where that is followed."""

    match: Match
    bodies: frozenset[str]
    holds: Callable[[Bodies], bool]
    denial: Denial | None


class Audience:
    """Every interest of every partner, ready to be asked.

    A partner never hears its own messages back.
    """

    def __init__(self, partners: Iterable[Partner]) -> None:
        """Compile the interests; an unknown path or body is refused, naming the partner and the nearest path."""
        self._interests = tuple(
            _want(partner, interest) for partner in partners if partner.delivery for interest in partner.wants
        )
        self._followed = tuple(want for want in self._interests if want.denial)
        self._denials = {(want.match.partner.id, want.match.interest.id): want.denial for want in self._followed}

    def of(
        self,
        events: Collection[CrisisEvent],
        source: str,
        news: frozenset[str] | None = None,
        told: Collection[Block] = (),
    ) -> tuple[Match, ...]:
        """The interests that these events of one message meet, in the order of the partner files.

        Where only some kinds of them are `news`, an interest in none of those kinds is not met. `told` is what was told and is
        not over (see `followed`): whoever was told of it, and reads here that it is over, is among them.
        """
        bodies: dict[str, list[Any]] = {}
        for event in events:
            bodies.setdefault(body_of(event.body), []).append(event.body)
        fresh = bodies if news is None else news
        met = tuple(
            want.match
            for want in self._interests
            if want.match.partner.id != source and not want.bodies.isdisjoint(fresh) and want.holds(bodies)
        )
        return (*met, *self._over(events, bodies, source, told)) if told else met

    def followed(self, events: Collection[CrisisEvent], source: str) -> tuple[Block, ...]:
        """Under which blocks it would be remembered that somebody was told of this because a condition held."""
        roots = {body_of(event.body) for event in events}
        return tuple(
            block
            for want in self._followed
            if want.match.partner.id != source and not want.bodies.isdisjoint(roots)
            for block in self.remembered(want.match, events)
        )

    def remembered(self, match: Match, events: Iterable[CrisisEvent]) -> list[Block]:
        """Under which blocks it is remembered that an interest was met; under none where it is not followed."""
        name = match.partner.id, match.interest.id
        found = self._denials.get(name)
        return blocks(*name, events, found.roots) if found else []

    def _over(
        self, events: Collection[CrisisEvent], bodies: Bodies, source: str, told: Collection[Block]
    ) -> Iterator[Match]:
        for match, _, _, denial in self._followed:
            remembered = (block in told for block in self.remembered(match, events))
            if match.partner.id != source and denial and any(remembered) and denial.denies(bodies):
                yield Match(match.partner, match.interest, over=denial.paths)


def _want(partner: Partner, interest: Interest) -> _Want:
    holds, place = _alternatives(partner, interest), _place(partner, interest)
    tests = partial(_accepts, place)
    return _Want(Match(partner, interest), frozenset(interest.bodies), holds, denials(interest, tests))


def _place(partner: Partner, interest: Interest) -> str:
    return f"partner {partner.id}, interest {interest.id}"


def _alternatives(partner: Partner, interest: Interest) -> Callable[[Bodies], bool]:
    place = _place(partner, interest)
    for body in interest.bodies:
        if body not in BODIES:
            raise Misconfigured(f'"{body}" is not a body of the model.', at=place, cure=near(body))
    if not interest.when:
        return lambda _: True
    alternatives = tuple(_alternative(place, conditions) for conditions in interest.when)
    if len(alternatives) == 1:
        return alternatives[0]
    return lambda bodies: any(holds(bodies) for holds in alternatives)


def _alternative(place: str, conditions: Mapping[str, Any]) -> Callable[[Bodies], bool]:
    by_body: dict[str, list[Test]] = {}
    for path, accepted in conditions.items():
        body, test = _condition(place, path, accepted)
        by_body.setdefault(body, []).append(test)
    needs = tuple((root, _all(tests)) for root, tests in by_body.items())
    if len(needs) == 1:
        ((root, test),) = needs
        return lambda bodies: any(map(test, bodies.get(root, ())))
    return lambda bodies: all(any(map(test, bodies.get(root, ()))) for root, test in needs)


def _all(tests: list[Test]) -> Test:
    match tests:
        case [only]:
            return only
        case [first, second]:
            return lambda body: first(body) and second(body)
    return lambda body: all(test(body) for test in tests)


def _condition(place: str, path: str, accepted: Any) -> tuple[str, Test]:
    body, *steps = path.split(".")
    if body not in BODIES or not steps:
        raise Misconfigured(f'"{path}" is not a path of the model.', at=place, cure=near(path))
    _check(place, path, BODIES[body], steps)
    accepts = _accepts(place, path, accepted)
    return body, lambda value: _reaches(value, steps, accepts)


def _check(place: str, path: str, struct: type, steps: list[str]) -> None:
    here: Any = struct
    for step in steps:
        if not (isinstance(here, type) and issubclass(here, msgspec.Struct) and step in here.__struct_fields__):
            raise Misconfigured(f'"{path}" is not a path of the model.', at=place, cure=near(path))
        here = unwrap(hints(here)[step])[1]


def _accepts(place: str, path: str, accepted: Any) -> Test:
    match accepted:
        case {"at_least": int() | float() as floor}:
            return lambda value: _at_least(value, floor)
        case list() | tuple():
            words = frozenset(str(a) for a in accepted)
            return lambda value: not words.isdisjoint(_words(value))
        case bool():
            return lambda value: value is accepted
    raise Misconfigured(f"{path} has neither a list of values, nor true or false, nor at_least: number.", at=place)


def _words(value: Any) -> tuple[str, ...]:
    return (value.code, value.local) if isinstance(value, Code) else (str(value),)


def _at_least(value: Any, floor: float) -> bool:
    try:
        return float(value) >= floor
    except (TypeError, ValueError):
        return False  # not a number: the interest does not hold


def _reaches(value: Any, steps: list[str], accepts: Test) -> bool:
    """Whether one of the values at the end of the steps is accepted; absent values are not there."""
    for n, step in enumerate(steps):
        value = getattr(value, step)
        if value is None:
            return False
        if isinstance(value, tuple):
            rest = steps[n + 1 :]
            return any(_reaches(each, rest, accepts) for each in value) if rest else any(map(accepts, value))
    return accepts(value)
