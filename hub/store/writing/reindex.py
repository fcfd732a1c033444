"""The blind index written anew under its next key: a batch a transaction, found under both keys meanwhile, resumed after a crash."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, Final, NamedTuple

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection, Table, bindparam, delete, func, select, update

from hub.errors import KeyUnavailable
from hub.model.event import CrisisEvent
from hub.model.plan import Block
from hub.model.traits import Traits
from hub.store import bulk, house, schema
from hub.store.consents import named_by
from hub.store.reading import AnyRow, Opener
from hub.store.sealing import Place, Sealer
from hub.store.tokens import Tokens, details_of
from hub.store.writing.keep import code_block

AT_ONCE: Final = 500
_MARK: Final = "reindex"
_traits = msgspec.msgpack.Decoder(Traits).decode
Tidy = Callable[[Callable[[Connection], Any]], Any]


class Blocks(NamedTuple):
    """Under which blocks somebody stands, which incident numbers a message carries, and who was told of it: the shell knows how.

    `of_told` is given the destination, its interest and the events.
    """

    of_traits: Callable[[Traits], tuple[Block, ...]]
    of_events: Callable[[Iterable[CrisisEvent]], tuple[Block, ...]]
    of_told: Callable[[str, str, Iterable[CrisisEvent]], Iterable[Block]]


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """How far the index is written anew: under which version, in which table, after which row (hex), `done` rows in all."""

    version: int
    table: int = 0
    after: str = ""
    done: int = 0


class Reindex:
    """Writes every token anew. Rows that nothing can be derived from any more, because keys were destroyed, are left behind.

    INVARIANT: at every moment each row stands under a key that lives, and look-ups ask under both.
    """

    def __init__(self, tidy: Tidy, sealer: Sealer, tokens: Tokens, blocks: Blocks) -> None:
        """`tidy` does something to rows in one transaction, as `Writer.tidy`."""
        self._tidy, self._sealer, self._opener = tidy, sealer, Opener(sealer)
        self._tokens, self._blocks = tokens, blocks
        self._tables: tuple[tuple[Table, str, Callable[[Connection, Sequence[AnyRow]], int]], ...] = (
            (schema.traits, "identity", self._people),
            (schema.message, "seq", self._incidents),
            (schema.directive, "seq", self._directives),
        )

    def run(self, version: int, progress: Callable[[int, int], None] = lambda *_: None) -> int:
        """Write the index anew under the newest key, from where it was left; says how many tokens. `progress`: rows done, of."""
        total, written = int(self._tidy(self._total)), 0
        for done, changed in self._batches(version):
            written += changed
            progress(min(done, total), total)
        return written

    def finished(self, connection: Connection) -> None:
        """Forget how far it came: the older key is destroyed."""
        connection.execute(delete(schema.house).where(schema.house.c.name == _MARK))

    def _total(self, connection: Connection) -> int:
        return sum(connection.scalar(select(func.count()).select_from(table)) or 0 for table, *_ in self._tables)

    def _batches(self, version: int) -> Iterator[tuple[int, int]]:
        step = self._tidy(partial(_begun, version))
        while step.table < len(self._tables):
            step, changed = self._tidy(partial(self._batch, step))
            yield step.done, changed
        # A few hundred at most, whose token is no key of its own: all in one go, again if need be.
        self._tidy(self._codes)

    def _batch(self, step: Step, connection: Connection) -> tuple[Step, int]:
        table, name, act = self._tables[step.table]
        key = table.c[name]
        after = _after(step.after, key.type.python_type)
        rows = connection.execute(
            select(table).where(*([] if after is None else [key > after])).order_by(key).limit(AT_ONCE)
        ).all()
        changed = act(connection, rows) if rows else 0
        ended, done = len(rows) < AT_ONCE, step.done + len(rows)
        following = (
            Step(version=step.version, table=step.table + 1, done=done)
            if ended
            else replace(step, after=_spelled(getattr(rows[-1], name)), done=done)
        )
        house.set_mark(connection, _MARK, msgspec.json.encode(following).decode())
        return following, changed

    # --- one table each

    def _people(self, connection: Connection, rows: Sequence[AnyRow]) -> int:
        """People by their numbers, names and dates. The marks of what was said are begun anew: the next message is looked at."""
        old, new = [], []
        for row in rows:
            if (plain := self._opened(row.sealed, Place("traits", row.identity, row.at, row.identity))) is None:
                continue
            known = _traits(plain)
            blocks = self._blocks.of_traits(known)
            old += [(token, row.identity) for block in blocks for token in self._tokens.wanted(block)[:-1]]
            details = details_of(blocks, self._tokens.mark(known), self._tokens)
            new += [(token, row.identity, joined) for token, joined in details.items()]
        if old:
            connection.execute(_LEFT, [{"old": token, "whose": identity} for token, identity in old])
        if new:
            bulk.upsert(connection, schema.blind, new, {})
        return len(new)

    def _incidents(self, connection: Connection, rows: Sequence[AnyRow]) -> int:
        """Incident numbers, and who was told of what; of messages whose bytes are still there."""
        fresh: dict[bytes, bytes] = {}
        for block in (block for row in rows if row.episode for block in self._numbers(connection, row)):
            *before, now = self._tokens.wanted(block)
            fresh.update(dict.fromkeys(before, now))
        table = schema.incident
        found = connection.execute(select(table).where(table.c.token.in_(fresh))).all() if fresh else ()
        if found:
            connection.execute(delete(table).where(table.c.token.in_([row.token for row in found])))
            bulk.upsert(connection, table, [(fresh[row.token], row.episode, row.at) for row in found], {})
        return len(found)

    def _numbers(self, connection: Connection, row: AnyRow) -> Iterator[Block]:
        try:
            (kept,) = self._opener.payloads(connection, [row])
        except KeyUnavailable:
            return
        yield from self._blocks.of_events(kept.events)
        for destination, interest in connection.execute(_TOLD, {"message": row.seq}):
            yield from self._blocks.of_told(destination, interest, kept.events)

    def _directives(self, connection: Connection, rows: Sequence[AnyRow]) -> int:
        """Consents by their own names; of those without one, by the message they came with and their place in it."""
        table = schema.directive
        for row in rows:
            try:
                directive = self._opener.directive(row)
            except KeyUnavailable:
                continue
            block = named_by(directive, self._journal(connection, row.message), self._place(connection, row))
            changed = {"token": self._tokens.written(block)}
            connection.execute(update(table).where(table.c.seq == row.seq).values(changed))
        return len(rows)

    def _journal(self, connection: Connection, message: int) -> str:
        found = connection.scalar(select(schema.message.c.id).where(schema.message.c.seq == message))
        return bytes(found or b"").hex()

    def _place(self, connection: Connection, row: AnyRow) -> int:
        table = schema.directive.c
        before = select(func.count()).where(table.message == row.message, table.known_from == row.known_from)
        return connection.scalar(before.where(table.seq < row.seq)) or 0

    def _codes(self, connection: Connection) -> None:
        """Codes that no table knows: their token is part of their place, so they are sealed anew."""
        table = schema.code
        for row in connection.execute(select(table)).all():
            if (plain := self._opened(row.sealed, Place("code", row.owner, row.at, row.token))) is None:
                continue
            token = self._tokens.written(code_block(row.table, plain.decode()))
            sealed = self._sealer.sealed(plain, Place("code", row.owner, row.at, token))
            here = (table.c.partner == row.partner, table.c.table == row.table, table.c.token == row.token)
            connection.execute(update(table).where(*here).values(token=token, sealed=sealed))

    def _opened(self, sealed: bytes, place: Place) -> bytes | None:
        try:
            return self._sealer.opened(sealed, place)
        except KeyUnavailable:
            return None


_TOLD = select(schema.outbox.c.destination, schema.outbox.c.interest).where(
    schema.outbox.c.message == bindparam("message")
)
_LEFT = delete(schema.blind).where(
    schema.blind.c.token == bindparam("old"), schema.blind.c.identity == bindparam("whose")
)


def _begun(version: int, connection: Connection) -> Step:
    """Where to go on: at the beginning, unless the same version was begun before."""
    found = house.read_mark(connection, _MARK)
    step = msgspec.json.decode(found, type=Step) if found else Step(version=version)
    return step if step.version == version else Step(version=version)


def _spelled(key: Any) -> str:
    return key.hex() if isinstance(key, bytes) else f"{key:x}"


def _after(text: str, kind: type) -> Any:
    if not text:
        return None
    return bytes.fromhex(text) if kind is bytes else int(text, 16)
