"""What the public may know of disclosures: how many to whom and for what, and how many were withheld; never a small number."""

from __future__ import annotations

import msgspec

from consent.vocabulary import vocabulary
from hub.app.asking.look import Look
from hub.flow.measures.cells import SMALLEST, Cell, Shown, shown, with_totals


class Statistics(msgspec.Struct, frozen=True, kw_only=True):
    """Counts of one span of time (UTC microseconds), by partner and purpose, with totals and without small numbers.

    `withheld` is None where it is small, and so is `decided`, which counts decisions made, where it would tell it.
    """

    since: int
    until: int
    cells: tuple[Shown, ...]
    decided: int | None
    withheld: int | None


def statistics(look: Look, since: int, until: int) -> Statistics:
    """Disclosures that were received between two instants, by partner and purpose."""
    partners, words = look.known.county.partners, vocabulary()
    purposes = {(p.id, want.id): want.purpose for p in partners.values() for want in p.wants}
    counts: dict[tuple[str, ...], int] = {}
    with look.disclosures() as found:
        delivered, decided, permitted = found.counted(since, until)
    for (partner, interest), number in delivered.items():
        purpose = purposes.get((partner, interest), "")
        cell = (partner, words.say("purpose", purpose) if purpose else "no longer agreed")
        counts[cell] = counts.get(cell, 0) + number
    made, kept = told(decided, permitted)
    return Statistics(
        since=since,
        until=until,
        cells=tuple(shown([Cell(at=at, n=n) for at, n in with_totals(counts).items()])),
        decided=made,
        withheld=kept,
    )


def told(decided: int, permitted: int) -> tuple[int | None, int | None]:
    """How many decisions were made and how many withheld; None for a small number, and for one that tells it.

    What was received stands beside them, and that is about what was permitted: whoever knows two knows the third.

    >>> told(100, 60), told(100, 97), told(100, 5), told(100, 100)
    ((100, 40), (None, None), (100, None), (100, 0))
    """
    withheld = decided - permitted
    if _small(withheld):
        return None, None
    return None if _small(decided) else decided, None if _small(permitted) else withheld


def _small(number: int) -> bool:
    return 0 < number < SMALLEST
