"""Releasing many parked messages at a pace: a frozen set, so many a second, with its progress; cancelled by anybody who may begin one.

Each job is lodged, so that a restart goes on where it was, and what is cancelled stays cancelled. Every message is read or sent
again as one would be alone: once, with its own leaf; what is parked no more is passed by.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import anyio.to_thread
import msgspec
import structlog
from msgspec.structs import replace

from hub import clock
from hub.app.acts import replay
from hub.app.asking.look import Look
from hub.app.asking.stuck import Cause
from hub.app.house import household
from hub.app.vault import Vault
from hub.app.waiting import Pen
from hub.errors import Conflict, HubError, Lasting
from hub.model.commands import Lodge
from hub.model.entry import Kind, LedgerEntry
from hub.model.plan import Fact
from hub.spans import DAY
from hub.store.sealing import Sealer
from hub.store.writing.lodged import Lodged, Lodging

log = structlog.get_logger(__name__)
KIND: Final = "job"
EVERY_S: Final = 1.0
FASTEST: Final = 50
MOST: Final = 5_000
# Of so many is it kept what stood in the way; the others are counted.
_TOLD: Final = 50
_KEPT_FOR: Final = 30 * DAY


class Job(Fact, frozen=True):
    """One release of many. `left` are the messages it has not come to; `passed` were parked no more when it came to them.

    `state` is running, finished or cancelled. Instants are UTC microseconds, 0 for not yet.
    """

    actor: str
    reason: str
    step: str
    partner: str
    cause: str
    end: bool
    a_second: int
    at: int
    left: tuple[str, ...]
    done: int = 0
    passed: int = 0
    failed: int = 0
    wrong: tuple[tuple[str, str], ...] = ()
    state: str = "running"
    ended_at: int = 0
    ended_by: str = ""

    @property
    def count(self) -> int:
        """How many it was begun with."""
        return len(self.left) + self.done + self.passed + self.failed


def put_right(look: Look, pen: Pen, name: str, order: replay.Order) -> str:
    """Read or send one message again; nothing, or what stood in the way: it stops no other."""
    try:
        pen.keep(replay.righting(look, look.message(name), order))
    except HubError as problem:
        return str(problem)
    return ""


@dataclass(frozen=True, slots=True)
class Jobs:
    """What people ask of jobs."""

    look: Look
    pen: Pen

    def all(self) -> Sequence[tuple[str, Job]]:
        """Every job of the last thirty days, the newest first."""
        return sorted(((one.name, _decode(one.value)) for one in _lodged(self.look.vault)), key=lambda p: -p[1].at)

    def one(self, name: str) -> Job:
        """One job. Raises Lasting where there is none."""
        found = dict(self.all()).get(name)
        if found is None:
            raise Lasting("There is no such job.", cure="Jobs are kept for thirty days.")
        return found

    def begin(self, cause: Cause, names: Sequence[str], *, actor: str, reason: str, end: bool, a_second: int) -> str:
        """Begin to release messages of a cause; says the job's name. Raises Lasting for too many, or too fast a one."""
        if not (0 < len(names) <= MOST and 0 < a_second <= FASTEST):
            raise Lasting(f"A job is of 1 to {MOST:,} messages, 1 to {FASTEST} a second.")
        job = Job(
            actor=actor,
            reason=reason,
            step=cause.step,
            partner=cause.partner,
            cause=cause.cause,
            end=end,
            a_second=a_second,
            at=clock.now(),
            left=tuple(names),
        )
        name = secrets.token_hex(6)
        words = f"job {name}: {len(job.left)} parked messages {'ended' if job.end else 'released'}: {job.reason}"
        self.pen.keep([_lodge(name, job, 0, words)])
        return name

    def cancel(self, name: str, *, actor: str) -> None:
        """End a job before its end. What it did stays done. Raises Conflict where it is over."""
        standing = next((one for one in _lodged(self.look.vault) if one.name == name), None)
        if standing is None or (job := _decode(standing.value)).state != "running":
            raise Conflict("It is over already.")
        over = replace(job, state="cancelled", ended_at=clock.now(), ended_by=actor)
        self.pen.keep([_lodge(name, over, standing.version, f"job {name} cancelled, {len(job.left)} left")])


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """Does every second some of each job that runs."""

    look: Look
    pen: Pen

    async def work(self, _: int) -> None:
        """Some of each, in a thread that may wait for the writer."""
        await anyio.to_thread.run_sync(self._work)

    def _work(self) -> None:
        """With the files as they are on disk now."""
        running = [(one, job) for one in _lodged(self.look.vault) if (job := _decode(one.value)).state == "running"]
        if not running:
            return
        vault = self.look.vault
        fresh = Look(known=household(vault.settings, ready=False), vault=vault)
        for one, job in running:
            self._some(fresh, one.name, one.version, job)

    def _some(self, look: Look, name: str, version: int, job: Job) -> None:
        order = replay.Order(
            actor=job.actor,
            reason=f"{job.reason} (job {name})",
            destination=job.partner if job.step == "send" else "",
            end=job.end,
        )
        now, later = job.left[: job.a_second], job.left[job.a_second :]
        after = replace(job, left=later)
        for message in now:
            after = self._counted(look, after, message, order)
        if not later:
            after = replace(after, state="finished", ended_at=clock.now())
        try:
            self.pen.keep([_lodge(name, after, version)])
        except Conflict:
            log.info("a job was cancelled meanwhile", job=name)

    def _counted(self, look: Look, job: Job, name: str, order: replay.Order) -> Job:
        if not replay.is_parked(look, name, order.destination):
            return replace(job, passed=job.passed + 1)
        problem = put_right(look, self.pen, name, order)
        if not problem:
            return replace(job, done=job.done + 1)
        return replace(job, failed=job.failed + 1, wrong=(*job.wrong, (name, problem))[:_TOLD])


def _lodged(vault: Vault) -> list[Lodging]:
    vault.keys.follow()
    with vault.database.read() as connection:
        return Lodged(connection, Sealer(vault.keys, vault.origin)).all(KIND)


def _lodge(name: str, job: Job, before: int, words: str = "") -> Lodge:
    at = clock.now()
    entry = LedgerEntry(kind=Kind.CONFIG, at=at, actor=job.ended_by or job.actor, outcome=words) if words else None
    return Lodge(
        kind=KIND, name=name, at=at, value=_encode(job), until=job.at + _KEPT_FOR, before=before, entry=entry
    )  # fmt: skip


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Job).decode
