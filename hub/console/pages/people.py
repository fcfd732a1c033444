"""People: who may sign in, and as what; access is given, renewed and ended here as on the command line."""

from __future__ import annotations

from starlette.responses import Response

from hub.access import accounts
from hub.access.accounts import Account, Known
from hub.access.roles import Right
from hub.console.page import Visit, act, page
from hub.console.render import shown
from hub.errors import HubError, Lasting
from hub.model.commands import Lodge
from hub.model.entry import Kind
from hub.store.result import all_kept


@page("/people", "Who can do what?", Right.PEOPLE, menu="People", command="crisis-hub people list")
def people(visit: Visit) -> Response:
    """Everybody who has access."""
    return _people(visit)


@act("/people", "Give somebody access", Right.PEOPLE, leaves=(Kind.CONFIG,))
def add(visit: Visit) -> Response:
    """A one-use link is shown once, to be handed over."""
    form = visit.form
    made = Account(
        name=form.get("name", "").strip().lower(),
        words=form.get("words", "").strip()[:120],
        role=form.get("role", ""),
        partner=form.get("partner", ""),
        provider=bool(form.get("provider")),
        made_at=visit.now,
    )
    try:
        invitation = accounts.invite(made, visit.hub.people.people(), visit.hub.county.partners, visit.actor)
        _keep(visit, invitation.command)
    except HubError as problem:
        return _people(visit, wrong=str(problem))
    return _people(visit, link=_link(visit, invitation.token), whose=made.name)


@act("/people/{id}/link", "Make a new link", Right.PEOPLE, leaves=(Kind.CONFIG,))
def renew(visit: Visit) -> Response:
    """For a forgotten password or a lost link."""
    one = _one(visit)
    invitation = accounts.anew(one, visit.now, visit.actor)
    _keep(visit, invitation.command)
    return _people(visit, link=_link(visit, invitation.token), whose=one.account.name)


@act("/people/{id}/unlock", "End a lock-out", Right.PEOPLE, leaves=(Kind.CONFIG,))
def unlock(visit: Visit) -> Response:
    """After too many wrong passwords."""
    _keep(visit, accounts.unlock(_one(visit), visit.now, visit.actor))
    return _people(visit)


@act("/people/{id}/end", "End somebody's access", Right.PEOPLE, leaves=(Kind.CONFIG,))
def end(visit: Visit) -> Response:
    """From their next request on. Nobody ends their own: somebody must be left who can give access."""
    one = _one(visit)
    if visit.who and one.id == visit.who.id:
        return _people(visit, wrong="Nobody ends their own access. Ask another administrator.")
    _keep(visit, accounts.end(one, visit.now, visit.actor))
    return _people(visit)


def _people(visit: Visit, *, wrong: str = "", link: str = "", whose: str = "") -> Response:
    found = [one for one in visit.hub.people.people() if not one.account.ended_at]
    return shown(
        visit,
        "people.html",
        status=422 if wrong else 200,
        people=sorted(found, key=lambda one: one.account.name),
        partners=sorted(visit.hub.county.partners),
        wrong=wrong,
        link=link,
        whose=whose,
        form=visit.form if wrong else {},
    )


def _link(visit: Visit, token: str) -> str:
    return f"{visit.origin}/welcome/{token}" if token else f"{visit.origin}/signin"


def _one(visit: Visit) -> Known:
    found = visit.hub.people.person(visit.path["id"])
    if found is None:
        raise Lasting("There is nobody of that kind any more.")
    return found


def _keep(visit: Visit, command: Lodge) -> None:
    all_kept(visit.hub.ask([command]))
