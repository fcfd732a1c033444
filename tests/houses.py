"""A small house for tests: a hospital that sends, a clinic and police that want, a real store in a temporary folder."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from consent.engine import RuleSet
from hub.app.vault import Outward
from hub.contracts import Reading, Received, Target, Writing
from hub.errors import Unmapped, Unreadable
from hub.flow.audience import Audience
from hub.flow.label import Source
from hub.flow.plan import House
from hub.intake import Desk
from hub.intake.piece import Sender
from hub.intake.steps import Steps
from hub.intake.suspects import Suspects
from hub.model.care import Condition, Encounter
from hub.model.category import Category, Regime
from hub.model.disclosure import Disclosure
from hub.model.event import Body, CrisisEvent, event_id
from hub.model.person import Person
from hub.model.values import Code, HumanName, Identifier, PartialDate
from hub.partners import Agreement, Delivery, Interest, Partner
from hub.store.engine import Database
from hub.store.seal import Keystore, init
from hub.store.writing.writer import Writer
from hub.tlog.notes import SignerKey

EVERYTHING = tuple(c.value for c in Category)


class Toy:
    """A format for tests: one JSON object a line, {"id", "mrn", "family", "unit", "code"}; "boom" fails as a mapping or a bug would.

    "split: nothing" holds no message, "split: boom" breaks what takes it apart.
    """

    name, media_type = "toy", "application/json"

    def recognises(self, body: bytes) -> bool:
        return body.startswith(b"{")

    def split(self, body: bytes) -> Iterable[bytes]:
        if body == b"split: nothing":
            return []
        if body == b"split: boom":
            raise KeyError("family")
        return body.splitlines() or [body]

    def read(self, body: bytes, received: Received) -> Reading:
        try:
            said = json.loads(body)
        except ValueError as wrong:
            raise Unreadable("this is not a toy message.") from wrong
        if said.get("boom") == "map":
            raise Unmapped("the lens has no such line.", at="toy.yaml line 3")
        if said.get("boom") == "bug":
            raise KeyError(said["family"])
        bodies: tuple[Body, ...] = (
            Person(
                identifiers=(Identifier(value=said["mrn"], assigner="H1", type="MR"),),
                names=(HumanName(family=said.get("family", "Doe"), given=("Riley",)),),
                birth_date=PartialDate(iso="1990-03-14"),
                sex=Code(code="female"),
            ),
            Encounter(number=f"v-{said['id']}", status=Code(code="in-progress")),
            Condition(code=Code(code=said.get("code", "F32.9"), system="ICD10CM")),
        )
        events = tuple(
            CrisisEvent(
                id=event_id(received.journal, n),
                body=b,
                source=received.partner,
                recorded_at=received.as_of,
                source_message=said["id"],
            )
            for n, b in enumerate(bodies)
        )
        return Reading(kind="TOY", events=events, message_id=said["id"])

    def write(self, disclosure: Disclosure, target: Target) -> Writing:
        families = [n.family for e in disclosure.events if isinstance(e.body, Person) for n in e.body.names]
        codes = [e.body.code.code for e in disclosure.events if isinstance(e.body, Condition) and e.body.code]
        if "unwritable" in codes:
            raise Unmapped("the lens has no word for it.", at="toy.yaml line 9")
        plain = {"key": target.message_id, "person": target.person_id, "families": families, "codes": codes}
        return Writing(body=json.dumps(plain, sort_keys=True).encode(), media_type=self.media_type)


def agreement(partner: str) -> Agreement:
    return Agreement(
        id=f"{partner}-2026",
        kind="BAA",
        hub_is="business associate",
        starts="2026-01-01",
        ends="2027-12-31",
        signature="A. Signer 2026-01-01",
        purposes=("TREAT", "COC"),
        categories=EVERYTHING,
    )


def partner(name: str, kind: str, *wants: Interest, **delivery: object) -> Partner:
    reached = Delivery(format="toy", carrier="http", **delivery) if wants else None  # type: ignore[arg-type]  # tests pass what they mean
    return Partner(
        id=name, name=name, kind=kind, state="DEMO", agreement=agreement(name), wants=wants, delivery=reached
    )


TREATED = Interest(id="patients", bodies=("encounter",), purpose="TREAT")
HOSPITAL = partner("H1", "HOSP_ED")
CLINIC = partner("B1", "BH_PROVIDER", TREATED)
POLICE = partner("PD", "LE", TREATED)


def house(*partners: Partner, in_force: bool = True) -> House:
    return House(
        rules=RuleSet.load(),
        sources={"H1": Source(regimes=frozenset({Regime.HIPAA}))},
        audience=Audience(partners),
        state="DEMO",
        in_force=lambda _, __: in_force,
    )


@dataclass(frozen=True, kw_only=True)
class Store:
    """A real store, opened as the writer."""

    database: Database
    keys: Keystore
    signer: SignerKey
    writer: Writer
    folder: Path

    def steps(self, house: House) -> Steps:
        return Steps(
            house=house,
            senders={"H1": Sender(partner=HOSPITAL, adapter=Toy(), zone="UTC")},
            suspects=Suspects(self.folder / "desk"),
            facts=self.writer.facts(),
            scout=self.writer.scout(),
        )

    def names(self, *partners: str) -> Outward:
        names = Outward(self.keys, partners)
        self.keys.flush()
        return names

    def at_desk(self, steps: Steps, act: Callable[[Desk], Awaitable[object]]) -> None:
        """Do something while the one writer works."""

        async def run() -> None:
            desk = Desk(self.writer, steps)
            desk.start()
            try:
                await act(desk)
            finally:
                await desk.stop()

        asyncio.run(run())


@contextmanager
def store(folder: Path) -> Iterator[Store]:
    data, apart = folder / "data", folder / "keys"
    data.mkdir(exist_ok=True)
    apart.mkdir(exist_ok=True)
    keys = init(key_file=apart / "kek", keystore=apart / "keystore", apart_from=data)
    signer = SignerKey.from_seed("example.org/test", secrets.token_bytes(32))
    database = Database(data / "hub.db")
    with Writer(database, keys, signer, memory=apart / "signer") as writer:
        yield Store(database=database, keys=keys, signer=signer, writer=writer, folder=data)
    keys.close()
    database.close()
