"""Calls and cards: who is sent where, and what helps in the next five minutes. A card's address says nothing of the incident."""

from __future__ import annotations

from typing import Final

from starlette.responses import RedirectResponse, Response

from hub.access.roles import Right, may
from hub.console.guard import somebody
from hub.console.page import Visit, act, page
from hub.console.render import shown
from hub.errors import Lasting
from hub.flow.card import Card, language_name
from hub.flow.guidance import Wish, fitting
from hub.flow.rooms import Call
from hub.model.entry import Kind

# Every page with a card has so many bytes, whatever the card says.
SIZE: Final = 16 * 1024
_NOBODY: Final = "Your partner sends nobody to a scene."


@page("/calls", "Which calls are we told of?", Right.CALLS, menu="Calls", leaves=(Kind.VIEW,))
def calls(visit: Visit) -> Response:
    """Calls in crisis first; from each to its card."""
    room = visit.hub.workspace.scenes
    found = room.calls(somebody(visit))
    return shown(
        visit,
        "calls.html",
        found=found,
        proposed=room.proposals(somebody(visit), [one.incident for one in found if _waits(one)]),
        may_card=may(somebody(visit).account.role, Right.CARD) and room.may_ask(somebody(visit)),
    )


def _waits(call: Call) -> bool:
    """Whether a call in crisis has nobody at its scene yet."""
    return bool(call.crisis) and not call.on_scene_at and not call.cleared_at


@page("/teams", "Who is free, and trained for this?", Right.CALLS, menu="Teams", leaves=(Kind.VIEW,))
def teams(visit: Visit) -> Response:
    """By the units' own events: nobody sets a state by hand."""
    return shown(visit, "teams.html", found=visit.hub.workspace.scenes.teams(somebody(visit)))


@page("/resources", "What has the county's library for this?", Right.CARD, menu="Resources")
def resources(visit: Visit) -> Response:
    """By what is said of the crisis, and never by anything about a person: nobody is named, so nothing is written into the ledger."""
    asked, library = visit.query, visit.hub.county.library
    wish = Wish(
        crises=(asked["crisis"],) if asked.get("crisis") else (),
        armed=_ARMED.get(asked.get("armed", "")),
        language=asked.get("language", "")[:35],
    )
    return shown(
        visit,
        "resources.html",
        found=fitting(library, wish),
        crises=sorted({crisis for one in library for crisis in one.crises}),
        languages=sorted({language for one in library for language in one.languages}),
        asked=asked,
    )


_ARMED: Final = {"yes": True, "no": False}


@page("/card", "Approach card", Right.CARD, menu="Card")
def ask(visit: Visit) -> Response:
    """For which incident."""
    return _asked(visit)


@act("/card", "Ask for a card", Right.CARD)
def begin(visit: Visit) -> Response:
    """The number stays in the hub: the page goes by a pass."""
    room, form = visit.hub.workspace.scenes, visit.form
    if not room.may_ask(somebody(visit)):
        return _asked(visit)
    try:
        name = room.begin(
            somebody(visit), form.get("incident", ""), basis=form.get("basis", ""), judged_by=form.get("judged_by", "")
        )
    except Lasting as missing:
        return _asked(visit, wrong=missing.message)
    return RedirectResponse(f"/card/{name}", 303)


@page("/card/{name}", "Approach card", Right.CARD, leaves=(Kind.VIEW,))
def card(visit: Visit) -> Response:
    """Seven rows, whatever the basis fills; where there is nothing to share, or no such pass, the same rows."""
    return _shown(visit)


@act("/card/{name}", "Ask a clinician to call", Right.CARD, leaves=(Kind.OUTCOME,))
def call_me(visit: Visit) -> Response:
    """Whoever is on duty calls back."""
    room = visit.hub.workspace.scenes
    if not room.may_ask(somebody(visit)):
        return _asked(visit)
    try:
        room.call_me(somebody(visit), visit.path["name"], visit.form.get("phone", ""))
    except Lasting as missing:
        return _shown(visit, wrong=missing.message)
    return _shown(visit, done="A clinician was asked to call you.")


def _asked(visit: Visit, *, wrong: str = "") -> Response:
    if not visit.hub.workspace.scenes.may_ask(somebody(visit)):
        return shown(visit, "closed.html", words=_NOBODY)
    return shown(visit, "card_ask.html", status=422 if wrong else 200, form=visit.form, wrong=wrong)


def _shown(visit: Visit, *, wrong: str = "", done: str = "") -> Response:
    room = visit.hub.workspace.scenes
    if not room.may_ask(somebody(visit)):
        return shown(visit, "closed.html", words=_NOBODY)
    found = room.card(somebody(visit), visit.path["name"])
    made = shown(
        visit,
        "card.html",
        status=422 if wrong else 200,
        rows=_rows(found),
        card=found,
        form=visit.form,
        wrong=wrong,
        done=done,
    )
    # One size, so that whoever watches the wire learns nothing from it.
    made.body = bytes(made.body).ljust(SIZE)
    made.headers["content-length"] = str(len(made.body))
    return made


def _rows(found: Card) -> list[tuple[str, str]]:
    """Exactly seven, in the order in which they help."""
    risk = f"risk {found.risk_level}" if found.risk_level else ""
    return [
        ("Language", language_name(found.language)),
        ("Communication", "; ".join(found.communication_need)),
        ("May upset", "; ".join(found.triggers)),
        ("May calm", "; ".join(found.calming)),
        ("Contact wish", found.contact_wish),
        ("Safety", "; ".join(filter(None, (risk, *found.safety_flags)))),
        ("Last outcomes", "; ".join(found.last_outcomes)),
    ]
