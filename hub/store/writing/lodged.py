"""What the hub keeps for its own people: accounts, sessions, saved searches. Each is sealed, and changed only from the version that stands.

Whoever owns the database alone learns how many there are of each kind, and when they were changed and are over.
"""

from __future__ import annotations

from sqlalchemy import Connection, select

from hub import clock
from hub.errors import Conflict, KeyUnavailable
from hub.model.commands import Lodge
from hub.model.plan import Fact
from hub.store import schema
from hub.store.reading import AnyRow
from hub.store.result import Result
from hub.store.seal import HUB
from hub.store.sealing import Place, Sealer
from hub.store.writing.group import Group


class Lodging(Fact, frozen=True):
    """Something lodged, opened: its name, the version that stands, when it was last changed, and until when it holds (0: always)."""

    name: str
    version: int
    at: int
    until: int
    value: bytes


class Lodged:
    """Reads what is lodged within one reading transaction; what is over is not there any more."""

    def __init__(self, connection: Connection, sealer: Sealer) -> None:
        self._connection, self._sealer = connection, sealer

    def one(self, kind: str, name: str) -> Lodging | None:
        """The one of that name; None when there is none."""
        row = self._connection.execute(_LODGED.where(_table.kind == kind, _table.name == name)).first()
        return self._opened(row) if row else None

    def all(self, kind: str) -> list[Lodging]:
        """Everything of a kind, by name."""
        rows = self._connection.execute(_LODGED.where(_table.kind == kind).order_by(_table.name)).all()
        return [found for row in rows if (found := self._opened(row))]

    def _opened(self, row: AnyRow) -> Lodging | None:
        if row.until and row.until <= clock.now():
            return None
        try:
            value = self._sealer.opened(row.sealed, _place(row.kind, row.name, row.at, row.version))
        except KeyUnavailable:
            return None
        return Lodging(name=row.name, version=row.version, at=row.at, until=row.until, value=value)


def lodge(group: Group, command: Lodge) -> Result:
    """Something is lodged, changed or taken away; `Conflict` when another version stands than the one it was changed from."""
    key = (command.kind, command.name)
    stands = _stands(group, key)
    if stands != command.before:
        raise Conflict("Somebody else changed it meanwhile.", at=f"{command.kind} version {stands}", cure="Look again.")
    leaf = group.record(command.entry, HUB) if command.entry else -1
    group.lodged[key] = _row(group, command, stands + 1) if command.value else None
    return Result(seq=stands + 1, leaf=leaf)


def _stands(group: Group, key: tuple[str, str]) -> int:
    """The version that stands as of this point of the group."""
    if key not in group.lodged:
        return group.known.lodged.get(key, 0)
    row = group.lodged[key]
    return int(row[2]) if row else 0


def _row(group: Group, command: Lodge, version: int) -> tuple[object, ...]:
    sealed = group.tools.sealer.sealed(command.value, _place(command.kind, command.name, command.at, version))
    return (command.kind, command.name, version, command.at, command.until, sealed)


def _place(kind: str, name: str, at: int, version: int) -> Place:
    return Place("lodged", HUB, at, f"{kind} {name}".encode(), version)


_table = schema.lodged.c
_LODGED = select(schema.lodged)
