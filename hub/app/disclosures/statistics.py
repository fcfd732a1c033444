"""What the public may know of disclosures: how many to whom and for what, and how many were withheld; never a small number."""

from __future__ import annotations

import msgspec

from consent.vocabulary import vocabulary
from hub.app.asking.look import Look
from hub.flow.measures.cells import SMALLEST, Cell, Shown, shown, with_totals


class Statistics(msgspec.Struct, frozen=True, kw_only=True):
    """Counts of one span of time (UTC microseconds), by partner and purpose, with totals and without small numbers.

    `withheld` is None where it is small; `decided` counts decisions made.
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
    return Statistics(
        since=since,
        until=until,
        cells=tuple(shown([Cell(at=at, n=n) for at, n in with_totals(counts).items()])),
        decided=_large(decided),
        withheld=_large(decided - permitted) if _large(permitted) is not None or not permitted else None,
    )


def _large(number: int) -> int | None:
    return None if 0 < number < SMALLEST else number
