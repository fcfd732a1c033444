"""The ledger in the database: proofs hold, every change of a stored byte is found, facts stand behind every leaf."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Executable, delete, insert, update

from hub.errors import KeyUnavailable, Misconfigured, ProofFailed, SealBroken
from hub.model.commands import Note, Replan
from hub.model.entry import Kind
from hub.model.registry import mask, path_set
from hub.store import schema
from hub.store.asking.evidence import Audit, Evidence
from hub.store.engine import Database
from hub.store.seal import destroy, expunge, renew_index
from hub.store.sealing import Sealer
from hub.store.writing.signer import Memory
from hub.store.writing.writer import Writer
from hub.tlog.checkpoint import open_checkpoint
from hub.tlog.leaf import check_opening
from hub.tlog.notes import SignerKey
from hub.tlog.proofs import verify_consistency
from hub.tlog.receipt import Receipt, check_receipt
from hub.tlog.verify import from_folder, verify_log
from tests.store.county import (
    EVENING,
    ORIGIN,
    SIGNER,
    County,
    claim,
    entry,
    link_of,
    message,
    parked,
    planned,
    same_person,
    settle,
)


@pytest.fixture
def grown(county: County) -> County:
    """A ledger of many commits of different sizes, past the first full tile."""
    for size in (1, 2, 7, 120, 1, 60):
        county.commit(*(message(n) for n in range(size)))
    return county


@contextmanager
def evidence(county: County) -> Iterator[Evidence]:
    with county.read() as connection:
        yield Evidence(connection, Sealer(county.keys, ORIGIN))


def test_every_entry_is_proved_by_a_receipt_an_outsider_can_check(grown: County) -> None:
    with grown.ledger() as ledger:
        size = ledger.size
        for index in (0, 1, 2, 255, 256, size - 1):
            receipt = Receipt.parse(bytes(ledger.receipt(index)))
            (leaf,) = ledger.entries(index, index + 1)
            signed = check_receipt(receipt, leaf, SIGNER.verifier)
            assert signed.checkpoint.size == size == 382


def test_the_tree_of_now_begins_with_every_tree_that_was_signed(grown: County) -> None:
    notes = [row.note for row in grown.rows("growth")]
    trees = [open_checkpoint(note, SIGNER.verifier).checkpoint for note in notes]

    with grown.ledger() as ledger:
        for old in trees:
            verify_consistency(old.size, ledger.size, ledger.consistency(old.size), old.root, trees[-1].root)


def test_an_export_verifies_with_nothing_but_the_files(grown: County, tmp_path: Path) -> None:
    with grown.ledger() as ledger:
        size = ledger.export(tmp_path / "out")
    grown.commit(message("after"))

    note = (tmp_path / "out" / "checkpoint").read_bytes()

    assert verify_log(note, from_folder(tmp_path / "out"), SIGNER.verifier).checkpoint.size == size == 382


def test_an_empty_ledger_has_nothing_to_verify(county: County) -> None:
    assert county.verified() == 0
    with county.ledger() as ledger:
        assert (ledger.size, ledger.checkpoint, ledger.entries(0, 10)) == (0, b"", [])


# --- tampering

SIZES = (1, 2, 7, 120, 1, 60)


@pytest.fixture
def here(small: County) -> County:
    for size in SIZES:
        small.commit(*(message(n) for n in range(size)))
    return small


def flipped(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


@pytest.mark.parametrize("column", ["leaves", "peaks", "note"])
@pytest.mark.parametrize("commit", [1, 3, 6])
@pytest.mark.parametrize("where", [0.0, 0.3, 0.99])
def test_a_flipped_bit_is_found_and_its_commit_named(here: County, column: str, commit: int, where: float) -> None:
    content = here.rows("growth")[commit - 1]._mapping[column]
    changed = {column: flipped(content, int(len(content) * where))}

    here.change(update(schema.growth).where(schema.growth.c.commit == commit).values(**changed))

    with pytest.raises(ProofFailed, match=f"commit {commit}:"):
        here.verified()


@pytest.mark.parametrize("commit", [1, 4])
def test_a_dropped_commit_is_found(here: County, commit: int) -> None:
    here.change(delete(schema.growth).where(schema.growth.c.commit == commit))

    with pytest.raises(ProofFailed, match=f"commit {commit}: it is missing"):
        here.verified()


def test_exchanged_commits_are_found(here: County) -> None:
    first, fifth = (here.rows("growth")[n]._mapping for n in (0, 4))
    columns = ("leaves", "peaks", "note")

    here.change(update(schema.growth).where(schema.growth.c.commit == 1).values({c: fifth[c] for c in columns}))
    here.change(update(schema.growth).where(schema.growth.c.commit == 5).values({c: first[c] for c in columns}))

    with pytest.raises(ProofFailed, match="commit 1:"):
        here.verified()


def test_a_changed_added_or_missing_tile_hash_is_found(here: County) -> None:
    (row,) = here.rows("hashes")
    table = schema.hashes

    here.change(update(table).values(run=flipped(row.run, 5)))
    with pytest.raises(ProofFailed, match="tile hashes"):
        here.verified()
    here.change(delete(table))
    with pytest.raises(ProofFailed, match="tile hashes"):
        here.verified()
    here.change(insert(table).values(row._asdict()))
    here.change(insert(table).values({**row._asdict(), "tile": 9}))
    with pytest.raises(ProofFailed, match="no entries make"):
        here.verified()


# --- what stands behind the leaves


@pytest.fixture
def lived(county: County) -> County:
    """Everything that makes a leaf: messages, replanned ones, attempts, outcomes, notes."""
    wrong, first = parked(1), message(2)
    county.commit(wrong, first)
    county.commit(claim(1), message(3, link=same_person(first)))
    county.commit(settle(1), Note(at=EVENING, entry=entry(Kind.CONFIG, actor="dana")))
    again = msgspec.structs.replace(planned(1), journal=wrong.journal)
    county.commit(Replan(journal=wrong.journal, at=EVENING + 1, plan=again), message(4))
    return county


def test_facts_stand_behind_every_leaf(lived: County) -> None:
    with evidence(lived) as behind:
        audit = behind.audit()
        kinds = [behind.entry(index).kind for index in range(audit.checked)]

    assert audit == Audit(checked=lived.verified(), destroyed=0)
    assert kinds[:4] == [Kind.RECEIVED, Kind.RECEIVED, Kind.DECIDED, Kind.ATTEMPT]
    assert kinds[6:8] == [Kind.OUTCOME, Kind.CONFIG]


def test_a_field_of_a_leaf_is_laid_open_alone(lived: County) -> None:
    with evidence(lived) as behind, lived.ledger() as ledger:
        opening = behind.opening(2, ["partner"])
        (leaf,) = ledger.entries(2, 3)

    assert check_opening(leaf, opening) == {"partner": b"clinic"}
    assert b"R1" not in bytes(opening)


def test_a_leaf_that_is_not_there_has_nothing_behind_it(lived: County) -> None:
    with evidence(lived) as behind, pytest.raises(ProofFailed, match="no such leaf"):
        behind.entry(999)


@pytest.mark.parametrize("statement", [
    delete(schema.entry).where(schema.entry.c.leaf == 3),
    delete(schema.message).where(schema.message.c.seq == 2),
    update(schema.message).where(schema.message.c.seq == 2).values(leaf=0),
    delete(schema.version),
    update(schema.message).where(schema.message.c.seq == 2).values(leaf_count=1),
    delete(schema.attempt),
    update(schema.attempt).values(leaf=5),
    delete(schema.outbox).where(schema.outbox.c.seq == 4),
    delete(schema.outbox).where(schema.outbox.c.message == 1),
    update(schema.outbox).where(schema.outbox.c.seq == 4).values(destination="police"),
    update(schema.outbox).where(schema.outbox.c.seq == 4).values(message=3),
])  # fmt: skip
def test_facts_that_were_dropped_or_moved_are_missed(lived: County, statement: Executable) -> None:
    lived.change(statement)

    with evidence(lived) as behind, pytest.raises(ProofFailed):
        behind.audit()


def test_facts_that_were_altered_are_refused(lived: County) -> None:
    (row, *_) = lived.rows("account")

    lived.change(update(schema.account).where(schema.account.c.commit == 1).values(sealed=flipped(row.sealed, 100)))

    with evidence(lived) as behind, pytest.raises(SealBroken):
        behind.audit()


def test_rows_that_were_swapped_are_refused(lived: County) -> None:
    second, third = lived.rows("message")[1:3]
    columns = ("payload_from", "payload_size", "commit")

    lived.change(
        update(schema.message).where(schema.message.c.seq == 3).values({c: second._mapping[c] for c in columns})
    )

    with lived.journal() as journal, pytest.raises(SealBroken):
        journal.kept([third.id.hex()])


def test_older_bytes_of_the_same_message_are_refused(small: County) -> None:
    wrong = parked(1)
    small.commit(wrong)
    (old,) = small.rows("message")
    again = msgspec.structs.replace(planned(1), journal=wrong.journal, link=None)
    small.commit(Replan(journal=wrong.journal, at=EVENING + 1, plan=again))
    columns = ("payload_from", "payload_size", "commit")

    small.change(update(schema.message).values({name: old._mapping[name] for name in columns}))

    with small.journal() as journal, pytest.raises(SealBroken):
        journal.kept([wrong.journal])


def test_destroying_a_persons_keys_spares_every_proof(small: County, tmp_path: Path) -> None:
    first = message(1)
    small.commit(first, message(2), claim(1), settle(1))
    size = small.verified()
    version = renew_index(small.keys)
    identity = bytes.fromhex(link_of(first).identity)

    destroy(
        small.keys, [expunge([identity], accounting=True)], index_version=version, backup=tmp_path / "copy", at=EVENING
    )

    with small.journal() as journal, pytest.raises(KeyUnavailable):
        journal.kept([first.journal])
    with evidence(small) as behind:
        audit = behind.audit()
    assert (audit.checked, audit.destroyed) == (2, 4)
    assert small.verified() == size
    (due,) = small.outbox.due({"clinic": 10}, EVENING)
    assert (due.outbox, due.lost) == (2, "")


def test_a_delivery_whose_message_was_destroyed_says_so_and_blocks_nobody(small: County, tmp_path: Path) -> None:
    first = message(1)
    small.commit(first, message(2))
    version = renew_index(small.keys)
    order = expunge([bytes.fromhex(link_of(first).identity)])

    destroy(small.keys, [order], index_version=version, backup=tmp_path / "copy", at=EVENING)

    lost, there = small.outbox.due({"clinic": 10}, EVENING)
    assert (lost.outbox, lost.events) == (1, ())
    assert "destroyed" in lost.lost
    assert (there.outbox, there.lost) == (2, "")
    assert there.events


def test_the_names_of_released_paths_are_written_down_once(county: County) -> None:
    wide = path_set(mask(["person.names.family", "person.birth_date"]))
    facts = entry(Kind.ATTEMPT, partner="clinic", paths=wide)
    county.commit(message(1), claim(1, entry=facts))
    county.again()
    county.commit(message(2), claim(2, entry=facts))

    (row,) = county.rows("path_set")

    assert (row.id, row.names.split("\n")) == (wide, ["person.names.family", "person.birth_date"])


# --- what the signer remembers


def test_a_restored_backup_is_refused(small: County, tmp_path: Path) -> None:
    small.commit(message(1))
    small.close()
    shutil.copytree(tmp_path / "data", tmp_path / "backup")
    small.open()
    small.commit(message(2))
    small.close()
    shutil.rmtree(tmp_path / "data")
    shutil.copytree(tmp_path / "backup", tmp_path / "data")

    with pytest.raises((ProofFailed, KeyUnavailable), match="it has 2 ledger entries, and 4 were signed"):
        small.open()


def test_a_fork_of_the_same_size_is_refused(small: County, tmp_path: Path) -> None:
    small.commit(message(1))
    small.close()
    shutil.copytree(tmp_path / "data", tmp_path / "backup")
    shutil.copy(tmp_path / "signer", tmp_path / "signer before")
    small.open()
    small.commit(message(2))
    small.close()
    shutil.copy(tmp_path / "signer", tmp_path / "signer after")
    shutil.rmtree(tmp_path / "data")
    shutil.copytree(tmp_path / "backup", tmp_path / "data")
    shutil.copy(tmp_path / "signer before", tmp_path / "signer")
    small.open()
    small.commit(message("another"))
    small.close()
    shutil.copy(tmp_path / "signer after", tmp_path / "signer")

    with pytest.raises(ProofFailed, match="are not those that were signed"):
        small.open()


def test_the_signer_remembers_through_a_torn_write(small: County, tmp_path: Path) -> None:
    small.commit(message(1))
    small.commit(message(2))
    small.close()
    slots = (tmp_path / "signer").read_bytes()
    newer = max(range(2), key=lambda n: slots[n * 128 : n * 128 + 20])
    (tmp_path / "signer").write_bytes(flipped(slots, newer * 128 + 40))

    small.open()

    assert small.commit(message(3))[0].leaf == 4


def test_a_memory_of_another_ledger_or_a_harmed_one_is_refused(small: County, tmp_path: Path) -> None:
    small.commit(message(1))
    small.close()
    content = (tmp_path / "signer").read_bytes()
    (tmp_path / "signer").write_bytes(content.replace(b"2", b"1"))

    with pytest.raises(ProofFailed, match="harmed"):
        small.open()


def test_the_memory_may_not_lie_with_the_data(small: County, tmp_path: Path) -> None:
    small.close()

    with pytest.raises(Misconfigured, match="both would be restored together"):
        Memory(tmp_path / "data" / "signer", ORIGIN, apart_from=tmp_path / "data")


def test_the_signing_key_of_another_ledger_is_refused(small: County, tmp_path: Path) -> None:
    small.close()
    other = SignerKey.from_seed("other.example/ledger", bytes(32))
    keys = small.keystore()

    with pytest.raises(Misconfigured, match="holds the ledger county.example/ledger"):
        Writer(Database(small.url), keys, other, memory=tmp_path / "other signer")


# --- publishing


def test_what_is_published_always_verifies(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.store.writing.publish.EVERY_SECONDS", 0.0)
    with County(url, tmp_path, export=True) as county:
        published = from_folder(tmp_path / "export")
        for size in (3, 150, 200):
            county.commit(*(message(n) for n in range(size)))
            county.writer.rest()
            note = (tmp_path / "export" / "checkpoint").read_bytes()
            assert verify_log(note, published, SIGNER.verifier).checkpoint.size == county.verified()
        county.again()
        county.commit(message("later"))

    note = (tmp_path / "export" / "checkpoint").read_bytes()
    assert verify_log(note, published, SIGNER.verifier).checkpoint.size == 708


def test_what_is_published_does_not_pile_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.store.writing.publish.EVERY_SECONDS", 0.0)
    (tmp_path / "data").mkdir()
    with County(str(tmp_path / "data" / "hub.db"), tmp_path, export=True) as county:
        for size in (1, 126, *[1] * 23):
            county.commit(*(message(n) for n in range(size)))
            county.writer.rest()

    files = [path for path in (tmp_path / "export").rglob("*") if path.is_file()]
    assert sorted(path.relative_to(tmp_path / "export").as_posix() for path in files) == [
        "checkpoint",
        "tile/0/000",
        "tile/0/001.p/42",
        "tile/0/001.p/44",
        "tile/1/000.p/1",
        "tile/entries/000",
        "tile/entries/001.p/42",
        "tile/entries/001.p/44",
    ]


@pytest.mark.parametrize("checkpoint", [b"", b"torn\n", b"\xff\xfe"])
def test_a_published_checkpoint_that_broke_stops_no_hub_and_is_published_again(
    tmp_path: Path, checkpoint: bytes
) -> None:
    (tmp_path / "data").mkdir()
    with County(str(tmp_path / "data" / "hub.db"), tmp_path, export=True) as county:
        county.commit(message(1))
        (tmp_path / "export" / "checkpoint").write_bytes(checkpoint)
        (tmp_path / "export" / "tile" / "0" / "000.p" / "2").write_bytes(b"")
        county.again()
        county.commit(message(2))

    note = (tmp_path / "export" / "checkpoint").read_bytes()
    assert verify_log(note, from_folder(tmp_path / "export"), SIGNER.verifier).checkpoint.size == 4


def test_a_folder_that_takes_nothing_does_not_stop_the_hub(small: County, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    small.export = tmp_path / "file" / "export"
    small.again()

    small.commit(message(1))

    assert small.verified() == 2
    small.export = None
