"""Sealing and opening what one message or entry keeps, and the leaf that commits to an entry."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from hub.model.entry import LedgerEntry
from hub.store.seal import Aad, Key, KeyRef, Keystore, Use, key_ref, month_of, salt, seal, unseal
from hub.tlog.leaf import KIND, field_salts, make_leaf

_FIELDS = tuple(name for name in LedgerEntry.__struct_fields__ if name not in ("kind", "at"))
_listed = msgspec.json.Encoder().encode
_LEAF = "leaf"


_USES = {"payload": Use.PAYLOAD, "traits": Use.LINK}


class Place(NamedTuple):
    """Where a sealed record stands, and so which key it is sealed under: its owner's, for the month of `at`."""

    table: str
    owner: bytes
    at: int
    record: bytes
    version: int = 0

    @property
    def key(self) -> KeyRef:
        """The name of the key: what is neither payload nor traits is kept for accounting."""
        return key_ref(self.owner, _USES.get(self.table, Use.ACCOUNT), month_of(self.at))


def sealed_as(origin: str) -> str:
    """The name that seals are bound to: that of the first ledger, however often it was restored under a new name.

    >>> sealed_as("hub.example/county~2")
    'hub.example/county'
    """
    first, restored, _ = origin.partition("~")
    return first.rstrip("/") if restored else origin


def successor(origin: str) -> str:
    """The name under which a restored ledger goes on.

    >>> successor("hub.example/county"), successor("hub.example/county~2"), successor("hub.example")
    ('hub.example/county~2', 'hub.example/county~3', 'hub.example/~2')
    """
    first, _, number = origin.partition("~")
    return f"{first}{'' if '/' in first else '/'}~{int(number or 1) + 1}"


class Sealer:
    """Seals for one ledger origin with the keys of one keystore. An owner is the 16-byte id of a source identity."""

    def __init__(self, keys: Keystore, origin: str) -> None:
        self.keys = keys
        self.origin = sealed_as(origin)

    def account(self, owner: bytes, at: int) -> Key:
        """The key of an owner's accounting in the month of `at`, made when there is none yet: for the writer."""
        return self.keys.need(key_ref(owner, Use.ACCOUNT, month_of(at)))

    def sealed(self, plain: bytes, place: Place) -> bytes:
        """Seal a record for this very place, under a key made when there is none yet: for the writer."""
        return seal(plain, key=self.keys.need(place.key), aad=self._bound(place))

    def opened(self, sealed: bytes, place: Place) -> bytes:
        """Open a record; `KeyUnavailable` when its key was destroyed, `SealBroken` when it was altered or moved."""
        return unseal(sealed, key=self.keys.key(place.key), aad=self._bound(place))

    def sealed_with(self, plain: bytes, place: Place, fresh: KeyRef) -> bytes:
        """Seal a record for this very place under a key of another name, which will take the place of its own."""
        return seal(plain, key=self.keys.need(fresh), aad=self._bound(place))

    def _bound(self, place: Place) -> Aad:
        return Aad(origin=self.origin, table=place.table, record=place.record, version=place.version)

    def leaf(self, entry: LedgerEntry, index: int, account: Key) -> bytes:
        """The ledger leaf that commits to this entry at this index, salted from the owner's account key."""
        fields = committed(entry)
        return make_leaf(entry.kind, entry.at, fields, self.salts(index, account, fields))

    def salts(self, index: int, account: Key, fields: dict[str, bytes]) -> dict[str, bytes]:
        """The salts of a leaf's fields, by name, `kind` among them."""
        secret = salt(account, b"%s %d" % (self.origin.encode(), index), _LEAF)
        return field_salts(secret, (KIND, *fields))


def committed(entry: LedgerEntry) -> dict[str, bytes]:
    """The fields a leaf commits to: what is empty is left out, lists are spelled as JSON arrays.

    >>> from hub.model.entry import Kind
    >>> committed(LedgerEntry(kind=Kind.DECIDED, at=1, partner="rms", rules=("R1",)))
    {'partner': b'rms', 'rules': b'["R1"]'}
    """
    values = {name: getattr(entry, name) for name in _FIELDS}
    return {name: _spelled(value) for name, value in values.items() if value}


def _spelled(value: str | tuple[str, ...]) -> bytes:
    return value.encode() if isinstance(value, str) else _listed(value)
