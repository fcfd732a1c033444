"""What goes wrong with a database, said in our words: passing trouble, or something a person must look at.

No driver's words leave this room: they may quote a row.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pysqlite3.dbapi2 as sqlite
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from hub.errors import Conflict, HubError, Lasting, StoreUnavailable

_LOCKED = "The database is locked by another process."
_FULL = "The disk of the database is full."
_GONE = "The database cannot be reached."
_FIND_HOLDER = "Find who holds it (a backup tool, a shell) and let it finish; nothing was half-committed."
_FREE_SPACE = "Free some space; the hub goes on by itself, and nothing was half-committed."
_LOOK = "See that the database is running and its disk is mounted and writable; the hub goes on by itself."

# What SQLite says, by a word of its message; pysqlite3 has no error codes.
_SQLITE = (
    ("locked", _LOCKED, _FIND_HOLDER),
    ("busy", _LOCKED, _FIND_HOLDER),
    ("full", _FULL, _FREE_SPACE),
    ("disk i/o error", _GONE, _LOOK),
    ("unable to open", _GONE, _LOOK),
    ("readonly", _GONE, _LOOK),
    ("read-only", _GONE, _LOOK),
)
# SQLSTATE classes of PostgreSQL that pass: connection, resources, intervention, system; and two single states.
_POSTGRES = (
    ("53100", _FULL, _FREE_SPACE),
    ("55P03", _LOCKED, _FIND_HOLDER),
    ("40", _LOCKED, _FIND_HOLDER),
    ("08", _GONE, _LOOK),
    ("25006", _GONE, _LOOK),
    ("53", _GONE, _LOOK),
    ("57", _GONE, _LOOK),
    ("58", _GONE, _LOOK),
)


@contextmanager
def spoken(doing: str) -> Iterator[None]:
    """Turn what the driver raises while `doing` something into a letter of ours."""
    try:
        yield
    except HubError:
        raise
    except (SQLAlchemyError, psycopg.Error, sqlite.Error) as error:
        raise letter(error, doing) from error


def letter(error: Exception, doing: str) -> HubError:
    """The error of ours that says what a driver's or SQLAlchemy's one means.

    >>> letter(sqlite.OperationalError("database is locked"), "reading").message
    'The database is locked by another process.'
    """
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    if isinstance(cause, (psycopg.IntegrityError, sqlite.IntegrityError)):
        return Conflict(f"The database holds something else already, found while {doing}.")
    if isinstance(error, PoolTimeout) or (isinstance(error, DBAPIError) and error.connection_invalidated):
        return StoreUnavailable(_GONE, cure=_LOOK)
    return _passing(cause) or Lasting(f"The database refused the store while {doing} ({type(cause).__name__}).")


def _passing(cause: BaseException) -> StoreUnavailable | None:
    state, words = getattr(cause, "sqlstate", None), str(cause).lower()
    if isinstance(cause, psycopg.OperationalError) and not state:
        # The connection broke under it: there was nobody to give a state.
        return StoreUnavailable(_GONE, cure=_LOOK)
    rows = (
        [row for row in _POSTGRES if state.startswith(row[0])] if state else [row for row in _SQLITE if row[0] in words]
    )
    return StoreUnavailable(rows[0][1], cure=rows[0][2]) if rows else None
