"""The order of the house for one group of arrivals: read, look up, link, decide, plan. Message k sees what k-1 did."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import structlog
from msgspec.structs import replace

from hub.contracts import Adapter, Reading, Received
from hub.errors import HubError, Lasting, Passing, Unreadable
from hub.flow import episode, link
from hub.flow.circumstances import ageless
from hub.flow.plan import House, Known, parked
from hub.intake.arrival import Again, Answer, Arrival, State
from hub.intake.suspects import Suspects
from hub.model.commands import Command, Keep, Reject, Replan
from hub.model.consent import ConsentDirective
from hub.model.plan import Plan
from hub.partners import Partner
from hub.store.facts import Ask, Facts
from hub.store.ids import new_id
from hub.store.world import World

log = structlog.get_logger(__name__)
Mint = Callable[[], str]
# What comes at once is committed at once, and everybody else waits for it.
MOST_PIECES = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """A partner that sends, with the adapter that reads what it sends."""

    partner: Partner
    adapter: Adapter
    zone: str
    charset: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """One message of an arrival, read or not: exactly one of `reading` and `problem` is set.

    `again`: it was parked before. `suspect`: the digest under which it is in hand.
    """

    arrival: Arrival
    reading: Reading | None = None
    problem: HubError | None = None
    again: Again | None = None
    suspect: bytes = b""

    @property
    def as_of(self) -> int:
        """The instant it is decided as of: when it came, or when it was read anew."""
        return self.again.at if self.again else self.arrival.at

    @property
    def ask(self) -> Ask:
        """What must be known about it before it can be planned."""
        arrival, reading = self.arrival, self.reading
        events = reading.events if reading else ()
        return Ask(
            partner=arrival.partner,
            message_id=arrival.message_id or (reading.message_id if reading else ""),
            body=arrival.body,
            at=arrival.at,
            blocks=link.blocks(link.person_of(events), arrival.partner),
            keys=episode.keys(events),
            ageless=ageless([event.body for event in events]),
        )


@dataclass(slots=True, kw_only=True)
class Steps:
    """Reads and plans groups of arrivals. `mint` gives random hex ids."""

    house: House
    senders: Mapping[str, Sender]
    suspects: Suspects
    facts: Facts
    mint: Mint = new_id

    def read(self, arrival: Arrival | Again) -> list[Piece]:
        """Every message in an arrival. Never raises for what the bytes are: a bad one carries its problem."""
        if isinstance(arrival, Again):
            return [Piece(arrival.arrival, reading=arrival.reading, again=arrival)]
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
            return [Piece(arrival, problem=_fault(arrival, bug, "splitting"))]
        if not pieces:
            return [Piece(arrival, problem=Unreadable("there is no message in it."))]
        if len(pieces) == 1:
            return [self._read(sender, arrival, digest)]
        return [self._read(sender, part, digest) for part in _parts(arrival, pieces)]

    def _read(self, sender: Sender, arrival: Arrival, suspect: bytes) -> Piece:
        received = Received(
            journal=arrival.journal,
            partner=arrival.partner,
            as_of=arrival.at,
            zone=sender.zone,
            charset=sender.charset,
        )
        try:
            return Piece(arrival, reading=sender.adapter.read(arrival.body, received), suspect=suspect)
        except HubError as problem:
            return Piece(arrival, problem=problem)
        except Exception as bug:  # noqa: BLE001 - a fault of ours parks the message and keeps its bytes
            return Piece(arrival, problem=_fault(arrival, bug, "reading"))

    def settle(self, pieces: Sequence[Piece]) -> list[tuple[Command | None, Answer]]:
        """A command and an answer for each piece, in order; a duplicate needs no command."""
        try:
            asks = [piece.ask for piece in pieces]
            world = self.facts.gather(asks)
            return [self._one(piece, ask, world) for piece, ask in zip(pieces, asks, strict=True)]
        finally:
            # Whoever dies from here on dies of the commit, which no single message is to blame for.
            self.suspects.put_down()

    def _one(self, piece: Piece, ask: Ask, world: World) -> tuple[Command | None, Answer]:
        arrival = piece.arrival
        if piece.again is not None:
            return self._anew(piece, piece.again, ask, world)
        first = world.duplicate(ask.partner, ask.message_id, ask.body, ask.at)
        if first is not None and first.same:
            return None, Answer(journal=first.journal, state="duplicate", message_id=ask.message_id)
        if isinstance(piece.problem, Unreadable):
            return _reject(piece), Answer(journal=arrival.journal, state="rejected", cause=str(piece.problem))
        plan = self._plan(piece, ask, world)
        keep = _kept(arrival, plan)
        world.apply(keep)
        state: State = "kept" if plan.state == "planned" else "parked"
        return keep, Answer(journal=arrival.journal, state=state, cause=plan.cause, message_id=plan.message_id)

    def _anew(self, piece: Piece, again: Again, ask: Ask, world: World) -> tuple[Command | None, Answer]:
        """A parked message in its new light. It never goes out behind newer news of the person, unless somebody says so."""
        arrival, plan = piece.arrival, self._plan(piece, ask, world)
        problem = plan.cause if plan.state == "parked" else _late(plan, again, world)
        if problem:
            return None, Answer(journal=arrival.journal, state="parked", cause=problem, message_id=ask.message_id)
        entries = tuple(replace(entry, actor=again.actor) for entry in plan.entries)
        plan = replace(plan, cause=f"Read again by {again.actor}: {again.reason}", entries=entries)
        world.apply(_kept(arrival, plan))
        command = Replan(journal=arrival.journal, at=again.at, plan=plan)
        return command, Answer(journal=arrival.journal, state="kept", message_id=plan.message_id)

    def _plan(self, piece: Piece, ask: Ask, world: World) -> Plan:
        arrival, reading = piece.arrival, piece.reading
        if reading is None:
            problem = piece.problem or Lasting("it was not read.")
            return parked(arrival.journal, problem, message_id=ask.message_id)
        self.suspects.take(piece.suspect)
        try:
            plan = self.house.plan(reading, self._known(piece, reading, ask, world))
        except Passing:
            raise
        except HubError as problem:
            plan = parked(arrival.journal, problem, reading.kind, reading.message_id)
        except Exception as bug:  # noqa: BLE001 - a fault of ours parks the message and keeps its bytes
            plan = parked(arrival.journal, _fault(arrival, bug, "planning"), reading.kind, reading.message_id)
        self.suspects.acquit(piece.suspect)
        return plan

    def _known(self, piece: Piece, reading: Reading, ask: Ask, world: World) -> Known:
        arrival = piece.arrival
        found = link.judge(world.candidates(ask.blocks), ask.blocks, ask.partner, self.mint(), self.mint())
        refusals = (d for rival in found.rivals for d in world.allowed(rival).directives if _refuses(d))
        return Known(
            journal=arrival.journal,
            source=self.senders[arrival.partner].partner,
            as_of=piece.as_of,
            link=found,
            directives=(*world.allowed(found.person).directives, *_said(reading), *refusals),
            person=world.born(found.person) if ask.ageless and found.verdict == "same" else None,
            recent=world.episodes(found.person, ask.keys),
            fresh_episode=self.mint(),
        )


def _parts(arrival: Arrival, pieces: Sequence[bytes]) -> Iterator[Arrival]:
    for number, body in enumerate(pieces):
        journal = arrival.journal if number == 0 else new_id()
        yield Arrival(journal=journal, partner=arrival.partner, body=body, door=arrival.door, at=arrival.at)


def _fault(arrival: Arrival, bug: Exception, doing: str) -> Lasting:
    """A fault of ours, told by its name alone: its words may quote the message."""
    log.error("message broke", doing=doing, journal=arrival.journal, partner=arrival.partner, fault=type(bug).__name__)
    return Lasting(f"a fault of the hub: {type(bug).__name__} while {doing}.")


def unread(arrival: Arrival, problem: HubError) -> Keep:
    """The bytes alone, with the reason."""
    return _kept(arrival, parked(arrival.journal, problem, message_id=arrival.message_id))


def unplanned(keep: Keep, problem: HubError) -> Keep:
    """The same message without its plan: what broke with it may be kept without it, until a person has looked."""
    return replace(keep, plan=parked(keep.journal, problem, keep.plan.kind, keep.plan.message_id))


def _said(reading: Reading) -> tuple[ConsentDirective, ...]:
    """Directives that arrive with the very message hold for it."""
    return tuple(e.body for e in reading.events if isinstance(e.body, ConsentDirective))


def _refuses(one: ConsentDirective) -> bool:
    return one.revoked_at is not None or (one.kind is not None and one.kind.code == "DENY")


def _kept(arrival: Arrival, plan: Plan) -> Keep:
    return Keep(
        journal=arrival.journal,
        partner=arrival.partner,
        at=arrival.at,
        door=arrival.door,
        body=arrival.body,
        plan=plan,
    )


def _late(plan: Plan, again: Again, world: World) -> str:
    """Why a message that waited may not go out any more: what it tells is older than what was told since.

    An old consent is never late enough: it would take the place of a newer one, or of its revocation.
    """
    consents = any(isinstance(event.body, ConsentDirective) for event in plan.events)
    if plan.link is None or plan.episode is None or (again.late and not consents):
        return ""
    at = plan.episode.at
    newer = sum(happened.at > at for happened in world.episodes(plan.link.person, ()))
    return f"{newer} newer messages about this person were planned meanwhile." if newer else ""


def _reject(piece: Piece) -> Reject:
    arrival = piece.arrival
    return Reject(
        journal=arrival.journal,
        partner=arrival.partner,
        at=arrival.at,
        door=arrival.door,
        size=len(arrival.body),
        digest=hashlib.sha256(arrival.body).digest(),
        cause=str(piece.problem),
    )
