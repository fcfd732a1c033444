"""Disclosures for tests of writers: everything in some events, or the granted paths only."""

from __future__ import annotations

from collections.abc import Iterable

from hub.contracts import Received, Target
from hub.flow.project import Envelope, project
from hub.model.decision import Decision
from hub.model.disclosure import Disclosure
from hub.model.event import Body, CrisisEvent
from hub.model.label import Handling
from hub.model.registry import EVERYTHING, mask

# Sunday, 1 March 2026, 09:30 in Chicago.
AT = 1_772_379_000_000_000
RECEIVED = Received(journal="j1", partner="p1", as_of=AT, zone="America/Chicago")
TARGET = Target(partner="p2", message_id="out-1", person_id="P-9", at=AT, zone="America/Chicago")


def event(body: Body, n: int = 0) -> CrisisEvent:
    """An event of some source."""
    return CrisisEvent(id=f"e{n}", body=body, source="s1", recorded_at=AT)


def disclose(bodies: Iterable[Body], granted: Iterable[str] = (), handling: Handling | None = None) -> Disclosure:
    """What is left of some bodies when only `granted` paths may be seen; all of it when none are named."""
    events = tuple(event(body, n) for n, body in enumerate(bodies))
    bits = mask(granted) or EVERYTHING
    decision = Decision(partner=TARGET.partner, purpose="COC", granted=(bits,) * len(events))
    envelopes = [Envelope(id=one.id, source="x") for one in events]
    return project(events, decision, handling or Handling(), envelopes)
