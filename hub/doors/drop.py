"""A watched folder: a file that has stopped changing is handed over, and moved away only after its answer."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import secrets
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import structlog

from hub import clock
from hub.access.callers import Folder
from hub.doors.desk import Desk, settled
from hub.doors.unpack import unpack
from hub.errors import Misconfigured, Unreadable
from hub.intake import Answer, Arrival, Rejected
from hub.spans import SECOND
from hub.store.ids import new_id

log = structlog.get_logger(__name__)

DOOR: Final = "folder"
DONE: Final = "done"
FAILED: Final = "failed"
# What senders call a file that they have not finished.
UNFINISHED: Final = (".part", ".partial", ".tmp", ".filepart")
_DIRECTORY: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Without O_NONBLOCK a pipe laid in the folder would hold us for ever.
_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_FRESH: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
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


class DropDoor:
    """Watches one partner's folder. Files end in done/, or in failed/ with the reason beside them.

    A crash between an answer and the move hands the same file over again: the same name and bytes are a duplicate.
    """

    def __init__(self, folder: Folder, desk: Desk, *, limits: Limits | None = None) -> None:
        """Nothing is looked at before `start`."""
        self._partner = folder.partner
        self._path = folder.path
        self._desk = desk
        self._limits = limits or Limits()
        self._steady: dict[Found, float] = {}
        self._stopping = asyncio.Event()
        self._watching: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Watch. Raises Misconfigured where the folder cannot be had, or is a link."""
        try:
            await asyncio.to_thread(self._prepare)
        except OSError as error:
            raise Misconfigured(
                f"This folder cannot be watched ({type(error).__name__}).",
                at=f"{self._partner} door {self._path}",
                cure="It must be a folder, not a link to one, in which the hub may move files.",
            ) from error
        self._watching = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        """Finish what is in hand, and look no more."""
        self._stopping.set()
        if self._watching:
            await self._watching

    async def _watch(self) -> None:
        while not self._stopping.is_set():
            try:
                await self.look()
            except OSError as error:
                # A share that is gone comes back, or somebody reads the log.
                log.warning("folder not read", partner=self._partner, fault=type(error).__name__)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), self._limits.poll_s)

    async def look(self) -> None:
        """Look once: hand over what has settled, and move what is answered."""
        ready = self._settled(await asyncio.to_thread(self._list))
        held = 0
        taken: list[Taken] = []
        for file in ready[: self._limits.batch]:
            if held and held + file.size > self._limits.held:
                break
            held += file.size
            taken.append(await self._hand_over(file))
        for one in taken:
            await self._move(one)

    def _prepare(self) -> None:
        with _opened(self._path) as folder:
            for name in (DONE, FAILED):
                with contextlib.suppress(FileExistsError):
                    os.mkdir(name, 0o750, dir_fd=folder)
                with _opened(name, folder):
                    continue

    def _list(self) -> list[Found]:
        """Everything in the folder that is no folder and not unfinished, as it is now."""
        found: list[Found] = []
        with _opened(self._path) as folder, os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith(".") or entry.name.endswith(UNFINISHED) or entry.is_dir(follow_symlinks=False):
                    continue
                with contextlib.suppress(FileNotFoundError):
                    found.append(_found(entry.name, entry.stat(follow_symlinks=False)))
                if len(found) >= self._limits.listed:
                    break
        return found

    def _settled(self, found: list[Found]) -> list[Found]:
        """Those that have not changed for long enough, oldest first."""
        now = asyncio.get_running_loop().time()
        self._steady = {file: self._steady.get(file, now) for file in found}
        return sorted(file for file, since in self._steady.items() if now - since >= self._limits.settle_s)

    async def _hand_over(self, file: Found) -> Taken:
        try:
            body = await asyncio.to_thread(self._read, file)
            pieces = await asyncio.to_thread(unpack, body, most=self._limits.unpacked, members=self._limits.members)
        except Unreadable as error:
            return Taken(file, [self._reject(file, str(error))])
        except OSError as error:
            log.warning("file not read", partner=self._partner, fault=type(error).__name__)
            return Taken(file, [])
        return Taken(file, [self._desk.take(self._arrival(file, piece, n)) for n, piece in enumerate(pieces)])

    def _read(self, file: Found) -> bytes:
        """The bytes of a file, if it is one, and the one that was found. Raises Unreadable for what must not be taken."""
        with _opened(self._path) as folder:
            if not stat.S_ISREG(os.stat(file.name, dir_fd=folder, follow_symlinks=False).st_mode):
                raise Unreadable("This is a link, a pipe or a device, and not a file.")
            with open(os.open(file.name, _FILE, dir_fd=folder), "rb") as opened:  # noqa: PTH123 - it opens a handle, not a path
                known = os.fstat(opened.fileno())
                if _found(file.name, known) != file:
                    raise FileNotFoundError
                if known.st_nlink > 1:
                    raise Unreadable("The file has a second name elsewhere.", cure="Copy it into the folder.")
                body = opened.read(self._limits.file + 1)
        if not body or len(body) > self._limits.file:
            said = f"The file is larger than {self._limits.file} bytes." if body else "The file is empty."
            raise Unreadable(said)
        return body

    def _arrival(self, file: Found, body: bytes, number: int) -> Arrival:
        # A name may say whom it is about: only its digest goes on.
        told = hashlib.sha256(f"{file.name}/{number}".encode("utf-8", "surrogateescape")).hexdigest()
        journal, at = new_id(), clock.now()
        return Arrival(journal=journal, partner=self._partner, body=body, door=DOOR, at=at, message_id=told[:32])

    def _reject(self, file: Found, cause: str) -> asyncio.Future[Answer]:
        """Have it recorded that a file was not taken. What was not read is known by its size and time."""
        journal, at = new_id(), clock.now()
        body = f"{file.size} bytes of {file.changed}".encode()
        rejected = Rejected(journal=journal, partner=self._partner, body=body, door=DOOR, at=at, cause=cause)
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
            await asyncio.to_thread(self._file_away, one.file, FAILED if reasons else DONE, "\n".join(reasons))
        except OSError as error:
            # It will be handed over again, as a duplicate.
            log.warning("file not moved", partner=self._partner, fault=type(error).__name__)

    def _file_away(self, file: Found, into: str, reasons: str) -> None:
        new = _dated(file.name)
        with _opened(self._path) as folder, _opened(into, folder) as there:
            if reasons:
                _note(there, f"{new}.reason.txt", reasons)
            os.rename(file.name, new, src_dir_fd=folder, dst_dir_fd=there)
            if _found(file.name, os.stat(new, dir_fd=there, follow_symlinks=False)) != file:
                # Somebody put another file in its place meanwhile: that one was not answered.
                os.rename(new, f"again-{new}", src_dir_fd=there, dst_dir_fd=folder)


@contextlib.contextmanager
def _opened(path: str, above: int | None = None) -> Iterator[int]:
    folder = os.open(path, _DIRECTORY, dir_fd=above)
    try:
        yield folder
    finally:
        os.close(folder)


def _found(name: str, known: os.stat_result) -> Found:
    return Found(known.st_mtime_ns, name, known.st_ino, known.st_size)


def _dated(name: str) -> str:
    """A name that is free: when it was moved, chance, and the end of what it was called."""
    at = datetime.fromtimestamp(clock.now() / SECOND, UTC)
    return f"{at:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}-{os.fsdecode(os.fsencode(name)[-_NAME_BYTES:])}"


def _note(folder: int, name: str, words: str) -> None:
    with open(os.open(name, _FRESH, 0o640, dir_fd=folder), "wb") as file:  # noqa: PTH123 - it opens a handle, not a path
        file.write(f"{words}\n".encode())
