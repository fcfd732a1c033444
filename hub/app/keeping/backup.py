"""Backing a hub up while it runs, and bringing one back: under a new ledger name, compared with a checkpoint from outside, paused.

The data and the keys are backed up apart, because whoever holds both reads everything.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path, PurePosixPath
from typing import Final

import msgspec
import pysqlite3.dbapi2 as sqlite

from hub.app.keeping import orders
from hub.app.keeping.pause import Pause, pause
from hub.app.keeping.succession import succeed
from hub.app.vault import Vault
from hub.errors import Conflict, KeyUnavailable, Misconfigured, ProofFailed
from hub.settings import Settings
from hub.store import house
from hub.store.asking.ledger import Ledger
from hub.store.engine import Database
from hub.store.seal import KeyFile, Keystore, back_up, disk
from hub.store.sealing import successor
from hub.tlog.checkpoint import Checkpoint, open_checkpoint
from hub.tlog.notes import VerifierKey, parse_note
from hub.tlog.tree import root_at

MANIFEST: Final = "manifest.json"
_DATABASE: Final = "hub.db"
# What SQLite keeps beside a database that was not closed.
_LOGS: Final = ("-wal", "-shm")
# What stands in the data folder beside the database and cannot be made again.
_FOLDERS: Final = ("rules", "changes", "mappings")
_TRIES: Final = 5


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup holds: when it was made (UTC microseconds), whose ledger, how far, and the digest of every file."""

    at: int
    origin: str
    size: int
    root: str
    files: dict[str, str]


