"""Reads the hub's own people and their sessions from the store; what is read is a moment old at most."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from hub import clock
from hub.access import accounts
from hub.access.accounts import Known
from hub.store.engine import Database
from hub.store.seal import Keystore
from hub.store.sealing import Sealer
from hub.store.writing.lodged import Lodged, Lodging


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """Everything lodged for people."""

    database: Database
    keys: Keystore
    origin: str

    def people(self) -> list[Known]:
        """Every account, those that ended among them."""
        with self._lodged() as lodged:
            return accounts.known(lodged.all(accounts.KIND))

    def person(self, name: str) -> Known | None:
        """The account of an id; None when there is none, it ended, or its term is over."""
        found = self.one(accounts.KIND, name)
        known = accounts.known([found])[0] if found else None
        return None if known is None or known.account.over(clock.now()) else known

    def one(self, kind: str, name: str) -> Lodging | None:
        """One thing that is lodged."""
        with self._lodged() as lodged:
            return lodged.one(kind, name)

    def all(self, kind: str) -> list[Lodging]:
        """Everything lodged of a kind."""
        with self._lodged() as lodged:
            return lodged.all(kind)

    @contextmanager
    def _lodged(self) -> Iterator[Lodged]:
        self.keys.follow()
        with self.database.read() as connection:
            yield Lodged(connection, Sealer(self.keys, self.origin))
