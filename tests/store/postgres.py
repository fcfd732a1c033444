"""A PostgreSQL for the tests, databases in it that stand at the newest schema, and one statement outside any transaction."""

from __future__ import annotations

import itertools
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from sqlalchemy import create_engine, make_url, text

from hub.bench.postgres import running_postgres
from hub.store.engine import Database
from hub.store.migrate import migrate

_numbers = itertools.count()


@contextmanager
def standing() -> Iterator[str]:
    """The URL of a running PostgreSQL; skips with a sentence where none can be started."""
    try:
        server = ExitStack()
        url = server.enter_context(running_postgres())
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        why = type(error).__name__
        pytest.skip(f"needs a PostgreSQL of its own, which did not start here ({why}): see docs/reference/database.md")
    with server:
        # A hundred databases would take a minute to sync when it stops; no test here cuts its power.
        run(url, "ALTER SYSTEM SET fsync = off")
        run(url, "SELECT pg_reload_conf()")
        _migrated(url)
        yield url


def _migrated(server: str) -> None:
    """A database to copy: bringing each test's own to the schema would take half a second."""
    run(server, "CREATE DATABASE migrated")
    database = Database(make_url(server).set(database="migrated").render_as_string(hide_password=False))
    with database.connect() as connection:
        migrate(connection)
    database.close()


def fresh(server: str) -> str:
    """The URL of a new database of a running PostgreSQL, empty and at the newest schema."""
    name = f"county{next(_numbers)}"
    run(server, f"CREATE DATABASE {name} TEMPLATE migrated")
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def run(url: str, statement: str) -> None:
    """Run one statement outside any transaction."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
