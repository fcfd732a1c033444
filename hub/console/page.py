"""What a page declares, and what it is given: routes, menus, the matrix of routes and roles and the tests come from these lists."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from starlette.responses import Response

from hub.access.accounts import Known
from hub.access.roles import Right
from hub.access.session import Here
from hub.console.hub import Hub
from hub.model.entry import Kind

Method = Literal["GET", "POST"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page or act. `right` is who may; None is everybody who signed in, or everybody at all where it is `public`.

    `question` is what the page answers. `leaves` are the entries that opening it, or doing it, adds to the ledger. `once`: the
    form may be sent once, and sent twice has one effect. `menu` is its name in the navigation. `live`: where there are
    scripts it is fetched anew when something changed.
    """

    url: str
    question: str
    right: Right | None = None
    public: bool = False
    method: Method = "GET"
    leaves: tuple[Kind, ...] = ()
    once: bool = False
    menu: str = ""
    command: str = ""
    live: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request, understood: who asks, for what, with which words. Instants are UTC microseconds."""

    hub: Hub
    page: Page
    now: int
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    cookies: Mapping[str, str] = field(default_factory=dict)
    origin: str = ""
    who: Known | None = None
    here: Here | None = None

    @property
    def actor(self) -> str:
        """Who acts, as the ledger says it."""
        return self.who.actor if self.who else ""


Show = Callable[[Visit], Response]
# An address of ours: no other host, and no query.
PATH: Final = re.compile(r"/[\w.-]+(/[\w.-]+)*")
PAGES: Final[list[tuple[Page, Show]]] = []


def page(
    url: str,
    question: str,
    right: Right,
    *,
    menu: str = "",
    command: str = "",
    live: bool = False,
    leaves: Sequence[Kind] = (),
) -> Callable[[Show], Show]:
    """Declare a page that shows something to those who have a right."""
    return _declared(
        Page(url=url, question=question, right=right, menu=menu, command=command, live=live, leaves=tuple(leaves))
    )


def act(
    url: str, question: str, right: Right, *, leaves: Sequence[Kind] = (), once: bool = True
) -> Callable[[Show], Show]:
    """Declare something that is done by a form."""
    return _declared(Page(url=url, question=question, right=right, method="POST", leaves=tuple(leaves), once=once))


def own(url: str, question: str, *, method: Method = "GET") -> Callable[[Show], Show]:
    """Declare what everybody who signed in may do, about themselves."""
    return _declared(Page(url=url, question=question, method=method))


def public(url: str, question: str, *, method: Method = "GET", leaves: Sequence[Kind] = ()) -> Callable[[Show], Show]:
    """Declare what anybody may open: the ways in."""
    return _declared(Page(url=url, question=question, public=True, method=method, leaves=tuple(leaves)))


def _declared(one: Page) -> Callable[[Show], Show]:
    def declare(show: Show) -> Show:
        PAGES.append((one, show))
        return show

    return declare
