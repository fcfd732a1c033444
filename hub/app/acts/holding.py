"""Deliveries to one partner held for a while by somebody's word: lodged, so that it outlives a restart, and over by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from hub import clock
from hub.app.vault import Vault
from hub.errors import Conflict, Lasting
from hub.model.commands import Lodge
from hub.model.entry import Kind, LedgerEntry
from hub.model.plan import Fact
from hub.spans import DAY, MINUTE
from hub.store.sealing import Sealer
from hub.store.writing.lodged import Lodged, Lodging

KIND: Final = "holding"
# Nobody holds a partner longer without saying so again.
LONGEST: Final = 7 * DAY


class Holding(Fact, frozen=True):
    """That deliveries to a partner are held: by whom, why, since when and until when (UTC microseconds)."""

    actor: str
    reason: str
    at: int
    until: int


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Holding).decode


def holdings(vault: Vault) -> Mapping[str, Holding]:
    """Every partner whose deliveries are held now."""
    return {each.name: _decode(each.value) for each in _all(vault)}


def hold(vault: Vault, partner: str, *, actor: str, reason: str, until: int) -> Lodge:
    """The command that holds deliveries to a partner until an instant. Raises Lasting for a time that is no such time."""
    now = clock.now()
    if not now + MINUTE <= until <= now + LONGEST:
        raise Lasting("Until when? A minute from now at the earliest, seven days at the latest.")
    before = next((each.version for each in _all(vault) if each.name == partner), 0)
    value = _encode(Holding(actor=actor, reason=reason, at=now, until=until))
    entry = LedgerEntry(
        kind=Kind.CONFIG, at=now, partner=partner, actor=actor, outcome=f"deliveries to {partner} held: {reason}"
    )
    return Lodge(kind=KIND, name=partner, at=now, value=value, until=until, before=before, entry=entry)


def let_go(vault: Vault, partner: str, *, actor: str) -> Lodge:
    """The command that lets deliveries to a partner go on. Raises Conflict where they are not held."""
    standing = next((each for each in _all(vault) if each.name == partner), None)
    if standing is None:
        raise Conflict("Deliveries to this partner are not held any more.")
    now = clock.now()
    entry = LedgerEntry(
        kind=Kind.CONFIG, at=now, partner=partner, actor=actor, outcome=f"deliveries to {partner} go on"
    )
    return Lodge(kind=KIND, name=partner, at=now, before=standing.version, entry=entry)


def _all(vault: Vault) -> list[Lodging]:
    vault.keys.follow()
    with vault.database.read() as connection:
        return Lodged(connection, Sealer(vault.keys, vault.origin)).all(KIND)
