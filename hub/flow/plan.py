"""What is to be done about one message: values in, a Plan out. Nothing here touches a database, a clock or a socket."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from consent.engine import RuleSet
from hub.contracts import Reading
from hub.errors import HubError, UnknownCode
from hub.flow import episode as episodes
from hub.flow import named, performers, snapshot
from hub.flow.audience import Audience, Match
from hub.flow.capacity.board import possible
from hub.flow.circumstances import circumstances, suspected
from hub.flow.crisis_call import Classifier, classifier, marked
from hub.flow.duty import afterwards, arising, deadline
from hub.flow.duty import tasks as owed
from hub.flow.flagged import flagged
from hub.flow.followed import mark, says, stands
from hub.flow.inherited import OVER, earlier, kept_until
from hub.flow.label import Source, label
from hub.flow.leaf import leaf
from hub.flow.question import NOTHING_AGREED, Asked, ask, capacity, encode, kinds, question
from hub.flow.sealings import sealings
from hub.flow.standing import standing
from hub.flow.told import spans
from hub.flow.unheard import Verdict, unheard, unreached
from hub.model.consent import ConsentDirective
from hub.model.decision import Decision, Duty, Reason
from hub.model.entry import Kind, LedgerEntry
from hub.model.event import CrisisEvent
from hub.model.label import Label
from hub.model.person import Person
from hub.model.plan import Block, Decided, Labelled, Link, Outgoing, Plan, Task
from hub.model.service import CapacityReport
from hub.partners import Partner
from hub.spans import SECOND

_NOBODY = Source()
# Its sender let it be kept until a time that is over.
_OVER = Reason(rule="retention", effect="retention", citation="RFC 4119 2.2.2", words=OVER)
_STRANGER = Reason(
    rule="enrolment",
    effect="enrolment",
    citation="the partner file",
    words="It hears of those who enrolled with it alone.",
)

_UNSAID = Reason(
    rule="over",
    effect="over",
    citation="the partner file",
    words="They were told of this because a condition held. What says that it holds no longer is withheld: the rest would read as "
    "if it held.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the shell found out before the message is planned.

    `directives` are those of the person, and the denials and revocations of everybody the person *may* be: a maybe imports
    refusals, never permits. `person` is what earlier messages told of the person's age. `as_of` is UTC microseconds.
    `parts` are those of a snapshot, `changed` those of them that changed since they were told. `told` is what somebody was told
    because a condition held, and whether it is over (see `followed`). `asked` is what is remembered of earlier requests for care.
    """

    journal: str
    source: Partner
    as_of: int
    link: Link
    directives: tuple[ConsentDirective, ...] = ()
    person: Person | None = None
    recent: tuple[episodes.Recent, ...] = ()
    fresh_episode: str = ""
    parts: tuple[snapshot.Part, ...] = ()
    changed: tuple[snapshot.Part, ...] = ()
    told: Mapping[Block, int] = field(default_factory=dict)
    asked: frozenset[Block] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """A message as its interests are decided about: what was found out, what it is labelled, and what the person has said."""

    known: Known
    labels: tuple[Label, ...]
    directives: tuple[ConsentDirective, ...]
    labelled: Labelled


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What the house has decided to live by: rules, labels, interests, and which agreements are in force."""

    rules: RuleSet
    sources: Mapping[str, Source]
    audience: Audience
    state: str
    in_force: Callable[[Partner, int], bool]
    pins: str = ""
    numbers: named.Numbers = field(default_factory=dict)
    performers: performers.Names = field(default_factory=dict)
    crisis: Classifier = field(default_factory=classifier)

    def plan(self, reading: Reading, known: Known) -> Plan:
        """The plan of one message. Every interest it meets is decided, granted or refused; only grants reach the outbox.

        Raises Lasting for a count that cannot be: the message is kept, parked with the number, and moves no board.
        """
        every = named.resolved(marked(reading.events, self.crisis), self.sources, self.numbers)
        strange = {event.id: word for event in every if (word := performers.stranger(event, known.asked))}
        events = tuple(event for event in every if event.id not in strange) if strange else every
        for event in events:
            if isinstance(event.body, CapacityReport):
                possible(event.body)
        labels = self.label(events, known.source.id, reading.inherited)
        say = circumstances([e.body for e in events], known.as_of, known.person) | suspected(labels)
        # 45 CFR 164.504(e)(2)(ii)(J): what an agreement let the hub be to whoever sends it ends with the agreement.
        say |= capacity(known.source) if self.in_force(known.source, known.as_of) else NOTHING_AGREED
        news = snapshot.news(reading, known.parts, known.changed)
        directives = tuple(named.known(one, self.sources) for one in known.directives)
        said = _Said(known=known, labels=labels, directives=directives, labelled=_labelled(events, labels, directives))
        stand = [block for block, newest in known.told.items() if stands(newest)]
        matches = self.audience.of(events, known.source.id, news, stand)
        verdicts = [self._decide(match, say, said) for match in matches]
        answers = [answer for _, _, answer in verdicts]
        duties = arising(self.rules, say | {"state": self.state}, labels, answers, known.as_of)
        heard = (
            frozenset(match.partner.kind for match, _, answer in verdicts if answer.permits) if duties else frozenset()
        )
        return Plan(
            journal=known.journal,
            state="planned",
            kind=reading.kind,
            message_id=reading.message_id,
            events=events,
            link=known.link,
            episode=episodes.place(
                events,
                known.recent,
                known.fresh_episode,
                episodes.keys(events),
                (
                    *snapshot.told(known.changed),
                    *self._remembered(verdicts, events, known),
                    *self._asked(events, known),
                ),
            ),
            decided=tuple(_decided(match, asked, answer) for match, asked, answer in verdicts),
            outbox=tuple(_outgoing(match, duties, known.as_of) for match, _, answer in verdicts if answer.permits),
            entries=(
                _received(known, reading),
                *(_entry(known, match, answer) for match, _, answer in verdicts),
            ),
            tasks=(
                *_tasks(known.link, known.journal),
                *flagged(events, reading.flagged, known.source.id, known.journal),
                *sealings(events, known.source.id, known.journal),
                *owed(duties, heard, known.journal, known.as_of),
                *afterwards(((m.partner.kind, answer) for m, _, answer in verdicts), known.journal, known.as_of),
                *unheard(events, map(_verdict, verdicts), known.journal, self.sources),
                *unreached(
                    events, {m.partner.id for m in matches if not m.over}, self.performers, known.journal, known.as_of
                ),
                *(performers.task(word, known.journal) for word in strange.values()),
            ),
            unmapped_codes=reading.unmapped_codes,
            inherited=reading.inherited,
            unasked=tuple(strange),
            labelled=said.labelled,
            pins=self.pins,
        )

    def label(self, events: tuple[CrisisEvent, ...], source: str, inherited: tuple[str, ...]) -> tuple[Label, ...]:
        """What each event stands under. A source without a partner file stands under nothing known."""
        return label([event.body for event in events], self.sources.get(source, _NOBODY), inherited)

    def _asked(self, events: tuple[CrisisEvent, ...], known: Known) -> Iterator[tuple[Block, int]]:
        """Whom this message asks for care, for whoever answers it."""
        for block in performers.remembered(events, self.performers, known.asked):
            yield block, known.as_of

    def _decide(self, match: Match, say: dict[str, str], said: _Said) -> tuple[Match, Asked, Decision]:
        partner, interest, known = match.partner, match.interest, said.known
        signed = standing(
            said.directives,
            recipient=(partner.id, partner.kind),
            purpose=interest.purpose,
            source=known.source.id,
            as_of=known.as_of,
            events=tuple(one.spoken_of for one in said.labels),
            told=said.labelled.told,
        )
        asked = ask(say, partner, interest, signed, state=self.state, as_of=known.as_of, over=match.over)
        return match, asked, self.decide(asked, partner, said.labels, said.labelled.bodies, known.as_of)

    def decide(
        self, asked: Asked, partner: Partner, labels: tuple[Label, ...], bodies: tuple[str, ...], as_of: int
    ) -> Decision:
        """The rules' answer as of an instant; without an agreement in force, or after its sender's retention, it is no."""
        if not self.in_force(partner, as_of):
            return Decision(partner=partner.id, purpose=asked.facts["purpose"], granted=(0,) * len(bodies), as_of=as_of)
        ends = kept_until(labels)
        if ends is not None and ends <= as_of:
            return self._nothing(asked, partner, len(bodies), as_of, _OVER)
        if asked.enrolled and asked.facts.get("consent") != "SPECIFIC":
            return self._nothing(asked, partner, len(bodies), as_of, _STRANGER)
        decision = self.rules.decide(question(asked, partner, labels, bodies, as_of))
        if asked.over and not says(decision.granted, asked.over):
            return self._nothing(asked, partner, len(bodies), as_of, _UNSAID)
        return decision

    def _remembered(
        self, verdicts: Iterable[tuple[Match, Asked, Decision]], events: tuple[CrisisEvent, ...], known: Known
    ) -> Iterator[tuple[Block, int]]:
        """Who was told of something because a condition held, and for whom it is over."""
        for match, _, answer in verdicts:
            if match.over or answer.permits:
                for block in self.audience.remembered(match, events):
                    yield block, mark(known.as_of, known.told.get(block), over=bool(match.over))

    def _nothing(self, asked: Asked, partner: Partner, events: int, as_of: int, reason: Reason) -> Decision:
        """No event, for a reason that no rule has to give."""
        return Decision(
            partner=partner.id,
            purpose=asked.facts["purpose"],
            granted=(0,) * events,
            withheld=(reason,),
            rule_set=self.rules.hash,
            as_of=as_of,
        )


def parked(journal: str, problem: HubError, kind: str = "", message_id: str = "") -> Plan:
    """The plan of a message that could not be planned: its bytes are kept, with the reason, until a person mends it."""
    return Plan(
        journal=journal,
        state="parked",
        kind=kind,
        message_id=message_id,
        cause=str(problem),
        place=problem.at,
        tasks=(Task(kind="parked", about=journal, words=str(problem), role="operator"),),
        unmapped_codes=problem.codes if isinstance(problem, UnknownCode) else (),
    )


def _labelled(
    events: tuple[CrisisEvent, ...], labels: tuple[Label, ...], directives: tuple[ConsentDirective, ...]
) -> Labelled:
    distinct = list(dict.fromkeys(labels))
    return Labelled(
        bodies=kinds(events),
        labels=tuple(distinct),
        which=tuple(map(distinct.index, labels)),
        told=spans(directives, events),
    )


def _decided(match: Match, asked: Asked, answer: Decision) -> Decided:
    return Decided(
        partner=match.partner.id,
        purpose=match.interest.purpose,
        interest=match.interest.id,
        permits=answer.permits,
        question=encode(asked),
        over=bool(match.over),
    )


def _outgoing(match: Match, duties: tuple[Duty, ...], as_of: int) -> Outgoing:
    """One delivery, with the earlier of its two deadlines: what the partner wants, and what the law demands."""
    wanted = as_of + match.interest.deadline_s * SECOND if match.interest.deadline_s else None
    until = earlier(wanted, deadline(duties, match.partner.kind, as_of)) or 0
    return Outgoing(destination=match.partner.id, interest=match.interest.id, due_at=as_of, deadline=until)


def _verdict(one: tuple[Match, Asked, Decision]) -> Verdict:
    match, _, answer = one
    return Verdict(match.partner.id, match.interest.purpose, answer.permits, bool(match.over))


def _received(known: Known, reading: Reading) -> LedgerEntry:
    return LedgerEntry(
        kind=Kind.RECEIVED,
        at=known.as_of,
        journal=known.journal,
        partner=known.source.id,
        subject=known.link.identity,
        outcome=reading.kind,
    )


def _entry(known: Known, match: Match, answer: Decision) -> LedgerEntry:
    kind, people = Kind.DECIDED if answer.permits else Kind.REFUSED, (known.link.identity,)
    return leaf(kind, match.partner, (answer,), known.as_of, people=people, journal=known.journal)


def _tasks(link: Link, journal: str) -> tuple[Task, ...]:
    """What a reviewer has to judge: somebody who may be known already, or a known number that comes with somebody else."""
    known = (
        f"May be a person already known: {', '.join(link.evidence)}. Same or not?" if link.verdict == "maybe" else ""
    )
    words = " ".join(filter(None, (known, link.doubt)))
    return (Task(kind="link", about=journal, words=words, role="clinician reviewer"),) if words else ()
