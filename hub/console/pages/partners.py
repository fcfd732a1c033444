"""Partners: whether each one is well, and until when the hub may talk to it."""

from __future__ import annotations

from starlette.responses import Response

from hub.access.roles import Right
from hub.console.page import Visit, page
from hub.console.plots import Span, spans
from hub.console.render import shown
from hub.errors import Lasting


@page(
    "/partners",
    "Is each partner well, and may we still talk to it?",
    Right.PARTNERS,
    menu="Partners",
    command="crisis-hub partners health",
    live=True,
)
def partners(visit: Visit) -> Response:
    """Those first that need somebody."""
    found = visit.hub.partners()
    timed = [Span(one.name, one.half, one.most) for one in found if one.most]
    drawn = spans(sorted(timed, key=lambda one: -one.most), "How long deliveries take, the slowest first")
    return shown(visit, "partners.html", partners=found, plot=drawn if timed else "")


@page("/partners/{partner}", "How is this partner?", Right.PARTNERS, command="crisis-hub partners health")
def partner(visit: Visit) -> Response:
    """One partner, its agreement, what it sends and what it wants."""
    known = visit.hub.county.partners.get(visit.path["partner"])
    if known is None:
        raise Lasting("There is no such partner.")
    health = next(one for one in visit.hub.partners() if one.partner == known.id)
    return shown(
        visit,
        "partner.html",
        title=known.name,
        partner=known,
        health=health,
        starts=visit.hub.county.terms[known.id][0],
    )
