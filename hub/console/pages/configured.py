"""Settings: what the hub runs with; changed by commands and files, of which the page says which."""

from __future__ import annotations

from starlette.responses import Response

from hub.access.roles import Right
from hub.console.page import Visit, page
from hub.console.render import shown


@page("/settings", "What does this hub run with?", Right.CHANGES, menu="Settings", command="crisis-hub doctor")
def settings(visit: Visit) -> Response:
    """Keys, agreements, what is in force, and every setting with its meaning. Secrets have names here, and no more."""
    return shown(visit, "settings.html", found=visit.hub.overview())
