"""What the store of a stopped hub says of every message: read through the store's own doors, as an auditor would."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from hub.app.vault import Vault, opened
from hub.settings import load
from hub.store import schema
from hub.store.asking.due import Dead, Depth
from hub.store.asking.journal import Journal, Message, Wanted
from hub.store.asking.ledger import Ledger
from hub.store.asking.outbox import Outbox
from hub.tlog.checkpoint import open_checkpoint
from hub.tlog.tree import root_at

PAGE = 500


@dataclass(frozen=True, kw_only=True)
class Kept:
    """One message of the journal: what it is called by its sender, what it was, and its bytes."""

    message: Message
    message_id: str
    body: bytes


class Evidence:
    """Reads one hub's data folder."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self.outbox = Outbox(vault.database, vault.keys, vault.origin)

    def journal(self) -> list[Kept]:
        """Every message, the newest first."""
        with self._vault.database.read() as connection:
            journal = Journal(connection, self._vault.keys, self._vault.origin)
            found: list[Kept] = []
            while page := journal.search(Wanted(limit=PAGE, before=found[-1].message.seq if found else 0)):
                names = [one.journal for one in page]
                plans, kept = journal.plans(names), journal.kept(names)
                found += [
                    Kept(message=one, message_id=plan.message_id, body=each.body)
                    for one, plan, each in zip(page, plans, kept, strict=True)
                ]
            return found

    def events(self, journal: str) -> str:
        """The canonical events of one message, spelled out."""
        with self._vault.database.read() as connection:
            return repr(Journal(connection, self._vault.keys, self._vault.origin).kept([journal])[0].events)

    def decided(self, journal: str) -> dict[str, bool]:
        """Which partners were decided about for one message, and whether anything was granted."""
        with self._vault.database.read() as connection:
            (plan,) = Journal(connection, self._vault.keys, self._vault.origin).plans([journal])
        return {each.partner: each.permits for each in plan.decided}

    def rejects(self) -> list[str]:
        """Why arrivals were turned away, the oldest first."""
        with self._vault.database.read() as connection:
            return list(connection.scalars(select(schema.reject.c.cause).order_by(schema.reject.c.at)))

    def outcomes(self) -> Counter[str]:
        """How many attempts ended in which way; those without an outcome are under ""."""
        ended = (
            select(func.coalesce(schema.outcome.c.outcome, ""), func.count())
            .select_from(schema.attempt)
            .outerjoin(schema.outcome, schema.outcome.c.attempt == schema.attempt.c.seq)
            .group_by(schema.outcome.c.outcome)
        )
        with self._vault.database.read() as connection:
            return Counter(dict(map(tuple, connection.execute(ended))))

    def claims(self) -> Counter[tuple[str, bytes]]:
        """How often each key was claimed to be sent with which bytes (their SHA-256)."""
        with self._vault.database.read() as connection:
            rows = connection.execute(select(schema.attempt.c.key, schema.attempt.c.body_digest))
            return Counter((key, digest) for key, digest in rows)

    def depth(self, destination: str) -> Depth:
        """How a destination stands."""
        return self.outbox.depth(destination)

    def parked(self) -> list[Dead]:
        """Deliveries that wait for a person."""
        return self.outbox.dead(limit=PAGE)

    def verified(self) -> int:
        """Re-derive the whole ledger; gives its size. The published checkpoint must be one of its own."""
        log = self._vault.signer.verifier
        published = Path(self._vault.settings.data) / "ledger" / "checkpoint"
        shown = open_checkpoint(published.read_bytes(), log).checkpoint
        with self._vault.database.read() as connection:
            ledger = Ledger(connection)
            newest = ledger.verify(log)
            assert newest is not None
            assert shown.size <= newest.size, "more was published than the database holds"
            assert shown.root == root_at(shown.size, ledger.hash_at(newest.size)), "another tree was published"
        return newest.size


@contextmanager
def evidence(config: Path) -> Iterator[Evidence]:
    """The evidence of a hub that is stopped, or that runs: it only reads."""
    with opened(load(config), writing=False) as vault:
        yield Evidence(vault)
