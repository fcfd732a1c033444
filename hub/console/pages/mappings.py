"""Mappings: what each partner's messages are read and written with, which versions there were, and the way back by one."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from hub.access.roles import Right
from hub.console.page import Visit, act, page
from hub.console.render import shown
from hub.errors import Lasting
from hub.model.entry import Kind


@page(
    "/mappings",
    "What are messages read and written with?",
    Right.MAPPINGS,
    menu="Mappings",
    command="crisis-hub map coverage",
)
def mappings(visit: Visit) -> Response:
    """Partner by partner."""
    return shown(visit, "mappings.html", found=visit.hub.mappings())


@page(
    "/mappings/{partner}",
    "Which versions of this mapping are there?",
    Right.MAPPINGS,
    command="crisis-hub map versions",
)
def mapping(visit: Visit) -> Response:
    """Of what this partner sends: its versions, the one in force first, and how well they read its newest messages."""
    return _mapping(visit)


@act("/mappings/{partner}", "Go back by one version", Right.MAPPINGS, leaves=(Kind.CONFIG,))
def back(visit: Visit) -> Response:
    """What is parked may be read again then; messages in flight end under the version they began with."""
    reason = visit.form.get("reason", "").strip()[:300]
    if not reason:
        return _mapping(visit, wrong="Write why: the ledger keeps it.")
    visit.hub.map_back(visit.path["partner"], actor=visit.actor, reason=reason)
    return RedirectResponse(f"/mappings/{visit.path['partner']}", 303)


def _mapping(visit: Visit, *, wrong: str = "") -> Response:
    partner = visit.path["partner"]
    one = next((each for each in visit.hub.mappings() if (each.partner, each.way) == (partner, "from")), None)
    if one is None:
        raise Lasting("This partner sends nothing.")
    return shown(
        visit,
        "mapping.html",
        status=422 if wrong else 200,
        title=f"How {visit.hub.county.partners[partner].name} is read",
        one=one,
        turned=visit.hub.turned(one.name) if one.name else (),
        losses=visit.hub.losses(partner, 20),
        wrong=wrong,
    )
