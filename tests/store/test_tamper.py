"""Tampering with a ledger at rest: one bit of every byte of every leaf, tile hash, peak and checkpoint; order, tail and fork."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, delete, update

from hub.errors import ProofFailed
from hub.store import schema
from hub.store.asking.ledger import Ledger
from hub.tlog.notes import SignerKey
from tests.store.county import SIGNER, County, message


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """A ledger of some commits, large enough for hashes above the leaves."""
    folder = tmp_path_factory.mktemp("tamper")
    (folder / "data").mkdir()
    with County(str(folder / "data" / "hub.db"), folder) as county:
        for _ in range(4):
            county.commit(*(message(n) for n in range(40)))
        county.commit(message("last"))
        yield county


def refused(county: County, *statements: Any, signer: SignerKey | None = SIGNER) -> bool:
    """Whether the ledger no longer verifies after these changes, which are taken back."""
    connection = county.writer._connection
    with connection.begin() as transaction:
        for statement in statements:
            assert connection.execute(statement).rowcount >= 1
        try:
            Ledger(connection).verify(SIGNER.verifier, signer=signer)
        except (ProofFailed, ValueError, TypeError):
            return True
        else:
            return False
        finally:
            transaction.rollback()


def flips(blob: bytes) -> Iterator[bytes]:
    """The blob with one bit of every byte turned, another one each time."""
    for at in range(len(blob)):
        yield blob[:at] + bytes([blob[at] ^ 1 << at % 8]) + blob[at + 1 :]


def blobs(table: Table, column: str, county: County) -> list[tuple[Any, bytes]]:
    rows = county.rows(table.name)
    keys = list(table.primary_key)
    return [([key == getattr(row, key.name) for key in keys], getattr(row, column)) for row in rows]


@pytest.mark.parametrize("column", ["peaks", "note"])
def test_one_bit_of_every_byte_of_every_checkpoint_and_frontier_is_found(grown: County, column: str) -> None:
    missed = [
        at
        for where, blob in blobs(schema.growth, column, grown)
        for at, spoiled in enumerate(flips(blob))
        if not refused(grown, update(schema.growth).where(*where).values({column: spoiled}))
    ]

    assert missed == []


@pytest.mark.slow
@pytest.mark.parametrize("signer", [None, SIGNER], ids=["as an outsider", "as the hub"])
def test_every_single_bit_of_a_small_ledger_is_found(tmp_path: Path, signer: SignerKey | None) -> None:
    (tmp_path / "data").mkdir()
    with County(str(tmp_path / "data" / "hub.db"), tmp_path) as county:
        for number in range(3):
            county.commit(message(number))
        connection, missed, tried = county.writer._connection, [], 0
        for column in ("leaves", "peaks", "note"):
            for where, blob in blobs(schema.growth, column, county):
                for bit in range(8 * len(blob)):
                    spoiled = bytearray(blob)
                    spoiled[bit // 8] ^= 1 << bit % 8
                    changed = update(schema.growth).where(*where).values({column: bytes(spoiled)})
                    tried += 1
                    if not refused(county, changed, signer=signer):
                        missed.append((column, bit))
        assert Ledger(connection).verify(SIGNER.verifier, signer=signer)

    assert missed == []
    assert tried > 8 * 106 * 3


def test_one_bit_of_every_byte_of_every_tile_hash_is_found(grown: County) -> None:
    found = blobs(schema.hashes, "run", grown)

    assert found
    for where, blob in found:
        assert all(refused(grown, update(schema.hashes).where(*where).values(run=spoiled)) for spoiled in flips(blob))


@pytest.mark.slow
def test_one_bit_of_every_byte_of_every_leaf_is_found(grown: County) -> None:
    last = blobs(schema.growth, "leaves", grown)
    # The leaves of the last commit wholly, and those of the others at every seventh byte.
    for number, (where, blob) in enumerate(last, 1):
        step = 1 if number == len(last) else 7
        for at, spoiled in enumerate(flips(blob)):
            if at % step == 0:
                assert refused(grown, update(schema.growth).where(*where).values(leaves=spoiled)), (number, at)


@pytest.mark.parametrize("column", ["commit", "first_leaf", "leaf_count"])
def test_no_number_that_says_where_leaves_lie_can_be_changed(grown: County, column: str) -> None:
    for row in grown.rows("growth"):
        changed = update(schema.growth).where(schema.growth.c.commit == row.commit)
        assert refused(grown, changed.values({column: getattr(row, column) + 100}))


def test_every_exchange_of_two_commits_is_found(grown: County) -> None:
    rows = grown.rows("growth")
    for one in rows:
        for other in rows[one.commit :]:
            held = {name: getattr(one, name) for name in ("leaves", "peaks", "note", "leaf_count")}
            put = {name: getattr(other, name) for name in held}
            first = update(schema.growth).where(schema.growth.c.commit == one.commit).values(put)
            second = update(schema.growth).where(schema.growth.c.commit == other.commit).values(held)
            assert refused(grown, first, second)


def test_every_dropped_commit_but_the_last_is_found_by_the_ledger_and_the_last_by_the_signer(
    grown: County,
) -> None:
    *others, last = grown.rows("growth")

    assert all(refused(grown, delete(schema.growth).where(schema.growth.c.commit == row.commit)) for row in others)
    # Without its last commit it is a ledger in itself; that it once was longer, the signer's memory knows.
    remembered = grown.writer._memory.last
    assert remembered is not None
    assert remembered.size == last.first_leaf + last.leaf_count
    with grown.read() as connection, pytest.raises(ProofFailed, match="were signed"):
        grown.writer._memory.check(last.first_leaf, Ledger(connection).hash_at(last.first_leaf))


def test_a_fork_of_the_same_size_is_found_by_the_signer(grown: County, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with County(str(tmp_path / "data" / "hub.db"), tmp_path) as other:
        for _ in range(4):
            other.commit(*(message(n) for n in range(40)))
        other.commit(message("last"))
        with other.read() as connection:
            ledger = Ledger(connection)
            assert ledger.size == other.verified()
            with pytest.raises(ProofFailed, match="not those that were signed"):
                grown.writer._memory.check(ledger.size, ledger.hash_at(ledger.size))
