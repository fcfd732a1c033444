"""A county's store for tests, and messages that look like those of a day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any, Self

import msgspec
from sqlalchemy import Connection, Executable, select

from hub.model.care import Encounter
from hub.model.commands import Claim, Command, Keep, Settle
from hub.model.consent import ConsentDirective
from hub.model.entry import Kind, LedgerEntry
from hub.model.event import CrisisEvent, event_id
from hub.model.person import Person
from hub.model.plan import Block, Decided, EpisodeEvent, Link, Outgoing, Plan
from hub.model.traits import Name, Traits
from hub.model.values import HumanName, Identifier
from hub.store.asking.journal import Journal
from hub.store.asking.ledger import Ledger
from hub.store.asking.outbox import Outbox
from hub.store.engine import Database
from hub.store.ids import new_id
from hub.store.planning.facts import Facts
from hub.store.result import Result
from hub.store.schema import metadata
from hub.store.seal import KeyFile, Keystore, init
from hub.store.writing.writer import Writer
from hub.tlog.notes import SignerKey

EVENING = 1_773_604_800_000_000
ORIGIN = "county.example/ledger"
SIGNER = SignerKey.from_seed(ORIGIN, bytes(32))
# Stands in every value a person could be known by: it must never lie in a file in clear.
CANARY = "Zebrafinch"


class County:
    """A database, a keystore and a writer in a folder; open and close the writer as a hub would at start and stop."""

    def __init__(self, url: str, folder: Path, *, export: bool = False) -> None:
        self.url, self.folder = url, folder
        self.export = folder / "export" if export else None
        self.demo = False
        self.open()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def open(self) -> None:
        """Start the hub; when it refuses, it holds nothing."""
        with ExitStack() as stack:
            self.database = Database(self.url)
            stack.callback(self.database.close)
            self.keys = stack.enter_context(closing(self.keystore()))
            self.writer = stack.enter_context(
                Writer(self.database, self.keys, SIGNER, memory=self.memory, export=self.export, demo=self.demo)
            )
            self._open = stack.pop_all()

    def close(self) -> None:
        """Stop the hub."""
        self._open.close()

    def drop(self) -> None:
        """Let go as a killed process does: nothing is finished, nothing is published."""
        self._open.pop_all()
        self.writer._held.close()
        self.keys.close()
        self.database.close()

    def again(self) -> None:
        """Stop the hub and start it anew."""
        self.close()
        self.open()

    @property
    def memory(self) -> Path:
        return self.folder / "signer"

    def keystore(self) -> Keystore:
        data, key_file, path = (
            self.folder / "data",
            self.folder / "keys" / "kek.json",
            self.folder / "keys" / "keystore",
        )
        if not path.exists():
            return init(key_file=key_file, keystore=path, apart_from=data)
        return Keystore(path, KeyFile(key_file, apart_from=data), writer=True)

    # --- what a hub does

    def commit(self, *commands: Command) -> list[Result]:
        """Commit; every command must succeed."""
        results = self.writer.commit(commands)
        for result in results:
            if result.error:
                raise result.error
        return results

    @property
    def facts(self) -> Facts:
        return self.writer.facts()

    @property
    def outbox(self) -> Outbox:
        return Outbox(self.database, self.keys, ORIGIN)

    def due(self, destination: str = "clinic", now: int = EVENING, limit: int = 100) -> list[int]:
        """The outbox numbers due now."""
        return [due.outbox for due in self.outbox.due({destination: limit}, now)]

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with self.database.read() as connection:
            yield connection

    @contextmanager
    def journal(self) -> Iterator[Journal]:
        with self.read() as connection:
            yield Journal(connection, self.keys, ORIGIN)

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        with self.read() as connection:
            yield Ledger(connection)

    def change(self, statement: Executable) -> None:
        """What an attacker with the database might do."""
        with self.writer._connection.begin():
            self.writer._connection.execute(statement)

    def rows(self, table: str) -> list[Any]:
        with self.read() as connection:
            return list(
                connection.execute(select(metadata.tables[table]).order_by(*metadata.tables[table].primary_key))
            )

    def verified(self) -> int:
        """Re-derive the whole ledger; says how many entries it has."""
        with self.ledger() as ledger:
            newest = ledger.verify(SIGNER.verifier)
        return newest.size if newest else 0


def entry(kind: Kind = Kind.RECEIVED, at: int = EVENING, **facts: Any) -> LedgerEntry:
    return LedgerEntry(kind=kind, at=at, **facts)


def traits(number: int | str) -> Traits:
    """A person as linkage knows them."""
    name = Name(family=f"{CANARY.lower()}{number}", given="riley")
    numbers = (("MR:H1", f"M{number}"),)
    return Traits(names=(name,), birth="1990-03-14", sex="female", phones=(f"555{number}",), numbers=numbers)


def blocks(number: int | str) -> tuple[Block, ...]:
    """What a person is found by: a medical record number, and demographics."""
    family = f"{CANARY.lower()}{number}"
    return (
        Block(name="MR:H1", values=(f"M{number}",), strong=True),
        Block(name="given+birth_date", values=("riley", "1990-03-14")),
        Block(name="street+family", values=(f"{number} elm street", family)),
    )


def linked(number: int | str, **changes: Any) -> Link:
    """A new identity of a new person."""
    known = traits(number)
    link = Link(
        verdict="nobody",
        identity=new_id(),
        person=new_id(),
        fresh=True,
        blocks=blocks(number),
        traits=known,
        said=known,
    )
    return msgspec.structs.replace(link, **changes)


def events(journal: str, number: int | str, *more: Any) -> tuple[CrisisEvent, ...]:
    person = Person(
        identifiers=(Identifier(value=f"{CANARY}-M{number}", assigner="H1", type="MR"),),
        names=(HumanName(family=CANARY, given=("Riley",)),),
    )
    bodies = (person, Encounter(), *more)
    return tuple(
        CrisisEvent(id=event_id(journal, place), body=body, source="h1", recorded_at=EVENING)
        for place, body in enumerate(bodies)
    )


def planned(
    number: int | str, *, to: Sequence[str] = ("clinic",), link: Link | None = None, consents: Sequence[ConsentDirective] = (),
    at: int = EVENING, **changes: Any,
) -> Plan:  # fmt: skip
    """A message about a person, wanted by some partners."""
    journal = new_id()
    plan = Plan(
        journal=journal,
        state="planned",
        kind="ADT^A01",
        message_id=f"MSG-{number}",
        events=events(journal, number, *consents),
        link=link or linked(number),
        episode=EpisodeEvent(episode=new_id(), at=at, what="encounter", fresh=True),
        decided=tuple(
            Decided(partner=name, purpose="TREAT", interest="care", permits=True, question=b"q:" + name.encode())
            for name in to
        ),
        outbox=tuple(Outgoing(destination=name, interest="care", due_at=at) for name in to),
        entries=(
            entry(at=at, journal=journal, partner="h1"),
            *(entry(Kind.DECIDED, at=at, journal=journal, partner=name, rules=("R1", "R2")) for name in to),
        ),
    )
    return msgspec.structs.replace(plan, **changes)


def link_of(kept: Keep) -> Link:
    assert kept.plan.link
    return kept.plan.link


def episode_of(kept: Keep) -> EpisodeEvent:
    assert kept.plan.episode
    return kept.plan.episode


def same_person(kept: Keep, **changes: Any) -> Link:
    """A later message of the same identity."""
    return msgspec.structs.replace(link_of(kept), fresh=False, verdict="same", **changes)


def message(
    number: int | str, *, body: bytes = b"", at: int = EVENING, plan: Plan | None = None, **changes: Any
) -> Keep:
    """A message, planned."""
    made = plan or planned(number, at=at, **changes)
    return Keep(
        journal=made.journal,
        partner="h1",
        at=at,
        door="mllp",
        body=body or f"PID|{CANARY}|{number}".encode(),
        plan=made,
    )


def parked(number: int | str, cause: str = "no mapping", **changes: Any) -> Keep:
    """A message whose plan failed."""
    journal = new_id()
    plan = Plan(
        journal=journal, state="parked", message_id=f"MSG-{number}", cause=cause, place="adt.yaml:3", entries=(entry(),)
    )
    return message(number, plan=msgspec.structs.replace(plan, **changes))


def claim(outbox: int, attempt: int = 1, at: int = EVENING, **changes: Any) -> Claim:
    made = Claim(
        outbox=outbox, attempt=attempt, at=at, key=f"key-{outbox}", body_digest=bytes(32),
        entry=entry(Kind.ATTEMPT, at=at, partner="clinic"),
    )  # fmt: skip
    return msgspec.structs.replace(made, **changes)


def settle(outbox: int, outcome: str = "delivered", attempt: int = 1, at: int = EVENING, **changes: Any) -> Settle:
    made = Settle(
        outbox=outbox, attempt=attempt, at=at, outcome=outcome, code="AA",
        entry=entry(Kind.OUTCOME, at=at, partner="clinic", outcome=outcome),
    )  # fmt: skip
    return msgspec.structs.replace(made, **changes)
