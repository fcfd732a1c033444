"""Serve a hub in its own processes, drive it, wait until everything that was due has arrived, and report."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from sqlalchemy import URL, make_url

from hub.bench import county
from hub.bench.drive import Tally, send
from hub.bench.messages import DESTINATIONS, expected, message
from hub.bench.postgres import running_postgres
from hub.bench.sinks import Count, listen
from hub.bench.stages import stages
from hub.bench.translations import BAR_US, translations
from hub.bench.usage import Usage, usage
from hub.errors import HubError

_PATIENCE_S = 20.0


@dataclass(frozen=True, kw_only=True)
class Report:
    """What was measured. Rates are per second of wall time; sustained counts until the last delivery arrived."""

    messages: int
    connections: int
    store: str
    messages_per_second: float
    accepted_per_second: float
    cpu_ms_per_message: float
    p50_ms: float
    p99_ms: float
    peak_mb: float
    delivered: dict[str, int]
    expected: dict[str, int]
    repeated: int
    answers: dict[str, int]
    stages: dict[str, float] = field(default_factory=dict)
    translations: dict[str, float] = field(default_factory=dict)
    translation_bar_us: float = BAR_US

    def complete(self) -> bool:
        """Whether every destination received exactly what it was due."""
        return (
            self.delivered == self.expected and sum(self.answers.get(code, 0) for code in ("AA", "CA")) == self.messages
        )

    def as_json(self) -> dict[str, object]:
        """The report as plain data."""
        return {**asdict(self), "complete": self.complete()}


@dataclass(frozen=True, kw_only=True)
class Load:
    """How much to send, over how many connections, into which store.

    `store`: "sqlite", "postgres" for one of its own, or a PostgreSQL URL. `staged`: messages to measure the stages with.
    """

    messages: int = 10_000
    warm_up: int = 1_000
    staged: int = 2_000
    connections: int = 32
    store: str = "sqlite"


async def bench(load: Load, progress: Callable[[str], None] = lambda _: None) -> Report:
    """Measure a served hub under this load. Raises HubError when it does not come up."""
    counts = {name: Count() for name in DESTINATIONS}
    servers = {name: await listen(count) for name, count in counts.items()}
    try:
        with tempfile.TemporaryDirectory(prefix="crisis-hub-bench-") as folder:
            port, config = _free_port(), Path(folder) / "config"
            sinks = {name: sink for name, (_, sink) in servers.items()}
            with _database(load.store) as url:
                county.write(config, port, sinks, url)
                async with _served(config, Path(folder), port) as pid:
                    progress("warming up")
                    await _drive(load, port, counts, range(load.warm_up), "W")
                    progress(f"sending {load.messages} messages over {load.connections} connections")
                    report = await _measured(load, pid, port, counts, progress)
            progress("measuring the stages")
            spent = stages(Path(folder) / "stages", load.staged)
            progress("measuring translations")
            return replace(report, stages=spent, translations=translations())
    finally:
        for server, _ in servers.values():
            server.close()
            await server.wait_closed()


@contextmanager
def _database(store: str) -> Iterator[str]:
    """The URL of the store; empty is SQLite."""
    if store != "postgres":
        yield "" if store == "sqlite" else store
        return
    with running_postgres() as started:
        url = make_url(started)
        if url.password:
            os.environ["PGPASSWORD"] = str(url.password)  # never in a file
        bare = URL.create(url.drivername, url.username, None, url.host, url.port, url.database, url.query)
        yield bare.render_as_string()


async def _measured(
    load: Load, pid: int, port: int, counts: dict[str, Count], progress: Callable[[str], None]
) -> Report:
    for count in counts.values():
        count.keys.clear()
    before, watch = usage(pid), asyncio.create_task(_peak(pid))
    tally = await _drive(load, port, counts, range(load.messages), "B")
    finished = time.perf_counter()
    after = usage(pid)
    watch.cancel()
    progress("everything arrived")
    return _report(load, tally, counts, spent=(before, after), finished=finished, peak=await _highest(watch))


async def _drive(load: Load, port: int, counts: dict[str, Count], numbers: range, prefix: str) -> Tally:
    frames = [message(prefix, n) for n in numbers]
    tally = await send(port, range(len(frames)), frames.__getitem__, load.connections)
    due, last, still = expected(len(numbers)), -1, time.monotonic()
    while (arrived := sum(c.distinct for c in counts.values())) < sum(due.values()):
        if arrived != last:
            last, still = arrived, time.monotonic()
        if time.monotonic() - still > _PATIENCE_S:
            break
        await asyncio.sleep(0.005)
    return tally


_peaks: list[float] = []


async def _peak(pid: int) -> None:
    _peaks[:] = [0.0]
    while True:
        _peaks[0] = max(_peaks[0], usage(pid).memory_mb)
        await asyncio.sleep(0.5)


async def _highest(watch: asyncio.Task[None]) -> float:
    await asyncio.gather(watch, return_exceptions=True)
    return _peaks[0]


def _report(
    load: Load, tally: Tally, counts: dict[str, Count], *, spent: tuple[Usage, Usage], finished: float, peak: float
) -> Report:
    took = finished - tally.began
    cuts = statistics.quantiles(tally.seconds, n=100) if len(tally.seconds) > 1 else [0.0] * 99
    return Report(
        messages=load.messages,
        connections=load.connections,
        store=load.store.partition(":")[0],
        messages_per_second=round(load.messages / took, 1),
        accepted_per_second=round(load.messages / (tally.ended - tally.began), 1),
        cpu_ms_per_message=round((spent[1].cpu_s - spent[0].cpu_s) * 1000 / load.messages, 4),
        p50_ms=round(cuts[49] * 1000, 2),
        p99_ms=round(cuts[98] * 1000, 2),
        peak_mb=round(max(peak, spent[1].memory_mb), 1),
        delivered={name: c.distinct for name, c in counts.items()},
        expected=expected(load.messages),
        repeated=sum(c.repeated for c in counts.values()),
        answers=tally.codes,
    )


@asynccontextmanager
async def _served(config: Path, home: Path, port: int) -> AsyncIterator[int]:
    """`crisis-hub serve` in a process group of its own, ended by its pid."""
    hub = [sys.executable, "-m", "hub.cli"]
    with (home / "hub.log").open("wb") as log:
        made = await asyncio.create_subprocess_exec(*hub, "keys", "init", "--config", str(config), stdout=log)
        if await made.wait():
            raise HubError("the bench's keys could not be made.")
        process = await asyncio.create_subprocess_exec(
            *hub, "serve", "--config", str(config), start_new_session=True, stdout=log, stderr=log
        )
    try:
        await _listening(port, process)
        yield process.pid
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGTERM)
            await process.wait()


async def _listening(port: int, process: asyncio.subprocess.Process) -> None:
    for _ in range(300):
        if process.returncode is not None:
            raise HubError("the hub ended before it listened.", cure="Run `crisis-hub serve` alone to see why.")
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.1)
        else:
            writer.close()
            return
    raise HubError("the hub did not listen within thirty seconds.")


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
