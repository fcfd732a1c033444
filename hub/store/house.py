"""What the database as a whole is: whose ledger it holds, and marks such as "demo"."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select, update

from hub.errors import Misconfigured
from hub.store.schema import house
from hub.tlog.notes import VerifierKey

_ORIGIN = "origin"
_DEMO = "demo"
# Every key that ever signed this ledger, numbered from the first on.
_SIGNER = "signer "


def settle(connection: Connection, signer: VerifierKey, *, demo: bool) -> None:
    """Write into a new database whose ledger it holds, and whether it is a demonstration; refuse one that is another."""
    origin, there = signer.name, read_mark(connection, _ORIGIN)
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
    known = signers(connection)
    if not known:
        write_mark(connection, f"{_SIGNER}000", str(signer))
    elif known[0] != signer:
        raise Misconfigured(
            "Another key signed this ledger last.",
            at="ledger.key",
            cure="Put that key back, or make the change known: crisis-hub ledger rotate.",
        )


def signers(connection: Connection) -> list[VerifierKey]:
    """The public keys that signed this ledger, the present one first."""
    rows = connection.execute(select(house).where(house.c.name.startswith(_SIGNER)).order_by(house.c.name.desc()))
    return [VerifierKey.parse(row.value) for row in rows]


def succeed(connection: Connection, signer: VerifierKey) -> None:
    """From now on this key signs, perhaps under a new name; those before it stay known, to verify what they signed."""
    write_mark(connection, f"{_SIGNER}{len(signers(connection)):03}", str(signer))
    connection.execute(update(house).where(house.c.name == _ORIGIN).values(value=signer.name))


def read_mark(connection: Connection, name: str) -> str | None:
    """The value of a mark, or None."""
    return connection.execute(select(house.c.value).where(house.c.name == name)).scalar_one_or_none()


def write_mark(connection: Connection, name: str, value: str) -> None:
    """Set a mark that was not there."""
    connection.execute(insert(house).values(name=name, value=value))


def set_mark(connection: Connection, name: str, value: str) -> None:
    """Set a mark, whether it was there or not."""
    connection.execute(delete(house).where(house.c.name == name))
    write_mark(connection, name, value)
