"""Searches that somebody saved: for oneself, or for everybody of one's role; of one page each. Nothing of a person is in one."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

import msgspec

from hub.console.guard import somebody
from hub.console.page import Visit
from hub.errors import Lasting
from hub.model.commands import Lodge
from hub.model.plan import Fact
from hub.store.result import all_kept

_KIND: Final = "search"


class Saved(Fact, frozen=True):
    """Whose it is, what they call it, its filters as an address has them, of which page; `role`: for everybody of that role."""

    account: str
    name: str
    query: str
    page: str = "/messages"
    role: str = ""


def searches(visit: Visit, page: str) -> list[tuple[str, Saved, bool]]:
    """The saved searches of a page for whoever is here, by key, and whether each is their own."""
    who = somebody(visit)
    found = [(one.name, msgspec.msgpack.decode(one.value, type=Saved)) for one in visit.hub.people.all(_KIND)]
    return [
        (key, one, one.account == who.id)
        for key, one in found
        if one.page == page and (one.account == who.id or one.role == who.account.role)
    ]


def save(visit: Visit, page: str, filters: Mapping[str, str]) -> str:
    """Keep filters under a name; says the address of the search. Raises Lasting without a name or a filter."""
    name, who = visit.form.get("name", "").strip()[:60], somebody(visit)
    if not name or not filters:
        raise Lasting("A saved search has a name and at least one filter.", cure="Choose a filter first.")
    role = who.account.role if visit.form.get("shared") == "yes" else ""
    saved = Saved(account=who.id, name=name, query=urlencode(filters), page=page, role=role)
    _keep(visit, Lodge(kind=_KIND, name=secrets.token_hex(8), at=visit.now, value=msgspec.msgpack.encode(saved)))
    return f"{page}?{saved.query}"


def forget(visit: Visit) -> None:
    """Take one's own search away; that of somebody else stays."""
    lodged = visit.hub.people.one(_KIND, visit.form.get("search", ""))
    if lodged and msgspec.msgpack.decode(lodged.value, type=Saved).account == somebody(visit).id:
        _keep(visit, Lodge(kind=_KIND, name=lodged.name, at=visit.now, before=lodged.version))


def _keep(visit: Visit, command: Lodge) -> None:
    all_kept(visit.hub.ask([command]))
