"""What stands behind a ledger leaf: the sealed facts it commits to; opened one by one, or all of them checked."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, literal, select

from hub.errors import KeyUnavailable, ProofFailed
from hub.model.entry import LedgerEntry
from hub.model.plan import Fact
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
        """Compare every leaf with the facts behind it; `ProofFailed` names the first that commits to something else."""
        found = [self._audited(commit) for commit in self._connection.execute(_COMMITS)]
        return Audit(checked=sum(each.checked for each in found), destroyed=sum(each.destroyed for each in found))

    def _audited(self, commit: AnyRow) -> Audit:
        first, stop = commit.first_leaf, commit.first_leaf + commit.leaf_count
        leaves, at, checked = Ledger(self._connection).entries(first, stop), first, 0
        for row in self._of(commit):
            if row.leaf != at:
                raise ProofFailed("nothing, or more than one thing, stands behind it", at=f"leaf {min(row.leaf, at)}")
            at += row.leaf_count
            checked += row.leaf_count if self._holds(row, leaves[row.leaf - first : at - first]) else 0
        if at != stop:
            raise ProofFailed("nothing stands behind it", at=f"leaf {at}")
        return Audit(checked=checked, destroyed=commit.leaf_count - checked)

    def _holds(self, row: AnyRow, leaves: list[bytes]) -> bool:
        """Whether facts stand behind these leaves still; `ProofFailed` when they are others."""
        try:
            found = self._behind(row)
        except KeyUnavailable:
            return False
        if len(found) != len(leaves):
            raise ProofFailed(f"{len(found)} entries stand behind {len(leaves)} leaves", at=f"leaf {row.leaf}")
        for behind, leaf in zip(found, leaves, strict=True):
            fields = committed(behind.entry)
            if make_leaf(behind.entry.kind, behind.entry.at, fields, self._salts(behind, fields)) != leaf:
                raise ProofFailed("it does not commit to the facts behind it", at=f"leaf {behind.leaf}")
        return True

    def _salts(self, behind: Behind, fields: dict[str, bytes]) -> dict[str, bytes]:
        return self._sealer.salts(behind.leaf, self._sealer.keys.key(behind.place.key), fields)

    def _one(self, index: int) -> Behind:
        latest = _COMMITS.where(schema.growth.c.first_leaf <= index).order_by(None)
        commit = self._connection.execute(latest.order_by(schema.growth.c.commit.desc()).limit(1)).first()
        for row in self._of(commit) if commit else ():
            if row.leaf <= index < row.leaf + row.leaf_count:
                return self._behind(row)[index - int(row.leaf)]
        raise ProofFailed("there is no such leaf", at=f"leaf {index}")

    def _behind(self, row: AnyRow) -> list[Behind]:
        place = Place(row.kept, row.owner, row.at, row.record, row.version)
        if row.kept == "entry":
            entries = [each.entry for each in self._opener.entries(self._connection, [row])]
        else:
            entries = [entry for plan in self._opener.plans(self._connection, [row]) for entry in plan.entries]
        return [Behind(row.leaf + offset, entry, place) for offset, entry in enumerate(entries)]

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
    )
    .join(schema.message, schema.message.c.seq == schema.version.c.message)
    .where(
        schema.version.c.leaf >= bindparam("first"),
        schema.version.c.leaf < bindparam("stop"),
        schema.version.c.leaf_count > 0,
    )
)
# Of messages that were planned once, the commit that numbered them is the commit of their leaves.
_MESSAGES = select(schema.message, literal("account").label("kept"), schema.message.c.id.label("record")).where(
    schema.message.c.seq >= bindparam("begin"), schema.message.c.seq < bindparam("end"),
    schema.message.c.version == 0, schema.message.c.leaf_count > 0,
    schema.message.c.leaf >= bindparam("first"), schema.message.c.leaf < bindparam("stop"),
)  # fmt: skip
