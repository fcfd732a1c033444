"""Alerts: what holds now and who sees to it, and what cleared by itself. Each opens once and clears once."""

from __future__ import annotations

from typing import Final

from starlette.responses import RedirectResponse, Response

from hub.access.roles import Right, may
from hub.console.guard import somebody
from hub.console.page import Visit, act, page
from hub.console.render import shown
from hub.model.entry import Kind

# Where each kind of alert is looked into.
_PLACES: Final = {
    **dict.fromkeys(("breaker", "lag", "overdue", "agreement"), ("/partners/{}", Right.PARTNERS)),
    **dict.fromkeys(("parked", "unread"), ("/parked", Right.PARKED)),
    "recall": ("/recalls?view=overdue", Right.RECALLS),
    "glass": ("/reviews", Right.REVIEWS),
    **dict.fromkeys(("duty", "reconcile"), ("/tasks", Right.TASKS)),
}


@page(
    "/alerts",
    "Which alerts are open, and what cleared by itself?",
    Right.ALERTS,
    menu="Alerts",
    command="crisis-hub partners alerts",
    live=True,
)
def alerts(visit: Visit) -> Response:
    """Open ones first, the oldest at the head; then what cleared, the newest first."""
    found, role = visit.hub.reviews.alarms(), somebody(visit).account.role
    return shown(
        visit,
        "alerts.html",
        open_now=[(one, _place(one.kind, one.about, role)) for one in found if not one.closed_at][::-1],
        cleared=[one for one in found if one.closed_at],
    )


@act("/alerts/{alarm}", "Take an alert on", Right.ALERTS, leaves=(Kind.CONFIG,))
def take(visit: Visit) -> Response:
    """Whoever takes it on is named beside it for a shift, so that two do not do the same, or each thinks the other does."""
    visit.hub.reviews.take(visit.path["alarm"], somebody(visit))
    return RedirectResponse("/alerts", 303)


def _place(kind: str, about: str, role: str) -> str:
    """Where somebody of a role looks into it; nothing where it is for others."""
    url, right = _PLACES.get(kind, ("", None))
    return url.format(about) if right and may(role, right) else ""
