"""Work for people who know: records that may be of one person, and codes that no table knows."""

from __future__ import annotations

from starlette.responses import Response

from hub.access.roles import Right
from hub.console.page import Visit, page
from hub.console.render import shown


@page("/links", "Which records may be of one person?", Right.LINKS, menu="Links")
def links(visit: Visit) -> Response:
    """The oldest first. Nothing of what the records say is here: which evidence agreed and which differed."""
    after = visit.query.get("after", "")
    found = visit.hub.tasks("link", int(after) if after.isdecimal() and len(after) < 18 else 0)
    return shown(visit, "links.html", tasks=found, next=found[-1].seq if len(found) >= 50 else 0)


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
