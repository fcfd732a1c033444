"""The keystore file: an append-only log of frames, one writer, any number of readers that follow it."""

from __future__ import annotations

import fcntl
import os
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from mmap import PROT_READ, mmap
from pathlib import Path

from hub.errors import Conflict, KeyUnavailable, StoreUnavailable
from hub.store.seal import disk
from hub.store.seal.finder import Finder
from hub.store.seal.frames import Frame, Kind, frame_at, frames_from, sound_after
from hub.store.seal.names import REF_BYTES, KeyRef

_RESTORE = "Put the newest backup of the keystore back beside its key file; keys made after that backup are lost."


class KeyLog:
    """The frames of one file and where each key lies in them. Knows names, never secrets.

    INVARIANT: `end` is the size of the sound part. A writer appends at `end` only, and what lies beyond is never read.
    """

    def __init__(self, path: Path, *, writer: bool, at_least: int) -> None:
        self.path = path
        self.writer = writer
        self.generation = 0
        self._fd = self._inode = -1
        self._open()
        try:
            self._refuse_loss(at_least)
        except KeyUnavailable:
            self.close()
            raise
        if writer:
            self._tidy()

    # --- reading

    def find(self, ref: KeyRef) -> tuple[Frame, int] | None:
        """The frame that holds a key, and the key's place inside it; None when there is no such key.

        `KeyUnavailable` when the frame was harmed since it was read first.
        """
        if self.writer:
            return self._look(ref)
        self.follow()
        try:
            if (found := self._look(ref)) or os.fstat(self._fd).st_size == self.end:
                return found
        except KeyUnavailable:
            # Below: the writer replaced the file between our following and our looking.
            pass
        # Or it took back a write that failed, of which we had read a part already.
        self._reopen()
        return self._look(ref)

    def _look(self, ref: KeyRef) -> tuple[Frame, int] | None:
        if (place := self._finder.find(ref)) is None:
            return None
        number = bisect_right(self._firsts, place) - 1
        inside, offset = place - self._firsts[number], self._offsets[number]
        end = self._offsets[number + 1] if number + 1 < len(self._offsets) else self.end
        frame = frame_at(os.pread(self._fd, end - offset, offset), 0)
        if frame is None or not frame.clear.startswith(ref, inside * REF_BYTES):
            raise KeyUnavailable("The keystore was harmed here.", at=f"{self.path} offset {offset}", cure=_RESTORE)
        return frame, inside

    @property
    def canary(self) -> Frame:
        """The first frame, which tells whether a key-encryption key is the right one."""
        if self._canary is None:
            raise KeyUnavailable("This is not a keystore.", at=str(self.path), cure=_RESTORE)
        return self._canary

    def frames(self) -> Iterator[Frame]:
        """Every frame of the sound part, read anew."""
        with mmap(self._fd, self.end, prot=PROT_READ) as data:
            for _, frame in frames_from(data, 0):
                yield frame

    @property
    def count(self) -> int:
        """How many keys the file holds."""
        return len(self._finder)

    def replaced(self) -> bool:
        """Whether another file stands under the name by now."""
        return self.path.stat().st_ino != self._inode

    def follow(self) -> None:
        """Read what was appended since; when the file was replaced, read it anew, which begins another `generation`."""
        try:
            there = os.stat(self.path)  # noqa: PTH116 - Path.stat costs twice as much, and this runs before each unit of work
        except FileNotFoundError as gone:
            raise _missing(self.path) from gone
        if there.st_ino != self._inode:
            self._reopen()
        elif there.st_size > self.end:
            self._take(os.pread(self._fd, there.st_size - self.end, self.end))

    # --- writing

    def append(self, data: bytes) -> None:
        """Once this returns, these frames survive a power cut. After a failure all are to be given again, and more if need be.

        After a failed sync nobody knows which pages are clean, so the next try writes every byte anew at the same place.
        """
        try:
            os.lseek(self._fd, self.end, os.SEEK_SET)
            disk.write_all(self._fd, data)
            os.fdatasync(self._fd)
        except OSError as failed:
            raise StoreUnavailable(f"The keystore took no keys: {failed.strerror}.", at=str(self.path)) from failed
        self._take(data)

    def rewrite(self, frames: Iterable[bytes]) -> None:
        """Put a file of these frames in the place of this one, which is overwritten; once this returns it is durable."""
        fresh = self._fresh()
        fd = os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_TRUNC, disk.OWNER_ONLY)
        try:
            lock(fd, fresh)
            for frame in frames:
                disk.write_all(fd, frame)
            os.fsync(fd)
            disk.replace(fresh, self.path)
        except BaseException:
            os.close(fd)
            raise
        self.close()
        self._hold(fd)
        self._load()

    def close(self) -> None:
        """Let go of the file, and of the writer's lock."""
        if self._fd >= 0:
            os.close(self._fd)
        self._fd = self._inode = -1

    # --- inside

    def _reopen(self) -> None:
        self.close()
        self._open()

    def _open(self) -> None:
        """Open and read the file; once more when a writer replaced it meanwhile and overwrote what we had opened."""
        self._hold(self._opened())
        try:
            self._load()
        except KeyUnavailable:
            if not self.replaced():
                self.close()
                raise
            self._reopen()

    def _opened(self) -> int:
        try:
            disk.owner_only(self.path)
            fd = os.open(self.path, os.O_RDWR if self.writer else os.O_RDONLY)
        except FileNotFoundError as gone:
            raise _missing(self.path) from gone
        if self.writer:
            try:
                lock(fd, self.path)
            except Conflict:
                os.close(fd)
                raise
        return fd

    def _fresh(self) -> Path:
        return self.path.with_name(self.path.name + ".new")

    def _hold(self, fd: int) -> None:
        self._fd, self._inode = fd, os.fstat(fd).st_ino

    def _load(self) -> None:
        self.generation += 1
        self.end = self.mark = self.torn = 0
        self.store = b""
        self._canary: Frame | None = None
        self.house: frozenset[KeyRef] = frozenset()
        self._finder = Finder()
        self._firsts, self._offsets = array("Q"), array("Q")
        if size := os.fstat(self._fd).st_size:
            with mmap(self._fd, size, prot=PROT_READ) as data:
                self._take(data)
                self._judge_rest(data)
        self.version = self.canary.version

    def _take(self, data: bytes | mmap) -> None:
        """Take in the whole frames at the beginning of `data`, which begins at `end`."""
        begin = self.end
        for offset, frame in frames_from(data, 0):
            if self.mark and frame.sequence != self.mark + 1:
                break
            self._enter(frame, begin + offset)

    def _enter(self, frame: Frame, offset: int) -> None:
        match frame.kind:
            case Kind.CANARY:
                self._canary, self.store = frame, frame.clear
            case Kind.KEYS | Kind.HOUSE:
                self._firsts.append(len(self._finder))
                self._offsets.append(offset)
                self._finder.extend(frame.clear)
        if frame.kind is Kind.HOUSE:
            self.house |= {KeyRef(frame.clear[at : at + REF_BYTES]) for at in range(0, len(frame.clear), REF_BYTES)}
        self.mark = frame.sequence
        self.end = offset + frame.size

    def _judge_rest(self, data: mmap) -> None:
        """A bad place at the very end is a write that a crash cut short; sound frames behind it mean harm in the middle."""
        self.torn = len(data) - self.end
        if self.torn and (sound := sound_after(data, self.end)) is not None:
            raise KeyUnavailable(
                f"The keystore is harmed here: frame {self.mark + 1} fails, sound frames follow at offset {sound}.",
                at=f"{self.path} offset {self.end}",
                cure=_RESTORE,
            )

    def _refuse_loss(self, at_least: int) -> None:
        if self.mark < at_least:
            raise KeyUnavailable(
                f"The keystore ends at mark {self.mark}, but the data were committed at {at_least}: it is an older copy.",
                at=f"{self.path} offset {self.end}",
                cure="Put the newest keystore back beside its key file.",
            )

    def _tidy(self) -> None:
        """Take off a torn end, which no commit relies on because keys are synced first; remove a rewriting cut short."""
        disk.destroy(self._fresh())
        if self.torn:
            os.ftruncate(self._fd, self.end)
            os.fsync(self._fd)


def lock(fd: int, path: Path) -> None:
    """Be the only writer of this file, as long as it is open."""
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as taken:
        raise Conflict(
            "Another process writes this keystore.", at=str(path), cure="Stop the other hub first."
        ) from taken


def _missing(path: Path) -> KeyUnavailable:
    return KeyUnavailable(
        "There is no keystore.",
        at=str(path),
        cure="Put it back, or run `crisis-hub keys init` where there is no data yet.",
    )
