"""A database that is locked, full or gone: a clear letter for everybody, nothing half-committed, and it goes on by itself."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pysqlite3.dbapi2 as sqlite
import pytest
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import OperationalError

from hub.errors import Conflict, Lasting, StoreUnavailable
from hub.store.engine import Database
from hub.store.trouble import letter
from tests.store.county import County, claim, message, settle


def refused(county: County, count: int = 3) -> str:
    """Commit while the database is in trouble; everybody gets the same letter."""
    results = county.writer.commit([message(f"lost {n}") for n in range(count)])

    assert all(isinstance(result.error, StoreUnavailable) for result in results)
    (words,) = {str(result.error) for result in results}
    return words


def untouched(county: County, messages: int) -> bool:
    """Nothing was half-committed, and the hub goes on."""
    (result,) = county.commit(message("after"))
    with county.read() as connection:
        counts = [
            connection.scalar(text(f"SELECT count(*) FROM {name}"))  # noqa: S608 - names of ours
            for name in ("message", "outbox", "identity", "payload", "growth")
        ]
    kept = messages + 1
    return result.seq == kept and counts[:3] == [kept] * 3 and counts[3] == counts[4] and county.verified() == 2 * kept


def test_a_full_disk_is_told_to_all_and_recovers(small: County) -> None:
    small.commit(message(1))
    with small.writer._connection.begin():
        pages = small.writer._connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        small.writer._connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    results = small.writer.commit([message(n, body=b"x" * 20_000) for n in range(10)])

    assert {type(result.error) for result in results} == {StoreUnavailable}
    assert "disk of the database is full" in str(results[0].error)
    assert untouched(small, 1)


FULL = """
import resource, signal, sys
from pathlib import Path
from tests.store.county import County, message
folder = Path(sys.argv[1])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with County(str(folder / "data" / "hub.db"), folder) as county:
    county.commit(message(1))
    size = (folder / "data" / "hub.db-wal").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 50_000, resource.RLIM_INFINITY))
    results = county.writer.commit([message(n, body=b"x" * 20_000) for n in range(10)])
    print(sorted({str(result.error) for result in results}))
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    county.commit(message(2))
    print(len(county.rows("message")), county.verified())
