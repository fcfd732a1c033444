"""Partners: whether each one is well, and until when the hub may talk to it."""

from __future__ import annotations

from typing import Final

from starlette.responses import RedirectResponse, Response

from hub.access.roles import Right, may
from hub.console.forms import number
from hub.console.guard import somebody
from hub.console.page import Visit, act, page
from hub.console.plots import Span, spans
from hub.console.render import shown
from hub.errors import Lasting
from hub.model.entry import Kind
from hub.partners import Partner
from hub.spans import HOUR

# What a partner makes of a delivery that it had already, as its file says.
_REPEATS: Final = {
    "key": "it knows each delivery by its key, and takes it once",
    "lookup": "it is asked first whether it has it",
    "none": "it would take it twice: where it may have arrived, a person decides",
}
# For so many hours a partner is held at once.
_HOURS: Final = {1: "an hour", 4: "four hours", 12: "twelve hours", 24: "a day", 72: "three days"}


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
    return _partner(visit)


@act("/partners/{partner}/hold", "Hold what goes to this partner", Right.PAUSE, leaves=(Kind.CONFIG,))
def hold(visit: Visit) -> Response:
    """For some hours, with a reason; what comes meanwhile waits, and nothing is lost."""
    hours, reason = number(visit.form.get("hours", "")), visit.form.get("reason", "").strip()[:300]
    known = _known(visit)
    if hours not in _HOURS or not reason:
        return _partner(visit, wrong="Choose for how long, and write a reason: the ledger keeps it.")
    visit.hub.hold(known.id, actor=visit.actor, reason=reason, until=visit.now + hours * HOUR)
    return RedirectResponse(f"/partners/{known.id}", 303)


@act("/partners/{partner}/go", "Let what goes to this partner go on", Right.PAUSE, leaves=(Kind.CONFIG,))
def let_go(visit: Visit) -> Response:
    """Before the hold is over."""
    known = _known(visit)
    visit.hub.let_go(known.id, actor=visit.actor)
    return RedirectResponse(f"/partners/{known.id}", 303)


def _known(visit: Visit) -> Partner:
    found = visit.hub.county.partners.get(visit.path["partner"])
    if found is None:
        raise Lasting("There is no such partner.")
    return found


def _partner(visit: Visit, *, wrong: str = "") -> Response:
    known = _known(visit)
    health = next(one for one in visit.hub.partners() if one.partner == known.id)
    return shown(
        visit,
        "partner.html",
        status=422 if wrong else 200,
        title=known.name,
        partner=known,
        health=health,
        starts=visit.hub.county.terms[known.id][0],
        hours=_HOURS,
        repeats=_REPEATS,
        may_hold=may(somebody(visit).account.role, Right.PAUSE) and known.delivery is not None,
        form=visit.form,
        wrong=wrong,
    )
