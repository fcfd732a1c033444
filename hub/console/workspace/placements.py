"""Placements: have you a bed? Asked without saying for whom, answered by a form; and one's own searches, to choose among offers."""

from __future__ import annotations

from typing import Final

from starlette.responses import RedirectResponse, Response

from hub.access.roles import Right
from hub.console.guard import somebody
from hub.console.page import Visit, act, page
from hub.console.render import shown
from hub.errors import Conflict, Lasting
from hub.flow.rooms import Search
from hub.model.entry import Kind

# Why a partner has no bed for this: the words of `hub.flow.placement.DECLINES`, as people say them.
REASONS: Final = {
    "full": "full",
    "acuity": "too ill for this unit",
    "staffing": "not enough staff",
    "not-our-service": "not a service of ours",
    "payer": "not covered here",
    "other": "another reason",
}


@page("/placements", "Have we a bed for this?", Right.PLACEMENTS, menu="Placements", leaves=(Kind.VIEW,))
def placements(visit: Visit) -> Response:
    """What is asked, the earliest end first; then what the partner looks for itself."""
    found = visit.hub.workspace.placements.listed(somebody(visit))
    return shown(visit, "placements.html", found=found, reasons=REASONS)


@page("/placements/{name}", "What is needed?", Right.PLACEMENTS, leaves=(Kind.VIEW,))
def placement(visit: Visit) -> Response:
    """One question or search; with the record once the partner was chosen, and never before."""
    return _shown(visit)


@act("/placements/{name}", "Offer, decline or choose", Right.PLACEMENTS, leaves=(Kind.OUTCOME,))
def answer(visit: Visit) -> Response:
    """An offer names who accepts; a refusal a word of the list; a choice the facility."""
    name, form = visit.path["name"], visit.form
    try:
        visit.hub.workspace.placements.answer(
            somebody(visit),
            name,
            form.get("act", ""),
            clinician=form.get("clinician", ""),
            reason=form.get("reason", ""),
            facility=form.get("facility", ""),
        )
    except Conflict as late:
        return _shown(visit, wrong=f"{late.message} Look at how it stands now.", status=409)
    except Lasting as missing:
        return _shown(visit, wrong=_plainly(missing), status=422)
    return RedirectResponse(f"/placements/{name}", 303)


def _plainly(missing: Lasting) -> str:
    return "Choose a reason." if "reason of the list" in missing.message else missing.message


def _shown(visit: Visit, *, wrong: str = "", status: int = 200) -> Response:
    one, papers = visit.hub.workspace.placements.opened(somebody(visit), visit.path["name"])
    return shown(
        visit,
        "search.html" if isinstance(one, Search) else "question.html",
        status=status,
        title=one.need[:1].upper() + one.need[1:],
        one=one,
        papers=papers,
        reasons=REASONS,
        form=visit.form,
        wrong=wrong,
    )
