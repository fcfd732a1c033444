"""What somebody was told because a condition held, and how it is known that it holds no longer.

Only what has a number of its own is followed, since its source tells it again under that number: a referral, a visit, a call.
A message that is silent about a condition says nothing against it. INVARIANT: who was told is remembered until it is over and no
longer, so that nobody goes on hearing of what left them; and nobody hears of an end in words that hide it, which would read as if
it held.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import reduce
from operator import or_
from typing import Any, Final, NamedTuple

from hub.model.event import CrisisEvent
from hub.model.plan import Block
from hub.model.registry import body_of, branch
from hub.partners import Interest

Bodies = Mapping[str, list[Any]]
Test = Callable[[Any], bool]
# The number under which its source tells of the same thing again.
NUMBER: Final = {
    "appointment": "number",
    "call_for_service": "incident",
    "crisis_contact": "contact",
    "encounter": "number",
    "field_contact": "number",
    "mobile_crisis_visit": "visit",
    "referral": "number",
    "transport": "number",
    "unit_status": "unit",
}
# By which message something was told: that another follows says nothing against it.
_OF_THE_MESSAGE: Final = "trigger"


class Denial(NamedTuple):
    """In which bodies it stands that an interest is not met, at which paths, and how they say so."""

    roots: frozenset[str]
    paths: tuple[str, ...]
    denies: Callable[[Bodies], bool]


def denials(interest: Interest, test: Callable[[str, Any], Test]) -> Denial | None:
    """How an interest is denied, if it can be; `test` gives what accepts a value at a path."""
    if not interest.follow:
        return None
    alternatives = [list(_followed(interest, conditions)) for conditions in interest.when]
    if not alternatives or not all(alternatives):
        return None
    tests = [_by_root((path, test(path, accepted)) for path, accepted in one) for one in alternatives]
    paths = tuple(dict.fromkeys(path for one in alternatives for path, _ in one))
    roots = frozenset(root for one in tests for root in one)
    return Denial(roots, paths, lambda bodies: all(_denied(one, bodies) for one in tests))


def blocks(
    partner: str, interest: str, events: Iterable[CrisisEvent], roots: Collection[str] = NUMBER.keys()
) -> list[Block]:
    """Under which blocks it is remembered what of these events, in such bodies, a partner was told for an interest, by their ids."""
    name = f"told:{partner}:{interest}"
    return [Block(name=name, values=(which,), strong=True) for which in _numbers(roots, events)]


def mark(as_of: int, before: int | None, *, over: bool) -> int:
    """How it is remembered that something was told, or is over: by when (UTC microseconds), even or odd, and later than before.

    >>> told = mark(7, None, over=False)
    >>> ended = mark(7, told, over=True)
    >>> told, ended, stands(told), stands(ended), stands(None)
    (8, 9, True, False, False)
    """
    at = as_of if before is None else max(as_of, before + 1)
    return at + (at % 2 != over)


def stands(newest: int | None) -> bool:
    """Whether something was told and is not over, by what is remembered last."""
    return newest is not None and newest % 2 == 0


def says(granted: Iterable[int], paths: Iterable[str]) -> bool:
    """Whether a decision lets through what stands at each of these paths, as far as anything stands there."""
    everything = reduce(or_, granted, 0)
    return all(everything & branch(path) for path in paths)


def _numbers(roots: Collection[str], events: Iterable[CrisisEvent]) -> Iterator[str]:
    for event in events:
        if (root := body_of(event.body)) in roots and (number := getattr(event.body, NUMBER[root])):
            yield f"{event.source} {root} {number}"


def _followed(interest: Interest, conditions: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The conditions of an alternative that may stop holding: one that is known not to hold denies it."""
    for path, accepted in conditions.items():
        root, *steps = path.split(".")
        if root in NUMBER and root in interest.bodies and steps[-1] != _OF_THE_MESSAGE:
            yield path, accepted


def _by_root(tests: Iterable[tuple[str, Test]]) -> dict[str, list[Test]]:
    found: dict[str, list[Test]] = {}
    for path, accepts in tests:
        root, *steps = path.split(".")
        found.setdefault(root, []).append(_denies(steps, accepts))
    return found


def _denied(alternative: Mapping[str, list[Test]], bodies: Bodies) -> bool:
    return any(
        all(any(denies(body) for denies in tests) for body in bodies[root])
        for root, tests in alternative.items()
        if root in bodies
    )


def _denies(steps: list[str], accepts: Test) -> Test:
    def denies(body: Any) -> bool:
        found = list(_at_the_end(body, steps))
        return bool(found) and not any(map(accepts, found))

    return denies


def _at_the_end(value: Any, steps: list[str]) -> Iterator[Any]:
    """The values at the end of the steps, as far as there are any."""
    if isinstance(value, tuple):
        for each in value:
            yield from _at_the_end(each, steps)
    elif value is not None and value != "":
        if steps:
            yield from _at_the_end(getattr(value, steps[0]), steps[1:])
        else:
            yield value
