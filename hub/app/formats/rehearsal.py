"""What would become of a message: read, decided and written as the hub would, with nothing kept and nothing sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec
from msgspec.structs import replace

import adapters
from consent.explanation import explain
from hub import clock
from hub.app.asking.elements import Elements, elements, filled
from hub.app.house import Household
from hub.contracts import Adapter, Losses, Reading, Received, Target, Writing
from hub.errors import HubError, Lasting, Unreadable
from hub.flow import question as questions
from hub.flow.plan import Known
from hub.flow.project import Envelope, handling, project
from hub.intake.piece import Sender
from hub.located import near
from hub.model.consent import ConsentDirective
from hub.model.decision import Decision
from hub.model.plan import Decided, Link
from hub.partners import Partner

NOBODY: Final = "0" * 32
# A partner's own ids are made from its key; a rehearsal has no keys.
EXAMPLE_ID: Final = "EXAMPLE"


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What one partner would receive for one interest of theirs, and why.

    Without a `body` nothing would leave; where something should and could not be written, `problem` says why.
    """

    partner: str
    interest: str
    purpose: str
    format: str
    media_type: str = ""
    body: bytes = b""
    sentences: tuple[str, ...] = ()
    elements: Elements = Elements(sent={}, withheld={})
    losses: Losses = Losses()
    problem: str = ""


def recognised(body: bytes) -> str:
    """The name of the format that bytes are in. Raises Unreadable when no adapter knows them, or several do."""
    names = [name for name, make in adapters.found().items() if make({}).recognises(body)]
    if len(names) != 1:
        said = f"It could be {' or '.join(names)}." if names else "No format recognises this."
        raise Unreadable(said, cure=f"Name one with --from: {', '.join(names or adapters.found())}.")
    return names[0]


def adapter(name: str, profile: Mapping[str, str] | None = None) -> Adapter:
    """The adapter of a format. Raises Lasting naming the nearest one there is."""
    formats = adapters.found()
    if name not in formats:
        raise Lasting(f'There is no format "{name}".', cure=near(name, list(formats)))
    return formats[name](profile or {})


def sender(known: Household, fmt: str, named: str = "") -> Sender:
    """Whose message it is: the named partner, or the only one that sends this format. Raises Lasting otherwise."""
    found = [p.id for p in known.county.partners.values() if p.source and p.source.format == fmt]
    if named and named not in known.senders:
        raise Lasting(f'No partner "{named}" sends messages.', cure=near(named, list(known.senders)))
    if not named and len(found) != 1:
        names = ", ".join(found or known.senders)
        raise Lasting(f"Whose {fmt} message is it?", cure=f"Name its sender with --sender: {names}.")
    return known.senders[named or found[0]]


def received(way: Sender | None = None) -> Received:
    """The facts of an arrival now, from a partner or from nobody known."""
    if way is None:
        return Received(journal=NOBODY, partner="unknown", as_of=clock.now())
    return Received(journal=NOBODY, partner=way.partner.id, as_of=clock.now(), zone=way.zone, charset=way.charset)


def readings(reader: Adapter, body: bytes, facts: Received) -> list[Reading]:
    """Every message of some bytes, read. Raises Unreadable or Unmapped."""
    return [reader.read(piece, facts) for piece in reader.split(body)]


class Rehearsal:
    """One message of one partner, played to a county as of an instant. Nobody is linked, and nothing was signed before."""

    def __init__(
        self, known: Household, source: Partner, reading: Reading, received: Received, *, test: str = ""
    ) -> None:
        """Plan it, as the hub would. `test` is the id of a message that is to be sent as a test, and says so."""
        self.known, self.source, self.reading, self.as_of = known, source, reading, received.as_of
        self.name, self.marks = test or EXAMPLE_ID, {"processing": "T"} if test else {}
        self.labels = known.house.label(reading.events, source.id, reading.inherited)
        facts = Known(
            journal=received.journal,
            source=source,
            as_of=received.as_of,
            link=Link(verdict="nobody", identity=NOBODY, person=NOBODY, fresh=True),
            directives=tuple(e.body for e in reading.events if isinstance(e.body, ConsentDirective)),
            fresh_episode=NOBODY,
        )
        self.decided = known.house.plan(reading, facts).decided

    def shown(self, partner: str = "", fmt: str = "") -> Iterator[Shown]:
        """What a partner would receive for each interest that the message meets, or everybody who takes a format.

        With both, the partner's part in that format.
        """
        for decided in self.decided:
            delivery = self.known.county.partners[decided.partner].delivery
            takes = delivery.format if delivery else ""
            if decided.partner == partner or (not partner and fmt in ("", takes)):
                yield self._shown(decided, fmt or takes, own=fmt in ("", takes))

    def _shown(self, decided: Decided, fmt: str, *, own: bool) -> Shown:
        partner = self.known.county.partners[decided.partner]
        asked = questions.decode(decided.question)
        decision = self.known.house.decide(
            asked, partner, self.labels, questions.kinds(self.reading.events), self.as_of
        )
        found = Shown(
            partner=partner.id,
            interest=decided.interest,
            purpose=decided.purpose,
            format=fmt,
            sentences=tuple(explain(filled(decision, self.reading.events, self.labels))),
            elements=elements(self.reading.events, decision.granted),
        )
        if not decision.permits:
            return found
        try:
            writing = self._written(partner, decision, self.known.writers[partner.id] if own else adapter(fmt))
        except HubError as problem:
            return replace(found, problem=str(problem))
        return replace(found, media_type=writing.media_type, body=writing.body, losses=writing.losses())

    def _written(self, partner: Partner, decision: Decision, writer: Adapter) -> Writing:
        events = self.reading.events
        envelopes = [Envelope(id=f"{self.name}.{n}", source=self.source.id) for n in range(len(events))]
        disclosure = project(events, decision, handling(self.labels, decision), envelopes)
        target = Target(
            partner=partner.id,
            message_id=self.name,
            person_id=EXAMPLE_ID,
            at=self.as_of,
            zone=self.known.county.zone,
            options={**(partner.delivery.options if partner.delivery else {}), **self.marks},
        )
        return writer.write(disclosure, target)
