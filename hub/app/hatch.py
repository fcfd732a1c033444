"""A hatch to the one writer for commands typed on the same machine: a local socket in the data folder, for its owner only.

Whoever can open it could read the keys as well: it gives nobody anything new. Where no hub runs, there is no hatch, and the
command becomes the writer itself for as long as it works.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final, Protocol

from hub.app.desk import at_desk
from hub.app.house import household
from hub.app.vault import opened
from hub.errors import Conflict, Misconfigured, StoreUnavailable
from hub.intake.arrival import Again, Answer
from hub.intake.desk import Desk
from hub.intake.link import Client, Server
from hub.model.commands import Command
from hub.settings import Settings
from hub.store.ids import short
from hub.store.result import Result, all_kept

NAME: Final = "desk.sock"
# sun_path holds 108 bytes on Linux and 104 elsewhere, its end among them.
_LONGEST: Final = 103


class Writer(Protocol):
    """The one writer, as a command sees it."""

    def ask(self, commands: Sequence[Command]) -> asyncio.Future[Sequence[Result]]:
        """Commit these commands; one result each, in order."""
        ...

    def again(self, again: Again) -> asyncio.Future[Answer]:
        """Plan a parked message anew."""
        ...


@asynccontextmanager
async def hatch(settings: Settings, desk: Desk) -> AsyncIterator[None]:
    """Open the hatch of a running hub. Whoever holds the writer's lock may: what is left of an earlier one is taken away."""
    path = Path(settings.data) / NAME
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as bound:
        with _near(path) as name:
            bound.bind(name)
        # Nobody can call before `listen`, so nobody ever meets it with other rights than these.
        path.chmod(0o600)
        server = await asyncio.get_running_loop().create_unix_server(lambda: Server(desk).protocol, sock=bound)
        try:
            yield
        finally:
            server.close()
            path.unlink(missing_ok=True)


@asynccontextmanager
async def writer(settings: Settings) -> AsyncIterator[tuple[Writer, bool]]:
    """The way to the one writer, and whether its hub runs: through the hatch, or as the writer where nobody is."""
    found = _call(Path(settings.data) / NAME)
    if found is not None:
        client = Client(lambda _: None)
        await client.start(found)
        try:
            yield client, True
        finally:
            client.close()
        return
    known = household(settings)
    with opened(settings, writing=True) as vault:
        async with at_desk(settings, known, vault) as desk:
            yield desk, False


async def carry_out(writer: Writer, what: Again | Sequence[Command]) -> None:
    """Have the one writer keep it. Raises what the writer refused."""
    if isinstance(what, Again):
        _settled(await writer.again(what))
        return
    all_kept(await writer.ask(what))


def _settled(answer: Answer) -> None:
    match answer.state:
        case "parked":
            cure = (
                "Send it all the same with --late, or leave it: it stays kept."
                if "newer messages" in answer.cause
                else ""
            )
            raise Conflict(answer.cause, at=short(answer.journal), cure=cure)
        case "unavailable":
            raise StoreUnavailable(answer.cause)
        case "rejected":
            raise Conflict(answer.cause, at=short(answer.journal))


def _call(path: Path) -> socket.socket | None:
    """A connection to a running hub; None when there is none."""
    called = socket.socket(socket.AF_UNIX)
    try:
        with _near(path) as name:
            called.connect(name)
    except (FileNotFoundError, ConnectionRefusedError):
        called.close()
        return None
    return called


@contextmanager
def _near(path: Path) -> Iterator[str]:
    """A name of the socket that is short enough for the system, whatever the data folder is called."""
    if len(os.fsencode(path)) <= _LONGEST:
        yield str(path)
        return
    if not Path("/proc/self/fd").is_dir():
        cure = f"Choose a data folder with a path of at most {_LONGEST - len(NAME) - 1} bytes."
        raise Misconfigured("The path of the data folder is too long for a local socket.", at=str(path), cure=cure)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
