"""What the middle decided about one message: values the shell commits. Nothing here is a promise that is stored; decisions re-derive.

Instants are UTC microseconds. Ids (`journal`, `identity`, `person`, `episode`) are random hex minted by the shell, given as facts.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from hub.model.entry import LedgerEntry
from hub.model.event import CrisisEvent
from hub.model.label import Label
from hub.model.traits import Traits

Verdict = Literal["same", "maybe", "different", "nobody"]
State = Literal["planned", "parked", "closed"]


class Fact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A small frozen value of the shell."""


class Block(Fact, frozen=True, cache_hash=True):
    """A set of values that finds a person in the blind index. Strong blocks are identifiers; weak ones are demographics.

    `name` says which fields (`MR:H1`, `given+birth_date`), `values` the normalised values; the store keeps only an HMAC of them.
    """

    name: str
    values: tuple[str, ...]
    strong: bool = False


class Candidate(Fact, frozen=True):
    """An identity the index found, with the blocks it was found by.

    `unchanged`: its traits are the very ones the message brings. `traits` are set where a reader opened them.
    """

    identity: str
    person: str
    partner: str
    blocks: tuple[str, ...] = ()
    strong: bool = False
    unchanged: bool = False
    traits: Traits | None = None


class Sighting(Fact, frozen=True):
    """Who is alike, as a reader saw it. `overflow`: more were found than anybody may open, so nothing is certain.

    `own` is the identity with the source's own number; by somebody's word it is none of the persons `barred`. `alone`: it is
    a person of its own so far.
    """

    candidates: tuple[Candidate, ...] = ()
    overflow: bool = False
    own: str = ""
    barred: frozenset[str] = frozenset()
    alone: bool = False


class Move(Fact, frozen=True):
    """An identity that is held to be another person from now on, and why in a word: resolved, merged, unmerged, reviewed."""

    identity: str
    before: str
    after: str
    why: str


class Link(Fact, frozen=True):
    """Who the message is about, on which evidence. *maybe* never merges and never discloses.

    `identity` is the source identity the message belongs to; `fresh` when the shell has to create it. `rivals` are the
    persons a *maybe* is about. `moves`: known identities that turn out to be another person. `doubt` is for a reviewer.
    `said` are the traits as this message spells them, `traits` all that is known of the identity now.
    """

    verdict: Verdict
    identity: str
    person: str
    fresh: bool
    blocks: tuple[Block, ...] = ()
    traits: Traits | None = None
    said: Traits | None = None
    evidence: tuple[str, ...] = ()
    rivals: tuple[str, ...] = ()
    moves: tuple[Move, ...] = ()
    doubt: str = ""

    @property
    def new_person(self) -> bool:
        """Whether nobody was this person before."""
        return self.fresh and self.verdict != "same"


class Decided(Fact, frozen=True):
    """One decision, by reference: the question's facts as they stood, so that the very decision can be derived again.

    `over`: the message does not meet the interest; an earlier one did, and they are told that it is over.
    """

    partner: str
    purpose: str
    interest: str
    permits: bool
    question: bytes
    over: bool = False


class Outgoing(Fact, frozen=True):
    """One row of the outbox: to whom, under which interest of theirs, when due, and until when it must be settled."""

    destination: str
    interest: str
    due_at: int
    deadline: int = 0


class Task(Fact, frozen=True):
    """Something a person has to look at: a link to judge, a code to map, an alarm."""

    kind: str
    about: str
    words: str
    role: str = ""
    due_at: int = 0


class EpisodeEvent(Fact, frozen=True):
    """The place of a message in a crisis episode; `keys` are incident numbers and references that later messages may share.

    `joins` are other episodes that this message shows to be the same one: from now on they are this one.
    `parts`: which parts of a snapshot it told anew, and when each last changed, UTC microseconds; and what somebody was told
    because a condition held, as `hub.flow.followed` remembers it.
    """

    episode: str
    at: int
    what: str
    fresh: bool = False
    keys: tuple[Block, ...] = ()
    joins: tuple[str, ...] = ()
    parts: tuple[tuple[Block, int], ...] = ()


class Labelled(Fact, frozen=True):
    """What the events of a message were labelled, without what they say: enough to derive its decisions again at any time.

    `bodies` are the events' kinds in order; `which` says, event by event, which of the distinct `labels` it has. `told` says from
    when to when each was true (UTC microseconds), where a consent spoke of the facts of some time.
    """

    bodies: tuple[str, ...] = ()
    labels: tuple[Label, ...] = ()
    which: tuple[int, ...] = ()
    told: tuple[tuple[int, int] | None, ...] = ()

    @property
    def each(self) -> tuple[Label, ...]:
        """The label of each event."""
        return tuple(self.labels[n] for n in self.which)


class Plan(Fact, frozen=True):
    """Everything that is to be committed for one message, in one transaction, beside its bytes.

    `inherited` are the security codes it came with; `unasked` are the ids of events that count for nothing, because they answer what
    was never asked of their sender; `labelled` is what its decisions were derived from beside their questions;
    `pins` names the versions of everything it was read and decided by.
    """

    journal: str
    state: State
    kind: str = ""
    message_id: str = ""
    cause: str = ""
    place: str = ""
    events: tuple[CrisisEvent, ...] = ()
    link: Link | None = None
    episode: EpisodeEvent | None = None
    decided: tuple[Decided, ...] = ()
    outbox: tuple[Outgoing, ...] = ()
    entries: tuple[LedgerEntry, ...] = ()
    tasks: tuple[Task, ...] = ()
    unmapped_codes: tuple[tuple[str, str], ...] = ()
    inherited: tuple[str, ...] = ()
    unasked: tuple[str, ...] = ()
    labelled: Labelled = Labelled()
    pins: str = ""
