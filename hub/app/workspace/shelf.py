"""What one partner may see on its pages: the courier's own decision, asked again now, and projected. The leaf comes before the page."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from hub.app.house import Household
from hub.app.vault import Outward, Vault
from hub.courier.prepare import Preparer
from hub.flow.leaf import leaf
from hub.flow.project import Envelope, handling, project
from hub.model.commands import Note
from hub.model.decision import Decision
from hub.model.disclosure import Disclosure
from hub.model.entry import Kind
from hub.model.registry import EVERYTHING
from hub.partners import Interest, Partner
from hub.store.asking.due import Due
from hub.store.asking.outbox import Outbox
from hub.store.asking.shelf import Own, Shelf


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One delivery as the partner may see it now. `name` is the partner's own name of it: no other partner has the same."""

    name: str
    due: Due
    decision: Decision
    disclosure: Disclosure


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelves:
    """Reads what was decided for partners. Everything here blocks and only reads."""

    known: Household
    vault: Vault
    names: Outward

    def partner(self, name: str) -> Partner:
        """The partner of that id."""
        return self.known.county.partners[name]

    def seen(self, partner: str, bodies: Collection[str], now: int, only: int = EVERYTHING) -> list[Seen]:
        """What stands on a partner's shelf of some kinds of event, the newest first, as of now (UTC microseconds).

        `only` narrows further: a list needs less than a record.
        """
        kinds = set(bodies)
        return self.wanted(partner, lambda interest: not kinds.isdisjoint(interest.bodies), now, only)

    def wanted(self, partner: str, which: Callable[[Interest], bool], now: int, only: int = EVERYTHING) -> list[Seen]:
        """The same of interests that are chosen otherwise."""
        who = self.partner(partner)
        interests = [one.id for one in who.wants if which(one)]
        self.vault.keys.follow()
        with self.vault.database.read() as connection:
            rows = Shelf(connection, self.vault.keys, self.vault.origin).put(partner, interests)
        return self._decided(who, rows, now, only)

    def course(self, partner: str, journal: str, now: int) -> list[Seen]:
        """All of the crisis of a message that the partner may see now, the newest first; each message once, as it may see most of it."""
        who = self.partner(partner)
        self.vault.keys.follow()
        with self.vault.database.read() as connection:
            rows = Shelf(connection, self.vault.keys, self.vault.origin).course(partner, journal)
        found: dict[str, Seen] = {}
        for one in self._decided(who, rows, now, EVERYTHING):
            before = found.get(one.due.journal)
            found[one.due.journal] = one if before is None else max(before, one, key=_much)
        return list(found.values())

    def _decided(self, who: Partner, rows: Iterable[Due], now: int, only: int) -> list[Seen]:
        preparer = self._preparer()
        found = (self._seen(preparer, who, row, now, only) for row in rows if row.events)
        return [one for one in found if one is not None]

    def own(self, partner: str, since: int = 0) -> tuple[Own, ...]:
        """What the partner said itself since an instant."""
        self.vault.keys.follow()
        with self.vault.database.read() as connection:
            return Shelf(connection, self.vault.keys, self.vault.origin).own(partner, since)

    def _seen(self, preparer: Preparer, partner: Partner, row: Due, now: int, only: int) -> Seen | None:
        labels = self.known.house.label(row.events, row.source, row.inherited)
        decided = preparer.decide(partner, row, labels, now)
        decision = replace(decided, granted=tuple(bits & only for bits in decided.granted))
        name = self.names.message(partner.id, f"page/{row.journal}")
        envelopes = [Envelope(id=f"{name}.{n}", source=row.source) for n in range(len(row.events))]
        disclosure = project(row.events, decision, handling(labels, decision), envelopes)
        if not disclosure.events:
            return None
        return Seen(name=name, due=row, decision=decision, disclosure=disclosure)

    def _preparer(self) -> Preparer:
        outbox = Outbox(self.vault.database, self.vault.keys, self.vault.origin)
        return Preparer(
            house=self.known.house,
            adapters=self.known.writers,
            names=self.names,
            allowed=outbox.allowed,
            since=outbox.since,
            zone=self.known.county.zone,
        )


def looked(partner: Partner, actor: str, seen: Iterable[Seen], what: str, now: int, *, kind: Kind = Kind.VIEW) -> Note:
    """The one leaf of one look at a page: who, what, by which rules; whose it is where it is one person's."""
    found = tuple(seen)
    one = found[0] if len(found) == 1 else None
    decisions = [each.decision for each in found]
    people, journal = ((one.due.identity,), one.due.journal) if one else ((), "")
    entry = leaf(kind, partner, decisions, now, people=people, journal=journal, outcome=what, actor=actor)
    return Note(at=now, entry=entry)


def _much(seen: Seen) -> int:
    return sum(bits.bit_count() for bits in seen.decision.granted)


def newest(seen: Sequence[Seen]) -> Seen:
    """Of several deliveries the one that came last."""
    return max(seen, key=lambda one: one.due.at)


# What the list of referrals shows of each, and nothing of anybody.
LISTED: Final = (
    "referral.number",
    "referral.status",
    "referral.business_status",
    "referral.priority",
    "referral.service",
    "referral.category",
    "referral.intent",
    "referral.due_at",
    "referral.authored_at",
    "referral.requester",
    "referral.performer",
)
