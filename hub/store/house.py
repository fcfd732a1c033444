"""What the database as a whole is: whose ledger it holds, and marks such as "demo"."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select

from hub.errors import Misconfigured
from hub.store.schema import house

_ORIGIN = "origin"
_DEMO = "demo"


def settle(connection: Connection, origin: str, *, demo: bool) -> None:
    """Write into a new database whose ledger it holds, and whether it is a demonstration; refuse one that is another."""
    there = read_mark(connection, _ORIGIN)
    if there is None:
        write_mark(connection, _ORIGIN, origin)
        write_mark(connection, _DEMO, str(demo).lower())
    elif there != origin:
        raise Misconfigured(
            f"The database holds the ledger {there}, and the signing key is of {origin}.",
            at="ledger origin",
            cure="Use the key of that ledger, or a database of its own.",
        )
    elif (is_demo := read_mark(connection, _DEMO) == "true") != demo:
        raise Misconfigured(
            f"The database is {'a demonstration' if is_demo else 'no demonstration'}.",
            at="demo mark",
            cure="Use a database of its own: what was played is never mixed with what happened.",
        )


def read_mark(connection: Connection, name: str) -> str | None:
    """The value of a mark, or None."""
    return connection.execute(select(house.c.value).where(house.c.name == name)).scalar_one_or_none()


def write_mark(connection: Connection, name: str, value: str) -> None:
    """Set a mark that was not there."""
    connection.execute(insert(house).values(name=name, value=value))
