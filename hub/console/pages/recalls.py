"""Recalls: whether everybody who got what may not be relied on any more has heard, and answered."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from hub.access.roles import Right, may
from hub.console.guard import somebody
from hub.console.page import Visit, act, page
from hub.console.render import shown
from hub.errors import Lasting
from hub.model.entry import Kind

_VIEWS = {"open": "Nobody answered yet", "overdue": "Overdue", "all": "All"}


@page(
    "/recalls",
    "Has everybody who was asked to stop relying on something answered?",
    Right.RECALLS,
    menu="Recalls",
    command="crisis-hub recall list",
)
def recalls(visit: Visit) -> Response:
    """Open ones first; who took back what is not here."""
    view = visit.query.get("view", "open")
    found = visit.hub.reviews.recalls()
    chosen = {
        "open": [one for one in found if not (one.told_at or one.done_at)],
        "overdue": [one for one in found if one.overdue(visit.now)],
        "all": list(found),
    }
    view = view if view in chosen else "open"
    return shown(
        visit,
        "recalls.html",
        recalls=chosen[view][:200],
        counts={name: len(each) for name, each in chosen.items()},
        views=_VIEWS,
        view=view,
        partners=visit.hub.county.partners,
        may_follow=may(somebody(visit).account.role, Right.MESSAGES),
    )


@act("/recalls/{name}", "Say that a partner stopped relying on it", Right.RECALLS, leaves=(Kind.RECALL,))
def attest(visit: Visit) -> Response:
    """After somebody asked there; the ledger keeps who says so."""
    if visit.form.get("asked") != "yes":
        raise Lasting("Somebody must have asked there first.", cure="Tick the box once that is so.")
    visit.hub.reviews.attest(visit.path["name"], visit.form.get("partner", ""), actor=visit.actor)
    return RedirectResponse("/recalls", 303)
