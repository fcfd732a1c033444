"""The reader beside the writer: it looks for people who are alike while the writer goes on, and hands the messages back in order."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog

from hub.errors import HubError, Lasting
from hub.intake.arrival import Again, Arrival, Rejected
from hub.intake.piece import Piece, Sight
from hub.model.commands import Command
from hub.model.plan import Sighting
from hub.store.planning.scout import Wanted

log = structlog.get_logger(__name__)
Look = Callable[[Sequence[Wanted]], list[Sighting | None]]
# So many messages are looked at in one reading transaction.
BATCH = 64


@dataclass(slots=True, eq=False)
class Job:
    """Something waiting at the desk, and who waits for it. `sights` is what the reader saw, piece by piece."""

    what: Arrival | Rejected | Again | Sequence[Command]
    waiter: asyncio.Future[Any]
    answer: Any = None
    pieces: list[Piece] | None = None
    sights: list[Sight] = field(default_factory=list)
    trouble: HubError | None = None


@dataclass(slots=True)
class Lookout:
    """Sends jobs out and takes them back, in order. Everything but `_run` happens in the writer's thread.

    `turn` says how many groups were committed: whoever looks from then on sees them.
    """

    look: Look
    turn: Callable[[], int]
    wake: Callable[[], object]
    out: int = 0
    _queue: queue.SimpleQueue[list[Job]] = field(default_factory=queue.SimpleQueue)
    _back: deque[Job] = field(default_factory=deque)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to look."""
        self._thread = threading.Thread(target=self._run, name="lookout", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Nothing is out any more."""
        self._queue.put([])
        if self._thread:
            self._thread.join()

    def send(self, jobs: list[Job]) -> None:
        """These go out: each was read."""
        if jobs:
            self.out += len(jobs)
            self._queue.put(jobs)

    def back(self) -> list[Job]:
        """The jobs that have come back, in the order in which they went."""
        found = [self._back.popleft() for _ in range(len(self._back))]
        self.out -= len(found)
        return found

    @property
    def returned(self) -> bool:
        """Whether somebody has come back."""
        return bool(self._back)

    # --- the reader's thread

    def _run(self) -> None:
        while jobs := self._queue.get():
            while len(jobs) < BATCH and not self._queue.empty():
                if not (more := self._queue.get()):
                    self._queue.put(more)
                    break
                jobs += more
            self._look(jobs)
            self._back.extend(jobs)
            self.wake()

    def _look(self, jobs: list[Job]) -> None:
        turn = self.turn()
        try:
            found = iter(self.look([piece.wanted for job in jobs for piece in job.pieces or ()]))
        except HubError as trouble:
            for job in jobs:
                job.trouble = trouble
        except Exception as bug:  # noqa: BLE001 - a fault of ours must not end this thread, nor touch the neighbours
            if len(jobs) > 1:
                for job in jobs:
                    self._look([job])
                return
            log.error("lookout broke", fault=type(bug).__name__)
            jobs[0].trouble = Lasting(
                f"a fault of the hub: {type(bug).__name__} while looking for people who are alike."
            )
        else:
            for job in jobs:
                job.sights = [Sight(piece, next(found), turn) for piece in job.pieces or ()]
