"""The county's hub behind a real socket, and what tests ask of it beside: partners' programs, and the leaves they leave."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import func, select

from hub.demo import served as demo
from hub.model.entry import LedgerEntry
from hub.store import schema
from hub.store.asking.evidence import Evidence
from hub.store.sealing import Sealer

FORM = {"content-type": "application/x-www-form-urlencoded"}


class Served(demo.Served):
    """A hub that answers, and is looked into."""

    @property
    def base(self) -> str:
        return f"{self.url}/fhir"

    def client(self, partner: str = "B1", **headers: str) -> httpx.Client:
        """What a partner's program asks with."""
        bearer = {"authorization": f"Bearer {self.tokens[partner]}", **headers}
        return httpx.Client(base_url=self.base, headers=bearer, trust_env=False, timeout=10)

    def leaves(self) -> int:
        with self.hub.vault.database.read() as connection:
            return int(connection.scalar(select(func.sum(schema.growth.c.leaf_count))) or 0)

    def entries(self, since: int) -> list[LedgerEntry]:
        """What the leaves from an index on commit to."""
        with self.hub.vault.database.read() as connection:
            evidence = Evidence(connection, Sealer(self.hub.vault.keys, self.hub.vault.origin))
            return [evidence.entry(n) for n in range(since, self.leaves())]

    def queries(self, act: Callable[[], Any]) -> list[LedgerEntry]:
        """The entries of queries that something left."""
        before = self.leaves()
        act()
        return [entry for entry in self.entries(before) if entry.kind.value == "query"]


@contextmanager
def served(folder: Path, *present: str) -> Iterator[Served]:
    """A hub in a folder, with the day's messages taken; those partners are there to be told."""
    with demo.served(folder, present=present) as here:
        yield Served(hub=here.hub, stage=here.stage, loop=here.loop)
