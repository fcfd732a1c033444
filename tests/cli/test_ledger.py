"""The ledger from the command line: verified, proved, exported, and every tampering found."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pysqlite3.dbapi2 as sqlite
import pytest

from tests.cli import county
from tests.cli.conftest import County


def alter(place: County, statement: str) -> None:
    """Change the database behind the hub's back."""
    with sqlite.connect(place.config.parent / "data" / "hub.db") as database:
        assert database.execute(statement).rowcount == 1
    database.close()


def outsider(*words: str) -> subprocess.CompletedProcess[str]:
    """Run Python as somebody who has nothing of ours."""
    return subprocess.run([sys.executable, "-I", *words], capture_output=True, text=True, check=False, cwd="/")


def test_a_sound_ledger_verifies(rested: County) -> None:
    said = rested("ledger", "verify", "--json")

    assert said.status == 0
    assert said.json["leaves"] == said.json["opened"] == 9
    assert said.json["remembered"] is True


def test_the_tree_alone_is_verified_without_the_facts(rested: County) -> None:
    said = rested("ledger", "verify", "--tree", "--json")

    assert (said.status, said.json["leaves"], said.json["opened"]) == (0, 9, 0)
    assert said.json["tree_s"] > 0
    assert "were not looked at" in rested("ledger", "verify", "--tree").out


@pytest.mark.parametrize(
    ("statement", "letter"),
    [
        (
            """UPDATE growth SET leaves = CAST(replace(leaves, '"v":1', '"v":2') AS BLOB) WHERE "commit" = 1""",
            "commit 1",
        ),
        (
            """UPDATE growth SET leaves = replace(leaves, '"v":1', '"v":2') WHERE "commit" = 1""",
            "is not what a hub writes there",
        ),
        ('DELETE FROM growth WHERE "commit" = 2', "commit"),
        ("DELETE FROM entry WHERE leaf = 5", "leaf 5"),
    ],
)
def test_whatever_somebody_changed_is_found_and_named(own: County, statement: str, letter: str) -> None:
    alter(own, statement)

    said = own("ledger", "verify")

    assert said.status == 1
    assert letter in said.aside


def test_a_restored_older_copy_is_behind_what_was_signed(own: County) -> None:
    alter(own, 'DELETE FROM growth WHERE "commit" = (SELECT max("commit") FROM growth)')

    said = own("ledger", "verify")

    assert said.status == 1
    assert said.out == ""


@pytest.mark.parametrize("file", ["checkpoint", "tile/entries/000.p/9", "tile/0/000.p/9"])
def test_a_published_file_that_is_not_what_the_ledger_holds_is_named(own: County, file: str) -> None:
    path = own.config.parent / "data" / "ledger" / file
    whole = bytearray(path.read_bytes())
    assert "holds the same 9 leaves" in own("ledger", "verify").out
    whole[len(whole) // 2] ^= 1
    path.write_bytes(whole)

    said = own("ledger", "verify")

    assert said.status == 1
    assert str(path) in " ".join(said.aside.split())
    assert own("ledger", "verify", "--tree").status == 0


def test_a_key_file_that_is_none_is_named_with_its_cure(own: County) -> None:
    key = own.config.parent / "keys" / "ledger.key"
    key.write_text("PRIVATE+KEY+not+00+base64!")

    said = own("ledger", "verify")

    assert said.status == 1
    assert "ledger.key" in said.aside
    assert "from the backup of the keys" in said.aside


def test_an_outsider_verifies_the_export_with_one_file(rested: County, tmp_path: Path) -> None:
    said = rested("ledger", "export", str(tmp_path / "out"), "--json")

    key = (tmp_path / "out" / "key").read_text().strip()
    ran = outsider(str(tmp_path / "out" / "verify.py"), "log", str(tmp_path / "out"), key)
    assert said.json["leaves"] == 9
    assert key in said.json["command"]
    assert (ran.returncode, "9 leaves" in ran.stdout) == (0, True), ran.stderr


def test_an_outsider_verifies_one_leaf(rested: County, tmp_path: Path) -> None:
    rested("ledger", "export", str(tmp_path / "out"))

    said = rested("ledger", "prove", "3", "--out", str(tmp_path / "three"))

    key = (tmp_path / "out" / "key").read_text().strip()
    words = ("receipt", str(tmp_path / "three.tlog-proof"), key, "--entry", str(tmp_path / "three.leaf"))
    ran = outsider(str(tmp_path / "out" / "verify.py"), *words)
    assert said.status == 0
    assert "leaf 3 of 9" in ran.stdout, ran.stderr


def test_a_leaf_that_is_not_there_cannot_be_proved(rested: County) -> None:
    said = rested("ledger", "prove", "9")

    assert said.status == 1
    assert "There is no leaf 9: the ledger has 9." in said.aside


def test_a_checkpoint_that_somebody_kept_is_compared_with_the_ledger_of_now(own: County, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.write_text(own("ledger", "checkpoint").out)
    county.takes(own.config, county.message(21, veteran="Y"))

    said = own("ledger", "verify", "--tree", "--kept", str(kept))
    kept.write_text(kept.read_text().replace("hub.example/test", "hub.example/other"))
    other = own("ledger", "verify", "--tree", "--kept", str(kept), "--json")

    assert (said.status, other.status) == (0, 1)
    assert "the ledger still begins with the " in said.out


def test_the_checkpoint_is_the_one_that_was_exported(rested: County, tmp_path: Path) -> None:
    rested("ledger", "export", str(tmp_path / "out"))

    assert rested("ledger", "checkpoint").out == (tmp_path / "out" / "checkpoint").read_text()
