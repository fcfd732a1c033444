"""Is each partner well, and may the hub still talk to it? From the store, from the courier where it runs here, and from the files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol

import msgspec

from hub import clock
from hub.app.acts.holding import Holding, holdings
from hub.app.house import Household
from hub.app.vault import Vault
from hub.partners import Partner
from hub.spans import DAY, MINUTE
from hub.store.asking.due import Depth
from hub.store.asking.outbox import Outbox
from hub.store.asking.pace import Pace, pace

# An agreement that ends so soon is work for somebody; so is a delivery that waits so long.
ENDING: Final = 30 * DAY
LATE: Final = 5 * MINUTE
_ORDER: Final = ("stopped", "parked", "late", "ended", "paused", "flowing", "quiet")


class Breaker(Protocol):
    """What stops a lane whose partner does not answer, as the courier has it."""

    @property
    def failures(self) -> int:
        """How often it did not answer in a row."""
        ...

    @property
    def probe_at(self) -> int:
        """When it is tried next (UTC microseconds)."""
        ...

    def is_open(self) -> bool:
        """Whether the lane is stopped."""
        ...


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """How one partner stands. Instants are UTC microseconds, 0 for never; lengths are microseconds.

    `state` is flowing, late, stopped, parked, paused (`held` by somebody), quiet (nothing to deliver) or ended (no agreement).
    """

    partner: str
    name: str
    kind: str
    state: str
    waiting: int
    again: int
    parked: int
    oldest: int
    heard: int
    took: int
    half: int
    most: int
    agreement: str
    ends: int
    failures: int
    probe_at: int
    dedupe: str
    contact: str
    phone: str
    held: Holding | None = None


def health(known: Household, vault: Vault, breakers: Mapping[str, Breaker]) -> tuple[Health, ...]:
    """Every partner, those first that need somebody."""
    outbox = Outbox(vault.database, vault.keys, vault.origin)
    with vault.database.read() as connection:
        paces = {name: pace(connection, name) for name in known.county.partners}
    held = holdings(vault)
    found = [
        _health(known, partner, outbox.depth(name), paces[name], (breakers.get(name), held.get(name)))
        for name, partner in known.county.partners.items()
    ]
    return tuple(sorted(found, key=lambda one: (_ORDER.index(one.state), one.partner)))


def _health(
    known: Household, partner: Partner, depth: Depth, found: Pace, lane: tuple[Breaker | None, Holding | None]
) -> Health:
    now, (breaker, held) = clock.now(), lane
    _, ends = known.county.terms[partner.id]
    stopped = breaker is not None and breaker.is_open()
    late = bool(depth.oldest) and now - depth.oldest > LATE
    states = {
        "ended": not known.county.in_force(partner, now),
        "paused": held is not None,
        "stopped": stopped,
        "parked": depth.parked > 0,
        "late": late,
        "flowing": partner.delivery is not None or found.heard > 0,
    }
    return Health(
        partner=partner.id,
        name=partner.name,
        kind=partner.kind,
        state=next((state for state, holds in states.items() if holds), "quiet"),
        waiting=depth.waiting,
        again=depth.again,
        parked=depth.parked,
        oldest=depth.oldest,
        heard=found.heard,
        took=found.took,
        half=found.quantile(0.5),
        most=found.quantile(0.95),
        agreement=partner.agreement.reference,
        ends=ends,
        failures=breaker.failures if breaker else 0,
        probe_at=breaker.probe_at if breaker and stopped else 0,
        dedupe=partner.delivery.dedupe if partner.delivery else "",
        contact=partner.contact,
        phone=partner.phone,
        held=held,
    )
