"""Records: what goes into a partner's own system, entry by entry, approved by somebody who has looked."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from hub.access.roles import Right
from hub.console.guard import somebody
from hub.console.page import Visit, act, page
from hub.console.render import shown
from hub.errors import Conflict, Lasting
from hub.flow.rooms import RETURNS
from hub.model.entry import Kind


@page("/records", "Which entries wait for our approval?", Right.RECORDS, menu="Records", leaves=(Kind.VIEW,))
def records(visit: Visit) -> Response:
    """The oldest first; below, what was settled."""
    found = visit.hub.workspace.records.listed(somebody(visit))
    return shown(
        visit,
        "records.html",
        waiting=[one for one in found if not one.settled],
        settled=[one for one in found if one.settled][:50],
    )


@page("/differences", "Is it the same in our own system?", Right.RECORDS, menu="Differences", leaves=(Kind.VIEW,))
def differences(visit: Visit) -> Response:
    """Record by record: what changed here since it was approved, and what was never approved."""
    found = visit.hub.workspace.records.differences(somebody(visit))
    return shown(
        visit,
        "differences.html",
        count=len(found),
        approved=sum(one.approved is not None for one in found),
        changed=[one for one in found if one.changes],
        returned=[one for one in found if one.approved is None and one.newest.settled == "return"],
        waiting=[one for one in found if one.approved is None and not one.newest.settled],
    )


@page("/records/{name}", "Does this go into our records?", Right.RECORDS, leaves=(Kind.VIEW,))
def record(visit: Visit) -> Response:
    """One entry, and what differs from the version that was approved before."""
    return _shown(visit)


@act("/records/{name}", "Settle an entry", Right.RECORDS, leaves=(Kind.OUTCOME,))
def settle(visit: Visit) -> Response:
    """Approve, return; where nobody knows whether it arrived, say whether it is there."""
    name, form = visit.path["name"], visit.form
    try:
        visit.hub.workspace.records.settle(
            somebody(visit), name, form.get("act", ""), reason=form.get("reason", ""), number=form.get("number", "")
        )
    except Conflict as faster:
        return _shown(visit, wrong=faster.message, status=409)
    except Lasting as missing:
        return _shown(visit, wrong=missing.message, status=422)
    return RedirectResponse("/records", 303)


def _shown(visit: Visit, *, wrong: str = "", status: int = 200) -> Response:
    opened = visit.hub.workspace.records.opened(somebody(visit), visit.path["name"])
    one = opened.one
    return shown(
        visit,
        "record.html",
        status=status,
        title=f"{one.kind[:1].upper()}{one.kind[1:]} {one.number}".strip(),
        opened=opened,
        one=one,
        returns=RETURNS,
        form=visit.form,
        wrong=wrong,
    )
