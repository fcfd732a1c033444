"""Whoever steals the files reads nothing about a person: canaries stand in every value, and no file shows one."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from hub.errors import HubError
from hub.model.commands import Note, Reject, Release
from hub.model.consent import ConsentDirective
from hub.model.entry import Kind
from hub.model.plan import Block, Task
from hub.model.values import Code
from hub.store import schema
from hub.store.ids import new_id
from tests.store.county import CANARY, EVENING, County, claim, entry, linked, message, parked, planned, settle

SPELLINGS = [
    spelled.encode(coding) for spelled in (CANARY, CANARY.lower(), CANARY.upper()) for coding in ("utf-8", "utf-16-le")
]


def live(county: County) -> None:
    """Everything that can be said of a person, said with the canary in it."""
    said = entry(Kind.OUTCOME, actor=CANARY, subject=CANARY, outcome=CANARY, purpose=CANARY, consents=(CANARY,))
    task = Task(kind="review", about=CANARY, words=f"is {CANARY} the same?")
    consent = ConsentDirective(directive=CANARY, signer=CANARY, purposes=(Code(code=CANARY),))
    number = Block(name=f"MR:{CANARY}", values=(CANARY,), strong=True)
    plan = planned(
        CANARY, link=linked(CANARY, blocks=(number, *linked(CANARY).blocks), evidence=(CANARY,)), consents=(consent,),
        tasks=(task,), unmapped_codes=(("nature", CANARY),), entries=(said,),
    )  # fmt: skip
    county.commit(
        message(CANARY, plan=plan),
        parked(2),
        Reject(journal=new_id(), partner="h1", at=EVENING, door="mllp", size=3, digest=CANARY.encode(), cause="no MSH"),
        claim(1, entry=said),
        settle(1, "parked", cause=f"PID-5 {CANARY}", entry=said),
        Release(outbox=1, at=EVENING, to="again", actor="dana", reason=CANARY, entry=said),
        # The subject of a note is an identity: it stands in the row as its id.
        Note(at=EVENING, entry=replace(said, subject=new_id()), tasks=(task,)),
    )


def shows(content: bytes) -> bool:
    return any(spelled in content for spelled in SPELLINGS)


@pytest.fixture
def stolen(tmp_path: Path) -> list[Path]:
    """All files of a county that lived, while it runs and after it stopped, except the key file."""
    (tmp_path / "data").mkdir()
    with County(str(tmp_path / "data" / "hub.db"), tmp_path, export=True) as county:
        live(county)
        (tmp_path / "copy").mkdir()
        for path in (tmp_path / "data").iterdir():
            (tmp_path / "copy" / path.name).write_bytes(path.read_bytes())
    return [path for path in tmp_path.rglob("*") if path.is_file() and path.name != "kek.json"]


def test_no_file_shows_a_person(stolen: list[Path]) -> None:
    names = {path.name for path in stolen}

    assert {"hub.db", "hub.db-wal", "keystore", "signer", "checkpoint"} <= names
    assert [path.name for path in stolen if shows(path.read_bytes())] == []


def test_the_grep_would_find_it(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"..." + SPELLINGS[0])

    assert shows((tmp_path / "plain").read_bytes())


def test_no_row_shows_a_person(county: County) -> None:
    live(county)

    for table in schema.metadata.tables:
        for row in county.rows(table):
            cells = [cell if isinstance(cell, bytes) else str(cell).encode() for cell in row]
            assert not any(map(shows, cells)), table


def test_no_letter_and_no_log_shows_a_person(small: County, capfd: pytest.CaptureFixture[str]) -> None:
    poison = message(1, plan=planned(1, kind=f"{CANARY} \ud800"))
    twice = message(CANARY)
    small.commit(twice)
    small.change(schema.account.delete())

    errors = [result.error for result in small.writer.commit([poison, twice])]
    with small.journal() as journal, pytest.raises(HubError) as broken:
        journal.plans([twice.journal])

    told = "".join(map(str, [*errors, broken.value])) + "".join(capfd.readouterr())
    assert all(errors)
    assert not shows(told.encode(errors="replace"))
