"""Opening a database: SQLite by path or PostgreSQL by URL, one connection that writes, any number that only read."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import cached_property
from pathlib import Path
from threading import Condition
from typing import Any
from urllib.parse import quote

import pysqlite3.dbapi2 as sqlite
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool

from hub.errors import Conflict, Misconfigured, StoreUnavailable
from hub.store.trouble import spoken

BUSY_SECONDS = 5.0
# So long a reader may take to leave when the database is closed.
_LAST_WORD_S = 2.0
# https://sqlite.org/wal.html#walresetbug: two connections could reset the log under each other and lose committed writes.
_FLAWED_FROM, _FLAWED_UNTIL = (3, 7, 0), (3, 51, 3)
# "crisis" in ASCII: the name of the writer's lock among the advisory locks of a PostgreSQL database.
_WRITER_LOCK = int.from_bytes(b"crisis", "big")
_POSTGRES_NAMES = ("postgres", "postgresql", "postgresql+psycopg")
_SQLITE_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    f"busy_timeout={round(BUSY_SECONDS * 1000)}",
    "cache_size=-65536",
    "temp_store=MEMORY",
)


class Database:
    """A database by URL. `writing` is for the one writer; everything else goes through `reading`, which cannot write.

    INVARIANT: whoever holds `locked()` and a connection of `connect()` is the only writer, on this machine or any other.
    """

    def __init__(self, url: str | Path) -> None:
        """`url`: the path of an SQLite file, `sqlite:///path`, or `postgresql://user@host/name`."""
        self.url = _url(url)
        self.sqlite = self.url.get_backend_name() == "sqlite"
        if self.sqlite:
            refuse_flawed(sqlite.sqlite_version_info)
        self._opened = 0
        self._readers, self._leaving = 0, Condition()

    @property
    def name(self) -> str:
        """The database for letters and logs, without a password."""
        return self.url.database or "" if self.sqlite else self.url.render_as_string(hide_password=True)

    @property
    def folder(self) -> Path | None:
        """The data folder, where the database is a file."""
        return Path(self.url.database).parent if self.sqlite and self.url.database else None

    @cached_property
    def writing(self) -> Engine:
        """Connections that write; only the writer and migrations ask."""
        return _sqlite_engine(self.url, writes=True) if self.sqlite else _postgres_engine(self.url, writes=True)

    @cached_property
    def reading(self) -> Engine:
        """Connections that can only read; each transaction sees one state of the world."""
        return _sqlite_engine(self.url, writes=False) if self.sqlite else _postgres_engine(self.url, writes=False)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One reading transaction."""
        with self._counted(), spoken("reading"), self.reading.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def _counted(self) -> Iterator[None]:
        with self._leaving:
            self._readers += 1
        try:
            yield
        finally:
            with self._leaving:
                self._readers -= 1
                self._leaving.notify_all()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """On SQLite, hold a lock file beside the database; the system lets go of it when the process ends, however it ends."""
        with _lock_file(Path(f"{self.url.database}.writer"), self.name) if self.sqlite else nullcontext():
            yield

    def connect(self) -> Connection:
        """The writing connection; `Conflict` names the database when somebody else writes it."""
        with spoken("opening the database"):
            if self.sqlite:
                self._begin_file()
            connection = self.writing.connect()
            try:
                self._claim(connection)
                self._opened = self._inode() if self.sqlite else 0
            except BaseException:
                connection.close()
                raise
            return connection

    def claimable(self) -> None:
        """`Conflict` when somebody writes this database."""
        with self.locked():
            self.connect().close()

    def _begin_file(self) -> None:
        """Make the file of a new hub. SQLite would make a missing one too, and then throw away the log that lies beside it."""
        path = Path(self.name)
        if path.exists():
            return
        if self._opened or Path(f"{path}-wal").exists():
            raise StoreUnavailable(
                "The file of the database is not where it was.",
                at=self.name,
                cure="Put it back beside its log; nothing is lost until somebody makes another in its place.",
            )
        try:
            path.touch(mode=0o600)
        except OSError as error:
            raise StoreUnavailable(f"The database cannot be made: {error.strerror}.", at=self.name) from error

    def still_there(self) -> None:
        """`StoreUnavailable` when somebody removed or replaced the file under us: SQLite would go on writing into nothing."""
        if self.sqlite and self._inode() != self._opened:
            raise StoreUnavailable(
                "The file of the database was removed or replaced.",
                at=self.name,
                cure="Put it back, or restart the hub.",
            )

    def _inode(self) -> int:
        try:
            return os.stat(self.name).st_ino  # noqa: PTH116 - Path.stat costs twice as much, and this runs for every commit
        except FileNotFoundError:
            return 0

    def _claim(self, connection: Connection) -> None:
        """On PostgreSQL, take the writer's lock on this very session: when the session ends, so does the right to write."""
        if self.sqlite:
            return
        with connection.begin():
            taken = connection.exec_driver_sql(f"SELECT pg_try_advisory_lock({_WRITER_LOCK})").scalar_one()
        if not taken:
            raise _second(self.name)

    def close(self) -> None:
        """Let go of every connection, once the readers that are under way in threads have left."""
        with self._leaving:
            self._leaving.wait_for(lambda: not self._readers, _LAST_WORD_S)
        for engine in (self.__dict__.get("writing"), self.__dict__.get("reading")):
            if engine:
                engine.dispose()


