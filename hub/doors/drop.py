"""A watched folder on this machine, or on a share: opened by its handle, never through a link."""

from __future__ import annotations

import asyncio
import contextlib
import os
import stat
from collections.abc import Iterator
from typing import Final

from hub.access.callers import Folder
from hub.doors.desk import Desk
from hub.doors.watched import DONE, FAILED, Found, Limits, Watched, dated, unfinished
from hub.errors import Misconfigured, Unreadable

__all__ = ["DropDoor", "Limits"]

_DIRECTORY: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Without O_NONBLOCK a pipe laid in the folder would hold us for ever.
_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_FRESH: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class DropDoor(Watched):
    """Watches one partner's folder on this machine."""

    door = "folder"

    def __init__(self, folder: Folder, desk: Desk, *, whole: bool = False, limits: Limits | None = None) -> None:
        """As for a Watched."""
        super().__init__(folder.partner, desk, whole=whole, limits=limits)
        self._path = folder.path

    async def _readied(self) -> None:
        """Raises Misconfigured where the folder cannot be had, or is a link."""
        try:
            await asyncio.to_thread(self._prepare)
        except OSError as error:
            raise Misconfigured(
                f"This folder cannot be watched ({type(error).__name__}).",
                at=f"{self._partner} door {self._path}",
                cure="It must be a folder, not a link to one, in which the hub may move files.",
            ) from error

    async def _listed(self) -> list[Found]:
        return await asyncio.to_thread(self._list)

    async def _fetched(self, file: Found) -> bytes:
        return await asyncio.to_thread(self._read, file)

    async def _filed(self, file: Found, into: str, reasons: str) -> None:
        await asyncio.to_thread(self._file_away, file, into, reasons)

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
                if unfinished(entry.name) or entry.is_dir(follow_symlinks=False):
                    continue
                with contextlib.suppress(FileNotFoundError):
                    found.append(_found(entry.name, entry.stat(follow_symlinks=False)))
                if len(found) >= self._limits.listed:
                    break
        return found

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

    def _file_away(self, file: Found, into: str, reasons: str) -> None:
        new = dated(file.name)
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


def _note(folder: int, name: str, words: str) -> None:
    with open(os.open(name, _FRESH, 0o640, dir_fd=folder), "wb") as file:  # noqa: PTH123 - it opens a handle, not a path
        file.write(f"{words}\n".encode())
