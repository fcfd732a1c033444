"""One group of messages before one world: link, decide and plan each. Message k sees what k-1 did."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog
from msgspec.structs import replace

from hub.contracts import Reading
from hub.errors import HubError, Lasting, NotReal, Passing, Unreadable
from hub.flow import link, merge, snapshot
from hub.flow.plan import House, Known, parked
from hub.flow.referral import REMEMBERED
from hub.intake.arrival import Again, Answer, Arrival, State
from hub.intake.piece import Piece, Sender, Sight
from hub.intake.recent import Recent
from hub.intake.suspects import Suspects
from hub.model.commands import Command, Keep, Reject, Replan
from hub.model.consent import ConsentDirective
from hub.model.plan import Block, Candidate, Link, Plan, Sighting
from hub.store.planning.facts import Ask
from hub.store.planning.scout import Wanted
from hub.store.planning.world import World

log = structlog.get_logger(__name__)
Mint = Callable[[], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One group of messages before one world. Message k sees what k-1 did."""

    house: House
    senders: Mapping[str, Sender]
    suspects: Suspects
    mint: Mint
    world: World
    recent: Recent
    look: Callable[[Wanted], Sighting]

    def one(self, sight: Sight) -> tuple[Command | None, Answer]:
        """A command and an answer for one piece."""
        piece = sight.piece
        arrival, world, ask = piece.arrival, self.world, piece.ask
        if piece.again is not None:
            return self._anew(sight, piece.again)
        first = world.duplicate(ask.partner, ask.message_id, ask.body, ask.at)
        if first is not None and first.same:
            return None, Answer(journal=first.journal, state="duplicate", message_id=ask.message_id)
        if isinstance(piece.problem, Unreadable):
            test = isinstance(piece.problem, NotReal)
            return _reject(piece), Answer(
                journal=arrival.journal, state="rejected", cause=str(piece.problem), test=test
            )
        plan = self._plan(sight)
        keep = kept(arrival, plan)
        self._apply(keep)
        state: State = "kept" if plan.state == "planned" else "parked"
        return keep, Answer(journal=arrival.journal, state=state, cause=plan.cause, message_id=plan.message_id)

    def _apply(self, keep: Keep) -> None:
        self.world.apply(keep)
        if keep.plan.link:
            self.recent.planned(keep.plan.link, keep.partner)

    def _anew(self, sight: Sight, again: Again) -> tuple[Command | None, Answer]:
        """A parked message in its new light. It never goes out behind newer news of the person, unless somebody says so."""
        arrival, ask, plan = sight.piece.arrival, sight.piece.ask, self._plan(sight)
        problem = plan.cause if plan.state == "parked" else _late(plan, again, self.world)
        if problem:
            return None, Answer(journal=arrival.journal, state="parked", cause=problem, message_id=ask.message_id)
        entries = tuple(replace(entry, actor=again.actor) for entry in plan.entries)
        plan = replace(plan, cause=f"Read again by {again.actor}: {again.reason}", entries=entries)
        self._apply(kept(arrival, plan))
        command = Replan(journal=arrival.journal, at=again.at, plan=plan)
        return command, Answer(journal=arrival.journal, state="kept", message_id=plan.message_id)

    def _plan(self, sight: Sight) -> Plan:
        piece = sight.piece
        arrival, reading = piece.arrival, piece.reading
        if reading is None:
            problem = piece.problem or Lasting("it was not read.")
            return parked(arrival.journal, problem, message_id=piece.ask.message_id)
        self.suspects.take(piece.suspect)
        try:
            plan = self.house.plan(reading, self._known(sight, reading))
        except Passing:
            raise
        except HubError as problem:
            plan = parked(arrival.journal, problem, reading.kind, reading.message_id)
        except Exception as bug:  # noqa: BLE001 - a fault of ours parks the message and keeps its bytes
            plan = parked(arrival.journal, fault(arrival, bug, "planning"), reading.kind, reading.message_id)
        self.suspects.acquit(piece.suspect)
        return plan

    def _known(self, sight: Sight, reading: Reading) -> Known:
        piece, world = sight.piece, self.world
        arrival, ask = piece.arrival, piece.ask
        found = self._link(sight)
        world.meet(found.rivals if found.new_person else (found.person, *found.rivals))
        return Known(
            journal=arrival.journal,
            source=self.senders[arrival.partner].partner,
            as_of=piece.as_of,
            link=found,
            directives=(
                *world.allowed(found.person).directives,
                *_said(reading),
                *world.refused(found.person, found.rivals),
            ),
            person=world.born(found.person) if ask.ageless and found.verdict == "same" else None,
            recent=world.episodes(found.person, ask.keys, [found.identity, *(move.identity for move in found.moves)]),
            fresh_episode=self.mint(),
            parts=piece.parts,
            changed=snapshot.fresh(piece.parts, world.newest),
            told={block: at for block in piece.followed if (at := world.newest(block)) is not None},
            asked=frozenset(block for block in piece.asked if self._lately(block, piece.as_of)),
        )

    def _lately(self, block: Block, as_of: int) -> bool:
        """Whether it was asked for in the time in which a referral is remembered."""
        at = self.world.newest(block)
        return at is not None and at > as_of - REMEMBERED

    def _link(self, sight: Sight) -> Link:
        """Who it is about, and whom it puts together or takes apart."""
        piece, world, mint = sight.piece, self.world, self.mint
        source, events = piece.arrival.partner, piece.events
        found = world.candidates(piece.numbers, piece.traits)
        linked = link.settled(found, piece.traits, source) or link.judge(
            found, self._alike(sight, found), piece.traits, source, identity=mint(), person=mint()
        )
        if gone := merge.gone(events, source):
            merging = world.candidates(gone, piece.traits)
            linked = merge.together(linked, gone, merging, source, world.identities)
        if restored := merge.restored(events, source):
            linked = merge.apart(linked, world.candidates(restored, piece.traits), source, mint())
        return linked

    def _alike(self, sight: Sight, found: tuple[Candidate, ...]) -> Sighting:
        """Who is alike, as of now. Where the reader did not know the number yet, or held it to settle the matter, look again."""
        wanted, seen = sight.piece.wanted, sight.seen
        if not wanted.finders:
            return link.NOT_SEEN
        mine = link.own(found, wanted.source)
        if seen is None or (mine and mine.identity != seen.own):
            seen = self.look(wanted)
        seen = self.recent.added(seen, wanted.blocks, self.recent.turn)
        return replace(
            seen,
            candidates=tuple(each for each in self.world.today(seen.candidates) if each.person not in seen.barred),
            alone=mine is None or len(self.world.identities(mine.person)) <= 1,
        )


