"""An episode: what happened to one person in one crisis, as every partner told it, and which hand-offs are missing."""

from __future__ import annotations

from starlette.responses import Response

from hub.access.roles import Right
from hub.console.page import Visit, page
from hub.console.render import shown
from hub.store.ids import short


@page(
    "/episodes/{episode}",
    "What has happened in this crisis?",
    Right.MESSAGES,
    command="crisis-hub message ID --episode",
)
def episode(visit: Visit) -> Response:
    """One line an event, and what should have followed and did not."""
    found = visit.hub.crisis(visit.path["episode"])
    return shown(visit, "episode.html", title=f"Episode {short(found.episode)}", episode=found)
