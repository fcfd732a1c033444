"""The desk of the one writer: arrivals and commands queue here, and one thread commits whatever is waiting as one group.

Every message goes to the reader first (`lookout`), who looks for people who are alike, and comes back in its turn.
"""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol, TypeVar

import structlog
from msgspec.structs import replace

from hub.errors import Conflict, HubError, Lasting, StoreUnavailable
from hub.intake.arrival import Again, Answer, Arrival, Rejected, State
from hub.intake.lookout import Job, Lookout
from hub.intake.steps import Steps
from hub.intake.view import unplanned, unread
from hub.model.commands import Command, Keep, Recall, Reject, Release, Replan
from hub.store.result import Result

log = structlog.get_logger(__name__)
T = TypeVar("T")
GROUP = 256
# The keeper is told so often that there is nothing to do.
REST_S = 1.0


class Keeper(Protocol):
    """The store, as the desk sees it: from the writer's own thread only."""

    def commit(self, commands: Sequence[Command]) -> Sequence[Result]:
        """One transaction for all; a command that cannot be kept is answered alone, with its error."""
        ...

    def rest(self) -> HubError | None:
        """There is nothing to do at the moment. Gives what stands in the way of the next commit, where the last one failed."""
        ...


class Desk:
    """Group commit: while one group is committed, and while its messages are read, the next ones join. No timer; at most `GROUP` jobs."""

    def __init__(self, keeper: Keeper, steps: Steps, nudge: Callable[[set[str]], None] = lambda _: None) -> None:
        """Nothing runs before `start`. `nudge` hears, after a commit, which destinations have something due ("*": any)."""
        self.steps = steps
        self.nudge = nudge
        self._keeper = keeper
        self._trouble: HubError | None = None
        self._jobs: deque[Job] = deque()
        self._errands: deque[tuple[Callable[[], Any], asyncio.Future[Any]]] = deque()
        self._wake = threading.Event()
        self._lookout = Lookout(steps.scout.look, lambda: steps.recent.turn, self._wake.set)
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closing = False

    def start(self) -> None:
        """Begin to work, answering on the running loop."""
        self._loop = asyncio.get_running_loop()
        self._lookout.start()
        self._thread.start()

    async def stop(self) -> None:
        """Finish what is waiting, then rest."""
        self._closing = True
        self._wake.set()
        await asyncio.to_thread(self._thread.join)
        await asyncio.to_thread(self._lookout.stop)

    def waiting(self) -> int:
        """How many jobs wait: doors slow their senders down by it."""
        return len(self._jobs) + self._lookout.out

    def take(self, arrival: Arrival) -> asyncio.Future[Answer]:
        """Keep a message; the answer comes after the commit."""
        return self._queue(arrival)

    def reject(self, rejected: Rejected) -> asyncio.Future[Answer]:
        """Keep that something was turned away."""
        return self._queue(rejected)

    def again(self, again: Again) -> asyncio.Future[Answer]:
        """Plan a parked message anew."""
        return self._queue(again)

    def ask(self, commands: Sequence[Command]) -> asyncio.Future[Sequence[Result]]:
        """Commit these commands; one result each, in order. None asks how the store is: one result, where it takes nothing."""
        return self._queue(commands)

    def errand(self, act: Callable[[], T]) -> asyncio.Future[T]:
        """Do something in the writer's own thread between two groups: whoever waits for a commit waits for it too."""
        waiter: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._errands.append((act, waiter))
        self._wake.set()
        return waiter

    def _run_errands(self) -> None:
        while self._errands:
            act, waiter = self._errands.popleft()
            try:
                tell = partial(waiter.set_result, act())
            except HubError as problem:
                tell = partial(waiter.set_exception, problem)
            except Exception as bug:  # noqa: BLE001 - an errand's fault must not end the thread that keeps messages
                log.error("an errand broke", fault=type(bug).__name__)
                tell = partial(waiter.set_exception, Lasting(f"A fault of the hub: {type(bug).__name__}."))
            if self._loop and not self._loop.is_closed():
                self._loop.call_soon_threadsafe(_unless_done, waiter, tell)

    def _queue(self, what: Any) -> asyncio.Future[Any]:
        job = Job(what, asyncio.get_running_loop().create_future())
        self._jobs.append(job)
        self._wake.set()
        return job.waiter

    def _run(self) -> None:
        while True:
            self._wake.wait(REST_S)
            self._wake.clear()
            while self._jobs or self._lookout.returned:
                if group := self._gathered():
                    self._work(group)
            self._run_errands()
            self._trouble = self._keeper.rest()
            if self._closing and not self._lookout.out and not self._jobs:
                return

    def _gathered(self) -> list[Job]:
        """What came back from the lookout, and the commands that wait. Messages that wait are read, and go out."""
        group: list[Job] = []
        read: list[Job] = []
        for _ in range(min(len(self._jobs), GROUP)):
            job = self._jobs.popleft()
            if not isinstance(job.what, Arrival | Again):
                group.append(job)
            elif self._read(job, job.what):
                read.append(job)
        self._lookout.send(read)
        return [*self._lookout.back(), *group]

    def _read(self, job: Job, what: Arrival | Again) -> bool:
        try:
            job.pieces = self.steps.read(what)
        except Exception as bug:  # noqa: BLE001 - whatever broke while it was read must not end this thread
            self._last_resort(job, bug)
            self._answer([job], set())
            return False
        finally:
            # Where it dies from here on, no single message is to blame.
            self.steps.suspects.put_down()
        return True

    def _work(self, group: list[Job]) -> None:
        try:
            due = self._commit(group)
        except StoreUnavailable as gone:
            log.error("store unavailable", cause=gone.message, jobs=len(group))
            due = set()
            for job in group:
                job.answer = _unavailable(job, gone)
        except Exception as bug:  # noqa: BLE001 - one job's fault must neither end this thread nor touch its neighbours
            if len(group) > 1:
                self._work(group[: len(group) // 2])
                self._work(group[len(group) // 2 :])
                return
            due = set()
            for job in group:
                self._last_resort(job, bug)
        self._answer(group, due)

    def _answer(self, group: list[Job], due: set[str]) -> None:
        if self._loop and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._tell, group, due)

    def _tell(self, group: list[Job], due: set[str]) -> None:
        for job in group:
            if not job.waiter.done():
                job.waiter.set_result(job.answer)
        if due:
            self.nudge(due)

    def _commit(self, group: list[Job]) -> set[str]:
        """Answer every job of a group; says which destinations have something due now."""
        slips = self._slips(group)
        commands = [command for slip in slips for command in slip.commands]
        results = iter(self._keep(commands, slips) if commands else ())
        if seen := [sight.turn for job in group for sight in job.sights]:
            self.steps.recent.forget(seen[-1])
        lost: set[str] = set()
        for slip in slips:
            slip.close([next(results) for _ in slip.commands], lost)
        return {out.destination for c in commands if isinstance(c, Keep | Replan) for out in c.plan.outbox} | {
            "*" for c in commands if isinstance(c, Recall | Release)
        }

    def _slips(self, group: list[Job]) -> list[Slip]:
        """What each job brings about."""
        self.steps.recent.dropped()
        seen = [each for job in group for each in job.sights]
        if not seen:
            return [self._slip(job) for job in group]
        view, today = self.steps.view(seen)
        sights = iter(today)
        try:
            return [
                _planned(job, [view.one(next(sights)) for _ in job.sights]) if job.sights else self._slip(job)
                for job in group
            ]
        finally:
            # Whoever dies from here on dies of the commit, which no single message is to blame for.
            self.steps.suspects.put_down()

    def _troubled(self, job: Job, trouble: HubError) -> Slip:
        """A job that the lookout could not look at: the sender tries again, or, where that would not help, a person looks."""
        if isinstance(job.what, Arrival) and isinstance(trouble, Lasting):
            parked = Answer(journal=job.what.journal, state="parked", cause=str(trouble))
            return Slip(job, [unread(job.what, trouble)], [parked])
        journal = job.what.journal if isinstance(job.what, Arrival | Again) else ""
        return Slip(job, [], [Answer(journal=journal, state="unavailable", cause=trouble.message)])

    def _keep(self, commands: Sequence[Command], slips: Sequence[Slip]) -> Sequence[Result]:
        """Commit; a message that the store cannot write as planned is kept without its plan."""
        results = list(self._keeper.commit(commands))
        self.steps.recent.committed([_identity(c) for c, r in zip(commands, results, strict=True) if r.error])
        for n, (command, result) in enumerate(zip(commands, results, strict=True)):
            if isinstance(command, Keep) and command.plan.state == "planned" and isinstance(result.error, Lasting):
                results[n] = self._keeper.commit([unplanned(command, result.error)])[0]
                for slip in slips:
                    slip.park(command.journal, str(result.error))
        return results

    def _last_resort(self, job: Job, bug: Exception) -> None:
        """A job that breaks the desk itself: a message is kept unread, anything else is answered with the fault."""
        fault = Lasting(f"a fault of the hub: {type(bug).__name__} at the desk.")
        log.error("a job broke the desk", fault=type(bug).__name__, what=type(job.what).__name__)
        job.answer = _unavailable(job, fault)
        if isinstance(job.what, Arrival):
            slip = Slip(
                job, [unread(job.what, fault)], [Answer(journal=job.what.journal, state="parked", cause=str(fault))]
            )
            slip.close(list(self._keeper.commit(slip.commands)), set())

    def _slip(self, job: Job) -> Slip:
        if job.trouble is not None:
            return self._troubled(job, job.trouble)
        match job.what:
            case Rejected() as refused:
                answer = Answer(journal=refused.journal, state="rejected", cause=refused.cause)
                return Slip(job, [_turned_away(refused)], [answer])
            case Arrival() | Again():
                return Slip(job, [], [])
            case () if self._trouble is not None:
                return Slip(job, [], [], [Result(error=self._trouble)])
            case commands:
                return Slip(job, list(commands), [])


def _identity(command: Command) -> str:
    """Whom a message is about, as the source knows them."""
    return command.plan.link.identity if isinstance(command, Keep | Replan) and command.plan.link else ""


def _planned(job: Job, settled: list[tuple[Command | None, Answer]]) -> Slip:
    return Slip(job, [command for command, _ in settled if command is not None], [answer for _, answer in settled])


def _unless_done(waiter: asyncio.Future[Any], tell: Callable[[], None]) -> None:
    if not waiter.done():
        tell()


@dataclass(slots=True)
class Slip:
    """The commands of one job, and what to answer when they are kept."""

    job: Job
    commands: list[Command]
    answers: list[Answer]
    # What is known without a commit.
    said: list[Result] = field(default_factory=list)

    def park(self, journal: str, cause: str) -> None:
        """This message was kept without its plan."""
        self.answers = [
            replace(each, state="parked", cause=cause) if (each.journal, each.state) == (journal, "kept") else each
            for each in self.answers
        ]

    def close(self, results: list[Result], lost: set[str]) -> None:
        """Fill in the answer. A duplicate of something that could not be kept was not kept either: `lost` names those."""
        if not isinstance(self.job.what, Arrival | Rejected | Again):
            self.job.answer = [*self.said, *results]
            return
        error = next((r.error for r in results if r.error is not None), None)
        if error is not None:
            lost.update(answer.journal for answer in self.answers)
            state: State = "rejected" if isinstance(error, Conflict) else "unavailable"
            self.job.answer = Answer(journal=self.job.what.journal, state=state, cause=str(error))
        elif any(a.state == "duplicate" and a.journal in lost for a in self.answers):
            self.job.answer = Answer(
                journal=self.job.what.journal, state="unavailable", cause="its first copy was not kept"
            )
        else:
            self.job.answer = self.answers[0] if len(self.answers) == 1 else _several(self.answers)


def _turned_away(one: Rejected) -> Reject:
    return Reject(
        journal=one.journal,
        partner=one.partner,
        at=one.at,
        door=one.door,
        size=len(one.body),
        digest=hashlib.sha256(one.body).digest(),
        cause=one.cause,
    )


_WORSE = ("duplicate", "kept", "parked", "rejected", "unavailable")


def _several(answers: list[Answer]) -> Answer:
    """The answer to a batch: the worst that became of any of its messages, with the counts in words."""
    worst = max(answers, key=lambda a: _WORSE.index(a.state))
    states = [a.state for a in answers]
    words = ", ".join(f"{states.count(s)} {s}" for s in dict.fromkeys(states))
    return Answer(journal=answers[0].journal, state=worst.state, cause=f"batch of {len(answers)}: {words}")


def _unavailable(job: Job, gone: HubError) -> Any:
    if isinstance(job.what, Arrival | Rejected | Again):
        return Answer(journal=job.what.journal, state="unavailable", cause=gone.message)
    return [Result(error=gone) for _ in job.what]
