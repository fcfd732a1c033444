"""Forms that came too late: what somebody had typed when their session was locked or over waits for them, and for nobody else.

It is sealed like everything lodged, is never sent by itself, and is over after some hours. Whose it is follows from the token
in the form, which only pages of that person's session carry; no address, cookie or browser keeps any of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Final
from urllib.parse import urlsplit

import msgspec
from starlette.requests import Request

from hub.access import accounts
from hub.access.registry import Registry
from hub.access.roles import may
from hub.access.session import Terms
from hub.console.hub import Hub
from hub.console.page import PAGES, PATH, Visit
from hub.errors import Conflict, HubError
from hub.model.commands import Lodge
from hub.model.plan import Fact
from hub.spans import HOUR
from hub.store.ids import short

KIND: Final = "draft"
# Where a draft whose form stood nowhere that can be opened is shown.
SHELF: Final = "/drafts"
_TRAIL: Final = "trail"
# A shift: whoever was called away is back by then.
_KEPT: Final = 8 * HOUR
# The newest forms of one person; more were never half written at once.
_MOST: Final = 8
_TRIES: Final = 3
_OURS: Final = frozenset({"csrf", "once", "draft-page", "draft-action"})


class Draft(Fact, frozen=True):
    """What was typed into one form: the page it stands on, where it is sent, when it came (UTC microseconds), its fields."""

    page: str
    action: str
    at: int
    fields: dict[str, str]

    @property
    def words(self) -> str:
        """What the form is for and about, as its page says it: another form, or one about something else, says otherwise."""
        return _words("POST", self.action) or "A form"

    @property
    def stood(self) -> str:
        """What the page that it stands on answers, and about what; empty where that is the form's own page."""
        said = _words("GET", self.page)
        return "" if self.page == self.action else said


# What the pages below an address are about, each by its name there: nothing that a message says stands in an address.
_SUBJECTS: Final[Mapping[str, str]] = {
    "accounting": "case",
    "alerts": "alert",
    "card": "incident",
    "codes": "code",
    "consents": "case",
    "jobs": "job",
    "links": "link",
    "mappings": "mapping of",
    "messages": "message",
    "parked": "cause",
    "partners": "partner",
    "people": "account",
    "placements": "search",
    "recalls": "message",
    "records": "entry",
    "referrals": "referral",
    "reviews": "emergency",
    "rules": "rule set",
    "tasks": "task",
}
Change = Callable[[list[Draft]], list[Draft]]


def trail(account: str, csrf: str, at: int, terms: Terms) -> Lodge:
    """Remembers whose forms carry a token, for longer than the session: it opens nothing."""
    until = at + terms.longest + _KEPT
    return Lodge(kind=_TRAIL, name=accounts.digest(csrf), at=at, value=account.encode(), until=until)


def spare(visit: Visit, request: Request) -> tuple[str, Draft] | None:
    """Keep the form of a visit that cannot be let in, for the person whose page it was: their account, and what is kept."""
    lodged = visit.hub.people.one(_TRAIL, accounts.digest(visit.form.get("csrf", "")))
    owner = visit.hub.people.person(lodged.value.decode()) if lodged else None
    right = visit.page.right
    if owner is None or right is None or not may(owner.account.role, right):
        return None
    draft = _draft(visit, _stood(visit, request), sent_to(visit))
    keep(visit.hub, owner.id, draft)
    return owner.id, draft


def typed(visit: Visit) -> Draft | None:
    """What a page itself asks to keep before its session is locked or over; None where it says no place of ours."""
    page, action = (visit.form.get(f"draft-{name}", "") for name in ("page", "action"))
    return _draft(visit, page, action) if PATH.fullmatch(page) and PATH.fullmatch(action) else None


def waiting(people: Registry, account: str, now: int) -> list[Draft]:
    """What waits for somebody, the newest first."""
    lodged = people.one(KIND, account)
    return _fresh(_decode(lodged.value), now) if lodged else []


def keep(hub: Hub, account: str, draft: Draft) -> None:
    """Keep a draft, in the place of an earlier one of the same form. Raises HubError where the store does not."""
    _change(hub, account, draft.at, lambda held: [draft, *(one for one in held if _form(one) != _form(draft))])


def drop(hub: Hub, account: str, now: int, gone: Callable[[Draft], bool]) -> None:
    """Forget those of somebody's drafts that were sent, or that they do not want."""
    if any(map(gone, waiting(hub.people, account, now))):
        _change(hub, account, now, lambda held: [one for one in held if not gone(one)])


def _change(hub: Hub, account: str, now: int, change: Change, tries: int = _TRIES) -> None:
    """Change what waits for somebody; whoever was faster is not overwritten."""
    error = _changed(hub, account, now, change)
    if isinstance(error, Conflict) and tries > 1:
        _change(hub, account, now, change, tries - 1)
    elif error is not None:
        raise error


def _changed(hub: Hub, account: str, now: int, change: Change) -> HubError | None:
    lodged = hub.people.one(KIND, account)
    made = change(_fresh(_decode(lodged.value), now) if lodged else [])[:_MOST]
    value, until = (_encode(made), now + _KEPT) if made else (b"", 0)
    before = lodged.version if lodged else 0
    (result,) = hub.ask([Lodge(kind=KIND, name=account, at=now, value=value, until=until, before=before)])
    return result.error


def sent_to(visit: Visit) -> str:
    """The address that a visit asks for, without its query."""
    return visit.page.url.format(**visit.path)


def _draft(visit: Visit, page: str, action: str) -> Draft:
    fields = {name: value for name, value in visit.form.items() if name not in _OURS}
    return Draft(page=page, action=action, at=visit.now, fields=fields)


def _stood(visit: Visit, request: Request) -> str:
    """The page a form stood on, without what was asked of it: browsers say it to pages of the same origin."""
    said = urlsplit(request.headers.get("referer", ""))
    if f"{said.scheme}://{said.netloc}" == request.headers.get("origin") and PATH.fullmatch(said.path):
        return said.path
    shows = any(page.url == visit.page.url and page.method == "GET" for page, _ in PAGES)
    return sent_to(visit) if shows else SHELF


def _form(draft: Draft) -> tuple[str, str]:
    return draft.page, draft.action


def _fresh(drafts: Iterable[Draft], now: int) -> list[Draft]:
    return [one for one in drafts if one.at + _KEPT > now]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Draft]).decode


def _words(method: str, address: str) -> str:
    """The question of the page at an address, and what it is about; empty where there is no such page."""
    found = [page for page, _ in PAGES if page.method == method and _pattern(page.url).fullmatch(address)]
    if not found:
        return ""
    page = min(found, key=lambda one: one.url.count("{"))
    named = _pattern(page.url).fullmatch(address)
    names = ", ".join(short(each) for each in named.groups()) if named else ""
    return f"{page.question} ({_SUBJECTS.get(address.split('/')[1], 'about')} {names})" if names else page.question


@cache
def _pattern(url: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{\w+\}", r"([\\w.-]+)", url))
