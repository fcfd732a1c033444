"""One message of an arrival, read or not, and what must be known before it can be planned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from hub.contracts import Adapter, Reading
from hub.errors import HubError
from hub.flow import episode, link, merge, performers, snapshot
from hub.flow.circumstances import ageless
from hub.flow.linkage.finders import numbers, seekers
from hub.intake.arrival import Again, Arrival
from hub.model.event import CrisisEvent
from hub.model.plan import Block, Sighting
from hub.model.traits import Traits
from hub.partners import DeclaredField, Partner
from hub.store.planning.facts import Ask
from hub.store.planning.scout import Wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """A partner that sends, with the adapter that reads what it sends, and the county's own fields by name."""

    partner: Partner
    adapter: Adapter
    zone: str
    charset: str = ""
    fields: Mapping[str, DeclaredField] = field(default_factory=dict)


@dataclass(frozen=True)
class Piece:
    """One message of an arrival, read or not: exactly one of `reading` and `problem` is set.

    `again`: it was parked before. `suspect`: the digest under which it is in hand. `followed`: under which blocks it stands
    who was told of the same because a condition held.
    """

    arrival: Arrival
    reading: Reading | None = None
    problem: HubError | None = None
    again: Again | None = None
    suspect: bytes = b""
    followed: tuple[Block, ...] = ()

    @property
    def as_of(self) -> int:
        """The instant it is decided as of: when it came, or when it was read anew."""
        return self.again.at if self.again else self.arrival.at

    @cached_property
    def traits(self) -> Traits:
        """Whoever it is about, as linkage knows them."""
        return link.traits_of(link.person_of(self.events), self.arrival.partner)

    @property
    def events(self) -> tuple[CrisisEvent, ...]:
        """What it says, nothing where it was not read."""
        return self.reading.events if self.reading else ()

    @cached_property
    def numbers(self) -> tuple[Block, ...]:
        """The numbers of its person."""
        return numbers(self.traits)

    @cached_property
    def every_number(self) -> tuple[Block, ...]:
        """The numbers it gives, of its person and of those it merges."""
        source = self.arrival.partner
        events = self.events
        return (*self.numbers, *merge.gone(events, source), *merge.restored(events, source))

    @cached_property
    def parts(self) -> tuple[snapshot.Part, ...]:
        """The parts of the state that it tells again, where it is a snapshot."""
        return snapshot.parts(self.reading, self.arrival.partner) if self.reading else ()

    @cached_property
    def asked(self) -> tuple[Block, ...]:
        """What must be known of earlier requests for care."""
        return performers.sought(self.events)

    @cached_property
    def wanted(self) -> Wanted:
        """Who a reader is to look for."""
        source, traits = self.arrival.partner, self.traits
        return Wanted(source=source, traits=traits, numbers=self.numbers, finders=seekers(traits))

    @cached_property
    def ask(self) -> Ask:
        """What must be known about it before it can be planned."""
        arrival = self.arrival
        return Ask(
            partner=arrival.partner,
            message_id=arrival.message_id or (self.reading.message_id if self.reading else ""),
            body=arrival.body,
            at=arrival.at,
            blocks=self.every_number,
            keys=episode.keys(self.events),
            parts=(*(block for block, _ in snapshot.told(self.parts)), *self.followed, *self.asked),
            ageless=ageless([event.body for event in self.events]),
        )


class Sight(NamedTuple):
    """A piece with what a reader saw of those who are alike, when so many groups were committed.

    Nothing where the source's own number settled it, as far as the reader could know.
    """

    piece: Piece
    seen: Sighting | None = None
    turn: int = 0
