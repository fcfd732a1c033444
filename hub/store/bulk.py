"""Many rows of one table in one go: prepared statements on SQLite, COPY and pipelines on PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from psycopg.sql import SQL, Identifier
from sqlalchemy import Connection, Dialect, LargeBinary, Table, Text, text
from sqlalchemy import insert as insert_into
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import psycopg

Row = tuple[Any, ...]
# Fewer rows than this travel faster as one pipelined statement than as a COPY of their own.
_WORTH_COPYING = 4


def insert(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows, each with a value for every column, in the order of the schema."""
    if connection.dialect.name == "postgresql" and len(rows) >= _WORTH_COPYING:
        _copy(connection, table, rows)
    else:
        connection.exec_driver_sql(_inserting(connection.dialect.name, table), list(rows))


def upsert(connection: Connection, table: Table, rows: Sequence[Row], change: Mapping[str, str]) -> None:
    """Insert rows; where the key is there already, set columns to SQL expressions (`excluded` is the new row) instead."""
    connection.exec_driver_sql(_upserting(connection.dialect.name, table, tuple(change.items())), list(rows))


@lru_cache(maxsize=256)
def _inserting(dialect: str, table: Table) -> str:
    return str(insert_into(table).compile(dialect=_DIALECTS[dialect]))


@lru_cache(maxsize=64)
def _upserting(dialect: str, table: Table, change: tuple[tuple[str, str], ...]) -> str:
    statement = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(table)
    key = [column.name for column in table.primary_key]
    changed = {name: text(expression) for name, expression in change}
    whole = (
        statement.on_conflict_do_update(index_elements=key, set_=changed)
        if change
        else statement.on_conflict_do_nothing(index_elements=key)
    )
    return str(whole.compile(dialect=_DIALECTS[dialect]))


def _copy(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    names = SQL(", ").join(Identifier(column.name) for column in table.columns)
    statement = SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(Identifier(table.name), names)
    with connection.connection.cursor() as cursor, cursor.copy(statement) as copy:  # type: ignore[attr-defined]  # psycopg's own cursor
        copy.set_types([_type(column.type) for column in table.columns])
        for row in rows:
            copy.write_row(row)


def _type(kind: object) -> str:
    return "bytea" if isinstance(kind, LargeBinary) else "text" if isinstance(kind, Text) else "int8"


# Positional parameters: rows are tuples.
_DIALECTS: dict[str, Dialect] = {
    "sqlite": sqlite.dialect(paramstyle="qmark"),
    "postgresql": psycopg.dialect(paramstyle="format"),  # type: ignore[no-untyped-call]  # SQLAlchemy left it untyped
}