"""


def test_a_file_that_may_not_grow_is_told_and_recovers(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()

    ran = subprocess.run([sys.executable, "-c", FULL, str(tmp_path)], capture_output=True, text=True, check=True)

    told, after = ran.stdout.splitlines()[-2:]
    assert "The database cannot be reached" in told or "is full" in told
    assert after == "2 4"


@contextmanager
def held(county: County) -> Iterator[None]:
    """Somebody else holds the write lock of the file."""
    other = sqlite.connect(str(county.url), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


def test_a_locked_database_is_told_to_all_and_recovers(small: County) -> None:
    small.commit(message(1))
    with small.writer._connection.begin():
        small.writer._connection.exec_driver_sql("PRAGMA busy_timeout = 50")

    with held(small):
        words = refused(small)

    assert "locked by another process" in words
    assert untouched(small, 1)


def test_a_database_that_was_removed_under_us_takes_nothing(small: County) -> None:
    small.commit(message(1))
    data = small.folder / "data"
    data.rename(small.folder / "away")
    data.mkdir()

    assert "removed or replaced" in refused(small)
    assert "removed or replaced" in refused(small) or "does not come back" in refused(small)

    shutil.rmtree(data)
    (small.folder / "away").rename(data)
    assert untouched(small, 1)


def test_a_database_that_was_moved_away_and_put_back_has_everything(small: County) -> None:
    file = Path(small.database.name)
    small.commit(message(1))
    shutil.move(file, file.with_name("away"))

    told = [refused(small) for _ in range(2)]
    with pytest.raises(StoreUnavailable), Database(str(file)).read():
        pass

    assert "not where it was" in told[1]
    assert not file.exists()
    shutil.move(file.with_name("away"), file)
    assert untouched(small, 1)


def test_a_new_database_is_not_made_beside_the_log_of_another(tmp_path: Path) -> None:
    (tmp_path / "hub.db-wal").write_bytes(b"what was committed last")

    with pytest.raises(StoreUnavailable, match="Put it back beside its log"):
        Database(tmp_path / "hub.db").connect()

    assert not (tmp_path / "hub.db").exists()


def test_a_postgres_that_ends_our_session_is_told_and_comes_back(county: County) -> None:
    if county.database.sqlite:
        return
    county.commit(message(1), claim(1))
    _end_sessions(county)

    assert "cannot be reached" in refused(county)

    county.commit(settle(1))
    assert len(county.rows("message")) == 1
    assert county.verified() == 4


def _end_sessions(county: County) -> None:
    engine = create_engine(county.database.url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    engine.dispose()


def test_a_writer_that_lost_its_session_and_was_replaced_does_not_write(county: County) -> None:
    if county.database.sqlite:
        return
    county.commit(message(1))
    usurper = create_engine(county.database.url)
    _end_sessions(county)
    with usurper.connect() as connection:
        connection.execute(text(f"SELECT pg_advisory_lock({int.from_bytes(b'crisis', 'big')})"))

        refused(county)
        assert "Another process writes this database" in refused(county)
        connection.rollback()
        connection.invalidate()

    usurper.dispose()
    assert untouched(county, 1)


@contextmanager
def breaking(engine: Engine, moment: str) -> Iterator[None]:
    """Break once, before or after the database commits."""

    def commit(connection: Connection) -> None:
        event.remove(engine, "commit", commit)
        if moment == "after":
            connection.connection.commit()
        raise OperationalError("COMMIT", {}, sqlite.OperationalError("disk I/O error"))

    event.listen(engine, "commit", commit)
    yield
    assert not event.contains(engine, "commit", commit)


def test_a_commit_that_was_taken_and_not_confirmed_counts(county: County) -> None:
    county.commit(message(1))

    with breaking(county.database.writing, "after"):
        (result,) = county.commit(message(2))

    assert (result.seq, result.leaf) == (2, 2)
    assert untouched(county, 2)


def test_a_commit_that_broke_before_it_was_taken_does_not(county: County) -> None:
    county.commit(message(1))

    with breaking(county.database.writing, "before"):
        refused(county)

    assert untouched(county, 1)


@pytest.mark.parametrize(
    ("raised", "meant", "words"),
    [
        (sqlite.OperationalError("database is locked"), StoreUnavailable, "locked"),
        (sqlite.OperationalError("database or disk is full"), StoreUnavailable, "full"),
        (sqlite.OperationalError("disk I/O error"), StoreUnavailable, "reached"),
        (sqlite.OperationalError("attempt to write a readonly database"), StoreUnavailable, "reached"),
        (sqlite.OperationalError("unable to open database file"), StoreUnavailable, "reached"),
        (sqlite.IntegrityError("UNIQUE constraint failed: Zebrafinch"), Conflict, "something else already"),
        (sqlite.DatabaseError("database disk image is malformed: Zebrafinch"), Lasting, "DatabaseError"),
        (psycopg.OperationalError("server closed the connection unexpectedly"), StoreUnavailable, "reached"),
        (psycopg.errors.DiskFull("Zebrafinch"), StoreUnavailable, "full"),
        (psycopg.errors.LockNotAvailable("Zebrafinch"), StoreUnavailable, "locked"),
        (psycopg.errors.AdminShutdown("Zebrafinch"), StoreUnavailable, "reached"),
        (psycopg.errors.SerializationFailure("Zebrafinch"), StoreUnavailable, "locked"),
        (psycopg.errors.ReadOnlySqlTransaction("Zebrafinch"), StoreUnavailable, "reached"),
        (psycopg.errors.UniqueViolation("Zebrafinch"), Conflict, "something else already"),
        (psycopg.errors.UndefinedTable("Zebrafinch"), Lasting, "UndefinedTable"),
        (psycopg.DataError("Zebrafinch"), Lasting, "DataError"),
    ],
)
def test_every_trouble_has_its_letter_and_no_word_of_the_driver(raised: Exception, meant: type, words: str) -> None:
    written = letter(raised, "committing")

    assert type(written) is meant
    assert words in str(written)
    assert "Zebrafinch" not in str(written)
