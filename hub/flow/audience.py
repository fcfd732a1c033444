"""Who wants to hear of a message: partners' interests, compiled once to plain functions over canonical events."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from hub.errors import Misconfigured
from hub.model.event import CrisisEvent
from hub.model.registry import BODIES, body_of, hints, near, unwrap
from hub.model.values import Code
from hub.partners import Interest, Partner

Bodies = Mapping[str, list[Any]]
Test = Callable[[Any], bool]


class Match(msgspec.Struct, frozen=True, gc=False):
    """A partner and the interest of theirs that a message meets."""

    partner: Partner
    interest: Interest


class Audience:
    """Every interest of every partner, ready to be asked.

    A partner never hears its own messages back.
    """

    def __init__(self, partners: Iterable[Partner]) -> None:
        """Compile the interests; an unknown path or body is refused, naming the partner and the nearest path."""
        self._interests = tuple(
            (Match(partner, interest), frozenset(interest.bodies), _alternatives(partner, interest))
            for partner in partners
            if partner.delivery
            for interest in partner.wants
        )

    def of(self, events: Iterable[CrisisEvent], source: str, news: frozenset[str] | None = None) -> tuple[Match, ...]:
        """The interests that these events of one message meet, in the order of the partner files.

        Where only some kinds of them are `news`, an interest in none of those kinds is not met.
        """
        bodies: dict[str, list[Any]] = {}
        for event in events:
            bodies.setdefault(body_of(event.body), []).append(event.body)
        told = bodies if news is None else news
        return tuple(
            match
            for match, wanted, holds in self._interests
            if match.partner.id != source and not wanted.isdisjoint(told) and holds(bodies)
        )


def _alternatives(partner: Partner, interest: Interest) -> Callable[[Bodies], bool]:
    place = f"partner {partner.id}, interest {interest.id}"
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
