"""Alerts: what holds now and who sees to it, and what cleared by itself. Each opens once and clears once."""

from __future__ import annotations

from typing import Final

from starlette.responses import RedirectResponse, Response

from hub.access.accounts import digest
from hub.access.roles import Right, may
from hub.console.guard import somebody
from hub.console.hub import Told
from hub.console.page import Visit, act, page
from hub.console.render import shown
from hub.errors import Lasting
from hub.model.commands import Lodge
from hub.model.entry import Kind, LedgerEntry
from hub.spans import HOUR

_KIND: Final = "alarm-taken"
# Whoever took an alert on has it for a shift.
_SHIFT: Final = 8 * HOUR
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
    "What is open, and what cleared by itself?",
    Right.ALERTS,
    menu="Alerts",
    command="crisis-hub doctor",
    live=True,
)
def alerts(visit: Visit) -> Response:
    """Open ones first, the oldest at the head; then what cleared, the newest first."""
    found = visit.hub.reviews.alarms()
    taken = {one.name: one for one in visit.hub.people.all(_KIND)}
    role = somebody(visit).account.role
    open_now = [(one, _place(one, role), _name(one)) for one in found if not one.closed_at]
    return shown(
        visit,
        "alerts.html",
        open_now=open_now[::-1],
        taken={name: (one.value.decode(), one.until) for name, one in taken.items()},
        cleared=[one for one in found if one.closed_at],
    )


@act("/alerts/{alarm}", "Take an alert on", Right.ALERTS, leaves=(Kind.CONFIG,))
def take(visit: Visit) -> Response:
    """Whoever takes it on is named beside it for a shift, so that two do not do the same, or each thinks the other does."""
    name = visit.path["alarm"]
    one = next((o for o in visit.hub.reviews.alarms() if _name(o) == name and not o.closed_at), None)
    if one is None:
        raise Lasting("It cleared meanwhile.", cure="Look at what is open now.")
    standing = visit.hub.people.one(_KIND, name)
    outcome = f"alert {one.kind} {one.about} taken on"
    (result,) = visit.hub.ask(
        [
            Lodge(
                kind=_KIND,
                name=name,
                at=visit.now,
                value=somebody(visit).account.words.encode(),
                until=visit.now + _SHIFT,
                before=standing.version if standing else 0,
                entry=LedgerEntry(kind=Kind.CONFIG, at=visit.now, actor=visit.actor, outcome=outcome),
            )
        ]
    )
    if result.error is not None:
        raise result.error
    return RedirectResponse("/alerts", 303)


def _name(one: Told) -> str:
    return digest(f"{one.kind} {one.about} {one.opened_at}")[:16]


def _place(one: Told, role: str) -> str:
    """Where somebody of a role looks into it; nothing where it is for others."""
    url, right = _PLACES.get(one.kind, ("", None))
    return url.format(one.about) if right and may(role, right) else ""
