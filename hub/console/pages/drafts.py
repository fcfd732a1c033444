"""What somebody had typed when their session ended: shown to them alone, and thrown away when they want it."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from hub.console import drafts
from hub.console.guard import somebody
from hub.console.page import PATH, Visit, own
from hub.console.render import shown


@own(drafts.SHELF, "What you had typed")
def shelf(visit: Visit) -> Response:
    """What waits for whoever is here."""
    return shown(visit, "drafts.html", held=drafts.waiting(visit.hub.people, somebody(visit).id, visit.now))


@own(drafts.SHELF, "Keep what is typed", method="POST")
def keep(visit: Visit) -> Response:
    """A page asks this for its half-written form, before its session is locked or over."""
    draft = drafts.typed(visit)
    if draft:
        drafts.keep(visit.hub, somebody(visit).id, draft)
    return Response()


@own("/drafts/drop", "Throw away what was typed", method="POST")
def drop(visit: Visit) -> Response:
    """It is forgotten at once."""
    form = (visit.form.get("page", ""), visit.form.get("action", ""))
    drafts.drop(visit.hub, somebody(visit).id, visit.now, lambda one: (one.page, one.action) == form)
    return RedirectResponse(form[0] if PATH.fullmatch(form[0]) else "/", 303)
