"""The county's hub behind a real socket, in a thread of this process, with the whole day's messages in it: to try programs on."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

from hub import clock
from hub.app.serve import Hub, running
from hub.app.vault import make
from hub.demo.script import TRAFFIC, load, wire
from hub.demo.stage import SOURCE, Stage, build
from hub.errors import Lasting
from hub.intake import Answer, Arrival
from hub.store.ids import new_id

T = TypeVar("T")
_PATIENCE_S: Final = 30.0


@dataclass(frozen=True, kw_only=True)
class Served:
    """A hub that answers at `url`. `tokens` are the partners' own, random for every run."""

    hub: Hub
    stage: Stage
    loop: asyncio.AbstractEventLoop

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.hub.front.http.port}"

    @property
    def tokens(self) -> dict[str, str]:
        """The bearer token of each partner that has one."""
        return self.stage.tokens

    def does(self, act: Coroutine[Any, Any, T]) -> T:
        """Something done on the hub's own loop."""
        return asyncio.run_coroutine_threadsafe(act, self.loop).result(_PATIENCE_S)

    def says(self, partner: str, body: bytes) -> str:
        """A partner sends a message; gives the id it is kept under. Raises Lasting where it is not kept, or parked."""
        arrival = Arrival(journal=new_id(), partner=partner, body=body, door="demo", at=clock.now())
        answer = self.does(_taken(self.hub, arrival))
        if answer.state != "kept":
            raise Lasting(f"It is {answer.state}: {answer.cause}", at=partner)
        return answer.journal


async def _taken(hub: Hub, arrival: Arrival) -> Answer:
    return await hub.engine.desk.take(arrival)


@contextmanager
def served(folder: Path, *, present: Sequence[str] = ()) -> Iterator[Served]:
    """A hub in an empty folder that took the day. Of those that it delivers to the `present` are there; for others it waits."""
    with standing(folder) as here:
        for name in present:
            here.does(here.stage.receivers[name].open())
        _day(here)
        yield here


@contextmanager
def standing(folder: Path, change: Callable[[Path], None] = lambda _: None) -> Iterator[Served]:
    """A hub in an empty folder that heard nothing yet; `change` may edit its county before. No partner's system is open."""
    stage, ready, done = build(folder, change), threading.Event(), threading.Event()
    make(stage.settings)
    found: list[Served] = []

    async def serve() -> None:
        async with running(stage.settings) as hub:
            found.append(Served(hub=hub, stage=stage, loop=asyncio.get_running_loop()))
            ready.set()
            await asyncio.to_thread(done.wait)
        await stage.close()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    if not ready.wait(_PATIENCE_S):
        raise Lasting("The hub did not come up.", at=str(folder))
    try:
        yield found[0]
    finally:
        done.set()
        thread.join(_PATIENCE_S)


def _day(here: Served) -> None:
    script = load(SOURCE)
    shift = script.shift(datetime.now(UTC).date())
    for act in script.acts:
        if act.message and not act.twice:
            here.says(act.sender, wire(SOURCE / TRAFFIC / act.message, shift))
