"""Reading a group of arrivals, and settling it: look up, link, decide, plan. Message k sees what k-1 did."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from adapters.wire import trial
from hub.contracts import Received
from hub.errors import HubError, Lasting, Unreadable
from hub.flow.keeping import unkeepable
from hub.flow.local import taken
from hub.flow.plan import House
from hub.intake.arrival import Again, Answer, Arrival
from hub.intake.piece import Piece, Sender, Sight
from hub.intake.recent import Recent
from hub.intake.suspects import Suspects
from hub.intake.trial import refused, tried
from hub.intake.view import Mint, View, asked, fault
from hub.model.commands import Command
from hub.store.ids import new_id
from hub.store.planning.facts import Facts
from hub.store.planning.scout import Scout

# What comes at once is committed at once, and everybody else waits for it.
MOST_PIECES = 10_000


@dataclass(slots=True, kw_only=True)
class Steps:
    """Reads and plans groups of arrivals. `mint` gives random hex ids."""

    house: House
    senders: Mapping[str, Sender]
    suspects: Suspects
    facts: Facts
    scout: Scout
    # Whether criminal history may be kept: where the CJI profile is met.
    history: bool = False
    mint: Mint = new_id
    recent: Recent = field(default_factory=Recent)

    def read(self, arrival: Arrival | Again) -> list[Piece]:
        """Every message in an arrival. Never raises for what the bytes are: a bad one carries its problem."""
        if isinstance(arrival, Again):
            followed = self.house.audience.followed(arrival.reading.events, arrival.arrival.partner)
            return [Piece(arrival.arrival, reading=arrival.reading, again=arrival, followed=followed)]
        sender = self.senders.get(arrival.partner)
        if sender is None:
            return [Piece(arrival, problem=Unreadable("the partner sends no messages.", at=arrival.partner))]
        digest = hashlib.sha256(arrival.body).digest()
        if self.suspects.guilty(digest):
            return [Piece(arrival, problem=Lasting("the process died twice while reading this message."))]
        self.suspects.take(digest)
        try:
            pieces = list(sender.adapter.split(arrival.body))
        except HubError as problem:
            return [Piece(arrival, problem=problem)]
        except Exception as bug:  # noqa: BLE001 - a fault of ours parks the message and keeps its bytes
            return [Piece(arrival, problem=fault(arrival, bug, "splitting"))]
        if not pieces:
            return [Piece(arrival, problem=Unreadable("there is no message in it."))]
        if len(pieces) == 1:
            # What came in an envelope, or in a list of one, is kept without it: it must be readable again by itself.
            alone = arrival if pieces[0] == arrival.body else replace(arrival, body=pieces[0])
            return [self._read(sender, alone, digest)]
        return [self._read(sender, part, digest) for part in _parts(arrival, pieces)]

    def _read(self, sender: Sender, arrival: Arrival, suspect: bytes) -> Piece:
        received = Received(
            journal=arrival.journal,
            partner=arrival.partner,
            as_of=arrival.at,
            zone=sender.zone,
            charset=sender.charset,
        )
        place = trial.where(arrival.body)
        if test := refused(place, sender):
            return Piece(arrival, problem=test)
        try:
            reading = tried(sender.adapter.read(arrival.body, received), place)
            if reading.local:
                reading = taken(reading, sender.fields, received)
            problem = unkeepable(reading.events, history=self.history)
            if problem:
                return Piece(arrival, problem=problem)
            followed = self.house.audience.followed(reading.events, arrival.partner)
            return Piece(arrival, reading=reading, suspect=suspect, followed=followed)
        except HubError as problem:
            return Piece(arrival, problem=problem)
        except Exception as bug:  # noqa: BLE001 - a fault of ours parks the message and keeps its bytes
            return Piece(arrival, problem=fault(arrival, bug, "reading"))

    def settle(self, pieces: Sequence[Piece]) -> list[tuple[Command | None, Answer]]:
        """A command and an answer for each piece, in order; a duplicate needs no command. Whoever is alike is looked for at once.

        The desk lets a reader look meanwhile instead: see `view`.
        """
        try:
            found = self.scout.look([piece.wanted for piece in pieces])
            self.recent.forget(self.recent.turn)
            view, sights = self.view([Sight(*each, self.recent.turn) for each in zip(pieces, found, strict=True)])
            return [view.one(sight) for sight in sights]
        finally:
            # Whoever dies from here on dies of the commit, which no single message is to blame for.
            self.suspects.put_down()

    def view(self, sights: Sequence[Sight]) -> tuple[View, list[Sight]]:
        """The world as these pieces need to know it, and what a reader saw of those who are alike, as of now."""
        today = [self.recent.caught_up(sight) for sight in sights]
        view = View(
            house=self.house,
            senders=self.senders,
            suspects=self.suspects,
            mint=self.mint,
            world=self.facts.gather([asked(sight) for sight in today]),
            recent=self.recent,
            look=self.scout.look_again,
        )
        return view, today


def _parts(arrival: Arrival, pieces: Sequence[bytes]) -> Iterator[Arrival]:
    for number, body in enumerate(pieces):
        journal = arrival.journal if number == 0 else new_id()
        yield Arrival(journal=journal, partner=arrival.partner, body=body, door=arrival.door, at=arrival.at)
