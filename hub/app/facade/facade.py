"""Answers partners that ask by FHIR: look, decide, write one leaf, and only then show. Hidden and absent take one way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache, partial
from importlib.metadata import version
from typing import Final

from adapters.ehr.fhir import Fhir
from adapters.wire.fhir import Node
from adapters.wire.fhir_notices import offered
from adapters.wire.fhir_params import TYPES
from adapters.wire.fhir_rest import capability, searchset
from hub import clock
from hub.app.facade import tasks
from hub.app.facade.places import Places
from hub.app.facade.records import EPISODE, Records, Seen
from hub.app.facade.retold import RETOLD
from hub.app.facade.search import Page, Searcher
from hub.app.formats.mappings import in_force
from hub.app.house import Household
from hub.app.tick import ticked
from hub.app.vault import Outward, Vault
from hub.courier.prepare import Desk, Preparer
from hub.flow.leaf import leaf
from hub.lens.times import write_iso
from hub.model.commands import Note
from hub.model.entry import Kind
from hub.model.values import Instant
from hub.partners import Partner
from hub.store.asking.granted import Grant, Granted
from hub.store.asking.shelf import Shelf
from hub.store.ids import new_id
from hub.store.result import all_kept
from hub.store.sealing import Sealer
from hub.store.writing.lodged import Lodged

# Answers leave on the tick, so that the work behind one tells nothing.
TICK_S: Final = 0.05
Pairs = Sequence[tuple[str, str]]


@dataclass(slots=True, kw_only=True)
class Facade:
    """What partners ask by FHIR. `address` is where they find it: https://hub.example/fhir."""

    known: Household
    vault: Vault
    desk: Desk
    names: Outward
    preparer: Preparer
    address: Callable[[], str]
    tick_s: float = TICK_S
    _writers: dict[str, Fhir] = field(default_factory=dict)

    def types(self) -> frozenset[str]:
        """The types that are served."""
        return frozenset(TYPES)

    def capability(self) -> Node:
        """What this server does: the same for everybody."""
        base = self.address()
        token = f"{base.removesuffix('/fhir')}/oauth/token"
        return capability(base, token=token, version=version("crisis-hub"), more=[offered()])

    async def read(self, partner: str, kind: str, word: str) -> Node | None:
        """One resource; None for one that there is not, or of which nothing may be seen."""
        found = await self.answered(partner, f"read {kind}", lambda looking: looking.one(kind, word))
        return found[0].node if found else None

    async def search(self, partner: str, kind: str, pairs: Pairs, *, in_address: bool) -> Node:
        """One page, as a Bundle. Raises Unreadable for a search that is not supported, naming the parameter."""
        pages: list[Page] = []

        def look(looking: Looking) -> list[Seen]:
            page = looking.page(kind, pairs, in_address=in_address)
            pages.append(page)
            return [*page.matches, *page.included]

        await self.answered(partner, f"search {kind}", look)
        (page,) = pages
        words = {"self": page.this, "next": page.following}
        links = [(name, f"{self.address()}/{kind}?_page={word}") for name, word in words.items() if word]
        matches, included = ([seen.node for seen in some] for some in (page.matches, page.included))
        return searchset(self.address(), matches, included, links, total=page.total)

    async def everything(self, partner: str, kind: str, word: str) -> Node | None:
        """All that may be seen of a person, or of an episode over everybody in it, as a Bundle; None as for `read`."""
        found = await self.answered(partner, f"everything of {kind}", lambda looking: looking.everything(kind, word))
        if not found:
            return None
        url = f"{self.address()}/{kind}/{word}/$everything"
        return searchset(self.address(), [seen.node for seen in found], [], [("self", url)], total=len(found))

    async def update(self, partner: str, word: str, node: Node, version: str) -> Node | None:
        """A task as the partner left it; None where there is none that it may see.

        Raises Conflict where it is not of that version any more, NotAllowed or Unmapped for what is not its to say. Once it
        answers, the word is kept as the partner's message and on its way to whoever asked for it.
        """
        found: list[tuple[Grant, int]] = []

        def look(looking: Looking) -> list[Seen]:
            seen = looking.one("Task", word)
            found.extend(
                (looking.granted.message(one.message)[0], looking.before(tasks.name(partner, word))) for one in seen
            )
            return seen

        shown = await self.answered(partner, "update Task", look)
        if not shown:
            return None
        (seen,), ((grant, before),) = shown, found
        asker = self.known.county.partners[partner]
        elements = tasks.checked(partner, seen, node, version)
        said = tasks.Said(journal=new_id(), at=clock.now(), elements=elements)
        change = tasks.Update(partner=asker, seen=seen, grant=grant, said=said, before=before)
        directives = await asyncio.to_thread(self.preparer.allowed, seen.identity)
        keep = change.kept(self.known, self._writer(asker), tuple(directives))
        for command in (change.lodged(), keep):
            all_kept(await self.desk.ask([command]))
        return self._said(partner, seen, said).node

    async def answered(self, partner: str, what: str, look: Callable[[Looking], list[Seen]]) -> list[Seen]:
        """Look, keep the one leaf, and wait for the tick. Raises StoreUnavailable where the leaf could not be kept: nothing was shown."""
        async with ticked(self.tick_s):
            asker, now = self.known.county.partners[partner], clock.now()
            seen = await asyncio.to_thread(self._looked, asker, now, look)
            all_kept(await self.desk.ask([noted(asker, what, seen, now)]))
        return seen

    def _looked(self, asker: Partner, now: int, look: Callable[[Looking], list[Seen]]) -> list[Seen]:
        with self.looking(asker, now) as looking:
            return look(looking)

    @contextmanager
    def looking(self, asker: Partner, now: int) -> Iterator[Looking]:
        """A look at what a partner may see as of an instant (UTC microseconds), within one reading transaction."""
        self.vault.keys.follow()
        records = Records(
            partner=asker,
            places=Places(self.names.locator(asker.id)),
            names=self.names,
            preparer=replace(
                self.preparer,
                allowed=cache(self.preparer.allowed),
                akin=cache(self.preparer.akin),
                since=cache(self.preparer.since),
            ),
            writer=self._writer(asker),
            zone=self.known.county.zone,
            now=now,
        )
        with self.vault.database.read() as connection:
            sealer = Sealer(self.vault.keys, self.vault.origin)
            granted, lodged = Granted(connection, sealer, asker.id), Lodged(connection, sealer)
            shelf = Shelf(connection, self.vault.keys, self.vault.origin)
            overlay = partial(self._overlaid, asker.id, granted, lodged, shelf)
            yield Looking(granted, replace(records, overlay=overlay), lodged)

    def _overlaid(self, partner: str, granted: Granted, lodged: Lodged, shelf: Shelf, seen: Seen) -> Seen:
        """A task as the partner left it, by its program or on its pages. A word whose message was never kept was not said."""
        found = lodged.one(tasks.KIND, tasks.name(partner, str(seen.node["id"])))
        said = tasks.decode(found.value) if found else None
        words = [said] if said and granted.kept(said.journal) else []
        typed = tasks.answered(partner, seen, shelf.own_of(partner, seen.identity, seen.at))
        if typed and (not words or typed.at > words[0].at):
            words = [typed]
        return self._said(partner, seen, words[0]) if words else seen

    def _said(self, partner: str, seen: Seen, said: tasks.Said) -> Seen:
        version = self.names.version(partner, f"task/{said.journal}")
        return tasks.overlaid(seen, said, version, write_iso(Instant(at=said.at), self.known.county.zone))

    def _writer(self, asker: Partner) -> Fhir:
        """The FHIR of this partner: by its own mapping where its deliveries are FHIR too."""
        if asker.id not in self._writers:
            delivery = asker.delivery
            own = delivery.mapping if delivery and delivery.format == Fhir.name else ""
            profile = {"mapping": in_force(self.vault.settings, own)} if own else {}
            self._writers[asker.id] = Fhir(profile)
        return self._writers[asker.id]


