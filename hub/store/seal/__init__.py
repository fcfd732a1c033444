"""Keys and sealing: what is stored opens only with the keystore, and what is destroyed never opens again.

Read first `names` (whose key, for what, when), then `keystore` (keys made, flushed, found), `record` (sealing one row) and
`destroying`. Beside them stand `digests` (day digests, commitment salts), `blind` (the index over demographics), `partner`
(pseudonyms) and `locator` (ids that lead back). Below lie `key`, `frames`, `finder`, `log`, `custody`, `disk` and `rewrite`.

Nothing here knows SQL or the clock.
"""

from __future__ import annotations

from pathlib import Path

from hub.store.seal.blind import BlindIndex, renew_index
from hub.store.seal.custody import Custody, KeyFile
from hub.store.seal.destroying import Certificate, Order, destroy, drop_days, exactly, expire, expunge, index_wanted
from hub.store.seal.digests import DAYS_KEPT, digest, salt
from hub.store.seal.key import Key, mixed
from hub.store.seal.keystore import Keystore
from hub.store.seal.locator import Locator
from hub.store.seal.names import HUB, KeyRef, Use, key_ref, month_of, new_identity
from hub.store.seal.partner import outward, partner_key, pseudonym
from hub.store.seal.record import Aad, seal, unseal
from hub.store.seal.rewrite import Copy, back_up, sweep, verify

__all__ = [
    "init",
    "Keystore",
    "Custody",
    "KeyFile",
    "HUB",
    "Use",
    "KeyRef",
    "key_ref",
    "month_of",
    "new_identity",
    "Key",
    "mixed",
    "Aad",
    "seal",
    "unseal",
    "DAYS_KEPT",
    "digest",
    "salt",
    "BlindIndex",
    "renew_index",
    "partner_key",
    "pseudonym",
    "outward",
    "Locator",
    "Order",
    "expunge",
    "expire",
    "destroy",
    "exactly",
    "index_wanted",
    "drop_days",
    "Certificate",
    "Copy",
    "back_up",
    "verify",
    "sweep",
]


def init(*, key_file: Path, keystore: Path, apart_from: Path) -> Keystore:
    """Make a key file, unless there is one, and a keystore under it, both outside the data folder; open it as the writer.

    `Conflict` when there is a keystore already. Both files are for their owner only (0600).
    """
    there = key_file.exists()
    custody = KeyFile(key_file, apart_from=apart_from) if there else KeyFile.create(key_file, apart_from=apart_from)
    return Keystore.create(keystore, custody, apart_from=apart_from)
