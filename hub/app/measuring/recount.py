"""A published export counted again: the same question over the journal of now, row by row, under a ledger that begins with its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from hub.app.house import Household
from hub.app.keeping.proofs import follows
from hub.app.measuring.measures import report
from hub.app.vault import Vault
from hub.errors import Misconfigured
from hub.flow.measures.counting import Costs
from hub.flow.measures.publish import as_ndjson
from hub.flow.measures.report import EDITION, Report, digest

Rows = Mapping[tuple[str, str, str], tuple[Any, Any]]


class Recount(msgspec.Struct, frozen=True, kw_only=True):
    """What counting again showed. `differ` names the rows that are not the same (measure, where, what), never their numbers.

    `destroyed` messages were destroyed since the export was made: they may be why.
    """

    rows: int
    differ: tuple[tuple[str, str, str], ...]
    destroyed: int
    query: str

    @property
    def identical(self) -> bool:
        """Whether every number is as it was published."""
        return not self.differ


def recount(vault: Vault, known: Household, export: bytes) -> Recount:
    """Count again what an export (NDJSON of `measures`) says was asked.

    Raises Misconfigured where it is none, was altered in its query, or was made by another edition of the measures; ProofFailed
    where the ledger of now does not begin with the tree that the export names.
    """
    head, before = _read(export)
    if head.checkpoint:
        follows(vault, head.checkpoint.encode())
    asked = head.query
    now: Report = report(vault, known, asked.since, asked.until, asked.costs, change=asked.change)
    if now.digest != head.digest:
        raise Misconfigured("The county counts in another zone now.", at="query", cure="Count it as it was set then.")
    _, after = _read(as_ndjson(now).encode())
    differ = tuple(sorted(row for row in before.keys() | after.keys() if before.get(row) != after.get(row)))
    return Recount(rows=len(before), differ=differ, destroyed=now.destroyed - head.destroyed, query=now.digest)


class _Query(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    since: int
    until: int
    edition: int
    zone: str
    costs: Costs
    change: int
    measures: tuple[str, ...]


class _Head(msgspec.Struct, frozen=True, kw_only=True):
    query: _Query
    digest: str
    destroyed: int
    checkpoint: str


class _Row(msgspec.Struct, frozen=True, kw_only=True):
    measure: str
    at: str
    value: str
    episodes: int | str
    number: float | str


def _read(export: bytes) -> tuple[_Head, Rows]:
    try:
        first, *lines = [line for line in export.splitlines() if line.strip()]
        head = msgspec.json.decode(first, type=_Head)
        rows = [msgspec.json.decode(line, type=_Row) for line in lines]
    except (ValueError, msgspec.DecodeError) as broken:
        raise Misconfigured("This is no export of the measures.", cure="Write it with --format ndjson.") from broken
    if digest(msgspec.to_builtins(head.query)) != head.digest:
        raise Misconfigured("Its query was altered: it is not what its digest says.", at="query")
    if head.query.edition != EDITION:
        raise Misconfigured(f"Edition {head.query.edition} of the measures made it; this is {EDITION}.", at="query")
    return head, {(row.measure, row.at, row.value): (row.episodes, row.number) for row in rows}
