"""One writer, readers that cannot write, and an SQLite that keeps what it committed."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select, text

from hub.errors import Conflict, HubError, Misconfigured, StoreUnavailable
from hub.store import schema
from hub.store.engine import Database, refuse_flawed
from hub.store.migrate import migrate
from hub.store.writing.writer import Writer
from tests.store.county import SIGNER, County, message


def test_a_second_writer_is_refused_and_the_first_goes_on(county: County) -> None:
    county.commit(message(1))

    with pytest.raises(Conflict, match="Another process writes this database"):
        Writer(Database(county.url), county.keys, SIGNER, memory=county.folder / "other")

    county.commit(message(2))
    assert county.verified() == 4


SECOND = """
import sys
from hub.errors import Conflict
from hub.store.engine import Database
database = Database(sys.argv[1])
try:
    with database.locked():
        database.connect()
except Conflict as refused:
    print(refused)
"""


def test_a_second_process_is_refused(county: County) -> None:
    ran = subprocess.run([sys.executable, "-c", SECOND, county.url], capture_output=True, text=True, check=True)

    assert "there is one writer" in ran.stdout


def test_the_lock_is_free_once_the_writer_has_gone(county: County) -> None:
    county.close()

    county.open()

    county.commit(message(1))


def test_a_reader_cannot_write(county: County) -> None:
    with pytest.raises(HubError), county.read() as connection:
        connection.execute(schema.house.insert().values(name="proof", value="yes"))

    assert {row.name for row in county.rows("house")} == {"demo", "origin", "signer 000"}


def test_a_reader_sees_one_moment(county: County) -> None:
    county.commit(message(1))

    with county.read() as connection:
        before = connection.execute(select(schema.message.c.seq)).all()
        county.commit(message(2))
        after = connection.execute(select(schema.message.c.seq)).all()

    assert before == after
    assert len(county.rows("message")) == 2


@pytest.mark.parametrize("version", [(3, 7, 0), (3, 45, 1), (3, 51, 2)])
def test_an_sqlite_that_can_lose_commits_is_refused(version: tuple[int, int, int]) -> None:
    with pytest.raises(Misconfigured, match="can lose committed writes"):
        refuse_flawed(version)


@pytest.mark.parametrize("version", [(3, 6, 23), (3, 51, 3), (3, 53, 4)])
def test_a_sound_sqlite_is_taken(version: tuple[int, int, int]) -> None:
    refuse_flawed(version)


def test_sqlite_syncs_every_commit_of_the_writer(small: County) -> None:
    with small.writer._connection.begin():
        asked = {name: small.writer._connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in PRAGMAS}

    assert asked == PRAGMAS


PRAGMAS = {"journal_mode": "wal", "synchronous": 2, "busy_timeout": 5000, "page_size": 8192, "query_only": 0}


def test_postgres_syncs_every_commit_of_the_writer(county: County) -> None:
    if county.database.sqlite:
        return
    with county.writer._connection.begin():
        assert county.writer._connection.scalar(text("SHOW synchronous_commit")) == "on"


@pytest.mark.parametrize("url", ["mysql://root@localhost/hub", "sqlite://", "oracle://x", "not an url://"])
def test_an_unknown_kind_of_database_is_refused_with_a_cure(url: str) -> None:
    with pytest.raises(Misconfigured, match="Name a file, or postgresql://"):
        Database(url)


def test_letters_name_a_database_without_its_password() -> None:
    database = Database("postgresql://hub:hunter2@db.example/county")

    assert "hunter2" not in database.name
    assert "db.example/county" in database.name


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    database = Database(tmp_path / "nowhere" / "hub.db")

    with pytest.raises(StoreUnavailable, match="takes no lock file"), database.locked():
        pass


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "hub.db").write_bytes(b"Dear diary, " * 1000)

    with pytest.raises(HubError, match="database"):
        Database(tmp_path / "hub.db").connect()


# --- schema


def test_migrations_make_the_very_schema(county: County) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with county.read() as connection:
        found = compare_metadata(MigrationContext.configure(connection), schema.metadata)

    assert found == []


def test_migrating_again_changes_nothing(county: County) -> None:
    county.commit(message(1))

    migrate(county.writer._connection)

    assert county.verified() == 2


def test_a_database_of_a_newer_hub_is_refused(county: County) -> None:
    county.change(text("UPDATE alembic_version SET version_num = '9999'"))
    county.close()

    with pytest.raises(Misconfigured, match="schema 9999, which this hub does not know"):
        county.open()
    county.url = str(county.folder / "data" / "other.db")
    county.folder = county.folder / "elsewhere"
    county.open()


def test_every_table_and_column_stands_on_its_page() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "database.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)`[^|]*\| [^|]+ \| (.+) \|$", page, re.MULTILINE))
    tables = {name: table for name, table in schema.metadata.tables.items() if not re.fullmatch(r"dedupe_[1-9]", name)}

    assert {name: rows[name].replace("`", "").split(", ") for name in sorted(rows)} == {
        name: [column.name for column in tables[name].columns] for name in sorted(tables)
    }


def test_a_demonstration_and_a_real_hub_never_share_a_database(county: County) -> None:
    county.close()

    county.demo = True
    with pytest.raises(Misconfigured, match="The database is no demonstration"):
        county.open()

    county.demo = False
    county.open()
