"""Searching among what a partner may see: person by person, page by page, with a total where all of it was looked through.

A cursor holds the whole search and how far it came, sealed for the partner: addresses tell nothing, and nobody else can use it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from adapters.wire import fhir_search
from adapters.wire.fhir_params import TYPES, params
from adapters.wire.fhir_search import Include, Search, reached
from hub.app.facade.records import Records, Seen
from hub.errors import Unreadable
from hub.store.asking.granted import Granted, Owner

# One page looks through so many messages at most; an exact total through so many.
PAGE_COST: Final = 400
TOTAL_COST: Final = 4_000
_OWNERS: Final = 64
_PERSON: Final = "urn:crisis-hub:person|"
_encode = msgspec.msgpack.Encoder().encode


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """A search as it was asked, and how far it came: after a person's first delivery, or within that person after an id."""

    kind: str
    pairs: tuple[tuple[str, str], ...]
    after: int = 0
    within: str = ""
    total: int = -1


_cursor = msgspec.msgpack.Decoder(Cursor).decode


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """What one query shows. `total` is -1 where not everything was looked through; `following` is empty on the last page."""

    matches: tuple[Seen, ...] = ()
    included: tuple[Seen, ...] = ()
    total: int = -1
    this: str = ""
    following: str = ""


@dataclass(slots=True)
class _Walk:
    """What was found so far, at which cost, and where to go on. `full`: nothing more is taken; `more`: there is more to take."""

    found: list[Seen] = field(default_factory=list)
    included: dict[str, Seen] = field(default_factory=dict)
    number: int = 0
    cost: int = 0
    after: int = 0
    within: str = ""
    full: bool = False
    more: bool = False


@dataclass(frozen=True, slots=True)
class Searcher:
    """Searches for one partner within one reading transaction."""

    granted: Granted
    records: Records

    def page(self, kind: str, pairs: Sequence[tuple[str, str]], *, in_address: bool) -> Page:
        """A page: the first of a search, or the one that a cursor leads to. Raises Unreadable for what is not supported."""
        match [(name, value) for name, value in pairs if name != "_format"]:
            case [("_page", word)]:
                return self._next(kind, word)
        fhir_search.parse(kind, pairs, zone=self.records.zone, in_address=in_address)
        return self._page(Cursor(kind, tuple(pairs)))

    def _next(self, kind: str, word: str) -> Page:
        inner = self.records.places.page(word)
        cursor = _cursor(inner) if inner else None
        if cursor is None or cursor.kind != kind:
            raise Unreadable("There is no such page: search again.", at="_page")
        return self._page(cursor)

    def _page(self, cursor: Cursor) -> Page:
        search = fhir_search.parse(cursor.kind, cursor.pairs, zone=self.records.zone)
        walk = _Walk(after=cursor.after, within=cursor.within, full=not search.count)
        counting = not cursor.after and not cursor.within
        for owner in self._owners(search, cursor):
            self._visit(owner, search, walk)
            if _enough(walk, exact=search.accurate and counting):
                return self._made(cursor, search, walk, cursor.total)
        if not walk.more:
            walk.full = False
        return self._made(cursor, search, walk, walk.number if counting else cursor.total)

    def _made(self, cursor: Cursor, search: Search, walk: _Walk, total: int) -> Page:
        following = msgspec.structs.replace(cursor, after=walk.after, within=walk.within, total=total)
        matched = {seen.reference for seen in walk.found}
        return Page(
            matches=tuple(walk.found),
            included=tuple(seen for name, seen in walk.included.items() if name not in matched),
            total=total,
            this=self._word(cursor),
            following=self._word(following) if walk.full and search.count else "",
        )

    def _word(self, cursor: Cursor) -> str:
        return self.records.places.cursor(_encode(cursor))

    def _visit(self, owner: Owner, search: Search, walk: _Walk) -> None:
        """Look at one person: take what matches while there is room, and count all of it."""
        grants = self.granted.about(owner.identity)
        every = self.records.of(grants)
        fits = [s for s in every if s.node["resourceType"] == search.kind and search.matches(s.node)]
        walk.cost += len(grants)
        walk.number += len(fits)
        if walk.full:
            walk.more |= bool(fits)
            return
        left = sorted((seen for seen in fits if seen.node["id"] > walk.within), key=lambda seen: str(seen.node["id"]))
        taken = left[: search.count - len(walk.found)]
        walk.found += taken
        walk.included |= {seen.reference: seen for seen in _along(taken, every, search.includes)}
        if len(taken) < len(left):
            walk.full, walk.more, walk.within = True, True, str(taken[-1].node["id"])
        else:
            walk.after, walk.within = owner.first, ""
            walk.full = len(walk.found) >= search.count or walk.cost >= PAGE_COST

    # --- whom a search can be about

    def _owners(self, search: Search, cursor: Cursor) -> Iterator[Owner]:
        named = self._named(search)
        if named is not None:
            yield from (owner for owner in named if owner.first > cursor.after)
            return
        after = cursor.after
        while several := self.granted.owners(after, _OWNERS):
            yield from several
            after = several[-1].first

    def _named(self, search: Search) -> list[Owner] | None:
        """Those whom the search names by id; None where it names nobody. In an order of their own, for cursors."""
        ids = search.values("_id")
        people = search.values("patient", "subject") if "patient" in params(search.kind) else None
        if ids is None and people is None:
            return self._by_pseudonym(search)
        places = [self.records.places.find(value.rpartition("/")[2]) for value in ids or people or ()]
        found = {place.identity or self._whose(place.message) for place in places if place}
        return [Owner(identity=name, first=n + 1) for n, name in enumerate(sorted(found - {""}))]

    def _whose(self, message: int) -> str:
        return next((grant.due.identity for grant in self.granted.message(message)), "")

    def _by_pseudonym(self, search: Search) -> list[Owner] | None:
        """The one whom the partner knows by the hub's own name for them, as deliveries have it."""
        values = search.values("identifier") if search.kind == "Patient" else None
        if not values or not all(value.startswith(_PERSON) for value in values):
            return None
        wanted = {value.removeprefix(_PERSON) for value in values}
        person, partner = self.records.names.person, self.records.partner.id
        every = self._owners(Search(kind=search.kind), Cursor(search.kind, ()))
        return [owner for owner in every if person(partner, owner.identity) in wanted]


def _enough(walk: _Walk, *, exact: bool) -> bool:
    """Whether to look no further: there is more, or it would cost too much to find out; unless all of it is to be counted."""
    if exact:
        return walk.cost >= TOTAL_COST
    return walk.full and (walk.more or walk.cost >= PAGE_COST)


def _along(taken: Iterable[Seen], every: Sequence[Seen], includes: Sequence[Include]) -> Iterator[Seen]:
    """What comes along with the matches: all of it is about the same person."""
    named = {seen.reference: seen for seen in every}
    for seen in taken:
        for include in includes:
            if include.reverse:
                yield from (one for one in every if seen.reference in _links(one, include))
            else:
                yield from (named[link] for link in _links(seen, include) if link in named)


def _links(seen: Seen, include: Include) -> set[str]:
    kind = str(seen.node["resourceType"])
    if include.source not in ("*", kind):
        return set()
    known = params(kind) if kind in TYPES else {}
    names = known if include.param == "*" else {include.param} & known.keys()
    found = [
        value
        for name in names
        if known[name].kind == "reference"
        for path in known[name].paths
        for value in reached(seen.node, path)
    ]
    return {str(value.get("reference", "")) for value in found if isinstance(value, dict)}
