"""Beds: a partner's own units, still right with one tap or changed with two, and where others say that there is room."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from starlette.responses import RedirectResponse, Response

from hub.access.roles import Right, may
from hub.console.guard import somebody
from hub.console.page import Visit, act, page
from hub.console.pages.board import state_of, sure_of
from hub.console.render import shown
from hub.errors import Conflict, Lasting
from hub.flow.capacity.board import Setting
from hub.flow.placement import WORDS
from hub.model.entry import Kind

_COUNTS: Final = {"staffed": "staffed", "blocked": "blocked", "held": "held", "taken": "lying there now"}


@page("/beds", "Where is a bed we can believe, now?", Right.ROOM, menu="Beds", leaves=(Kind.VIEW,))
def beds(visit: Visit) -> Response:
    """The partner's own units, then what others told it."""
    return _shown(visit)


@act("/beds", "Set one of our units", Right.BEDS, leaves=(Kind.CONFIG,))
def set_unit(visit: Visit) -> Response:
    """Still right, or other numbers; a unit that is new is opened with the count of who lies there."""
    form, unit = visit.form, visit.form.get("unit", "").strip()
    try:
        version = int(form.get("version", "0")) if form.get("version", "0").isdecimal() else 0
        visit.hub.workspace.beds.set(somebody(visit), unit, version, _setting(form, unit))
    except Conflict as faster:
        return _shown(visit, wrong=faster.message, at=unit, status=409)
    except Lasting as missing:
        return _shown(visit, wrong=missing.message, at=unit, status=422)
    return RedirectResponse("/beds", 303)


def _setting(form: Mapping[str, str], unit: str) -> Setting:
    if not unit:
        raise Lasting("Which unit? Write its name.")
    counts = {name: _count(form, name, words) for name, words in _COUNTS.items()}
    profile = form.get("profile", "")
    if profile and profile not in WORDS["service"]:
        raise Lasting("Choose what kind of beds these are.")
    return Setting(
        facility="",
        unit=unit,
        at=0,
        staffed=counts["staffed"],
        blocked=counts["blocked"],
        held=counts["held"],
        census=counts["taken"],
        profile=(profile,) if profile else (),
    )


def _count(form: Mapping[str, str], name: str, words: str) -> int:
    text = form.get(name, "").strip()
    if not text.isascii() or not text.isdecimal() or len(text) > 4:
        raise Lasting(f"How many are {words}? Write a number.")
    return int(text)


def _shown(visit: Visit, *, wrong: str = "", at: str = "", status: int = 200) -> Response:
    found = visit.hub.workspace.beds.listed(somebody(visit))
    return shown(
        visit,
        "beds.html",
        status=status,
        found=found,
        state_of=state_of,
        sure_of=sure_of,
        may_set=may(somebody(visit).account.role, Right.BEDS),
        services=sorted(WORDS["service"]),
        form=visit.form,
        wrong=wrong,
        at=at,
    )
