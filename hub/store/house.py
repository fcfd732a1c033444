"""What the database as a whole is: whose ledger it holds, and marks such as "demo"."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select

from hub.errors import Misconfigured
from hub.store.schema import house

_ORIGIN = "origin"


def settle_origin(connection: Connection, origin: str) -> None:
    """Write the ledger's origin into a new database; refuse one that holds the ledger of another."""
    there = read_mark(connection, _ORIGIN)
    if there is None:
        write_mark(connection, _ORIGIN, origin)
    elif there != origin:
        raise Misconfigured(
            f"The database holds the ledger {there}, and the signing key is of {origin}.",
            at="ledger origin",
            cure="Use the key of that ledger, or a database of its own.",
        )


def read_mark(connection: Connection, name: str) -> str | None:
    """The value of a mark, or None."""
    return connection.execute(select(house.c.value).where(house.c.name == name)).scalar_one_or_none()


def write_mark(connection: Connection, name: str, value: str) -> None:
    """Set a mark that was not there."""
    connection.execute(insert(house).values(name=name, value=value))
