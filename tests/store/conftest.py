"""Databases for the store's tests: each test runs on SQLite and on a real PostgreSQL that the tests start themselves."""

from __future__ import annotations

import itertools
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import make_url

from hub.bench.postgres import running_postgres
from hub.store.engine import Database
from hub.store.migrate import migrate
from tests.store.county import County
from tests.store.postgres import run

_numbers = itertools.count()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a running PostgreSQL; it stops with the tests."""
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


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of its own."""
    (tmp_path / "data").mkdir()
    if request.param == "sqlite":
        return str(tmp_path / "data" / "hub.db")
    server = request.getfixturevalue("postgres")
    name = f"county{next(_numbers)}"
    run(server, f"CREATE DATABASE {name} TEMPLATE migrated")
    return make_url(server).set(database=name).render_as_string(hide_password=False)


@pytest.fixture
def county(url: str, tmp_path: Path) -> Iterator[County]:
    """A county's store, open for writing."""
    with County(url, tmp_path) as county:
        yield county


@pytest.fixture
def small(tmp_path: Path) -> Iterator[County]:
    """The same on SQLite alone, for what only a file can show."""
    (tmp_path / "data").mkdir()
    with County(str(tmp_path / "data" / "hub.db"), tmp_path) as county:
        yield county