@dataclass(frozen=True, slots=True)
class Looking(Searcher):
    """One look: a search, one resource, or everything of somebody."""

    lodged: Lodged

    def before(self, name: str) -> int:
        """The version of what is lodged about a task; 0 where nothing is."""
        found = self.lodged.one(tasks.KIND, name)
        return found.version if found else 0

    def one(self, kind: str, word: str) -> list[Seen]:
        """The resource of an id, if it may be seen."""
        place = self.records.places.find(word)
        if place is None:
            return []
        grants = self.granted.about(place.identity) if place.identity else self._and_later(kind, place.message)
        return [seen for seen in self.records.of(grants) if seen.reference == f"{kind}/{word}"]

    def _and_later(self, kind: str, number: int) -> list[Grant]:
        """One message, and before it those that may have said anew or taken back what it says, the newest first."""
        grants = self.granted.message(number)
        if kind not in RETOLD or not grants or not grants[0].person:
            return grants
        return [*(one for one in self.granted.about(grants[0].due.identity) if one.message > number), *grants]

    def everything(self, kind: str, word: str) -> list[Seen]:
        """All of a person, or of the episode, if there is something by that id."""
        place = self.records.places.find(word)
        grants = self.granted.about(place.identity) if place and place.identity else []
        every = self.records.of(grants)
        if not any(seen.reference == f"{kind}/{word}" for seen in every):
            return []
        if kind != EPISODE:
            return every
        identity = grants[0].due.identity
        episode = next(
            g.episode for g in grants if g.episode and self.records.places.episode(identity, g.episode) == word
        )
        return self.records.of(self.granted.episode(episode))


def noted(asker: Partner, what: str, seen: Sequence[Seen], now: int, *, kind: Kind = Kind.QUERY) -> Note:
    """The one leaf of a query: who asked for what, whom it showed, what of them, and by which rules; or that it showed nothing."""
    decisions = [one.decision for one in seen]
    people = list(dict.fromkeys(name for one in seen for name in (one.identity, *one.akin)))
    journals = {one.journal for one in seen}
    journal = journals.pop() if len(journals) == 1 else ""
    outcome = f"FHIR {what}: {len(seen)}"
    return Note(at=now, entry=leaf(kind, asker, decisions, now, people=people, journal=journal, outcome=outcome))
