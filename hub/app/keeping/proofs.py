"""What the ledger proves: the whole of it verified, one leaf by receipt, and an export that an outsider verifies alone."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

import msgspec
from sqlalchemy import Connection

from hub.app.keeping import witness
from hub.app.vault import Vault
from hub.errors import ProofFailed
from hub.store.asking.evidence import Audit, Evidence
from hub.store.asking.ledger import Ledger
from hub.store.house import signers
from hub.store.sealing import Sealer
from hub.store.writing.signer import Memory
from hub.store.writing.tip import relied_on
from hub.tlog import standalone
from hub.tlog.checkpoint import Checkpoint, check_follows, open_checkpoint
from hub.tlog.notes import VerifierKey
from hub.tlog.tiles import WIDTH, tiles_of

# What a receipt opens to the recipient of a delivery; neither our ids of message and person, nor rules and consents.
_TOLD: Final = ("kind", "partner", "purpose", "agreement", "outcome")


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """A ledger that holds: its name, how many leaves, and the root (hex) that was signed.

    `opened` leaves commit to the facts that stand behind them; of `destroyed` ones the facts are gone, as they may be.
    `remembered`: it begins with the tree that the signer remembers, so that nothing was cut off its end.
    `published` leaves lie as well in the folder that others fetch the ledger from; 0 where nobody was shown any, or nobody looked.
    `tree_s` and `facts_s` are the seconds that the tree and the facts behind its leaves took.
    """

    origin: str
    leaves: int
    root: str
    opened: int
    destroyed: int
    remembered: bool
    published: int = 0
    tree_s: float
    facts_s: float


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """One leaf, and the receipt that proves it is under the signed root."""

    index: int
    leaf: bytes
    receipt: bytes


class Export(msgspec.Struct, frozen=True, kw_only=True):
    """A copy of the ledger that stands alone: where, how many leaves, and the command by which anybody verifies it."""

    folder: str
    leaves: int
    command: str


def verify(vault: Vault, *, facts: bool = True) -> Verified:
    """Re-derive everything from the leaves, and each leaf from its `facts`. Raises ProofFailed naming the first difference."""
    began = time.perf_counter()
    _keys_of_today(vault)
    # Before the database is read: what is signed meanwhile is none of this.
    remembered = _memory(vault)
    with vault.database.read() as connection, _only_ledgers():
        ledger = Ledger(connection)
        found = ledger.verify(*_keys(connection, vault), signer=vault.signer)
        size = found.size if found else 0
        if remembered:
            remembered.check(size, ledger.hash_at(size))
        derived = time.perf_counter()
        audit = (
            Evidence(connection, Sealer(vault.keys, vault.origin)).audit() if facts else Audit(checked=0, destroyed=0)
        )
    return Verified(
        origin=vault.origin,
        leaves=size,
        root=found.root.hex() if found else "",
        opened=audit.checked,
        destroyed=audit.destroyed,
        remembered=remembered is not None,
        published=_published(vault) if facts else 0,
        tree_s=round(derived - began, 3),
        facts_s=round(time.perf_counter() - derived, 3),
    )


def belong_together(vault: Vault) -> None:
    """Pass when database, keystore and the signer's memory are of one day; changes nothing.

    Raises ProofFailed where the database is behind what was signed, KeyUnavailable where the keystore is behind the database:
    whatever it lacks would look as if it had been destroyed.
    """
    remembered = _memory(vault)
    with vault.database.read() as connection, _only_ledgers():
        ledger = Ledger(connection)
        if remembered:
            remembered.check(ledger.size, ledger.hash_at(ledger.size))
    _keys_of_today(vault)


def _keys_of_today(vault: Vault) -> None:
    with vault.database.read() as connection:
        mark = relied_on(connection)
    vault.keys.follow()
    vault.keys.reach(mark)


def _published(vault: Vault) -> int:
    """Hold every published file against the ledger; gives how many leaves were. Raises ProofFailed naming the first that differs."""
    folder = vault.published
    checkpoint = folder / "checkpoint"
    if not checkpoint.is_file():
        return 0
    signed = checkpoint.read_bytes()
    anew = "Stop the hub and move the folder away: at the next message all of it is published again."
    try:
        size = follows(vault, signed).size
    except (ProofFailed, UnicodeDecodeError) as error:
        raise ProofFailed(
            f"What is published was not signed like this ({error}).", at=str(checkpoint), cure=anew
        ) from error
    with vault.database.read() as connection:
        ledger = Ledger(connection)
        for tile in sorted(tiles_of(size), key=lambda tile: (tile.leaves.start, tile.level)):
            path = folder / tile.path
            if path.is_file() and path.read_bytes() == ledger.tile(tile):
                continue
            if checkpoint.read_bytes() != signed and tile.width < WIDTH:
                continue  # a hub runs, and has published further meanwhile
            raise ProofFailed("What is published is not what the ledger holds.", at=str(path), cure=anew)
    return size


def _keys(connection: Connection, vault: Vault) -> list[VerifierKey]:
    """The keys that signed, the present one first. The first is our own word; the others only vouch for what it signed over."""
    _, *earlier = signers(connection) or [vault.signer.verifier]
    return [vault.signer.verifier, *earlier]


@contextmanager
def _only_ledgers() -> Iterator[None]:
    """Whoever owns the database may have put anything into it: what is not even of the right kind is no proof either."""
    try:
        yield
    except (TypeError, ValueError, LookupError) as odd:
        raise ProofFailed(f"Something in the database is not what a hub writes there ({type(odd).__name__}).") from odd


def _memory(vault: Vault) -> Memory | None:
    path = Path(vault.settings.ledger.memory)
    if not path.is_file():
        return None
    with closing(Memory(path, vault.origin, apart_from=vault.database.folder)) as memory:
        return memory


def prove(vault: Vault, index: int, *, witnessed: bool = False) -> Proof:
    """The receipt of one leaf, under the newest checkpoint or the newest that was `witnessed`.

    Raises ProofFailed when there is no such leaf, Conflict when no witness signed a tree with it.
    """
    with vault.database.read() as connection:
        ledger = Ledger(connection)
        if not 0 <= index < ledger.size:
            raise ProofFailed(f"There is no leaf {index}: the ledger has {ledger.size}.", at=vault.origin)
        return Proof(
            index=index,
            leaf=ledger.entries(index, index + 1)[0],
            receipt=_receipt(vault, ledger, index, witnessed=witnessed),
        )


def _receipt(vault: Vault, ledger: Ledger, index: int, *, witnessed: bool) -> bytes:
    return bytes(witness.receipt(vault, index) if witnessed else ledger.receipt(index))


def travelling(vault: Vault, leaf: int) -> bytes:
    """The receipt that travels with a delivery. It opens to its recipient what is theirs: that it was sent to them, which bytes, why."""
    with vault.database.read() as connection:
        opening = Evidence(connection, Sealer(vault.keys, vault.origin)).opening(leaf, _TOLD)
        return bytes(Ledger(connection).receipt(leaf, bytes(opening)))


def checkpoint(vault: Vault) -> bytes:
    """The newest signed checkpoint, its signature checked; empty when nothing was ever entered."""
    with vault.database.read() as connection:
        found = Ledger(connection).checkpoint
    if found:
        open_checkpoint(found, vault.signer.verifier)
    return found


def follows(vault: Vault, old: bytes) -> Checkpoint:
    """What an old checkpoint says, checked: this ledger signed it, and still begins with the tree that it was signed over.

    Raises ProofFailed where it does not: somebody changed what was entered, or it is of another ledger.
    """
    with vault.database.read() as connection, _only_ledgers():
        ledger = Ledger(connection)
        found = _opened(old, _keys(connection, vault))
        newest = open_checkpoint(ledger.checkpoint, vault.signer.verifier).checkpoint
        check_follows(found, newest, ledger.hash_at(newest.size))
    return found


def _opened(note: bytes, keys: Sequence[VerifierKey]) -> Checkpoint:
    """A checkpoint signed by the key of today, or by one that signed before."""
    *earlier, last = keys
    for key in earlier:
        with suppress(ProofFailed):
            return open_checkpoint(note, key).checkpoint
    return open_checkpoint(note, last).checkpoint


def export(vault: Vault, folder: Path) -> Export:
    """Write the ledger with its verifier and public key beside it; `verify.py` needs nothing of ours."""
    folder.mkdir(parents=True, exist_ok=True)
    with vault.database.read() as connection:
        leaves = Ledger(connection).export(folder)
    key = checker(folder, vault.signer.verifier)
    return Export(folder=str(folder), leaves=leaves, command=f"python {folder / 'verify.py'} log {folder} '{key}'")


def checker(folder: Path, key: VerifierKey) -> str:
    """Put the verifier of one file and the ledger's public key into a folder; gives the key as it is written."""
    shutil.copyfile(Path(standalone.__file__), folder / "verify.py")
    (folder / "key").write_text(f"{key}\n", encoding="ascii")
    return str(key)
