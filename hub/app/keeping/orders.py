"""What was ordered to be destroyed, kept beside the keystore: a keystore restored from an older copy must obey it again."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from hub.errors import Misconfigured
from hub.store.seal import Keystore, Order, Use, disk
from hub.store.seal.rewrite import rewrite


class Written(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An order as a line: names and ids of keys only, which are random, and months."""

    at: int
    why: str
    uses: tuple[int, ...]
    owners: tuple[str, ...] | None = None
    periods: tuple[int, ...] | None = None
    before: int | None = None
    spared: tuple[str, ...] = ()
    ids: tuple[str, ...] | None = None

    @classmethod
    def of(cls, order: Order, at: int) -> Written:
        """The line of an order."""
        return cls(
            at=at,
            why=order.why,
            uses=tuple(sorted(order.uses)),
            owners=None if order.owners is None else tuple(sorted(each.hex() for each in order.owners)),
            periods=None if order.periods is None else tuple(sorted(order.periods)),
            before=order.before,
            spared=tuple(sorted(each.hex() for each in order.spared)),
            ids=None if order.ids is None else tuple(sorted(each.hex() for each in order.ids)),
        )

    @property
    def order(self) -> Order:
        """The order itself."""
        return Order(
            why=self.why,
            uses=frozenset(map(Use, self.uses)),
            owners=None if self.owners is None else frozenset(map(bytes.fromhex, self.owners)),
            periods=None if self.periods is None else frozenset(self.periods),
            before=self.before,
            spared=frozenset(map(bytes.fromhex, self.spared)),
            ids=None if self.ids is None else frozenset(map(bytes.fromhex, self.ids)),
        )


def path_of(keystore: Path) -> Path:
    """Where the orders of a keystore lie."""
    return keystore.with_name(f"{keystore.name}.orders")


def write(keystore: Path, orders: Iterable[Order], at: int) -> None:
    """Add orders, durably, before they are carried out: all of them, or none where the disk takes no more."""
    lines = b"".join(msgspec.json.encode(Written.of(order, at)) + b"\n" for order in orders)
    path = path_of(keystore)
    disk.put(path, (path.read_bytes() if path.is_file() else b"") + lines)


def read(keystore: Path) -> list[Written]:
    """Every order there was, the oldest first. Raises Misconfigured where one cannot be read: what it names would come back."""
    path = path_of(keystore)
    if not path.is_file():
        return []
    try:
        return [msgspec.json.decode(line, type=Written) for line in path.read_bytes().splitlines()]
    except msgspec.DecodeError as broken:
        raise Misconfigured(
            "An order to destroy cannot be read, and what it names would come back.",
            at=str(path),
            cure="Put the file back from the newest copy of the keystore.",
        ) from broken


def replay(keys: Keystore) -> int:
    """Carry out every order again, on a keystore that may be an older copy; says how many keys went."""
    orders = [each.order for each in read(keys.path)]
    if not orders:
        return 0
    return rewrite(
        keys, lambda ref, secret: any(order.covers(ref, secret) for order in orders), version=keys.version
    ).total()
