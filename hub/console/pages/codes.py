"""Codes that no table knows: what is not understood yet, and how often."""

from __future__ import annotations

from starlette.responses import Response

from hub.access.roles import Right
from hub.console.page import Visit, page
from hub.console.render import shown


@page(
    "/codes",
    "What do we not understand yet, and how often?",
    Right.CODES,
    menu="Codes",
    command="crisis-hub codes unmapped",
)
def codes(visit: Visit) -> Response:
    """Codes that no table knows, the most frequent first."""
    return shown(visit, "codes.html", codes=visit.hub.unmapped())
