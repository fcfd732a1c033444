"""The reader beside the writer: it looks for people who are alike while the writer goes on, and hands the messages back in order.

INVARIANT: messages that give the same number keep their order. While one of them is out, those behind it go the same way.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog

from hub.errors import HubError, Lasting
from hub.flow import link
from hub.intake.arrival import Again, Arrival, Rejected
from hub.intake.piece import Piece
from hub.intake.view import View
from hub.model.commands import Command, Keep, Replan
from hub.model.plan import Block, Sighting
from hub.store.scout import Wanted

log = structlog.get_logger(__name__)
Look = Callable[[Sequence[Wanted]], list[Sighting]]
# So many messages are looked at in one reading transaction.
BATCH = 64
# What is committed while a reader looks may be whom it looks for: it looks again then, so many times.
LOOKS = 4
_REMEMBERED = 20_000


@dataclass(slots=True, eq=False)
class Job:
    """Something waiting at the desk, and who waits for it. `seen` is what the reader saw, piece by piece."""

    what: Arrival | Rejected | Again | Sequence[Command]
    waiter: asyncio.Future[Any]
    answer: Any = None
    pieces: list[Piece] | None = None
    seen: list[Sighting] | None = None
    trouble: HubError | None = None
    away: bool = False
    counted: bool = False
    looks: int = 0
    since: int = 0

    @property
    def sights(self) -> list[tuple[Piece, Sighting | None]]:
        """Each piece with what the reader saw, if it looked."""
        pieces = self.pieces or []
        if self.seen is None:
            return [(piece, None) for piece in pieces]
        return list(zip(pieces, self.seen, strict=True))


def here(group: Iterable[Job]) -> list[Job]:
    """Those that did not go to the lookout."""
    return [job for job in group if not job.away]


@dataclass(slots=True)
class Lookout:
    """Sends jobs out and takes them back. Everything but `_run` happens in the writer's thread."""

    look: Look
    wake: Callable[[], object]
    out: int = 0
    _done: int = 0
    _numbers: Counter[Block] = field(default_factory=Counter)
    _news: dict[Block, int] = field(default_factory=dict)
    _queue: queue.SimpleQueue[Job | None] = field(default_factory=queue.SimpleQueue)
    _back: deque[Job] = field(default_factory=deque)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to look."""
        self._thread = threading.Thread(target=self._run, name="lookout", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Nothing is out any more."""
        self._queue.put(None)
        if self._thread:
            self._thread.join()

    def takes(self, job: Job, view: View) -> bool:
        """Whether a job goes out: somebody must be looked for, or something about the same number is out already."""
        pieces = job.pieces or []
        if job.seen is None:
            numbers = {block for piece in pieces for block in piece.every_number}
            goes = not numbers.isdisjoint(self._numbers) or any(view.unseen(piece) for piece in pieces)
            if goes:
                self._numbers.update(numbers)
                job.counted = True
        else:
            goes = job.looks < LOOKS and self._stale(job)
        if goes:
            self._send(job)
        else:
            self.settled(job)
        return goes

    def planned(self, commands: Sequence[Command]) -> None:
        """These will be committed next: who is looked for under the same blocks must be looked for again."""
        for command in commands:
            if isinstance(command, Keep | Replan) and command.plan.link:
                self._news.update(dict.fromkeys(command.plan.link.blocks, self._done + 1))

    def committed(self, commands: Sequence[Command]) -> None:
        """A group is in the database: from now on a reader sees it."""
        self._done += 1
        if len(self._news) > _REMEMBERED:
            self._news = {block: since for block, since in self._news.items() if since > self._done - LOOKS * BATCH}

    def settled(self, job: Job) -> None:
        """A job has its plan, or its answer; it may have been out for it."""
        if not job.counted:
            return
        job.counted = False
        self._numbers -= Counter({block for piece in job.pieces or [] for block in piece.every_number})

    @property
    def returned(self) -> bool:
        """Whether somebody has come back."""
        return bool(self._back)

    def back(self) -> list[Job]:
        """The jobs that have come back, in the order in which they went."""
        found = []
        while self._back:
            job = self._back.popleft()
            job.away = False
            self.out -= 1
            found.append(job)
        return found

    def _stale(self, job: Job) -> bool:
        wanted = [piece.wanted for piece in job.pieces or []]
        return any(self._news.get(b, 0) > job.since for each in wanted for b in (*each.numbers, *each.finders))

    def _send(self, job: Job) -> None:
        job.away = True
        job.looks += 1
        self.out += 1
        self._queue.put(job)

    # --- the reader's thread

    def _run(self) -> None:
        while (job := self._queue.get()) is not None:
            jobs = [job]
            while len(jobs) < BATCH and not self._queue.empty() and (more := self._queue.get()) is not None:
                jobs.append(more)
            self._look(jobs)
            self._back.extend(jobs)
            self.wake()

    def _look(self, jobs: list[Job]) -> None:
        since = self._done
        pieces = [[piece for piece in job.pieces or [] if piece.traits != link.NOBODY] for job in jobs]
        try:
            found = iter(self.look([piece.wanted for each in pieces for piece in each]))
        except HubError as trouble:
            for job in jobs:
                job.trouble = trouble
            return
        except Exception as bug:  # noqa: BLE001 - a fault of ours must not end this thread; the sender may send again
            log.error("lookout broke", fault=type(bug).__name__, jobs=len(jobs))
            for job in jobs:
                job.trouble = Lasting(
                    f"a fault of the hub: {type(bug).__name__} while looking for people who are alike."
                )
            return
        for job in jobs:
            job.since = since
            job.seen = [next(found) if piece.traits != link.NOBODY else link.NOT_SEEN for piece in job.pieces or []]
