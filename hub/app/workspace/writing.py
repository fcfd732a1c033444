"""How what people type on pages is written down: planned and decided like any message, committed by the one writer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from hub import clock
from hub.app.workspace.shelf import Shelves
from hub.contracts import Reading
from hub.errors import Conflict, Lasting
from hub.flow.plan import Known
from hub.model.commands import Command
from hub.model.commands import Keep as Kept
from hub.model.event import Body, CrisisEvent, event_id
from hub.model.plan import Link
from hub.model.values import Instant
from hub.partners import Partner
from hub.store.asking.due import Due
from hub.store.asking.outbox import Outbox
from hub.store.result import Result

DOOR: Final = "workspace"
KIND: Final = "WORKSPACE"


@dataclass(frozen=True, slots=True)
class Keep:
    """Has the one writer commit, and waits."""

    ask: Callable[[Sequence[Command]], Sequence[Result]]

    def __call__(self, *commands: Command) -> None:
        """Commit, and raise what stood in the way."""
        for result in self.ask(commands):
            if isinstance(result.error, Conflict):
                raise Conflict("A colleague of yours did this at the same moment. Nothing was done twice.")
            if result.error is not None:
                raise result.error


def message(shelves: Shelves, partner: Partner, bodies: Sequence[Body], due: Due, *, journal: str, body: bytes) -> Kept:
    """A message that a partner's own people typed in answer to one they were shown, about the very person.

    What bound that one binds the answer too. The same journal id is kept once. Raises Lasting where the partner file says
    nothing of what the partner sends.
    """
    if partner.source is None:
        raise Lasting("Your partner file says nothing of what you send.", cure="Ask whoever runs the hub.")
    now, vault = clock.now(), shelves.vault
    events = tuple(
        CrisisEvent(id=event_id(journal, n), body=one, source=partner.id, recorded_at=now, occurred_at=Instant(at=now))
        for n, one in enumerate(bodies)
    )
    link = Link(verdict="same", identity=due.identity, person=due.identity, fresh=False)
    allowed = tuple(Outbox(vault.database, vault.keys, vault.origin).allowed(due.identity))
    known = Known(journal=journal, source=partner, as_of=now, link=link, directives=allowed)
    reading = Reading(kind=KIND, events=events, message_id=journal, inherited=due.inherited)
    plan = shelves.known.house.plan(reading, known)
    plan = msgspec.structs.replace(plan, episode=None)
    return Kept(journal=journal, partner=partner.id, at=now, door=DOOR, body=body, plan=plan)
