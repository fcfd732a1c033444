"""Losses: what of a partner's messages is not understood, counted over its newest ones; the five counts add up to everything."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from hub.access.roles import Right, may
from hub.console.guard import somebody
from hub.console.page import Visit, page
from hub.console.render import shown

_WORDS: Final = {
    "mapped": "understood as it stands",
    "transformed": "understood, in other words",
    "withheld": "withheld by a rule",
    "unmapped": "no line of the mapping speaks of it",
    "invalid": "not what should stand there",
}
_SHOWN: Final = 60


@page(
    "/losses",
    "What of their messages do we not understand?",
    Right.LOSSES,
    menu="Losses",
    command="crisis-hub map coverage",
)
def losses(visit: Visit) -> Response:
    """Whoever sends, each with a page of its own."""
    known = visit.hub.county.partners.values()
    return shown(visit, "losses.html", partners=[one for one in known if one.source])


@page(
    "/losses/{partner}", "What of these messages do we not understand?", Right.LOSSES, command="crisis-hub map coverage"
)
def loss(visit: Visit) -> Response:
    """One partner: five counts, and the places that were not understood, the most frequent first."""
    partner = visit.path["partner"]
    found = visit.hub.losses(partner, 100)
    return shown(
        visit,
        "loss.html",
        title=f"What {visit.hub.county.partners[partner].name} says, and what is understood",
        found=found,
        words=_WORDS,
        places=found.lost[:_SHOWN],
        further=max(0, len(found.lost) - _SHOWN),
        may_follow=may(somebody(visit).account.role, Right.MESSAGES),
    )
