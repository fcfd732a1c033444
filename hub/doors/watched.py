"""A folder that is watched, wherever it lies: a file that has stopped changing is handed over, and moved away only after its answer."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import secrets
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar, Final

import structlog

from hub import clock
from hub.doors.desk import Desk, settled
from hub.doors.unpack import unpack
from hub.errors import Unreadable
from hub.intake import Answer, Arrival, Rejected
from hub.spans import SECOND
from hub.store.ids import new_id

log = structlog.get_logger(__name__)

DONE: Final = "done"
FAILED: Final = "failed"
# What senders call a file that they have not finished.
UNFINISHED: Final = (".part", ".partial", ".tmp", ".filepart")
_NAME_BYTES: Final = 180


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one folder grants. Sizes are bytes, times are seconds; `settle_s` is how long a file must stay as it is before it is whole.

    `batch` and `held` bound how many files, and how many bytes, are in hand at once; `listed` how many are looked at in a pass.
    """

    file: int = 16 * 1024 * 1024
    unpacked: int = 64 * 1024 * 1024
    members: int = 1000
    settle_s: float = 2.0
    poll_s: float = 1.0
    batch: int = 256
    held: int = 64 * 1024 * 1024
    listed: int = 10_000


@dataclass(frozen=True, slots=True, order=True)
class Found:
    """A file in the folder as it was: the oldest first. Two that differ in nothing here are the same bytes."""

    changed: int
    name: str
    inode: int
    size: int


@dataclass(frozen=True, slots=True)
class Taken:
    """A file that was handed over, and what is owed for each message in it."""

    file: Found
    answers: Sequence[asyncio.Future[Answer]]


class Watched(ABC):
    """Watches one partner's folder. Files end in done/, or in failed/ with the reason beside them.

    A crash between an answer and the move hands the same file over again: the same name and bytes are a duplicate.
    """

    door: ClassVar[str]
    # What may go wrong with the folder itself; it comes back, or somebody reads the log.
    faults: ClassVar[tuple[type[BaseException], ...]] = (OSError,)

    def __init__(self, partner: str, desk: Desk, *, whole: bool = False, limits: Limits | None = None) -> None:
        """`whole`: an archive is one message, and its files are not taken apart. Nothing is looked at before `start`."""
        self._partner = partner
        self._desk = desk
        self._whole = whole
        self._limits = limits or Limits()
        self._steady: dict[Found, float] = {}
        self._stopping = asyncio.Event()
        self._watching: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Watch. Raises Misconfigured where it is known already that the folder cannot be had."""
        await self._readied()
        self._watching = asyncio.create_task(self._watch())

    # -- the folder itself

    @abstractmethod
    async def _readied(self) -> None:
        """Make sure of the folder, as far as that can be done at once."""

    @abstractmethod
    async def _listed(self) -> list[Found]:
        """Everything in the folder that is no folder and not unfinished, as it is now."""

    @abstractmethod
    async def _fetched(self, file: Found) -> bytes:
        """The bytes of a file, if it is one, and the one that was found. Raises Unreadable for what must not be taken."""

    @abstractmethod
    async def _filed(self, file: Found, into: str, reasons: str) -> None:
        """Move a file away, with the reasons beside it where there are any."""

    async def _closed(self) -> None:  # noqa: B027 - most folders are not held
        """Let go of the folder."""

    # -- watching

    async def stop(self) -> None:
        """Finish what is in hand, and look no more."""
        self._stopping.set()
        if self._watching:
            await self._watching
        await self._closed()

    async def _watch(self) -> None:
        while not self._stopping.is_set():
            try:
                await self.look()
            except self.faults as error:
                # A share that is gone comes back, or somebody reads the log.
                log.warning("folder not read", partner=self._partner, fault=type(error).__name__)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), self._limits.poll_s)

    async def look(self) -> None:
        """Look once: hand over what has settled, and move what is answered."""
        ready = self._settled(await self._listed())
        held = 0
        taken: list[Taken] = []
        for file in ready[: self._limits.batch]:
            if held and held + file.size > self._limits.held:
                break
            held += file.size
            taken.append(await self._hand_over(file))
        for one in taken:
            await self._move(one)

    def _settled(self, found: list[Found]) -> list[Found]:
        """Those that have not changed for long enough, oldest first."""
        now = asyncio.get_running_loop().time()
        self._steady = {file: self._steady.get(file, now) for file in found}
        return sorted(file for file, since in self._steady.items() if now - since >= self._limits.settle_s)

    async def _hand_over(self, file: Found) -> Taken:
        try:
            body = await self._fetched(file)
            pieces = [body] if self._whole else await asyncio.to_thread(self._unpacked, body)
        except Unreadable as error:
            return Taken(file, [self._reject(file, str(error))])
        except self.faults as error:
            log.warning("file not read", partner=self._partner, fault=type(error).__name__)
            return Taken(file, [])
        return Taken(file, [self._desk.take(self._arrival(file, piece, n)) for n, piece in enumerate(pieces)])

    def _unpacked(self, body: bytes) -> list[bytes]:
        return unpack(body, most=self._limits.unpacked, members=self._limits.members)

    def _arrival(self, file: Found, body: bytes, number: int) -> Arrival:
        # A name may say whom it is about: only its digest goes on.
        told = hashlib.sha256(f"{file.name}/{number}".encode("utf-8", "surrogateescape")).hexdigest()
        journal, at = new_id(), clock.now()
        return Arrival(journal=journal, partner=self._partner, body=body, door=self.door, at=at, message_id=told[:32])

    def _reject(self, file: Found, cause: str) -> asyncio.Future[Answer]:
        """Have it recorded that a file was not taken. What was not read is known by its size and time."""
        journal, at = new_id(), clock.now()
        body = f"{file.size} bytes of {file.changed}".encode()
        rejected = Rejected(journal=journal, partner=self._partner, body=body, door=self.door, at=at, cause=cause)
        return self._desk.reject(rejected)

    async def _move(self, one: Taken) -> None:
        if not one.answers:
            return
        await asyncio.wait(one.answers)
        answers = [settled(future) for future in one.answers]
        if any(answer.state == "unavailable" for answer in answers):
            log.warning("file left where it is: the store is gone", partner=self._partner)
            return
        reasons = [f"{n}. {a.cause}" for n, a in enumerate(answers, 1) if a.state == "rejected"]
        try:
            await self._filed(one.file, FAILED if reasons else DONE, "\n".join(reasons))
        except self.faults as error:
            # It will be handed over again, as a duplicate.
            log.warning("file not moved", partner=self._partner, fault=type(error).__name__)


def dated(name: str) -> str:
    """A name that is free: when it was moved, chance, and the end of what it was called."""
    at = datetime.fromtimestamp(clock.now() / SECOND, UTC)
    return f"{at:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}-{os.fsdecode(os.fsencode(name)[-_NAME_BYTES:])}"


def unfinished(name: str) -> bool:
    """Whether a name says that its sender has not finished, or that it is none of our business."""
    return name.startswith(".") or name.endswith(UNFINISHED)
