"""Who is asking, and may they? Default deny: a page opens for a session whose role has its right, a form for a session it belongs to.

What somebody may not see answers as what is not there: one status, one body, one size. Every refusal is logged, without values.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import parse_qsl, urlsplit

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from hub import clock
from hub.access import accounts, session
from hub.access.accounts import Known
from hub.access.roles import ROLES, may
from hub.access.session import Here
from hub.console import drafts, once
from hub.console.drafts import sent_to
from hub.console.hub import Hub
from hub.console.once import Sendings
from hub.console.page import Page, Show, Visit
from hub.console.render import shown
from hub.errors import Conflict, HubError, Lasting, NotAllowed, Passing
from hub.partners.sheet import loopback

log = structlog.get_logger(__name__)
FORM_BYTES: Final = 64 * 1024
_FIELDS: Final = 200
_STATUS: Final[Mapping[type[HubError], int]] = {Conflict: 409, NotAllowed: 403, Passing: 503, Lasting: 404}
# What somebody may open of a session that they locked: the way back in, and out.
_WHILE_LOCKED: Final = frozenset({"/lock", "/unlock", "/signout"})
# Whoever presses these means this browser, however old the page is that they stand on: nobody may walk away from one that stayed open.
_SHUTS: Final = frozenset({"/lock", "/signout"})
# What a page asks by itself: it is nobody at work.
_BY_ITSELF: Final = frozenset({"/live", drafts.SHELF})
NOWHERE: Final = Page(url="", question="Not here", public=True)
NOT_HERE: Final = "This page is not here, or it is not for you."


class Refused(Exception):
    """A request is turned away; `why` is a word for the log."""

    def __init__(self, why: str, response: Response | None = None) -> None:
        super().__init__(why)
        self.why, self.response = why, response


@dataclass(frozen=True, slots=True)
class Guard:
    """Lets requests in to pages. `address` is where browsers find the console; empty means this machine alone."""

    hub: Hub
    address: str
    sendings: Sendings = field(default_factory=Sendings)

    def answer(self, page: Page, show: Show, request: Request, body: bytes) -> Response:
        """The page, or what stands in its place. It reads the store and may wait for the writer: not for the event loop."""
        visit = self.visit(page, request)
        try:
            self._hosted(request)
            visit = self._admitted(visit, request, body)
            return self._once(show, visit) if page.once else self._told(show, visit)
        except Refused as refused:
            log.warning("turned away", door="console", why=refused.why, page=page.url)
            return refused.response or self.nowhere(visit)

    def nowhere(self, visit: Visit) -> Response:
        """One answer for what is not there and for what is not theirs: nothing of the page it stands for is in it."""
        return fault(replace(self.known(visit), page=NOWHERE), 404, NOT_HERE)

    def visit(self, page: Page, request: Request) -> Visit:
        """A request before anybody knows who asks."""
        return Visit(
            hub=self.hub,
            page=page,
            now=clock.now(),
            path={name: str(value) for name, value in request.path_params.items()},
            query=dict(request.query_params),
            cookies=request.cookies,
            origin=self.address or f"http://{request.headers.get('host', '')}",
        )

    def known(self, visit: Visit) -> Visit:
        """The same, with the session and the account of whoever asks, if they have one."""
        token = visit.cookies.get(session.COOKIE, "")
        registry = self.hub.people
        here = session.found(token, registry.one(session.KIND, accounts.digest(token))) if token else None
        who = registry.person(here.session.account) if here else None
        if here is None or who is None or who.account.role not in ROLES:
            return visit
        return replace(visit, here=here, who=who) if here.session.begun >= who.account.sessions_from else visit

    def _hosted(self, request: Request) -> None:
        """Only under its own name: a name that somebody points at this machine is not ours (DNS rebinding)."""
        host = request.headers.get("host", "")
        ours = urlsplit(self.address).netloc
        name = urlsplit(f"//{host}").hostname or ""
        if host != ours and (ours or not name or not loopback(name)):
            raise Refused("host")

    def _admitted(self, visit: Visit, request: Request, body: bytes) -> Visit:
        page = visit.page
        if page.method == "POST":
            self._same_origin(request, visit.origin)
            visit = replace(visit, form=_form(request, body))
        visit = self.known(visit)
        if page.public:
            return visit
        if visit.who is None or visit.here is None:
            self._spare(visit, request)
            raise Refused("session", RedirectResponse("/signin", 303))
        if visit.here.session.locked and page.url not in _WHILE_LOCKED:
            self._spare(visit, request)
            raise Refused("locked", RedirectResponse("/lock", 303))
        if page.right is not None and not may(visit.who.account.role, page.right):
            raise Refused("right")
        if page.method == "POST":
            self._belongs(visit, visit.here, request)
        if page.url not in _BY_ITSELF and "x-live" not in request.headers:
            self._touch(visit.here, visit.now)
        return visit

    def _same_origin(self, request: Request, origin: str) -> None:
        """A form comes from our own pages: browsers say where it stood (Fetch, `Origin`; Fetch Metadata)."""
        said = request.headers.get("origin")
        site = request.headers.get("sec-fetch-site", "same-origin" if said else "none")
        secure = origin.replace("http://", "https://", 1)
        if said not in (origin, secure) or site != "same-origin":
            raise Refused("origin")

    def _belongs(self, visit: Visit, here: Here, request: Request) -> None:
        """The form was made for this session. One of an earlier session of the same person is shown once more."""
        if visit.page.url in _SHUTS:
            return
        if not hmac.compare_digest(visit.form.get("csrf", "").encode(), here.csrf.encode()):
            owner, draft = self._spare(visit, request) or ("", None)
            theirs = draft is not None and owner == here.session.account
            raise Refused("form", RedirectResponse(draft.page, 303) if draft and theirs else None)

    def _spare(self, visit: Visit, request: Request) -> tuple[str, drafts.Draft] | None:
        """What was typed is kept for its writer; where it cannot be, that is said while their browser still has it."""
        try:
            return drafts.spare(visit, request)
        except HubError as problem:
            cure = "What you typed was not kept: go back in your browser, copy it, and sign in once more."
            raise Refused("store", fault(visit, 503, problem.message, cure)) from problem

    def _once(self, show: Show, visit: Visit) -> Response:
        """A form has one effect, however often it is sent: who sends it again sees what came of it. What came to nothing may come again."""
        name = once.name_of(visit)
        try:
            with self.sendings.alone(name):
                return self.sendings.led(name) or self._first(show, visit, name)
        except Passing as waits:
            return fault(visit, 503, waits.message, waits.cure)

    def _first(self, show: Show, visit: Visit, name: str) -> Response:
        (result,) = self.hub.ask([once.spent(name, visit.now)])
        if isinstance(result.error, Conflict):
            words = "This was sent already, and was done once. Nothing was done twice."
            raise Refused("twice", fault(visit, 409, words))
        if result.error is not None:
            raise Refused("store", fault(visit, 503, str(result.error)))
        made = self._told(show, visit)
        if once.undone(made):
            self.hub.ask([once.unspent(name, visit.now)])
        else:
            self.sendings.done(name, made)
        return made

    def _touch(self, here: Here, now: int) -> None:
        """A request keeps the session. That another one kept it a moment ago is as good."""
        command = session.touched(here, now, self.hub.terms)
        if command is not None:
            self.hub.ask([command])

    def _told(self, show: Show, visit: Visit) -> Response:
        """The page; an error of the house becomes words for people, without its place in our files."""
        try:
            if visit.here and visit.page.method == "POST":
                # What is sent now waits no more.
                drafts.drop(self.hub, visit.here.session.account, visit.now, lambda one: one.action == sent_to(visit))
            return show(visit)
        except HubError as problem:
            status = next(status for kind, status in _STATUS.items() if isinstance(problem, kind))
            return fault(visit, status, problem.message, problem.cure)
        except Refused:
            raise
        except Exception as bug:  # noqa: BLE001 - a fault of ours tells nobody anything
            log.error("a page failed", page=visit.page.url, fault=type(bug).__name__)
            return fault(visit, 503, "The hub made a mistake here. Nothing was changed; try once more.")


def fault(visit: Visit, status: int, words: str, cure: str = "") -> Response:
    """What stands in the place of a page: what happened, and what to do."""
    return shown(visit, "fault.html", status=status, title=_TITLES.get(status, _TITLES[404]), words=words, cure=cure)


_TITLES: Final = {
    403: "You cannot come in this way",
    404: "Not here",
    409: "Somebody was here before",
    503: "Not at the moment",
}


def _form(request: Request, body: bytes) -> dict[str, str]:
    """The fields of a form; of one that comes twice, the values one a line."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded" or len(body) > FORM_BYTES:
        raise Refused("form")
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=_FIELDS, errors="strict")
    except ValueError as wrong:
        raise Refused("form") from wrong
    found: dict[str, str] = {}
    for name, value in pairs:
        found[name] = f"{found[name]}\n{value}" if name in found else value
    return found


def somebody(visit: Visit) -> Known:
    """Who is here; only pages that are not public may ask."""
    if visit.who is None:
        raise Refused("session")
    return visit.who
