"""Today: what needs a person now, how the traffic flows, how the partners are."""

from __future__ import annotations

from starlette.responses import Response

from hub.access.roles import Right, may
from hub.console import times
from hub.console.hub import Told
from hub.console.page import Visit, page
from hub.console.plots import Bar, columns
from hub.console.render import shown

# Where each kind of need is looked into, and by whom.
_PLACES = {
    "parked": ("/parked", Right.PARKED),
    "stopped": ("/partners/{}", Right.PARTNERS),
    "late": ("/partners/{}", Right.PARTNERS),
    "ending": ("/partners/{}", Right.PARTNERS),
    "ended": ("/partners/{}", Right.PARTNERS),
    "link": ("/links", Right.LINKS),
}
_TASK = ("/tasks/{}", Right.TASKS)


def _place(need: Told, role: str) -> str:
    """Where somebody of a role looks into it: a task has a page of its own. Nothing where it is for others to do."""
    url, right = _PLACES.get(need.kind, _TASK)
    return url.format(need.task or need.where) if may(role, right) else ""


@page("/today", "What needs a person now?", Right.TODAY, menu="Today", command="crisis-hub partners health", live=True)
def today(visit: Visit) -> Response:
    """The answer to the first question of whoever runs or oversees the hub."""
    hub, zone = visit.hub, visit.hub.county.zone
    hours, partners = hub.hours(), hub.partners()
    total = sum(hour.messages for hour in hours)
    bars = [Bar(f"{times.local(hour.at, zone):%H:%M}", hour.messages) for hour in hours]
    attempts = sum(hour.attempts for hour in hours)
    tries = [Bar(bar.label, hour.attempts) for bar, hour in zip(bars, hours, strict=True)]
    role = visit.who.account.role if visit.who else ""
    needs = sorted(hub.needs(partners), key=lambda need: (need.role.replace(" ", "-") != role, need.since))
    return shown(
        visit,
        "today.html",
        needs=[(need, _place(need, role)) for need in needs],
        partners=partners,
        hours=hours,
        total=total,
        flow=columns(bars, f"{total:,} messages kept since midnight", slots=24),
        sent=columns(tries, f"{attempts:,} deliveries attempted since midnight", slots=24),
        attempts=attempts,
    )
