"""What the database holds of the rows that a group of commands speaks of, read once for the whole group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Connection, bindparam, select, tuple_

from hub.model.commands import (
    Alert,
    Attest,
    Claim,
    Command,
    Lodge,
    Once,
    Overdue,
    Recall,
    Release,
    Relink,
    Replan,
    Tend,
)
from hub.store import bulk, schema
from hub.store.ids import as_id
from hub.store.living import Living, living
from hub.store.reading import AnyRow, Opener


class Delivery(NamedTuple):
    """An outbox row: where to, about whom, whether it was ever attempted, and the `held` row that holds it, if any."""

    destination: str
    identity: bytes
    attempted: bool
    held: bulk.Row | None


class Parked(NamedTuple):
    """A parked message and its bytes."""

    row: AnyRow
    body: bytes


class Known(NamedTuple):
    """Deliveries by outbox number, parked messages by id; alerts that live, overdue deliveries, used assertions.

    `lodged` are versions of what is lodged, by kind and name; `persons` whom identities are held to be; `recalls` are recalled
    deliveries; `tasks` the owners of tasks that are open, by number.
    """

    deliveries: dict[int, Delivery]
    parked: dict[bytes, Parked]
    alerts: Mapping[tuple[str, str, int], Living] = {}
    overdue: frozenset[int] = frozenset()
    used: frozenset[bytes] = frozenset()
    lodged: Mapping[tuple[str, str], int] = {}
    persons: Mapping[bytes, bytes] = {}
    recalls: Mapping[int, AnyRow] = {}
    tasks: Mapping[int, bytes] = {}


def read_known(connection: Connection, commands: Sequence[Command], opener: Opener) -> Known:
    """Read what these commands speak of."""
    numbers = {each.outbox for each in commands if isinstance(each, Claim | Release | Overdue)}
    names = {as_id(each.journal) for each in commands if isinstance(each, Replan)}
    deliveries = _deliveries(connection, numbers) if numbers else {}
    found = Known(deliveries, _parked(connection, names, opener) if names else {})
    if any(isinstance(c, Recall | Attest) for c in commands):
        found = found._replace(recalls=_recalls(connection, commands))
    return _with_upkeep(connection, commands, found) if any(isinstance(c, _UPKEEP) for c in commands) else found


def _recalls(connection: Connection, commands: Sequence[Command]) -> dict[int, AnyRow]:
    numbers = {each.outbox for each in commands if isinstance(each, Attest)}
    numbers |= {outbox for each in commands if isinstance(each, Recall) for outbox in each.deliveries}
    query = select(schema.recall, schema.outbox.c.identity).join(
        schema.outbox, schema.outbox.c.seq == schema.recall.c.outbox
    )
    return {row.outbox: row for row in connection.execute(query.where(schema.recall.c.outbox.in_(numbers)))}


_UPKEEP = (Alert, Lodge, Once, Overdue, Relink, Tend)


def _with_upkeep(connection: Connection, commands: Sequence[Command], found: Known) -> Known:
    """The same, and what commands of operating the hub speak of: rare, so that others do not pay for it."""
    late = {each.outbox for each in commands if isinstance(each, Overdue)}
    digests = {each.digest for each in commands if isinstance(each, Once)}
    lodges = [each for each in commands if isinstance(each, Lodge)]
    moved = {as_id(move.identity) for each in commands if isinstance(each, Relink) for move in each.moves}
    tended = {each.task for each in commands if isinstance(each, Tend)}
    told = select(schema.overdue.c.outbox).where(schema.overdue.c.outbox.in_(late))
    used = select(schema.jti.c.digest).where(schema.jti.c.digest.in_(digests))
    return found._replace(
        alerts=living(connection),
        overdue=frozenset(connection.scalars(told)),
        used=frozenset(connection.scalars(used)),
        lodged=_lodged(connection, lodges) if lodges else {},
        persons=_held_to_be(connection, moved) if moved else {},
        tasks=_open(connection, tended) if tended else {},
    )


def _open(connection: Connection, numbers: set[int]) -> dict[int, bytes]:
    table = schema.task.c
    rows = connection.execute(select(table.seq, table.owner).where(table.seq.in_(numbers), table.done_at == 0))
    return {row.seq: row.owner for row in rows}


def _held_to_be(connection: Connection, identities: set[bytes]) -> dict[bytes, bytes]:
    table = schema.identity.c
    return {
        row.id: row.person for row in connection.execute(select(table.id, table.person).where(table.id.in_(identities)))
    }


def _deliveries(connection: Connection, numbers: set[int]) -> dict[int, Delivery]:
    wanted = {"wanted": list(numbers)}
    held = {row[0]: tuple(row) for row in connection.execute(_HELD, wanted)}
    return {
        row.seq: Delivery(row.destination, row.identity, row.first is not None, held.get(row.seq))
        for row in connection.execute(_WITH_FIRST_ATTEMPT, wanted)
    }


_wanted: BindParameter[Any] = bindparam("wanted", expanding=True)
_HELD = select(schema.held).where(schema.held.c.outbox.in_(_wanted))
_WITH_FIRST_ATTEMPT = (
    select(
        schema.outbox.c.seq,
        schema.outbox.c.destination,
        schema.outbox.c.identity,
        schema.attempt.c.seq.label("first"),
    )
    .outerjoin(schema.attempt, (schema.attempt.c.outbox == schema.outbox.c.seq) & (schema.attempt.c.number == 1))
    .where(schema.outbox.c.seq.in_(_wanted))
)


def _parked(connection: Connection, names: set[bytes], opener: Opener) -> dict[bytes, Parked]:
    rows = connection.execute(
        select(schema.message).where(schema.message.c.id.in_(names), schema.message.c.state == "parked")
    ).all()
    return {row.id: Parked(row, kept.body) for row, kept in zip(rows, opener.payloads(connection, rows), strict=True)}


def _lodged(connection: Connection, lodges: Sequence[Lodge]) -> dict[tuple[str, str], int]:
    """The versions of what is lodged under these names, and is not over."""
    table, asked = schema.lodged.c, {(each.kind, each.name): each.at for each in lodges}
    rows = connection.execute(
        select(table.kind, table.name, table.version, table.until).where(
            tuple_(table.kind, table.name).in_(list(asked))
        )
    )
    return {(r.kind, r.name): r.version for r in rows if not r.until or r.until > asked[r.kind, r.name]}
