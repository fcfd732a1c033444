"""An answer that the rules keep from whoever asked: a person is told, so that no referral ends in silence for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from hub.flow.referral import CHAIN, said
from hub.model.event import CrisisEvent
from hub.model.plan import Task

KIND: Final = "referral"
# Who asks for care awaits its answer; whoever else asks, as police, gets the one bit of a release or nothing.
CARE: Final = frozenset({"TREAT", "ETREAT", "COC", "TRANSFER"})


class Verdict(NamedTuple):
    """Whether a partner may hear something of a message, for a purpose."""

    partner: str
    purpose: str
    permits: bool


def unheard(events: Iterable[CrisisEvent], verdicts: Iterable[Verdict], journal: str) -> Iterator[Task]:
    """The work that an answer gives of which nothing reaches whoever asked for care. Its words tell nothing of anybody."""
    found = tuple(verdicts)
    refused = {one.partner for one in found if not one.permits and one.purpose in CARE}
    refused -= {one.partner for one in found if one.permits}
    if not refused:
        return
    answers = (word for event in events for word in said(event) if word.state != "requested")
    for source, asker in sorted({(one.source, one.asker) for one in answers if one.asker in refused}):
        words = (
            f"{source} answered a request of {asker}, and the rules let nothing of the answer reach it: it has heard nothing. "
            "Telephone; crisis-hub why, asked of this message, says which consent it takes."
        )
        yield Task(kind=KIND, about=journal, words=words, role=CHAIN[0])
