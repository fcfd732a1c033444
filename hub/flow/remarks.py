"""What is odd about a message, and what comes of it, in words for whoever opens it. Nothing in them is about anybody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hub.flow.episode import instant
from hub.model.person import PersonMerge
from hub.model.plan import Plan
from hub.spans import DAY, HOUR, MINUTE

# Clocks differ by so much.
_CLOCKS: Final = 10 * MINUTE


def remarks(plan: Plan, arrived: int) -> Iterator[str]:
    """What is odd about a message that arrived at an instant (UTC microseconds).

    >>> list(remarks(Plan(journal="", state="planned"), 0))
    []
    """
    if not plan.events:
        return
    ahead = instant(plan.events) - arrived
    if ahead > _CLOCKS:
        yield f"tells of something {_long(ahead)} after it arrived: it counts when that time comes. Is the sender's clock right?"
    if any(isinstance(event.body, PersonMerge) for event in plan.events):
        yield _merged(plan)


def _merged(plan: Plan) -> str:
    moved = sum(move.why == "merged" for move in plan.link.moves) if plan.link else 0
    if moved:
        return f"merged: {moved} of the sender's numbers {'is' if moved == 1 else 'are'} this person's from now on"
    if plan.link and plan.link.blocks:
        return "merged a number that nobody knew: whoever comes under it is this person"
    return "merges what is one person already, as when it is told twice or in a circle: nothing changes"


def _long(span: int) -> str:
    """A span (microseconds) as people say it.

    >>> _long(90 * MINUTE), _long(3 * DAY)
    ('90 minutes', '3 days')
    """
    for unit, name in ((DAY, "days"), (HOUR, "hours")):
        if span >= 2 * unit:
            return f"{span // unit} {name}"
    return f"{span // MINUTE} minutes"