class Restored(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a restore. `lost`: leaves that the outside checkpoint had beyond the backup; `destroyed`: keys gone again."""

    origin: str
    before: str
    size: int
    lost: int
    compared: bool
    destroyed: int


def make(vault: Vault, folder: Path, keys_to: Path, at: int) -> Manifest:
    """Copy the data of a hub into `folder` and its keystore to the file `keys_to`. The hub may run meanwhile.

    Raises Misconfigured where one place would hold both, or a backup lies there already.
    """
    _refuse(vault, folder, keys_to)
    folder.mkdir(parents=True, mode=0o700)
    _copy_database(Path(vault.database.name), folder / _DATABASE)
    # After the database: every key it relies on is in the keystore by now.
    _copy_keys(vault, keys_to)
    data = Path(vault.settings.data)
    for name in _FOLDERS:
        if (data / name).is_dir():
            shutil.copytree(data / name, folder / name)
    with _reading(folder / _DATABASE) as (ledger, _):
        note = ledger.checkpoint
    found = Checkpoint.parse(parse_note(note).text) if note else None
    files = {str(path.relative_to(folder)): _digest(path) for path in sorted(folder.rglob("*")) if path.is_file()}
    made = Manifest(
        at=at, origin=vault.origin, size=found.size if found else 0, root=found.root.hex() if found else "", files=files
    )
    (folder / MANIFEST).write_bytes(msgspec.json.encode(made))
    return made


def restore(settings: Settings, folder: Path, *, outside: bytes, actor: str, at: int) -> Restored:
    """Bring a backup back as the hub of these settings, whose ledger name succeeds that of the backup; the courier is paused.

    The keys must lie in place: those that survived, or their own backup. `outside` is a checkpoint that somebody kept
    apart from the hub, empty where nobody did. Nothing is overwritten; what was cut short is run again. Raises ProofFailed
    where the backup is not the tree that was signed, Conflict where a hub is there already.
    """
    manifest = _checked(settings, folder)
    with _reading(folder / _DATABASE) as (ledger, keys):
        lost, size = _compared(ledger, keys, outside), ledger.size
    fresh = _copy_in(settings, folder, manifest)
    destroyed = _obey_again(settings)
    # Until somebody has asked partners what they received since the backup, nothing leaves.
    pause(settings, Pause(at=at, actor=actor, reason="restored from a backup: ask partners what they received since"))
    _set_aside(Path(settings.ledger.memory))
    succeed(settings, fresh)
    # Last of all: a restore that was cut short has put no hub here, and is run again.
    fresh.replace(Path(settings.data) / _DATABASE)
    Path(f"{fresh}.writer").unlink(missing_ok=True)
    disk.sync_folder(Path(settings.data))
    return Restored(
        origin=settings.ledger.origin,
        before=manifest.origin,
        size=size,
        lost=lost,
        compared=bool(outside),
        destroyed=destroyed,
    )


def _refuse(vault: Vault, folder: Path, keys_to: Path) -> None:
    if not vault.database.sqlite:
        cure = "Use pg_dump on it, and copy the keystore afterwards, apart; `crisis-hub backup` is for SQLite."
        raise Misconfigured("This hub's database is PostgreSQL.", at=vault.database.name, cure=cure)
    if keys_to.resolve().is_relative_to(folder.resolve()):
        raise Misconfigured(
            "Whoever copied this would hold data and keys.", at=str(keys_to), cure="Name another place."
        )
    if folder.exists():
        raise Conflict("There is something already.", at=str(folder), cure="Name a folder that is not there yet.")


def _copy_database(source: Path, target: Path) -> None:
    """One consistent state, whatever is written meanwhile."""
    with closing(sqlite.connect(f"file:{source}?mode=ro", uri=True)) as there, closing(sqlite.connect(target)) as here:
        there.backup(here)
    target.chmod(0o600)


def _copy_keys(vault: Vault, target: Path) -> None:
    """A verified copy; the writer may make keys while we copy, so a few tries are fair."""
    for number in range(_TRIES):
        vault.keys.follow()
        try:
            back_up(vault.keys, target)
        except KeyUnavailable:
            if number == _TRIES - 1:
                raise
        else:
            break
    if (written := orders.path_of(vault.keys.path)).is_file():
        shutil.copyfile(written, orders.path_of(target))


@contextmanager
def _reading(path: Path) -> Iterator[tuple[Ledger, list[VerifierKey]]]:
    database = Database(path)
    try:
        with database.read() as connection:
            yield Ledger(connection), house.signers(connection)
    finally:
        database.close()


def _checked(settings: Settings, folder: Path) -> Manifest:
    """The manifest of a backup whose files are as they were, and that these settings may restore."""
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError) as wrong:
        raise Misconfigured("This is no backup of a hub.", at=str(folder)) from wrong
    if strange := [name for name in manifest.files if not _belongs(name)]:
        raise ProofFailed("The backup names a file that no backup has.", at=strange[0], cure="Take another one.")
    for name, digest in manifest.files.items():
        if not (folder / name).is_file() or _digest(folder / name) != digest:
            raise ProofFailed("The backup is not what was written.", at=name, cure="Take another one.")
    if settings.ledger.origin != successor(manifest.origin):
        raise Misconfigured(
            f"The ledger {manifest.origin} was signed beyond this backup, perhaps: it goes on under a new name.",
            at="ledger.origin",
            cure=f"Write origin: {successor(manifest.origin)}.",
        )
    if settings.database:
        cure = "Bring that one back with pg_restore, or leave `database` out."
        raise Misconfigured("These settings name a database of their own.", at="database", cure=cure)
    # A log without its database would be played into the one that is put beside it.
    if any((Path(settings.data) / f"{_DATABASE}{part}").exists() for part in ("", *_LOGS)):
        raise Conflict("There is a hub already.", at=settings.data, cure="Restore into a data folder of its own.")
    return manifest


def _belongs(name: str) -> bool:
    """Whether a backup has such a file: what somebody wrote into its manifest is written nowhere else.

    >>> [_belongs(name) for name in ("hub.db", "rules/a/b.yaml", "rules/../../keys/hub.key", "/etc/passwd", "x/rules")]
    [True, True, False, False, False]
    """
    first, *rest = PurePosixPath(name).parts or ("",)
    return name == _DATABASE or (first in _FOLDERS and bool(rest) and ".." not in rest)


def _compared(ledger: Ledger, keys: list[VerifierKey], outside: bytes) -> int:
    """Re-derive the tree of the backup, and compare it with a checkpoint from outside; says how many leaves are lost."""
    newest = ledger.verify(*keys)
    size = newest.size if newest else 0
    if not outside:
        return 0
    kept = open_checkpoint(outside, keys[0]).checkpoint
    if kept.size > size:
        return kept.size - size
    if root_at(kept.size, ledger.hash_at(size)) != kept.root:
        raise ProofFailed(f"The backup's first {kept.size} leaves are not those of the checkpoint that was kept.")
    return 0


def _copy_in(settings: Settings, folder: Path, manifest: Manifest) -> Path:
    """Every file, durable once we return; gives where the database waits to be put in its place."""
    data = Path(settings.data)
    fresh = data / f"{_DATABASE}.restored"
    for part in _LOGS:
        Path(f"{fresh}{part}").unlink(missing_ok=True)
    for name in manifest.files:
        target = fresh if name == _DATABASE else data / name
        try:
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            disk.copy(folder / name, target)
        except OSError as full:
            raise Misconfigured(
                f"The backup cannot be copied ({full.strerror}).", at=str(target), cure="Mend that, and restore again."
            ) from full
    return fresh


def _obey_again(settings: Settings) -> int:
    """Destroy again what was ordered to be destroyed, should the keystore be an older copy."""
    custody = KeyFile(Path(settings.keys.key_file), apart_from=Path(settings.data))
    with closing(Keystore(Path(settings.keys.keystore), custody, writer=True)) as keys:
        return orders.replay(keys)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _set_aside(memory: Path) -> None:
    """What the signer of the old name remembered is kept: should that hub come back, it knows what it signed."""
    if memory.exists():
        memory.replace(memory.with_name(f"{memory.name}.before"))