def asked(sight: Sight) -> Ask:
    """What must be known about a piece, and about those whom a reader found alike."""
    ask, seen = sight.piece.ask, sight.seen
    if seen is None or not seen.candidates:
        return ask
    return replace(ask, seen=tuple(candidate.identity for candidate in seen.candidates))


def fault(arrival: Arrival, bug: Exception, doing: str) -> Lasting:
    """A fault of ours, told by its name alone: its words may quote the message."""
    log.error("message broke", doing=doing, journal=arrival.journal, partner=arrival.partner, fault=type(bug).__name__)
    return Lasting(f"a fault of the hub: {type(bug).__name__} while {doing}.")


def unread(arrival: Arrival, problem: HubError) -> Keep:
    """The bytes alone, with the reason."""
    return kept(arrival, parked(arrival.journal, problem, message_id=arrival.message_id))


def unplanned(keep: Keep, problem: HubError) -> Keep:
    """The same message without its plan: what broke with it may be kept without it, until a person has looked."""
    return replace(keep, plan=parked(keep.journal, problem, keep.plan.kind, keep.plan.message_id))


def _said(reading: Reading) -> tuple[ConsentDirective, ...]:
    """Directives that arrive with the very message hold for it."""
    return tuple(e.body for e in reading.events if isinstance(e.body, ConsentDirective))


def kept(arrival: Arrival, plan: Plan) -> Keep:
    """The command that keeps a message with its plan."""
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
