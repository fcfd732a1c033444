"""The board: where a bed is that one can believe, now. No names, ever; numbers with their age, their source and how sure they are."""

from __future__ import annotations

from itertools import groupby
from typing import Final

from starlette.responses import Response

from hub.access.roles import Right
from hub.console.hub import Told
from hub.console.page import Visit, page
from hub.console.render import shown
from hub.flow.capacity.trust import OFFERED

_SURE: Final = ((0.85, "high"), (0.65, "fair"), (OFFERED, "low"), (0.01, "too low to offer"))
_SOURCES: Final = {"census": "from movements", "hand": "counted by hand", "have": "EDXL-HAVE", "safr": "SAFR"}


@page(
    "/board",
    "Where is a bed I can believe, now?",
    Right.BOARD,
    menu="Board",
    command="crisis-hub beds board",
    live=True,
)
def board(visit: Visit) -> Response:
    """Facility by facility; perhaps only some kind of bed, or only what may be offered."""
    rows = visit.hub.board()
    wanted = {name: visit.query.get(name, "") for name in ("profile", "facility", "free")}
    found = [row for row in rows if _fits(row, wanted)]
    places = [
        (facility, visit.hub.county.partners.get(facility), [(row, state_of(row), sure_of(row)) for row in of])
        for facility, of in groupby(found, key=lambda row: row.facility)
    ]
    return shown(
        visit,
        "board.html",
        places=places,
        wanted=wanted,
        profiles=sorted({word for row in rows for word in row.profile}),
        facilities=sorted({row.facility for row in rows}),
        offered=sum(row.offerable for row in found),
        boarders=sum(row.boarders for row in found),
        sources=_SOURCES,
        opened=bool(rows),
    )


def _fits(row: Told, wanted: dict[str, str]) -> bool:
    return (
        wanted["profile"] in ("", *row.profile)
        and wanted["facility"] in ("", row.facility)
        and (not wanted["free"] or row.offerable > 0)
    )


def state_of(row: Told) -> str:
    """Its state, from what the board says of it."""
    if row.offerable:
        return "offered"
    if row.why.startswith("On diversion"):
        return "diversion"
    if not row.confidence:
        return "uncounted"
    return "stale" if row.confidence < OFFERED else "full"


def sure_of(row: Told) -> str:
    """How sure it is, in words."""
    return next((words for least, words in _SURE if row.confidence >= least), "-")
