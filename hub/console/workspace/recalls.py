"""Recalls: what a partner may not rely on any more. It never says who changed what."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from hub.access.roles import Right
from hub.console.guard import somebody
from hub.console.page import Visit, act, page
from hub.console.render import shown
from hub.errors import Lasting
from hub.model.entry import Kind


@page("/asked-back", "What may we not rely on any more?", Right.ASKED_BACK, menu="Recalls", leaves=(Kind.VIEW,))
def recalls(visit: Visit) -> Response:
    """Open ones first, by when an answer is due."""
    return _shown(visit)


@act("/asked-back", "Say that we stopped relying on it", Right.ASKED_BACK, leaves=(Kind.RECALL,))
def done(visit: Visit) -> Response:
    """One recall is answered."""
    try:
        visit.hub.workspace.recalls.done(somebody(visit), visit.form.get("name", ""))
    except Lasting as missing:
        return _shown(visit, wrong=missing.message, status=422)
    return RedirectResponse("/asked-back", 303)


def _shown(visit: Visit, *, wrong: str = "", status: int = 200) -> Response:
    found = visit.hub.workspace.recalls.listed(somebody(visit))
    return shown(visit, "asked_back.html", status=status, found=found, wrong=wrong)
