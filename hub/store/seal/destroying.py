"""Destroying keys, so that what was sealed under them is gone from every copy, backups included; and certifying it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from hub.errors import Conflict, NotAllowed
from hub.store.seal.blind import renew_index
from hub.store.seal.frames import HOLD_KEYS
from hub.store.seal.key import SECRET_BYTES, Key
from hub.store.seal.keystore import Keystore
from hub.store.seal.names import HUB, IDENTITY_BYTES, REF_BYTES, Use, key_ref, owner_of, period_of
from hub.store.seal.rewrite import Copy, Doomed, back_up, bonds, rewrite

# 45 CFR 164.528 asks for accountings of six years.
ACCOUNT_MONTHS = 72

LIMITS = (
    "Copies of the key file and of the keystore that were made outside the hub still open what they opened, until they are destroyed.",
    "Old files were overwritten with zeros; a flash drive, a snapshot or a copy-on-write file system may keep the former blocks.",
    "A process that had unwrapped a key may hold it in memory, swap or a core dump until it follows the keystore or ends.",
    "What partners received is theirs; a recall was or was not sent apart from this.",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """Which keys are to go: those of all these uses, owners and periods. None means every one of them.

    Those of `spared` owners stay: something of theirs waits for a person, and must stay readable until it is settled.
    With `ids` only the very keys of these ids (`Key.id`) go, never later ones that came to stand under the same name.
    """

    why: str
    uses: frozenset[Use]
    owners: frozenset[bytes] | None = None
    periods: frozenset[int] | None = None
    before: int | None = None
    spared: frozenset[bytes] = frozenset()
    ids: frozenset[bytes] | None = None

    def __post_init__(self) -> None:
        if self.owners is None and self.periods is None and self.before is None:
            raise NotAllowed("An order names owners, periods or a time; it never takes everything.", at=self.why)

    def covers(self, ref: bytes, secret: bytes = b"") -> bool:
        """Whether the key of this name is to go; its `secret` is wanted where the order names ids."""
        return (
            ref[IDENTITY_BYTES] in self.uses
            and (self.owners is None or owner_of(ref) in self.owners)
            and (self.periods is None or period_of(ref) in self.periods)
            and (self.before is None or period_of(ref) < self.before)
            and owner_of(ref) not in self.spared
            and (self.ids is None or (bool(secret) and Key(secret).id in self.ids))
        )


class Named(NamedTuple):
    """Orders about very keys, and how many keys of each use they name."""

    orders: tuple[Order, ...]
    destroyed: dict[str, int]


def exactly(keys: Keystore, orders: Iterable[Order]) -> Named:
    """The same orders about the very keys they cover now, those shared with others among them: safe to repeat at any time.

    A key that comes to stand under the same name later is another one, and stays.
    """
    keys.flush()
    told = [_with_shared(order, keys) for order in orders]
    ids: list[set[bytes]] = [set() for _ in told]
    counted: Counter[Use] = Counter()
    for ref, secret in _each(keys):
        if covering := [place for place, order in enumerate(told) if order.covers(ref, secret)]:
            counted[Use(ref[IDENTITY_BYTES])] += 1
            for place in covering:
                ids[place].add(Key(secret).id)
    named = (replace(order, ids=frozenset(mine)) for order, mine in zip(told, ids, strict=True))
    return Named(tuple(named), _by_name(counted))


def expunge(identities: Iterable[bytes], *, accounting: bool = False, months: Iterable[int] | None = None) -> Order:
    """Destroy what was sealed for these source identities, in every month or these; accounting only when ordered."""
    uses = {Use.PAYLOAD, Use.LINK} | ({Use.ACCOUNT} if accounting else set())
    periods = None if months is None else frozenset(months)
    return Order(why="expungement", uses=frozenset(uses), owners=frozenset(identities), periods=periods)


def expire(this_month: int, *, payload_months: int) -> tuple[Order, Order]:
    """Destroy payload months older than so many, and accounting older than six years, as of a month (`month_of`).

    A month is destroyed when it lies wholly further back: with `payload_months=1` last month stays.
    """
    payload = Order(why="payload expiry", uses=frozenset({Use.PAYLOAD}), before=this_month - payload_months)
    account = Order(why="account expiry", uses=frozenset({Use.ACCOUNT}), before=this_month - ACCOUNT_MONTHS)
    return payload, account


@dataclass(frozen=True, kw_only=True, slots=True)
class Certificate:
    """What was destroyed, what remains, and what nobody can promise."""

    at: int
    orders: tuple[Order, ...]
    destroyed: dict[str, int]
    remaining: int
    version: int
    versions_destroyed: tuple[int, ...]
    backup: Copy
    limits: tuple[str, ...] = LIMITS


def index_wanted(keys: Keystore) -> int:
    """The version that the blind index must stand under before `destroy`: its keys are made now, unless they are there.

    After a destroying that was cut short at its very end, that is the version of the keystore itself.
    """
    return keys.version if _unfinished(keys) else renew_index(keys)


def destroy(
    keys: Keystore,
    orders: Iterable[Order],
    *,
    index_version: int,
    backup: Path,
    at: int,
    renamed: Mapping[bytes, bytes] = MappingProxyType({}),
) -> Certificate:
    """Carry out orders: delete keys, rewrap the rest under a new key-encryption key, verify a new backup, destroy the old.

    `index_version`: what `index_wanted` gave, once every row of the blind index stands under it. `backup`: where the one
    backup of the keystore lies, apart from the data and their backups. `at`: UTC microseconds. `renamed`: keys that take the
    place of destroyed ones, by the names they were made under. Run by the writer between two groups of messages.

    After a crash at any step run it again with the same arguments; once this returns, it is done. `Conflict` then means that
    only the certificate was missing: renew the index, write it anew, run the orders again. Counts are those of the run that
    finished.
    """
    keys.flush()
    version = _next_version(keys)
    _refuse_old_index(keys, index_version, version)
    told = tuple(_with_shared(order, keys) for order in orders)
    keys.custody.make(version)
    gone = rewrite(keys, _doomed(told, version), version=version, renamed=renamed)
    copy = back_up(keys, backup)
    destroyed = keys.custody.destroy_below(version)
    return Certificate(
        at=at,
        orders=told,
        destroyed=_by_name(gone),
        remaining=keys.count,
        version=version,
        versions_destroyed=destroyed,
        backup=copy,
    )


def drop_days(keys: Keystore, before: int) -> int:
    """Drop the day keys of days before this one (`hub.clock.day`), every night; gives how many went.

    Keeps the key-encryption key, so a backup of the keystore made earlier still has them until the next `destroy`.
    """
    order = Order(why="day keys", uses=frozenset({Use.DAY}), before=before)
    if not any(order.covers(ref) for ref in keys.house):
        return 0
    return rewrite(keys, order.covers, version=keys.version).total()


def _next_version(keys: Keystore) -> int:
    """The version to rewrap under: that of the keystore itself when a crash kept the older ones from being destroyed."""
    return keys.version if _unfinished(keys) else keys.version + 1


def _unfinished(keys: Keystore) -> bool:
    return keys.custody.versions()[0] < keys.version


def _each(keys: Keystore) -> Iterator[tuple[bytes, bytes]]:
    """Every durable key, with its name first."""
    for frame, secrets in keys.opened(*HOLD_KEYS):
        for place in range(len(secrets) // SECRET_BYTES):
            ref = frame.clear[place * REF_BYTES : (place + 1) * REF_BYTES]
            yield ref, secrets[place * SECRET_BYTES : (place + 1) * SECRET_BYTES]


def _refuse_old_index(keys: Keystore, index_version: int, version: int) -> None:
    """INVARIANT: no index key outlives the key-encryption key it was made for, or old copies of the index could be tested."""
    if index_version != version or key_ref(HUB, Use.INDEX, version) not in keys.house:
        raise Conflict(
            f"The blind index stands under version {index_version}; destroying makes version {version}.",
            at=str(keys.path),
            cure="Call renew_index, write every row of the index anew, then destroy.",
        )


def _with_shared(order: Order, keys: Keystore) -> Order:
    """The order, and the keys that these owners share with others: they go with the first of them."""
    if order.owners is None:
        return order
    shared = {one for one, members in bonds(keys).items() if members & order.owners}
    return replace(order, owners=order.owners | shared)


def _doomed(orders: tuple[Order, ...], version: int) -> Doomed:
    index = Order(why="index rotation", uses=frozenset({Use.INDEX, Use.VICTIM_INDEX}), before=version)
    every = (*orders, index)
    return lambda ref, secret: any(order.covers(ref, secret) for order in every)


def _by_name(gone: Counter[Use]) -> dict[str, int]:
    return {use.name.lower(): gone[use] for use in Use if gone[use]}
