"""Another key signs the ledger from now on: rotated under the same name, or renamed because the data came back from a backup."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from hub.app.vault import signer_file
from hub.errors import Misconfigured
from hub.settings import Settings
from hub.store import house
from hub.store.engine import Database
from hub.tlog.notes import SignerKey, VerifierKey


def succeed(settings: Settings, path: Path | None = None) -> VerifierKey:
    """Make a new signing key under the ledger's name of these settings, and make it known to the database; gives its public half.

    `path` is of a database that is not in its place yet.
    The old private key is destroyed; its public half stays in the database, to verify what it signed. No hub may run
    meanwhile. Whoever becomes the writer next signs with the new one.
    """
    fresh = SignerKey.from_seed(settings.ledger.origin, secrets.token_bytes(32))
    key = signer_file(settings)
    waiting = key.with_name(f"{key.name}.next")
    _write(waiting, fresh.secret())
    database = Database(path or settings.database or Path(settings.data) / "hub.db")
    try:
        with database.locked(), database.connect() as connection, connection.begin():
            house.succeed(connection, fresh.verifier)
    finally:
        database.close()
    waiting.replace(key)
    return fresh.verifier


def _write(path: Path, secret: str) -> None:
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as error:
        raise Misconfigured(f"The new key cannot be written ({type(error).__name__}).", at=str(path)) from error
    with os.fdopen(fd, "w", encoding="ascii") as file:
        file.write(secret)
        file.flush()
        os.fsync(file.fileno())
