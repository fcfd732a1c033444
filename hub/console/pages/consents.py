"""Consents: what one person has allowed and refused, since when and until when, and what relied on it.

A person is named in a form and never in an address: looking leaves an entry in the ledger before anything is shown.
"""

from __future__ import annotations

import secrets
from typing import Final

import msgspec
from starlette.responses import RedirectResponse, Response

from hub.access.reasons import LOOKING, looking
from hub.access.roles import Right
from hub.console.guard import somebody
from hub.console.page import Visit, act, page
from hub.console.render import question, shown
from hub.errors import HubError, Lasting
from hub.model.commands import Lodge
from hub.model.entry import Kind
from hub.model.plan import Fact
from hub.spans import MINUTE
from hub.store.result import all_kept

_KIND: Final = "consents"
_OPEN_FOR: Final = 15 * MINUTE


class Opened(Fact, frozen=True):
    """That somebody looked at what these source identities allowed."""

    account: str
    identities: tuple[str, ...]
    at: int


@page("/consents", "What has a person allowed?", Right.CONSENTS, menu="Consents", command="crisis-hub consent list")
def consents(visit: Visit) -> Response:
    """Name the person, and why."""
    return _asked(visit)


@act("/consents", "Look at what a person allowed", Right.CONSENTS, leaves=(Kind.QUERY,))
def opened(visit: Visit) -> Response:
    """The entry is durable before anything is shown."""
    form = {name: value.strip() for name, value in visit.form.items()}
    number = (form.get("type", ""), form.get("assigner", ""), form.get("value", ""))
    reason = form.get("reason", "")
    if reason not in LOOKING:
        return _asked(visit, wrong="Choose a reason: the ledger keeps it.")
    try:
        who = tuple(visit.hub.identities(form.get("message", ""), number if all(number) else None))
    except HubError as problem:
        return _asked(visit, wrong=f"{problem.message} {problem.cure}".strip())
    name, case = secrets.token_hex(6), Opened(account=somebody(visit).id, identities=who, at=visit.now)
    look = looking(who[0], reason, actor=visit.actor, at=visit.now)
    lodged = Lodge(
        kind=_KIND, name=name, at=visit.now, value=msgspec.msgpack.encode(case), until=visit.now + _OPEN_FOR
    )  # fmt: skip
    all_kept(visit.hub.ask([look, lodged]))
    return RedirectResponse(f"/consents/{name}", 303)


@page(
    "/consents/{case}", "What has this person allowed, since when?", Right.CONSENTS, command="crisis-hub consent list"
)
def allowed(visit: Visit) -> Response:
    """For whoever opened it, for a quarter of an hour."""
    found, until = _opened(visit)
    given = visit.hub.allowances(found.identities, somebody(visit).account.role)
    return shown(
        visit, "allowed.html", allowed=given, records=len(found.identities), until=until, case=visit.path["case"]
    )


@act("/consents/{case}/back", "Take a consent back", Right.CONSENTS, leaves=(Kind.RECEIVED,))
def back(visit: Visit) -> Response:
    """First it is said what stops and whom that concerns; sent once more, it holds no more."""
    (found, _), message, case = _opened(visit), visit.form.get("message", ""), visit.path["case"]
    if visit.form.get("sure") != "yes":
        relying = visit.hub.papers.relying(found.identities, message)
        return question(
            visit, "consent_back.html", title="Take this back?", relying=relying, message=message, case=case
        )
    visit.hub.papers.take_back(found.identities, message, actor=visit.actor)
    return RedirectResponse(f"/consents/{case}", 303)


def _opened(visit: Visit) -> tuple[Opened, int]:
    """What whoever asks opened, and until when that holds. Raises Lasting where it is over, or somebody else's."""
    lodged = visit.hub.people.one(_KIND, visit.path["case"])
    found = msgspec.msgpack.decode(lodged.value, type=Opened) if lodged else None
    if lodged is None or found is None or found.account != somebody(visit).id:
        raise Lasting("This is closed, or it is somebody else's.", cure="Open it anew.")
    return found, lodged.until


def _asked(visit: Visit, *, wrong: str = "") -> Response:
    return shown(
        visit, "consents.html", status=422 if wrong else 200, wrong=wrong, form=visit.form, reasons=LOOKING.items()
    )
