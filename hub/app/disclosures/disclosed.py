"""The log of disclosures: every attempt, and every decision granted and refused, with its facts and without anybody's name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from hub.app.vault import Vault
from hub.errors import KeyUnavailable
from hub.model.category import Category
from hub.model.entry import Kind, LedgerEntry
from hub.model.plan import Plan
from hub.model.registry import FIELDS
from hub.store.asking.journal import Journal, Message, Wanted
from hub.store.asking.sent import IN_THE_AIR, Paths, Sendings, Sent, Sought
from hub.store.sealing import Sealer

# So many are opened for one page at most, whatever is looked for.
_OPENED = 300
_AT_ONCE = 50
_CATEGORY = {field.path: field.category for field in FIELDS}


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt or decision. `rules`, `consents` and `agreement` are its basis; `categories` are what kinds of knowledge it was about.

    `destroyed`: its facts are gone, its proof remains.
    """

    at: int
    partner: str
    journal: str
    leaf: int
    outcome: str
    purpose: str = ""
    rules: tuple[str, ...] = ()
    consents: tuple[str, ...] = ()
    agreement: str = ""
    categories: tuple[Category, ...] = ()
    rule_set: str = ""
    destroyed: bool = False


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A page: its rows, where the next begins (0: there is none), and how many were looked through for it."""

    rows: tuple[Row, ...]
    next: int
    looked: int


def disclosed(vault: Vault, sought: Sought) -> Found:
    """A page of the log, the newest first. It looks through so many at most; `next` goes on from there."""
    vault.keys.follow()
    with vault.database.read() as connection:
        books = Books(
            log=Sendings(connection, Sealer(vault.keys, vault.origin)),
            journal=Journal(connection, vault.keys, vault.origin),
            paths=Paths(connection),
        )
        return _page(_sent(books, sought) if sought.kind == "sent" else _decided(books, sought), sought)


class Books(NamedTuple):
    """What one page is read from, as of one moment."""

    log: Sendings
    journal: Journal
    paths: Paths


def _page(walk: Iterator[tuple[int, list[Row]]], sought: Sought) -> Found:
    """Steps are (key, its rows): a page never ends inside a step."""
    rows: list[Row] = []
    looked = key = 0
    for key, step in walk:
        looked += 1
        rows += [row for row in step if _fits(row, sought)]
        if len(rows) >= sought.limit or looked >= _OPENED:
            return Found(rows=tuple(rows), next=key, looked=looked)
    return Found(rows=tuple(rows), next=0, looked=looked)


def _fits(row: Row, sought: Sought) -> bool:
    return (
        sought.partner in ("", row.partner)
        and sought.purpose in ("", row.purpose)
        and sought.outcome in ("", row.outcome)
        and (not sought.rule or sought.rule in row.rules)
        and (not sought.category or sought.category in row.categories)
    )


def _sent(books: Books, sought: Sought) -> Iterator[tuple[int, list[Row]]]:
    before = sought.before
    while page := books.log.sent(partner=sought.partner, outcome=sought.outcome, before=before, limit=_AT_ONCE):
        for one in page:
            yield one.key, [_attempt(books.paths, one)]
        before = page[-1].key


def _attempt(paths: Paths, one: Sent) -> Row:
    outcome = one.outcome or IN_THE_AIR
    if one.entry is None:
        return Row(at=one.at, partner=one.partner, journal=one.journal, leaf=one.leaf, outcome=outcome, destroyed=True)
    return _row(paths, one.entry, one.leaf, outcome)


def _decided(books: Books, sought: Sought) -> Iterator[tuple[int, list[Row]]]:
    before = sought.before
    while page := books.journal.search(Wanted(state="planned", before=before, limit=_AT_ONCE)):
        plans = _plans(books.journal, [message.journal for message in page])
        for message in page:
            plan = plans.get(message.journal)
            yield message.seq, list(_decisions(books.paths, message, plan, sought.kind)) if plan else []
        before = page[-1].seq


def _plans(journal: Journal, names: Sequence[str]) -> dict[str, Plan]:
    """The plans of messages, read together; those whose facts were destroyed are left out."""
    try:
        return dict(zip(names, journal.plans(names), strict=True))
    except KeyUnavailable:
        if len(names) == 1:
            return {}
        half = len(names) // 2
        return _plans(journal, names[:half]) | _plans(journal, names[half:])


def _decisions(paths: Paths, message: Message, plan: Plan, kind: str) -> Iterator[Row]:
    wanted = {"granted": Kind.DECIDED, "refused": Kind.REFUSED}[kind]
    for offset, entry in enumerate(plan.entries):
        if entry.kind == wanted:
            yield _row(paths, entry, message.leaf + offset, kind)


def _row(paths: Paths, entry: LedgerEntry, leaf: int, outcome: str) -> Row:
    found = {_CATEGORY[path] for path in paths.names(entry.paths) if path in _CATEGORY}
    return Row(
        at=entry.at,
        partner=entry.partner,
        journal=entry.journal,
        leaf=leaf,
        outcome=outcome,
        purpose=entry.purpose,
        rules=tuple(dict.fromkeys(entry.rules)),
        consents=entry.consents,
        agreement=entry.agreement,
        categories=tuple(sorted(found)),
        rule_set=entry.rule_set,
    )
