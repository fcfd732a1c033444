"""How fast a ledger is re-derived from its leaves: hashes, tiles and every signature, as `ledger verify` does."""

from __future__ import annotations

import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection

from hub.store import bulk, schema
from hub.store.asking.ledger import Ledger
from hub.store.engine import Database
from hub.store.migrate import migrate
from hub.tlog.checkpoint import Checkpoint, sign_checkpoint
from hub.tlog.notes import SignerKey
from hub.tlog.tiles import chunks
from hub.tlog.tree import Frontier, leaf_hashes

_BEGAN = 1_773_604_800_000_000


@dataclass(frozen=True, kw_only=True)
class Verified:
    """A ledger of so many leaves, so many to a commit, and the seconds it took to re-derive, by the clock and of CPU."""

    leaves: int
    leaves_per_commit: int
    verify_s: float
    verify_cpu_s: float

    def as_json(self) -> dict[str, object]:
        """The figures as plain data."""
        return asdict(self)


def measure(leaves: int, per_commit: int) -> Verified:
    """Write a ledger of random commitments into a database of its own, and time its verification."""
    signer = SignerKey.from_seed("bench.example/ledger", os.urandom(32))
    with TemporaryDirectory(prefix="crisis-hub-bench-") as folder:
        database = Database(Path(folder) / "hub.db")
        with database.connect() as connection:
            migrate(connection)
            with connection.begin():
                _grow(connection, signer, leaves, per_commit)
        began, cpu = time.perf_counter(), time.process_time()
        with database.read() as connection:
            Ledger(connection).verify(signer.verifier, signer=signer)
        took, worked = time.perf_counter() - began, time.process_time() - cpu
        database.close()
    return Verified(leaves=leaves, leaves_per_commit=per_commit, verify_s=round(took, 3), verify_cpu_s=round(worked, 3))


def _grow(connection: Connection, signer: SignerKey, leaves: int, per_commit: int) -> None:
    grown = Frontier()
    for number in range(leaves // per_commit):
        fresh = [
            b'{"at":%d,"commits":"%b","v":1}' % (_BEGAN + n, os.urandom(32).hex().encode()) for n in range(per_commit)
        ]
        growth = grown.extend(leaf_hashes(fresh))
        note = sign_checkpoint(Checkpoint.of(signer.name, growth.frontier), signer)
        peaks = b"".join(growth.frontier.peaks)
        row = (number + 1, _BEGAN, 1, 0, grown.size, per_commit, b"".join(fresh), peaks, note, 0)
        bulk.insert(connection, schema.growth, [row])
        if above := [(chunk.level, chunk.index, chunk.offset, chunk.hashes) for chunk in chunks(growth) if chunk.level]:
            bulk.insert(connection, schema.hashes, above)
        grown = growth.frontier
