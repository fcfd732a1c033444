"""What was in the air when the hub stopped: sent again under its key where the partner can recognise it, else left to a person."""

from __future__ import annotations

from collections.abc import Mapping

from hub import clock
from hub.courier.prepare import Desk
from hub.model.commands import Settle
from hub.model.entry import Kind, LedgerEntry
from hub.partners import Partner
from hub.store.asking.due import Flown
from hub.store.asking.outbox import Outbox

CODE = "interrupted"


async def recover(outbox: Outbox, desk: Desk, partners: Mapping[str, Partner]) -> int:
    """Settle every attempt that a crash left open; says how many. Nobody knows whether their bytes left."""
    flown = outbox.flown()
    if flown:
        await desk.ask([_settled(one, partners.get(one.destination), clock.now()) for one in flown])
    return len(flown)


def _settled(one: Flown, partner: Partner | None, now: int) -> Settle:
    again = partner is not None and partner.delivery is not None and partner.delivery.dedupe != "none"
    outcome = "again" if again else "parked"
    entry = LedgerEntry(
        kind=Kind.OUTCOME, at=now, partner=one.destination, subject=one.identity, outcome=f"{outcome} {CODE}"
    )
    cause = "" if again else "The hub stopped while this was being sent. Ask the partner whether it arrived."
    return Settle(
        outbox=one.outbox,
        attempt=one.attempt,
        at=now,
        outcome=outcome,
        code=CODE,
        entry=entry,
        due_at=now if again else 0,
        cause=cause,
    )
