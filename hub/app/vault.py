"""Keystore, database and ledger key of one hub: opened as the writer, or to read."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from hub.errors import Misconfigured, ProofFailed
from hub.settings import Settings
from hub.store.engine import Database
from hub.store.seal import KeyFile, Keystore, Locator, init, outward, partner_key, pseudonym
from hub.store.writing.writer import Writer
from hub.tlog.notes import SignerKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Vault:
    """What opens a hub's data. `origin` names the ledger."""

    database: Database
    keys: Keystore
    signer: SignerKey
    settings: Settings

    @property
    def origin(self) -> str:
        """The ledger's name."""
        return self.signer.name

    @property
    def published(self) -> Path:
        """The folder of tiles and checkpoint that any web server may serve."""
        return Path(self.settings.data) / "ledger"

    @contextmanager
    def writer(self) -> Iterator[Writer]:
        """The one writer; a second is refused."""
        memory = Path(self.settings.ledger.memory)
        with Writer(
            self.database, self.keys, self.signer, memory=memory, export=self.published, demo=self.settings.demo
        ) as writer:
            yield writer

    def close(self) -> None:
        """Let go of everything."""
        self.keys.close()
        self.database.close()


def make(settings: Settings) -> None:
    """`keys init`: a key-encryption key, a keystore under it, and the ledger's signing key, all outside the data folder."""
    data = Path(settings.data)
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    for path in (settings.keys.key_file, settings.keys.keystore, settings.ledger.memory):
        Path(path).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    keys = init(key_file=Path(settings.keys.key_file), keystore=Path(settings.keys.keystore), apart_from=data)
    keys.close()
    signer = signer_file(settings)
    signer.touch(mode=0o600)
    signer.write_text(SignerKey.from_seed(settings.ledger.origin, secrets.token_bytes(32)).secret())


@contextmanager
def opened(settings: Settings, *, writing: bool) -> Iterator[Vault]:
    """The vault of a hub. Raises KeyUnavailable or Misconfigured naming the cure."""
    data = Path(settings.data)
    custody = KeyFile(Path(settings.keys.key_file), apart_from=data)
    keys = Keystore(Path(settings.keys.keystore), custody, writer=writing)
    vault = Vault(
        database=Database(settings.database or data / "hub.db"), keys=keys, signer=signer(settings), settings=settings
    )
    try:
        yield vault
    finally:
        vault.close()


def signer_file(settings: Settings) -> Path:
    """Where the key that signs the ledger lies: beside the key-encryption key."""
    return Path(settings.keys.key_file).with_name("ledger.key")


def signer(settings: Settings) -> SignerKey:
    """The key that signs the ledger. Raises Misconfigured where there is none, or something else in its place."""
    path = signer_file(settings)
    if not path.exists():
        raise Misconfigured(
            "there is no key to sign the ledger with.", at=str(path), cure="Run `crisis-hub keys init`."
        )
    try:
        return SignerKey.parse(path.read_text())
    except (ProofFailed, UnicodeDecodeError) as error:
        raise Misconfigured(
            "This is no key that signs a ledger.", at=str(path), cure="Put it back from the backup of the keys."
        ) from error


# 65 bits: nobody asks whether an id is taken, and among ten million people two share one in a millionth of all hubs. With
# what stands before them they are fifteen, as many as HL7 v2 has room for in CX.1.
SIGNS: Final = 13


class Outward:
    """Each partner's own ids of our messages and people: no two partners' ids join."""

    def __init__(self, keys: Keystore, partners: Iterable[str]) -> None:
        """Where `keys` is the writer's, partners' keys are made here."""
        self._keys = {partner: partner_key(keys, partner) for partner in partners}
        self.person = lru_cache(maxsize=50_000)(self._person)

    def message(self, partner: str, inner: str) -> str:
        """The outward id of a message: its message id and idempotency key. Twenty signs, because MSH-10 was no longer once."""
        return outward(self._keys[partner], "message", inner.encode())[:20]

    def responder(self, partner: str, inner: str) -> str:
        """What a partner's responder shows to be let in: nobody else can make it."""
        return outward(self._keys[partner], "responder", inner.encode())

    def version(self, partner: str, inner: str) -> str:
        """How a partner tells one state of a resource from another."""
        return outward(self._keys[partner], "etag", inner.encode())[:16]

    def locator(self, partner: str) -> Locator:
        """The partner's own words for places: ids of resources, and cursors."""
        return Locator(self._keys[partner])

    def pack(self, partner: str) -> str:
        """What opens a partner's offline packs: 24 signs, handed over once, in person."""
        return outward(self._keys[partner], "pack", b"")

    def _person(self, partner: str, identity: str) -> str:
        return pseudonym(self._keys[partner], bytes.fromhex(identity), length=SIGNS)
