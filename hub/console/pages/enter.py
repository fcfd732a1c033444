"""The ways in and out: sign in with a password or at the provider, set a password by a one-use link, sign out."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore, Lock
from typing import Final

from starlette.responses import RedirectResponse, Response

from hub.access import accounts, password, provider, session
from hub.access.accounts import Known
from hub.console import drafts
from hub.console.page import PATH, Visit, own, public
from hub.console.render import menu, shown
from hub.errors import Conflict, Lasting, NotAllowed, Passing
from hub.model.commands import Lodge
from hub.model.entry import Kind
from hub.spans import DAY

# One sentence for every reason: nobody learns here whether a name is known or locked.
_WRONG: Final = (
    "That name and password do not open anything here. After several wrong tries an account rests for a while; "
    "whoever runs the hub can help."
)
# Every try is counted before the next one begins: a crowd of tries at once would count as one.
_ONE_BY_ONE: Final = Lock()
# So many wait for their turn: each waits in a thread of those that show everybody else their pages.
_WAITING: Final = BoundedSemaphore(8)
_PENDING: Final = "__Host-crisis-hub-signin"


@public("/", "Where to begin")
def begin(visit: Visit) -> Response:
    """To the page that answers the first question of whoever is here."""
    pages = menu(visit)
    return RedirectResponse(pages[0].url if pages else "/welcome" if visit.who else "/signin", 303)


@public("/signin", "Sign in")
def signin(visit: Visit) -> Response:
    """The form."""
    return RedirectResponse("/", 303) if visit.who else _form(visit)


@public("/signin", "Sign in", method="POST")
def enter(visit: Visit) -> Response:
    """A name and a password."""
    _require_passwords(visit)
    typed = visit.form.get("name", "")
    with _turn():
        one = accounts.named(visit.hub.people.people(), typed)
        found = accounts.tried(one, visit.form.get("password", ""), visit.now)
        if found.command:
            _keep(visit, found.command)
    if found.why or one is None:
        return _form(visit, name=typed, wrong=_WRONG, status=422)
    return _begun(visit, one, "password")


@public("/signin/provider", "Sign in elsewhere", method="POST")
def leave(visit: Visit) -> Response:
    """To the identity provider."""
    there = _provider(visit)
    url, pending = there.begin(visit.now)
    token = secrets.token_urlsafe(32)
    _keep(visit, provider.remembered(accounts.digest(token), pending, visit.now))
    response = RedirectResponse(url, 303)
    _cookie(response, _PENDING, token, provider.PATIENCE)
    return response


@public("/signin/back", "Sign in elsewhere", leaves=(Kind.CONFIG,))
def back(visit: Visit) -> Response:
    """From the identity provider: who it says they are, and whether that is somebody with access here."""
    name = accounts.digest(visit.cookies.get(_PENDING, ""))
    lodged = visit.hub.people.one(provider.KIND, name)
    if lodged is None:
        raise NotAllowed("This sign-in is over.", cure="Begin again.")
    _keep(visit, provider.forgotten(name, visit.now))
    somebody = _provider(visit).finish(provider.pending_of(lodged.value), visit.query)
    one = _matching(visit.hub.people.people(), somebody, visit.now)
    if one is None:
        raise NotAllowed("The identity provider knows you, and nobody gave you access here, or it is over.")
    binding = accounts.bound(one, somebody.subject, visit.now)
    if binding:
        _keep(visit, binding)
    return _begun(visit, one, "provider")


def _matching(people: list[Known], somebody: provider.Somebody, at: int) -> Known | None:
    """By the provider's own id; by a verified address only until that is known."""
    open_to = [one for one in people if one.account.provider and not one.account.over(at)]
    bound = next((one for one in open_to if one.account.subject == somebody.subject), None)
    fresh = (one for one in open_to if not one.account.subject and one.account.name == somebody.address)
    return bound or next(fresh, None)


@public("/welcome/{token}", "Choose a password")
def welcome(visit: Visit) -> Response:
    """A one-use link."""
    return shown(visit, "welcome.html", invited=_invited(visit), wrong="", shortest=password.SHORTEST)


@public("/welcome/{token}", "Choose a password", method="POST", leaves=(Kind.CONFIG,))
def accept(visit: Visit) -> Response:
    """The password that was chosen: from now on the link is used up."""
    _require_passwords(visit)
    one, typed = _invited(visit), visit.form.get("password", "")
    local = one.account.name.partition("@")[0]
    wrong = password.wrong(typed, local, one.account.words, "crisis-hub", visit.hub.county.name)
    if not wrong and typed != visit.form.get("again", ""):
        wrong = "The two are not the same. Type it once more."
    if wrong:
        return shown(visit, "welcome.html", status=422, invited=one, wrong=wrong, shortest=password.SHORTEST)
    _keep(visit, accounts.accept(one, typed, visit.now))
    return _begun(visit, one, "password")


@own("/welcome", "You are signed in")
def nothing_yet(visit: Visit) -> Response:
    """For roles whose pages this hub does not have."""
    return shown(visit, "nothing.html")


