"""What was disclosed about a person: every delivery that left, everything that was shown, over all source identities of now."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import islice

from sqlalchemy import Connection, bindparam, func, select

from hub.errors import KeyUnavailable
from hub.model.entry import LedgerEntry
from hub.model.plan import Block, Fact
from hub.store import schema
from hub.store.ids import as_id
from hub.store.reading import AnyRow, Opener
from hub.store.seal import Keystore
from hub.store.sealing import Sealer
from hub.store.tokens import Tokens

# What the carrier says where no byte of a message ever left the hub.
NEVER_LEFT = ("PartnerUnreachable",)
_AT_ONCE = 400


class Disclosed(Fact, frozen=True):
    """One disclosure. `source` is whose record it was, `entry` what the ledger remembers; None when that was destroyed.

    `outcome` is that of the attempt that counts: delivered, else the last that left; empty while it is in the air, and
    "shown" for what was looked at. `at` is UTC microseconds.
    """

    at: int
    recipient: str
    source: str
    identity: str
    journal: str
    interest: str
    leaf: int
    outcome: str
    code: str = ""
    entry: LedgerEntry | None = None


class Disclosures:
    """Reads within one reading transaction."""

    def __init__(self, connection: Connection, keys: Keystore, origin: str) -> None:
        self._connection, self._keys = connection, keys
        self._opener = Opener(Sealer(keys, origin))

    def identities(self, owner: str) -> tuple[str, ...]:
        """Every source identity that is held to be the same person as this one, now, itself among them."""
        rows = self._connection.scalars(_SAME_PERSON, {"owner": as_id(owner)})
        return tuple(sorted(row.hex() for row in rows)) or (owner,)

    def found(self, block: Block) -> tuple[str, ...]:
        """The source identities that a strong block (an identifier) leads to."""
        tokens = list(Tokens(self._keys).wanted(block))
        rows = self._connection.scalars(_FOUND, {"tokens": tokens})
        return tuple(sorted({row.hex() for row in rows}))

    def about(self, identities: Collection[str], since: int, until: int) -> list[Disclosed]:
        """What was disclosed about these identities between two instants, in the order it happened."""
        owners = [as_id(each) for each in identities]
        when = {"owners": owners, "since": since, "until": until}
        attempts = self._connection.execute(_ATTEMPTS, when).all()
        left = _one_each(attempts)
        shown = self._connection.execute(_SHOWN, when).all()
        entries = self._entries([row.leaf for row in (*left, *shown)])
        found = [_sent(row, entries.get(row.leaf)) for row in left]
        found += [_seen(row, entries.get(row.leaf)) for row in shown]
        return sorted(found, key=lambda each: (each.at, each.leaf, each.source))

    def suspended(self, identities: Collection[str], now: int) -> frozenset[str]:
        """The agencies whose disclosures stay out of accountings of these identities now."""
        wanted = {"owners": [as_id(each) for each in identities], "now": now}
        return frozenset(self._connection.scalars(_SUSPENDED, wanted))

    def counted(self, since: int, until: int) -> tuple[dict[tuple[str, str], int], int, int]:
        """Deliveries received between two instants by (destination, interest); decisions made then, and those that permitted."""
        when = {"since": since, "until": until}
        delivered = {(row.destination, row.interest): row.number for row in self._connection.execute(_RECEIVED, when)}
        # PostgreSQL sums into a decimal.
        decided, permitted = (int(self._connection.scalar(query, when) or 0) for query in (_DECIDED, _PERMITTED))
        return delivered, decided, permitted

    def path_names(self) -> dict[str, tuple[str, ...]]:
        """The names of the sets of paths that entries speak of, by id."""
        rows = self._connection.execute(select(schema.path_set))
        return {row.id: tuple(row.names.split("\n")) if row.names else () for row in rows}

    def _entries(self, leaves: Sequence[int]) -> dict[int, LedgerEntry]:
        found: dict[int, LedgerEntry] = {}
        for some in _batches(leaves):
            rows = self._connection.execute(_ENTRIES, {"leaves": some}).all()
            found.update(self._opened(rows))
        return found

    def _opened(self, rows: Sequence[AnyRow]) -> dict[int, LedgerEntry]:
        """The facts of these rows; where some were destroyed, those of the others."""
        try:
            opened = self._opener.entries(self._connection, rows)
        except KeyUnavailable:
            if len(rows) == 1:
                return {}
            half = len(rows) // 2
            return self._opened(rows[:half]) | self._opened(rows[half:])
        return {row.leaf: each.entry for row, each in zip(rows, opened, strict=True)}


def _one_each(attempts: Iterable[AnyRow]) -> list[AnyRow]:
    """One attempt of each delivery: the one that was accepted, else the last that left; none where no byte ever did."""
    best: dict[int, AnyRow] = {}
    for row in attempts:
        if row.code in NEVER_LEFT:
            continue
        if row.outbox not in best or best[row.outbox].outcome != "delivered":
            best[row.outbox] = row
    return list(best.values())


def _sent(row: AnyRow, entry: LedgerEntry | None) -> Disclosed:
    return Disclosed(
        at=row.at, recipient=row.destination, source=row.partner, identity=row.owner.hex(), journal=row.id.hex(),
        interest=row.interest, leaf=row.leaf, outcome=row.outcome or "", code=row.code or "", entry=entry,
    )  # fmt: skip


def _seen(row: AnyRow, entry: LedgerEntry | None) -> Disclosed:
    return Disclosed(
        at=row.at, recipient=row.partner, source=row.home or "", identity=row.owner.hex(),
        journal=entry.journal if entry else "", interest="", leaf=row.leaf, outcome="shown", entry=entry,
    )  # fmt: skip


def _batches(leaves: Sequence[int]) -> Iterable[list[int]]:
    rest = iter(leaves)
    while some := list(islice(rest, _AT_ONCE)):
        yield some


_theirs = schema.identity.alias("theirs")
_SAME_PERSON = (
    select(_theirs.c.id)
    .join(schema.identity, schema.identity.c.person == _theirs.c.person)
    .where(schema.identity.c.id == bindparam("owner"))
)
_FOUND = select(schema.blind.c.identity).where(schema.blind.c.token.in_(bindparam("tokens", expanding=True)))
_ATTEMPTS = (
    select(
        schema.attempt.c.outbox, schema.attempt.c.at, schema.attempt.c.leaf, schema.outbox.c.destination,
        schema.outbox.c.interest, schema.message.c.id, schema.message.c.partner, schema.message.c.owner,
        schema.outcome.c.outcome, schema.outcome.c.code,
    )
    .select_from(schema.message)
    .join(schema.outbox, schema.outbox.c.message == schema.message.c.seq)
    .join(schema.attempt, schema.attempt.c.outbox == schema.outbox.c.seq)
    .outerjoin(schema.outcome, schema.outcome.c.attempt == schema.attempt.c.seq)
    .where(
        schema.message.c.owner.in_(bindparam("owners", expanding=True)),
        schema.attempt.c.at >= bindparam("since"), schema.attempt.c.at < bindparam("until"),
    )
    .order_by(schema.attempt.c.seq)
)  # fmt: skip
_SHOWN = (
    select(schema.shown, schema.identity.c.partner.label("home"))
    .outerjoin(schema.identity, schema.identity.c.id == schema.shown.c.owner)
    .where(
        schema.shown.c.owner.in_(bindparam("owners", expanding=True)), schema.shown.c.partner != "",
        schema.shown.c.at >= bindparam("since"), schema.shown.c.at < bindparam("until"),
    )
)  # fmt: skip
_ENTRIES = (
    select(schema.entry)
    .where(schema.entry.c.leaf.in_(bindparam("leaves", expanding=True)))
    .order_by(schema.entry.c.leaf)
)
_SUSPENDED = select(schema.suspension.c.partner).where(
    schema.suspension.c.owner.in_(bindparam("owners", expanding=True)),
    schema.suspension.c.starts <= bindparam("now"),
    schema.suspension.c.ends > bindparam("now"),
)
_RECEIVED = (
    select(schema.outbox.c.destination, schema.outbox.c.interest, func.count().label("number"))
    .select_from(schema.outcome)
    .join(schema.attempt, schema.attempt.c.seq == schema.outcome.c.attempt)
    .join(schema.outbox, schema.outbox.c.seq == schema.attempt.c.outbox)
    .where(
        schema.outcome.c.outcome == "delivered", schema.outcome.c.at >= bindparam("since"),
        schema.outcome.c.at < bindparam("until"),
    )
    .group_by(schema.outbox.c.destination, schema.outbox.c.interest)
)  # fmt: skip
_between = (schema.message.c.at >= bindparam("since"), schema.message.c.at < bindparam("until"))
# The first leaf of a planned message says that it came; each further one is a decision.
_DECIDED = select(func.sum(schema.message.c.leaf_count - 1)).where(schema.message.c.state == "planned", *_between)
_PERMITTED = (
    select(func.count())
    .select_from(schema.outbox)
    .join(schema.message, schema.message.c.seq == schema.outbox.c.message)
    .where(*_between)
)
