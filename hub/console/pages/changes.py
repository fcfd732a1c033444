"""Changes: who changed what of settings, county and partner files, with before and after; each change is a leaf of the ledger."""

from __future__ import annotations

from starlette.responses import Response

from hub.access.roles import Right
from hub.console.forms import number
from hub.console.page import Visit, page
from hub.console.render import shown
from hub.errors import ProofFailed

_SHOWN = 200


@page("/changes", "Who changed what of the configuration?", Right.CHANGES, menu="Changes", command="crisis-hub changes")
def changes(visit: Visit) -> Response:
    """The newest first, each compared with its leaf."""
    try:
        found, failed = visit.hub.governance.changes(), ""
    except ProofFailed as problem:
        found, failed = (), str(problem)
    return shown(visit, "changes.html", changes=found[:100], failed=failed)


@page("/changes/{number}", "What did this change change?", Right.CHANGES, command="crisis-hub changes {number}")
def change(visit: Visit) -> Response:
    """Value by value; the first has no before."""
    which = number(visit.path["number"])
    found = visit.hub.governance.differences(which)
    return shown(
        visit, "change.html", title=f"Change {which}", differences=found[:_SHOWN], more=max(0, len(found) - _SHOWN)
    )
