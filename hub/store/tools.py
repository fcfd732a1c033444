"""What sealing and finding need, made once: whoever works in the writer's thread shares it, and so each token is made once."""

from __future__ import annotations

from typing import NamedTuple

from hub.store.seal import Keystore
from hub.store.sealing import Sealer
from hub.store.tokens import Marks, Tokens


class Tools(NamedTuple):
    """Seals, tokens and marks of one keystore and one ledger origin."""

    sealer: Sealer
    tokens: Tokens
    marks: Marks

    @classmethod
    def of(cls, keys: Keystore, origin: str) -> Tools:
        """The tools of a keystore."""
        return cls(Sealer(keys, origin), Tokens(keys), Marks(keys, makes=True))
