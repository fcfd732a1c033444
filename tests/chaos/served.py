"""`crisis-hub serve` as it runs in earnest: two processes in a group of their own, killed, stopped and started again by tests."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from subprocess import DEVNULL, Popen, run
from typing import Literal

from hub.bench.usage import tree

COMMAND = (sys.executable, "-m", "hub.cli")
PATIENCE_S = 30.0
Which = Literal["writer", "front", "both"]


class Served:
    """One hub of a config folder. What its processes write goes to `log`, all runs one after the other."""

    def __init__(self, config: Path, port: int, *, name: str = "hub", words: tuple[str, ...] = ()) -> None:
        self.config, self.port, self.words = config, port, words
        self.log = config.parent / f"{name}.log"
        self.environment: dict[str, str] = {}
        self._process: Popen[bytes] | None = None
        self._groups: list[int] = []

    @property
    def pid(self) -> int:
        """The writer's process."""
        assert self._process is not None
        return self._process.pid

    def front(self) -> int:
        """The other process; 0 while there is none."""
        return next(iter(tree(self.pid)[1:]), 0)

    def alive(self) -> bool:
        """Whether the writer's process runs."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it; `listening` says when it can be talked to."""
        with self.log.open("ab") as log:
            self._process = Popen(
                [*COMMAND, "serve", "--config", str(self.config), *self.words],
                stdin=DEVNULL,
                stdout=log,
                stderr=log,
                env=os.environ | self.environment,
                start_new_session=True,
            )
        self._groups.append(self._process.pid)

    async def listening(self) -> float:
        """Wait until the MLLP port answers; gives the seconds that took."""
        began = time.monotonic()
        while not self._answers():
            assert self.alive(), f"the hub ended:\n{self.said()[-2000:]}"
            assert time.monotonic() - began < PATIENCE_S, f"the hub does not listen:\n{self.said()[-2000:]}"
            await asyncio.sleep(0.02)
        return time.monotonic() - began

    async def waiting(self) -> None:
        """Wait until it stands by."""
        began = time.monotonic()
        while "standing by" not in self.said():
            assert self.alive(), f"the hub ended:\n{self.said()[-2000:]}"
            assert time.monotonic() - began < PATIENCE_S, "the hub does not stand by"
            await asyncio.sleep(0.05)

    def _answers(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1.0):
            return True
        return False

    async def http(self) -> int:
        """The port of the HTTP door, once it listens, from the socket table: the hub chose it."""
        began = time.monotonic()
        while not (found := _listening(self.front())):
            assert self.alive(), f"the hub ended:\n{self.said()[-2000:]}"
            assert time.monotonic() - began < PATIENCE_S, f"no HTTP door:\n{self.said()[-2000:]}"
            await asyncio.sleep(0.05)
        return found

    def kill(self, which: Which) -> None:
        """SIGKILL, by pid: the writer's process, the other one, or the whole group at once."""
        with suppress(ProcessLookupError):
            if which == "both":
                os.killpg(self.pid, signal.SIGKILL)
            elif pid := self.pid if which == "writer" else self.front():
                os.kill(pid, signal.SIGKILL)
        if which != "front" and self._process:
            self._process.wait()

    def stop(self, seconds: float = 20.0) -> int:
        """SIGTERM to the writer's process; gives its exit code once it has ended."""
        assert self._process is not None
        if self.alive():
            self._process.send_signal(signal.SIGTERM)
        return self._process.wait(seconds)

    def ended(self) -> int:
        """Wait until it has ended by itself; gives its exit code."""
        assert self._process is not None
        return self._process.wait(PATIENCE_S)

    def said(self) -> str:
        """Everything its processes wrote."""
        return self.log.read_text("utf-8", "replace") if self.log.exists() else ""

    def end(self) -> None:
        """Nothing of it may outlive the test."""
        for group in self._groups:
            with suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
        if self._process:
            self._process.wait()


def _listening(pid: int) -> int:
    """The first TCP port on which a process listens; 0 for none."""
    sockets = set[str]()
    with suppress(OSError):
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                sockets.update(re.findall(r"socket:\[(\d+)\]", str(entry.readlink())))
    if not pid or not sockets:
        return 0
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[3] == "0A" and fields[9] in sockets:
            return int(fields[1].rpartition(":")[2], 16)
    return 0


@contextmanager
def hub(config: Path, port: int) -> Iterator[Served]:
    """A hub with fresh keys, not yet started; nothing of it is left afterwards."""
    run([*COMMAND, "keys", "init", "--config", str(config)], check=True, stdout=DEVNULL, timeout=PATIENCE_S)
    with ExitStack() as stack:
        served = Served(config, port)
        stack.callback(served.end)
        yield served