@own("/scheme", "Light or dark", method="POST")
def scheme(visit: Visit) -> Response:
    """Kept in a cookie of this browser."""
    wanted = visit.form.get("scheme", "")
    response = RedirectResponse("/", 303)
    year = 365 * DAY if wanted in ("light", "dark") else 0
    _cookie(response, "scheme", wanted if year else "", year)
    return response


@own("/lock", "Locked")
def lock(visit: Visit) -> Response:
    """The way back in."""
    return _locked(visit) if _left(visit) else RedirectResponse("/", 303)


@own("/lock", "Lock", method="POST")
def shut(visit: Visit) -> Response:
    """Nothing is shown in this session until its person is there again; the page that they left is kept."""
    page = visit.form.get("back", "")
    if visit.here and not _left(visit):
        _keep(visit, session.locked(visit.here, page if PATH.fullmatch(page) else "/", visit.now, visit.hub.terms))
    return RedirectResponse("/lock", 303)


@own("/unlock", "Unlock", method="POST")
def unlock(visit: Visit) -> Response:
    """The same person, by their password once more; wrong tries count as they do when signing in."""
    _require_passwords(visit)
    with _turn():
        one = accounts.named(visit.hub.people.people(), visit.who.account.name) if visit.who else None
        found = accounts.tried(one, visit.form.get("password", ""), visit.now)
        if found.command:
            _keep(visit, found.command)
    if found.why or visit.here is None:
        return _locked(visit, wrong=_WRONG)
    _keep(visit, session.locked(visit.here, "", visit.now, visit.hub.terms))
    return RedirectResponse(_half_written(visit, one) or _left(visit) or "/", 303)


def _left(visit: Visit) -> str:
    """The page that somebody left when they locked this session."""
    return visit.here.session.locked if visit.here else ""


def _locked(visit: Visit, *, wrong: str = "") -> Response:
    return shown(visit, "lock.html", status=422 if wrong else 200, title="Locked", wrong=wrong)


@own("/stay", "You stay signed in", method="POST")
def stay(visit: Visit) -> Response:
    """Somebody is still here: asking is enough. It opens beside the page they were at, which keeps what they typed."""
    return shown(visit, "stay.html")


@own("/signout", "Sign out", method="POST")
def signout(visit: Visit) -> Response:
    """The session is over, here and in the store."""
    if visit.here:
        lodged = visit.hub.people.one(session.KIND, visit.here.name)
        fresh = session.found(visit.here.token, lodged)
        if fresh:
            _keep(visit, session.over(fresh, visit.now))
    response = RedirectResponse("/signin", 303)
    _cookie(response, session.COOKIE, "", 0)
    return response


@contextmanager
def _turn() -> Iterator[None]:
    """One try after another. Raises Passing where a crowd waits already: those who are in go on working."""
    if not _WAITING.acquire(blocking=False):
        raise Passing("Too many try to sign in at this moment.", cure="Try once more in a few seconds.")
    try:
        with _ONE_BY_ONE:
            yield
    finally:
        _WAITING.release()


def _begun(visit: Visit, one: Known, how: str) -> Response:
    """A new session; an earlier one of this browser ends with it."""
    command, token = session.begin(one.id, how, visit.now, visit.hub.terms)
    ended = [session.over(visit.here, visit.now)] if visit.here else []
    _keep(visit, command)
    visit.hub.ask([*ended, drafts.trail(one.id, session.form_token(token), visit.now, visit.hub.terms)])
    response = RedirectResponse(_half_written(visit, one) or "/", 303)
    _cookie(response, session.COOKIE, token, visit.hub.terms.longest)
    _cookie(response, _PENDING, "", 0)
    return response


def _half_written(visit: Visit, one: Known | None) -> str:
    """The page of what somebody had typed when their session ended; empty where nothing waits."""
    held = drafts.waiting(visit.hub.people, one.id, visit.now) if one else []
    return held[0].page if held else ""


def _cookie(response: Response, name: str, value: str, span: int) -> None:
    # Lax, and not Strict: who comes back from the provider, or follows a link in a mail, is still signed in.
    response.set_cookie(name, value, max_age=span // 1_000_000, path="/", secure=True, httponly=True, samesite="lax")


def _form(visit: Visit, *, name: str = "", wrong: str = "", status: int = 200) -> Response:
    return shown(visit, "signin.html", status=status, name=name, wrong=wrong)


def _invited(visit: Visit) -> Known:
    found = accounts.invited(visit.hub.people.people(), visit.path["token"], visit.now)
    if found is None:
        raise Lasting("This link was used, or its day is over.", cure="Ask whoever runs the hub for a new one.")
    return found


def _require_passwords(visit: Visit) -> None:
    """Under the CJI profile nobody signs in with a password kept here."""
    if not visit.hub.passwords:
        raise NotAllowed("Passwords open nothing here.", cure="Sign in with the county's identity provider.")


def _provider(visit: Visit) -> provider.Provider:
    if visit.hub.provider is None:
        raise Lasting("There is no identity provider here.")
    return visit.hub.provider


def _keep(visit: Visit, command: Lodge) -> None:
    """Have it kept. That somebody changed it meanwhile is told; nothing else was done then."""
    (result,) = visit.hub.ask([command])
    if isinstance(result.error, Conflict):
        raise Conflict("Somebody else changed it meanwhile.", cure="Try once more.")
    if result.error is not None:
        raise result.error
