"""A hub's books for tests of accountings: people, their identities at several partners, and deliveries under real rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
from sqlalchemy import select

from hub.app.asking.look import Look
from hub.app.house import household
from hub.app.vault import Vault, make, opened
from hub.model.commands import Command, Keep
from hub.model.entry import Kind, LedgerEntry
from hub.model.plan import Block, Link, Move
from hub.model.registry import mask, path_set
from hub.settings import Settings, load
from hub.store import schema
from hub.store.ids import as_id, new_id
from hub.store.writing.writer import Writer
from tests.cli import county as config_of
from tests.store import county

WHAT = path_set(mask(["person.names", "condition.code"]))
RULES = {"treat": "hipaa.treat", "threat": "hipaa.threat", "police": "hipaa.le.identify", "history": "cjis.history"}


class Person:
    """Somebody with a source identity at one partner or more."""

    def __init__(self, books: Books) -> None:
        self.books, self.person = books, new_id()
        self.identities: dict[str, str] = {}

    def at(self, partner: str, number: str) -> Person:
        """Known there by a number."""
        link = self._link(partner, number)
        # It says who they are, and of no episode.
        plan = msgspec.structs.replace(county.planned(number, to=(), link=link), episode=None)
        self.books.commit(msgspec.structs.replace(county.message(number, plan=plan), partner=partner))
        self.identities[partner] = link.identity
        return self

    def _link(self, partner: str, number: str) -> Link:
        blocks = (Block(name=f"MR:{partner}", values=(number,), strong=True),)
        return Link(verdict="nobody", identity=new_id(), person=self.person, fresh=True, blocks=blocks)


class Books:
    """Everything goes through the one writer, as in a hub."""

    def __init__(self, look: Look, writer: Writer) -> None:
        self.look, self.writer, self.last = look, writer, 0

    def commit(self, *commands: Command) -> None:
        for result in self.writer.commit(commands):
            if result.error:
                raise result.error

    def person(self) -> Person:
        return Person(self)

    def sent(
        self, person: Person, source: str, to: str, rules: Sequence[str], at: int, *, purpose: str = "TREAT",
        outcome: str = "delivered", code: str = "AA",
    ) -> None:  # fmt: skip
        """A message of a partner about a person reached another one, under these rules."""
        identity = person.identities[source]
        link = Link(verdict="same", identity=identity, person=person.person, fresh=False)
        self.last += 1
        kept = county.message(f"{self.last}", plan=county.planned(f"{self.last}", to=(to,), link=link, at=at), at=at)
        self.commit(msgspec.structs.replace(kept, partner=source))
        entry = LedgerEntry(
            kind=Kind.ATTEMPT, at=at, partner=to, subject=identity, purpose=purpose, paths=WHAT,
            rules=tuple(rules), rule_set=self.look.known.house.rules.hash, agreement=f"{to}-2026",
        )  # fmt: skip
        self.commit(county.claim(self.last_outbox, at=at, entry=entry))
        self.commit(county.settle(self.last_outbox, outcome, at=at, code=code))

    @property
    def last_outbox(self) -> int:
        with self.look.vault.database.read() as connection:
            return int(connection.exec_driver_sql("SELECT max(seq) FROM outbox").scalar_one())

    def move(self, identity: str, person: str) -> None:
        """A reviewer decides whose identity this is."""
        with self.look.vault.database.read() as connection:
            before = connection.scalar(select(schema.identity.c.person).where(schema.identity.c.id == as_id(identity)))
        moved = Move(identity=identity, before=(before or b"").hex(), after=person, why="reviewed")
        self.commit(self._about(Link(verdict="same", identity=identity, person=person, fresh=False, moves=(moved,))))

    def _about(self, link: Link) -> Keep:
        self.last += 1
        return county.message(f"link{self.last}", plan=county.planned(f"link{self.last}", to=(), link=link))


@contextmanager
def books(folder: Path) -> Iterator[Books]:
    """Books of a fresh county (H1, B1, S1, PD) in a folder."""
    settings = load(config_of.write(folder))
    make(settings)
    with opened(settings, writing=True) as vault, vault.writer() as writer:
        yield Books(_look(settings, vault), writer)


def _look(settings: Settings, vault: Vault) -> Look:
    return Look(known=household(settings, ready=False), vault=vault)
