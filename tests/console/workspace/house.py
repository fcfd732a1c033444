"""A county of partners without an engine: the demonstration's files, every partner on its pages, people of every role at each."""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import msgspec
import uvloop
import yaml
from msgspec.structs import replace
from sqlalchemy import select

from hub import clock
from hub.access import accounts
from hub.access.accounts import Account
from hub.access.roles import ROLES
from hub.app.care.placing import Placing
from hub.app.serve import running
from hub.app.vault import make
from hub.flow.placement import Asked, Criteria, Placement, arrive
from hub.intake import Answer, Arrival
from hub.model.commands import Command
from hub.model.entry import LedgerEntry
from hub.settings import load
from hub.spans import MINUTE
from hub.store import schema
from hub.store.ids import new_id
from hub.store.reading import Opener
from hub.store.sealing import Sealer
from tests.console.house import KEPT_PASSWORD, Client, House
from tests.lasting import lasting

COUNTY: Final = Path(__file__).parents[3] / "examples" / "county"
TRAFFIC: Final = COUNTY / "traffic"
# Who works where: a role at a partner is signed in as `role.partner`.
WORKERS: Final = {
    "intake-worker": ("B1", "SH1", "CR1"),
    "flow-coordinator": ("S1", "H1", "B1"),
    "records-clerk": ("PD", "B1"),
    "988-counsellor": ("L1", "B1"),
    "dispatcher": ("C1", "PD"),
    "responder": ("PD", "B1"),
}


@dataclass(slots=True, kw_only=True, repr=False)
class Workshop(House):
    """The running hub of that county."""

    def at(self, role: str, partner: str) -> Client:
        """Somebody of a role at a partner."""
        return self.signed_in(f"{role}.{partner.lower()}")

    def tell(self, partner: str, name: str, **words: str) -> Answer:
        """Take a message of the demonstration's traffic from a partner, with some of its words replaced."""
        body = (TRAFFIC / name).read_text(encoding="utf-8")
        for old, new in words.items():
            body = body.replace(old.replace("_", "-"), new)
        return self.take(partner, lasting(body.encode()))

    def take(self, partner: str, body: bytes) -> Answer:
        """Take a message from a partner, as a door does."""
        arrival = Arrival(journal=new_id(), partner=partner, body=body, door="test", at=clock.now())
        taken: Future[Any] = asyncio.run_coroutine_threadsafe(self._take(arrival), self.loop)
        answer: Answer = taken.result(10)
        return answer

    def looks(self, what: str) -> int:
        """How many entries of the ledger say this of a page: the courier and the board make entries of their own meanwhile."""
        return sum(one.outcome == what for one in self.entries())

    def entries(self) -> list[LedgerEntry]:
        """What the ledger's entries say, those of messages aside."""
        vault = self.hub.vault
        opener = Opener(Sealer(vault.keys, vault.origin))
        with vault.database.read() as connection:
            rows = connection.execute(select(schema.entry).order_by(schema.entry.c.leaf)).all()
            return [one.entry for one in opener.entries(connection, rows)]

    def asks(self, *facilities: str, minutes: int = 15) -> Placement:
        """H1 asks facilities for a bed for somebody of whom it told."""
        journal = self.tell("H1", "05-h1-a04.hl7", MSG00005=new_id()[:20]).journal
        criteria, now = Criteria(service="crisis_stabilization", age="adult", language="es"), clock.now()
        made = Placement(
            id=new_id(), journal=journal, source="H1", criteria=criteria,
            asked=tuple(Asked(facility=name, unit="") for name in facilities), opened_at=now, until=now + minutes * MINUTE,
        )  # fmt: skip
        done: Future[Any] = asyncio.run_coroutine_threadsafe(self._placing.open(made, actor="a test"), self.loop)
        done.result(10)
        return made

    def arrives(self, facility: str) -> None:
        """Whoever a facility expects since its last question is there."""
        mine = (one for one in self._placing.all() if one.chosen and one.chosen.facility == facility)
        held = max(mine, key=lambda one: one.opened_at)
        act = self._placing.act(held.id, partial(arrive, facility=facility), actor="a test")
        done: Future[Any] = asyncio.run_coroutine_threadsafe(act, self.loop)
        done.result(10)

    @property
    def _placing(self) -> Placing:
        return Placing(known=self.hub.known, vault=self.hub.vault, desk=self.hub.engine.desk)

    async def _take(self, arrival: Arrival) -> Any:
        return await self.hub.engine.desk.take(arrival)


@contextmanager
def workshop(folder: Path) -> Iterator[Workshop]:
    """Run it for the length of a `with`."""
    started: Future[Workshop] = Future()
    ending = threading.Event()
    thread = threading.Thread(target=lambda: uvloop.run(_run(folder, started, ending)), name="workshop")
    thread.start()
    try:
        yield started.result(60)
    finally:
        ending.set()
        thread.join(60)


async def _run(folder: Path, started: Future[Workshop], ending: threading.Event) -> None:
    try:
        config = _county(folder)
        settings = load(config)
        make(settings)
        async with running(settings) as hub:
            base = f"http://127.0.0.1:{hub.front.http.port}"
            house = Workshop(
                base=base, config=config, hub=hub, loop=asyncio.get_running_loop(), delivered="", parked="", doubted=""
            )
            await hub.engine.desk.ask([_account(role, name) for role, names in WORKERS.items() for name in names])
            started.set_result(house)
            await asyncio.to_thread(ending.wait)
    except BaseException as broken:
        if not started.done():
            started.set_exception(broken)
        raise


def _county(folder: Path) -> Path:
    config = folder / "config"
    shutil.copytree(COUNTY, config, ignore=shutil.ignore_patterns("*.py", "__pycache__", "traffic", "day.yaml"))
    hub = {
        "data": "../data",
        "ledger": {"origin": "hub.example/workshop", "memory": "../keys/signer"},
        "keys": {"key_file": "../keys/hub.key", "keystore": "../keys/keystore"},
        "http": {"port": 0},
    }
    (config / "hub.yaml").write_text(yaml.safe_dump(hub), encoding="utf-8")
    for path in (config / "partners").iterdir():
        said = yaml.safe_load(path.read_text(encoding="utf-8"))
        said["source"]["doors"] = [{"kind": "workspace"}]
        # Every partner calls its interests alike, so that only the partner itself tells theirs apart.
        for n, interest in enumerate(said.get("wants", ())):
            interest["id"] = f"wanted-{n}"
        if said.get("wants"):
            said["delivery"] = {
                "format": "sheet",
                "carrier": "workspace",
                "dedupe": "none" if said["id"] == "PD" else "key",
            }
        path.write_text(yaml.safe_dump(said, sort_keys=False), encoding="utf-8")
    return config


def _account(role: str, partner: str) -> Command:
    name = f"{role}.{partner.lower()}"
    account = Account(name=name, words=f"Jo {partner}", role=role, made_at=clock.now(), partner=partner)
    invitation = accounts.invite(account, [], {partner: None}, "a test")
    ready = replace(account, secret=KEPT_PASSWORD)
    assert ROLES[role].partner
    return replace(invitation.command, value=msgspec.msgpack.encode(ready))
