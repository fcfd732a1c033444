"""Sealed records for the tests of destroying: each knows which keys it needs."""

from __future__ import annotations

from dataclasses import dataclass

from hub.errors import KeyUnavailable
from hub.store.seal import (
    Aad,
    Certificate,
    KeyRef,
    Keystore,
    Order,
    Use,
    destroy,
    mixed,
    new_identity,
    renew_index,
    seal,
    unseal,
)
from tests.store.seal.conftest import Place

MONTH = 2026 * 12
NOW = 1_774_000_000_000_000
MONTHLY = (Use.PAYLOAD, Use.LINK, Use.ACCOUNT)


@dataclass(frozen=True)
class Row:
    """One sealed record, with the keys it needs."""

    refs: tuple[KeyRef, ...]
    aad: Aad
    sealed: bytes

    def opens(self, keys: Keystore) -> bool:
        try:
            return unseal(self.sealed, key=mixed(keys.key(ref) for ref in self.refs), aad=self.aad) == b"PID|1||M1"
        except KeyUnavailable:
            return False


def row(keys: Keystore, *refs: KeyRef) -> Row:
    aad = Aad(origin="county", table="journal", record=new_identity())
    return Row(refs, aad, seal(b"PID|1||M1", key=mixed(keys.need(ref) for ref in refs), aad=aad))


def carried_out(keys: Keystore, place: Place, *orders: Order) -> Certificate:
    return destroy(keys, orders, index_version=renew_index(keys), backup=place.backup, at=NOW)
