"""The example county as it runs in earnest: `crisis-hub serve` in processes of its own that can be killed, and partners beside it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from aiohttp import ClientError

from hub.app.vault import make
from hub.demo.receivers import Copy
from hub.demo.senders import HttpSender
from hub.demo.stage import CONFIG, Stage, build
from tests.chaos.served import Served
from tests.cli.conftest import Said, ran
from tests.ports import free_port

T = TypeVar("T")
PATIENCE_S = 60.0


@dataclass(frozen=True, kw_only=True)
class Outpost:
    """A hub's processes, its county, and the loop on which the partners' systems live."""

    hub: Served
    stage: Stage
    loop: asyncio.AbstractEventLoop

    @property
    def config(self) -> Path:
        """The folder with the county's files."""
        return self.hub.config

    def does(self, act: Coroutine[Any, Any, T]) -> T:
        """Something done on the partners' loop."""
        return asyncio.run_coroutine_threadsafe(act, self.loop).result(PATIENCE_S)

    def starts(self) -> None:
        """Start the hub, and wait until it can be talked to."""
        self.hub.start()
        self.does(self.hub.listening())

    async def insists(self, partner: str, body: bytes) -> None:
        """A partner's program sends a message again and again until the hub says that it is safe."""
        sender = HttpSender(url=f"http://127.0.0.1:{self.hub.port}/messages", token=self.stage.tokens[partner])
        taken = False
        while not taken:
            try:
                taken = (await sender.send(body, "")).taken
            except (OSError, TimeoutError, ClientError):
                await asyncio.sleep(0.05)

    def copies(self, partner: str) -> list[Copy]:
        """What a partner's system holds."""
        return list(self.stage.receivers[partner].mailbox.copies)

    def recalls(self, partner: str) -> list[Copy]:
        """What a partner was asked to stop relying on."""
        return list(self.stage.receivers[partner].mailbox.recalls)

    def types(self, *words: str, typed: bytes = b"") -> Said:
        """Somebody types a command, which must succeed."""
        said = ran(*words, "--config", str(self.config), typed=typed)
        assert said.status == 0, said.whole
        return said

    def comes(self, found: Callable[[], T | None]) -> T:
        """What comes before long."""
        until = time.monotonic() + PATIENCE_S
        while not (here := found()):
            assert time.monotonic() < until, f"it did not come:\n{self.hub.said()[-2000:]}"
            time.sleep(0.05)
        return here


@contextmanager
def outpost(folder: Path, database: str = "") -> Iterator[Outpost]:
    """A county in an empty folder, all partners' systems open; its hub has not been started."""
    port = free_port()

    def change(config: Path) -> None:
        settings = config / "hub.yaml"
        # Served, and not played: it asks of its county what it asks of any.
        served = settings.read_text().replace("demo: true\n", "").replace("  port: 0\n", f"  port: {port}\n")
        settings.write_text(served)
        if database:
            with settings.open("a") as more:
                more.write(f"database: {database.replace(':@', '@')}\n")

    stage = build(folder, change)
    make(stage.settings)
    loop, served = asyncio.new_event_loop(), Served(folder / CONFIG, port)
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    here = Outpost(hub=served, stage=stage, loop=loop)
    try:
        for system in stage.receivers.values():
            here.does(system.open())
        yield here
    finally:
        served.end()
        here.does(stage.close())
        loop.call_soon_threadsafe(loop.stop)
        thread.join(PATIENCE_S)
        loop.close()
