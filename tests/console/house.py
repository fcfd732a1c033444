"""A hub that runs behind the console's tests, in a thread of its own: one message delivered, one parked, people of every role."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import msgspec
import uvloop
from msgspec.structs import replace
from sqlalchemy import select

from hub import clock
from hub.access import accounts, session
from hub.access.accounts import Account, Known
from hub.access.password import hashed
from hub.access.registry import Registry
from hub.access.roles import ROLES
from hub.access.session import Terms
from hub.app.asking.look import Look
from hub.app.serve import Hub, running
from hub.app.vault import make
from hub.model.commands import Command
from hub.model.entry import Kind
from hub.settings import load
from hub.spans import HOUR
from hub.store import schema
from hub.store.asking.ledger import Ledger
from hub.store.reading import Opener
from hub.store.result import Result
from hub.store.sealing import Sealer
from tests.cli import county
from tests.console.furniture import furniture
from tests.sinks import http_sink, reply

PASSWORD = "seven quiet herons"
TERMS = Terms(longest=12 * HOUR, idle=HOUR)
KEPT_PASSWORD = hashed(PASSWORD)


@dataclass(slots=True, kw_only=True, repr=False)
class House:
    """The running hub, from outside."""

    base: str
    config: Path
    hub: Hub
    loop: asyncio.AbstractEventLoop
    delivered: str
    parked: str
    doubted: str

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """A few words where a property fails, and not all that a hub is made of."""
        printer.text(f"<House at {self.base}>")

    def ask(self, *commands: Command) -> list[Result]:
        """Have the writer commit these; every one must succeed."""
        done: Future[Any] = asyncio.run_coroutine_threadsafe(self._ask(commands), self.loop)
        results = list(done.result(10))
        for result in results:
            if result.error:
                raise result.error
        return results

    async def _ask(self, commands: tuple[Command, ...]) -> Any:
        return await self.hub.engine.desk.ask(commands)

    @property
    def people(self) -> Registry:
        """Who has access, as the store has it."""
        vault = self.hub.vault
        return Registry(database=vault.database, keys=vault.keys, origin=vault.origin)

    def hub_message(self, name: str) -> str:
        """The whole id of a message."""
        return self.look.message(name).journal

    @property
    def look(self) -> Look:
        """The hub's reading rooms."""
        return Look(known=self.hub.known, vault=self.hub.vault)

    def leaves(self) -> int:
        """How many leaves the ledger has."""
        with self.hub.vault.database.read() as connection:
            return Ledger(connection).size

    def done_by(self, role: str, *, since: int) -> tuple[Kind, ...]:
        """The kinds of the leaves from a number on that somebody of a role brought about: not the courier's, nor the watch's."""
        vault, actor = self.hub.vault, self.account(role).actor
        opener = Opener(Sealer(vault.keys, vault.origin))
        newer = select(schema.entry).where(schema.entry.c.leaf >= since).order_by(schema.entry.c.leaf)
        with vault.database.read() as connection:
            found = opener.entries(connection, connection.execute(newer).all())
            return tuple(one.entry.kind for one in found if one.entry.actor == actor)

    def signed_in(self, role: str) -> Client:
        """Somebody of a role, with a session of their own."""
        known = accounts.named(self.people.people(), role)
        assert known is not None
        command, token = session.begin(known.id, "password", clock.now(), TERMS)
        self.ask(command)
        return Client(self.base, token)

    def anybody(self) -> Client:
        """Somebody who did not sign in."""
        return Client(self.base, "")

    def account(self, name: str) -> Known:
        """An account by its name."""
        found = accounts.named(self.people.people(), name)
        assert found is not None
        return found


@dataclass(frozen=True, slots=True)
class Client:
    """A browser without scripts, as far as HTTP goes."""

    base: str
    token: str

    @property
    def csrf(self) -> str:
        """The token in this session's forms."""
        return session.Here(self.token, 1, session.Session(account="", how="", begun=0, seen=0)).csrf

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Open a page; redirects are not followed."""
        return httpx.get(self.base + path, headers={**self._headers(), **headers}, timeout=30)

    def post(self, path: str, form: Mapping[str, str] | None = None, **headers: str) -> httpx.Response:
        """Send a form as the page would have it, with its tokens; name headers to send others."""
        once = {"csrf": self.csrf, "once": threading.get_native_id().to_bytes(4).hex() + str(clock.now())}
        body = urlencode({**once, **(form or {})})
        sent = {"origin": self.base, "content-type": "application/x-www-form-urlencoded", **self._headers(), **headers}
        return httpx.post(self.base + path, content=body, headers={k: v for k, v in sent.items() if v}, timeout=30)

    def _headers(self) -> dict[str, str]:
        cookie = {"cookie": f"{session.COOKIE}={self.token}"} if self.token else {}
        return {"accept": "text/html", **cookie}


@contextmanager
def standing(folder: Path, change: Callable[[Path], None] = lambda _: None) -> Iterator[House]:
    """Run the house for the length of a `with`; `change` may edit its config folder before."""
    started: Future[House] = Future()
    ending = threading.Event()
    thread = threading.Thread(target=lambda: uvloop.run(_run(folder, change, started, ending)), name="house")
    thread.start()
    try:
        yield started.result(60)
    finally:
        ending.set()
        thread.join(60)


async def _run(folder: Path, change: Callable[[Path], None], started: Future[House], ending: threading.Event) -> None:
    try:
        async with http_sink() as clinic, http_sink(otherwise=reply(422)) as centre:
            config = county.write(folder, clinic=clinic.port, centre=centre.port)
            change(config)
            settings = load(config)
            make(settings)
            async with running(settings) as hub:
                bodies = (county.message(1, veteran="Y"), county.message(2, mrn="78"))
                delivered, parked = await county.took(hub, *bodies)
                await county.settled(hub, clinic, centre)
                # Somebody alike at the same hospital under another number: a reviewer is asked, and nobody is told of it.
                (doubted,) = await county.took(hub, doubted_message())
                house = House(
                    base=f"http://127.0.0.1:{hub.front.http.port}",
                    config=config,
                    hub=hub,
                    loop=asyncio.get_running_loop(),
                    delivered=delivered.journal,
                    parked=parked.journal,
                    doubted=doubted.journal,
                )
                await hub.engine.desk.ask([_account(role) for role in ROLES])
                brought = await hub.engine.desk.ask(list(furniture(hub, delivered.journal)))
                assert [result.error for result in brought if result.error] == []
                started.set_result(house)
                await asyncio.to_thread(ending.wait)
    except BaseException as broken:
        if not started.done():
            started.set_exception(broken)
        raise


def doubted_message() -> bytes:
    """News of the person of a number that nobody saw yet, and whose name and birth date are known under another."""
    lines = county.message(3, mrn="79", veteran="Y", trigger="A31").split(b"\r")
    return b"\r".join(line for line in lines if not line.startswith((b"PV1", b"DG1")))


def _account(role: str) -> Command:
    """Somebody called like their role, with the password of these tests."""
    account = Account(
        name=role, words=f"Jo {role}", role=role, made_at=clock.now(), partner="B1" if ROLES[role].partner else ""
    )
    invitation = accounts.invite(account, [], {"B1": None}, "a test")
    ready = replace(account, secret=KEPT_PASSWORD)
    return replace(invitation.command, value=msgspec.msgpack.encode(ready))
