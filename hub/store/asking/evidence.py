"""What stands behind a ledger leaf: the sealed facts it commits to; opened one by one, or all of them checked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import closing
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, literal, select

from hub.errors import KeyUnavailable, ProofFailed
from hub.model.entry import Kind, LedgerEntry
from hub.model.plan import Fact, Outgoing
from hub.store import schema
from hub.store.asking.ledger import Ledger
from hub.store.reading import AnyRow, Opener
from hub.store.sealing import Place, Sealer, committed
from hub.tlog.leaf import Opening, make_leaf, open_leaf


class Behind(NamedTuple):
    """One entry with the index of its leaf, and the place whose account key salted it."""

    leaf: int
    entry: LedgerEntry
    place: Place


class Audit(Fact, frozen=True):
    """How many leaves were found to commit to the facts behind them, and of how many the keys were destroyed."""

    checked: int
    destroyed: int


class Evidence:
    """Reads the facts behind leaves within one reading transaction."""

    def __init__(self, connection: Connection, sealer: Sealer) -> None:
        self._connection, self._sealer = connection, sealer
        self._opener = Opener(sealer)

    def entry(self, index: int) -> LedgerEntry:
        """The facts behind a leaf; `KeyUnavailable` when they were destroyed, `ProofFailed` when there is no such leaf."""
        return self._one(index).entry

    def opening(self, index: int, show: Collection[str]) -> Opening:
        """The named fields of a leaf laid open, for somebody who holds the log; showing it is itself an act for the ledger."""
        behind = self._one(index)
        fields = committed(behind.entry)
        return open_leaf(behind.entry.kind, behind.entry.at, fields, self._salts(behind, fields), show=show)

    def audit(self) -> Audit:
        """Compare every leaf with the facts behind it; `ProofFailed` names the first that commits to something else.

        Deliveries and attempts have no leaf of their own to be missed by: each that the facts tell of must be in its table.
        """
        # Attempts are numbered as their leaves are, so one pass over both finds them all.
        with closing(self._connection.scalars(_ATTEMPTS)) as rows:
            attempts = iter(rows)
            found = [self._audited(commit, attempts) for commit in self._connection.execute(_COMMITS)]
        return Audit(checked=sum(each.checked for each in found), destroyed=sum(each.destroyed for each in found))

    def _audited(self, commit: AnyRow, attempts: Iterator[int]) -> Audit:
        first, stop = commit.first_leaf, commit.first_leaf + commit.leaf_count
        leaves, at, checked = Ledger(self._connection).entries(first, stop), first, 0
        for row in self._of(commit):
            if row.leaf != at:
                raise ProofFailed("nothing, or more than one thing, stands behind it", at=f"leaf {min(row.leaf, at)}")
            at += row.leaf_count
            checked += row.leaf_count if self._holds(row, leaves[row.leaf - first : at - first], attempts) else 0
        if at != stop:
            raise ProofFailed("nothing stands behind it", at=f"leaf {at}")
        return Audit(checked=checked, destroyed=commit.leaf_count - checked)

    def _holds(self, row: AnyRow, leaves: list[bytes], attempts: Iterator[int]) -> bool:
        """Whether facts stand behind these leaves still; `ProofFailed` when they are others."""
        try:
            entries, deliveries = self._told(row)
        except KeyUnavailable:
            return False
        found = _behind(row, entries)
        if len(found) != len(leaves):
            raise ProofFailed(f"{len(found)} entries stand behind {len(leaves)} leaves", at=f"leaf {row.leaf}")
        for behind, leaf in zip(found, leaves, strict=True):
            fields = committed(behind.entry)
            if make_leaf(behind.entry.kind, behind.entry.at, fields, self._salts(behind, fields)) != leaf:
                raise ProofFailed("it does not commit to the facts behind it", at=f"leaf {behind.leaf}")
            if behind.entry.kind is Kind.ATTEMPT and _next(attempts, behind.leaf) != behind.leaf:
                raise ProofFailed("the attempt that it tells of is gone from its table", at=f"leaf {behind.leaf}")
        if deliveries:
            self._there(row, deliveries)
        return True

    def _there(self, row: AnyRow, deliveries: tuple[Outgoing, ...]) -> None:
        """Whether what a message brought about stands in the outbox."""
        wanted = Counter((each.destination, each.interest) for each in deliveries)
        stands = Counter(map(tuple, self._connection.execute(_DELIVERIES, {"message": row.number})))
        if gone := wanted - stands:
            (to, interest), *_ = gone
            raise ProofFailed(f"a delivery to {to} ({interest}) is gone from the outbox", at=f"leaf {row.leaf}")

    def _salts(self, behind: Behind, fields: dict[str, bytes]) -> dict[str, bytes]:
        return self._sealer.salts(behind.leaf, self._sealer.keys.key(behind.place.key), fields)

    def _one(self, index: int) -> Behind:
        latest = _COMMITS.where(schema.growth.c.first_leaf <= index).order_by(None)
        commit = self._connection.execute(latest.order_by(schema.growth.c.commit.desc()).limit(1)).first()
        for row in self._of(commit) if commit else ():
            if row.leaf <= index < row.leaf + row.leaf_count:
                return _behind(row, self._told(row)[0])[index - int(row.leaf)]
        raise ProofFailed("there is no such leaf", at=f"leaf {index}")

    def _told(self, row: AnyRow) -> tuple[list[LedgerEntry], tuple[Outgoing, ...]]:
        """The entries behind a row, and the deliveries that came with them."""
        if row.kept == "entry":
            return [each.entry for each in self._opener.entries(self._connection, [row])], ()
        plans = list(self._opener.plans(self._connection, [row]))
        return [entry for plan in plans for entry in plan.entries], tuple(out for plan in plans for out in plan.outbox)

    def _of(self, commit: AnyRow) -> list[AnyRow]:
        """The rows whose leaves a commit added, in their order."""
        begin = commit.first_message
        leaves = {"first": commit.first_leaf, "stop": commit.first_leaf + commit.leaf_count}
        rows = [
            *self._connection.execute(_ENTRIES, leaves),
            *self._connection.execute(_VERSIONS, leaves),
            *self._connection.execute(_MESSAGES, {**leaves, "begin": begin, "end": begin + commit.message_count}),
        ]
        return sorted(rows, key=lambda row: row.leaf)


def _behind(row: AnyRow, entries: list[LedgerEntry]) -> list[Behind]:
    place = Place(row.kept, row.owner, row.at, row.record, row.version)
    return [Behind(row.leaf + offset, entry, place) for offset, entry in enumerate(entries)]


def _next(attempts: Iterator[int], leaf: int) -> int | None:
    return next((each for each in attempts if each >= leaf), None)


_ATTEMPTS = select(schema.attempt.c.leaf).order_by(schema.attempt.c.seq)
_DELIVERIES = select(schema.outbox.c.destination, schema.outbox.c.interest).where(
    schema.outbox.c.message == bindparam("message")
)
_COMMITS = (
    select(
        *(schema.growth.c[name] for name in ("commit", "first_message", "message_count", "first_leaf", "leaf_count"))
    )
    .where(schema.growth.c.leaf_count > 0)
    .order_by(schema.growth.c.commit)
)
_ENTRIES = select(
    schema.entry, literal(1).label("leaf_count"), literal("entry").label("kept"), literal(b"").label("record"),
    literal(0).label("version"),
).where(schema.entry.c.leaf >= bindparam("first"), schema.entry.c.leaf < bindparam("stop"))  # fmt: skip
_VERSIONS = (
    select(
        schema.version,
        schema.message.c.at,
        schema.message.c.id,
        literal("account").label("kept"),
        schema.message.c.id.label("record"),
        schema.version.c.message.label("number"),
    )
    .join(schema.message, schema.message.c.seq == schema.version.c.message)
    .where(
        schema.version.c.leaf >= bindparam("first"),
        schema.version.c.leaf < bindparam("stop"),
        schema.version.c.leaf_count > 0,
    )
)
# Of messages that were planned once, the commit that numbered them is the commit of their leaves.
_MESSAGES = select(
    schema.message, literal("account").label("kept"), schema.message.c.id.label("record"),
    schema.message.c.seq.label("number"),
).where(
    schema.message.c.seq >= bindparam("begin"), schema.message.c.seq < bindparam("end"),
    schema.message.c.version == 0, schema.message.c.leaf_count > 0,
    schema.message.c.leaf >= bindparam("first"), schema.message.c.leaf < bindparam("stop"),
)  # fmt: skip
