"""A hub that runs: its two processes joined by a socket pair, or both in one for demonstrations and tests."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import structlog

from hub.app.engine import Engine, engine
from hub.app.house import Household, household
from hub.app.tracing import tracing
from hub.app.vault import Vault, opened
from hub.errors import Conflict, Misconfigured
from hub.intake.link import Client, Server
from hub.settings import Settings
from hub.settings import load as load_settings

# The other half takes a second to load, and the writer's process does without it.
if TYPE_CHECKING:
    from hub.app.front import Front

log = structlog.get_logger(__name__)
T = TypeVar("T")
_PAUSE_S = 1.0
# So often a standby looks whether the other hub is gone.
_LOOK_S = 0.1
# The writer's thread computes; the loop beside it must get its turn more often than every 5 ms, or answers wait for it.
_SWITCH_S = 0.0005
# Most of what a message leaves behind goes by reference counts alone.
_GARBAGE = 20_000
_GRACE_S = 10.0
# What the other process waits for: the store is open, and the writer listens.
_GO = b"\n"
# The terminal's Ctrl-C reaches both processes: the other one is deaf to it from its first line on, and ends when we do.
_DEAF = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); from hub.cli import main; main()"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hub:
    """A whole hub in this process."""

    settings: Settings
    known: Household
    vault: Vault
    engine: Engine
    front: Front


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Hub]:
    """Both halves in one process and one loop."""
    from hub.app.front import front  # noqa: PLC0415 - the writer's process does without

    known = household(settings)
    with tracing(settings), opened(settings, writing=True) as vault:
        async with engine(settings, known, vault) as half, front(settings, known, vault, half.desk) as other:
            half.desk.nudge = other.nudge
            half.bell.heard = other.watch.heard
            yield Hub(settings=settings, known=known, vault=vault, engine=half, front=other)


async def serve(config: Path, *, standby: bool = False) -> None:
    """The writer's process, until SIGTERM or SIGINT; it starts the other process, and starts it again should it end.

    Where another hub writes, Conflict is raised; a `standby` waits, with everything loaded, until it is the only one.
    Misconfigured where either process cannot begin: a hub that takes messages also delivers them.
    """
    settings = load_settings(config)
    if settings.demo:
        raise Misconfigured(
            "this is a demonstration's configuration.", at=str(config), cure="Serve a county of your own."
        )
    waiting = await _other(config)
    known = household(settings)
    with tracing(settings), ExitStack() as stack:
        if standby:
            vault = await _in_turn(settings, stack)
            known = household(settings)  # files may have changed meanwhile
        else:
            vault = stack.enter_context(opened(settings, writing=True))
        stopping = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stopping.set)
        async with engine(settings, known, vault) as half:
            log.info("serving", partners=len(known.county.partners), ports=half.ports())
            keeper = asyncio.create_task(_keep_front(config, half, waiting))
            _settle_in()
            told = asyncio.create_task(stopping.wait())
            await asyncio.wait((told, keeper), return_when=asyncio.FIRST_COMPLETED)
            told.cancel()
            keeper.cancel()
            with suppress(asyncio.CancelledError):
                await keeper


async def _in_turn(settings: Settings, stack: ExitStack) -> Vault:
    """The vault, as soon as no other hub writes its keys and its database. Whoever has the keys waits for the database alone."""
    log.info("standing by")
    vault = await _free(lambda: stack.enter_context(opened(settings, writing=True)))
    await _free(vault.database.claimable)
    log.info("taking over")
    return vault


async def _free(take: Callable[[], T]) -> T:
    while True:
        with suppress(Conflict):
            return take()
        await asyncio.sleep(_LOOK_S)


def _settle_in() -> None:
    """What was made at the start stays for good: nobody need look through it for garbage."""
    sys.setswitchinterval(_SWITCH_S)
    gc.collect()
    gc.freeze()
    gc.set_threshold(_GARBAGE)


async def _other(config: Path) -> tuple[asyncio.subprocess.Process, socket.socket]:
    """Start the other process: it loads its code, and waits for a byte before it looks at anything."""
    ours, theirs = socket.socketpair()
    words = ("serve", "--config", str(config), "--front", str(theirs.fileno()))
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", _DEAF, *words, pass_fds=[theirs.fileno()])
    theirs.close()
    return process, ours


async def _keep_front(config: Path, half: Engine, waiting: tuple[asyncio.subprocess.Process, socket.socket]) -> None:
    """Raises Misconfigured where the first cannot begin; later ones are tried until one can."""
    for begun in count():
        process, ours = waiting
        with suppress(BrokenPipeError):
            ours.send(_GO)
        server = Server(half.desk)
        await server.start(ours)
        half.desk.nudge = server.nudge
        half.bell.heard = server.alarm
        try:
            await process.wait()
        except asyncio.CancelledError:
            await _end(process)
            raise
        log.error("the other process ended", code=process.returncode)
        if not begun and process.returncode == os.EX_CONFIG:
            raise Misconfigured("The hub cannot begin.", at=str(config), cure="The reason stands above.")
        await asyncio.sleep(_PAUSE_S)
        waiting = await _other(config)


async def _end(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), _GRACE_S)
    except TimeoutError:
        process.kill()


async def serve_front(config: Path, descriptor: int) -> None:
    """The other process: it ends when the writer's process does, or on SIGTERM."""
    from hub.app.front import front  # noqa: PLC0415 - the writer's process does without

    line = socket.socket(fileno=os.dup(descriptor))
    if line.recv(len(_GO)) != _GO:
        return  # the writer's process did not come up, and has said why
    settings = load_settings(config)
    known = household(settings)
    halves: list[Front] = []

    def nudged(due: tuple[str, ...]) -> None:
        for half in halves:
            half.nudge(due)

    def alarmed(kind: str, partner: str) -> None:
        for half in halves:
            half.watch.heard(kind, partner)

    client = Client(nudged, alarmed)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, client.gone.set)
    # The terminal's Ctrl-C reaches both; the writer's process decides when we end.
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, lambda: None)
    await client.start(line)
    with tracing(settings), opened(settings, writing=False) as vault:
        async with front(settings, known, vault, client) as half:
            halves.append(half)
            log.info("answering", http=half.http.port)
            half.nudge({"*"})
            _settle_in()
            await client.gone.wait()