@contextmanager
def _lock_file(path: Path, name: str) -> Iterator[None]:
    fd = _open_lock(path, name)
    try:
        _take_lock(fd, name)
        yield
    finally:
        os.close(fd)


def _open_lock(path: Path, name: str) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        why = f"The folder of the database takes no lock file: {error.strerror}."
        raise StoreUnavailable(why, at=name, cure="See that it is there and writable.") from error


def _take_lock(fd: int, name: str) -> None:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as taken:
        raise _second(name) from taken


def _second(name: str) -> Conflict:
    return Conflict(
        "Another process writes this database.", at=name, cure="Stop the other hub first: there is one writer."
    )


def refuse_flawed(version: tuple[int, int, int]) -> None:
    """Refuse an SQLite library that can lose committed writes.

    >>> refuse_flawed((3, 53, 0))
    """
    if _FLAWED_FROM <= version < _FLAWED_UNTIL:
        raise Misconfigured(
            f"The SQLite library {'.'.join(map(str, version))} can lose committed writes in WAL mode.",
            at="pysqlite3",
            cure="Install the locked requirements: their pysqlite3 brings a sound library (3.51.3 or newer).",
        )


def _url(url: str | Path) -> URL:
    if isinstance(url, Path) or "://" not in url:
        return URL.create("sqlite", database=str(Path(url).absolute()))
    made = _parsed(url)
    if made.drivername in _POSTGRES_NAMES:
        return made.set(drivername="postgresql+psycopg")
    if made.drivername == "sqlite" and made.database:
        return made.set(database=str(Path(made.database).absolute()))
    raise Misconfigured(f"The store does not know databases of kind {made.drivername}.", at="store url", cure=_URLS)


_URLS = "Name a file, or postgresql://user@host/name."


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except ArgumentError:
        # Not chained: the cause quotes the whole, and there may be a password in it.
        raise Misconfigured("This is not a database URL.", at="store url", cure=_URLS) from None


def _sqlite_engine(url: URL, *, writes: bool) -> Engine:
    # mode=rw: a connection never makes the file.
    file = f"file:{quote(url.database or '')}?mode=rw"
    engine = create_engine(
        url,
        module=sqlite,
        creator=lambda: sqlite.connect(
            file, uri=True, check_same_thread=False, isolation_level=None, timeout=BUSY_SECONDS
        ),
        hide_parameters=True,
        **({"poolclass": NullPool} if writes else {}),
    )
    # Rows of some hundred bytes: pages of 8 KB cost a tenth less a message than pages of 4 KB.
    own = (
        ("page_size=8192", *_SQLITE_PRAGMAS, "wal_autocheckpoint=2000")
        if writes
        else (*_SQLITE_PRAGMAS, "query_only=ON")
    )

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, _record: object) -> None:
        for pragma in own:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # The driver begins nothing by itself: the writer takes its lock at once, a reader one state of the world.
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgres_engine(url: URL, *, writes: bool) -> Engine:
    options = "-c synchronous_commit=on" if writes else "-c default_transaction_read_only=on"
    return create_engine(
        url,
        connect_args={"options": options},
        hide_parameters=True,
        isolation_level="READ COMMITTED" if writes else "REPEATABLE READ",
        pool_pre_ping=not writes,
        **({"poolclass": NullPool} if writes else {}),
    )
