"""Many messages through one set, or through two: what is covered, what is lost on the way back, what a draft would change."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Literal, TypeVar

import msgspec

from hub.contracts import OUTCOMES, Outcome, Reading
from hub.errors import HubError, Unmapped
from hub.lens.losses import leaves
from hub.lens.syntax import Syntax
from hub.lens.translate import Translator

COUNT = re.compile(r"\[\d+\]")

Read = Callable[[bytes], Reading]
T = TypeVar("T")


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """What became of all elements of some messages. Element paths are without their counts; the most frequent come first."""

    messages: int
    parked: int
    unreadable: int
    counts: Mapping[Outcome, int]
    unmapped: tuple[tuple[str, int], ...]
    invalid: tuple[tuple[str, int], ...]
    codes: tuple[tuple[tuple[str, str], int], ...]

    def share(self, outcome: Outcome) -> float:
        """The part of all elements that ended so, in percent."""
        whole = sum(self.counts.values())
        return 100 * self.counts[outcome] / whole if whole else 0.0


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One canonical value that a draft reads otherwise. The values themselves are here: show them only to who may see them."""

    message: str
    path: str
    what: Literal["gained", "lost", "changed", "parked", "read"]
    before: Any = None
    after: Any = None


def coverage(read: Read, messages: Iterable[bytes]) -> Coverage:
    """Read many messages and count what became of their elements. Messages that cannot be read are counted, not raised."""
    seen: Counter[str] = Counter()
    counts: Counter[Outcome] = Counter()
    paths: dict[str, Counter[str]] = {"unmapped": Counter(), "invalid": Counter()}
    codes: Counter[tuple[str, str]] = Counter()
    for body in messages:
        seen["all"] += 1
        try:
            reading = read(body)
        except HubError as error:
            seen["parked" if isinstance(error, Unmapped) else "unreadable"] += 1
            continue
        codes.update(reading.unmapped_codes)
        for loss in reading.account().items:
            counts[loss.outcome] += 1
            if loss.outcome in paths:
                paths[loss.outcome][COUNT.sub("", loss.path)] += 1
    return Coverage(
        messages=seen["all"],
        parked=seen["parked"],
        unreadable=seen["unreadable"],
        counts={outcome: counts[outcome] for outcome in OUTCOMES},
        unmapped=tuple(paths["unmapped"].most_common()),
        invalid=tuple(paths["invalid"].most_common()),
        codes=tuple(codes.most_common()),
    )


def merged(found: Iterable[Coverage]) -> Coverage:
    """Several counts as one."""
    every = tuple(found)
    return Coverage(
        messages=sum(one.messages for one in every),
        parked=sum(one.parked for one in every),
        unreadable=sum(one.unreadable for one in every),
        counts={outcome: sum(one.counts[outcome] for one in every) for outcome in OUTCOMES},
        unmapped=_summed(one.unmapped for one in every),
        invalid=_summed(one.invalid for one in every),
        codes=_summed(one.codes for one in every),
    )


def _summed(counts: Iterable[tuple[tuple[T, int], ...]]) -> tuple[tuple[T, int], ...]:
    whole = Counter[T]()
    for one in counts:
        whole.update(dict(one))
    return tuple(whole.most_common())


def diff(before: Read, after: Read, messages: Iterable[bytes]) -> Iterator[Change]:
    """What a draft (`after`) reads otherwise than the set in force, message by message. Nothing is sent."""
    for n, body in enumerate(messages, 1):
        old, new = _leaves(before, body), _leaves(after, body)
        name = next((found[0] for found in (old, new) if found), "") or f"message {n}"
        if old is None or new is None:
            if old is not new:
                yield Change(message=name, path="", what="read" if old is None else "parked")
            continue
        for path in dict.fromkeys((*old[1], *new[1])):
            one, other = old[1].get(path), new[1].get(path)
            if one != other:
                what: Literal["gained", "lost", "changed"] = (
                    "gained" if one is None else "lost" if other is None else "changed"
                )
                yield Change(message=name, path=path, what=what, before=one, after=other)


def _leaves(read: Read, body: bytes) -> tuple[str, dict[str, Any]] | None:
    try:
        reading = read(body)
    except HubError:
        return None
    return reading.message_id, dict(leaves(reading.events))


def respelled(translator: Translator, root: Any, reading: Reading) -> tuple[int, tuple[str, ...]]:
    """How many understood elements are written back to the letter, and the paths (without counts) of those that are not.

    An element that is spelled otherwise means the same: that reading gives the same events again is a law of lenses.
    """
    syntax = translator.syntax
    parts = translator.write(reading.events, reading.kind, "UTC", {}, reading.events[0].recorded_at)
    again = Counter(_texts(syntax, syntax.reread(parts, reading.kind)).values())
    old = _texts(syntax, root)
    taken = [old[loss.path] for loss in reading.account().items if loss.why.endswith(")") and loss.path in old]
    changed = Counter(taken) - again
    return len(taken) - changed.total(), tuple(sorted({path for path, _ in changed}))


def _texts(syntax: Syntax, root: Any) -> dict[str, tuple[str, str]]:
    """Every element by its path: its path without counts (and without the 1 of an only component), and its text."""
    marked = syntax.mark(root)
    found = syntax.elements(marked).items()
    return {path: (COUNT.sub("", path).removesuffix(".1"), syntax.text_at(marked, at)) for at, path in found}
