"""Files that hold keys: for their owner only, put whole, durable once we return, overwritten before they go."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hub.errors import Misconfigured

OWNER_ONLY = 0o600
_BLANK = bytes(1 << 20)


def put(path: Path, data: bytes) -> None:
    """Write a whole file beside its place, then put it there; once this returns it survives a power cut.

    What stood there before is overwritten, as far as the medium lets us.
    """
    fresh = path.with_name(path.name + ".new")
    fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY)
    try:
        write_all(fd, data)
        os.fsync(fd)
    finally:
        os.close(fd)
    replace(fresh, path)


def replace(fresh: Path, path: Path) -> None:
    """Put a finished file in the place of another, and overwrite the one it replaced."""
    with _blanked_after(path):
        fresh.replace(path)
        sync_folder(path.parent)


def destroy(path: Path) -> None:
    """Overwrite a file and remove it; nothing happens when there is none."""
    with _blanked_after(path):
        path.unlink(missing_ok=True)
        sync_folder(path.parent)


@contextmanager
def _blanked_after(path: Path) -> Iterator[None]:
    """Hold on to the file that leaves its name, and write zeros over it afterwards."""
    if not path.exists():
        yield
        return
    fd = os.open(path, os.O_RDWR)
    try:
        yield
        for at in range(0, os.fstat(fd).st_size, len(_BLANK)):
            os.pwrite(fd, _BLANK[: os.fstat(fd).st_size - at], at)
        os.fsync(fd)
    finally:
        os.close(fd)


def write_all(fd: int, data: bytes) -> None:
    """Write every byte where the file stands, however often the system stops short."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(fd, rest) :]


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def owner_only(path: Path) -> None:
    """Refuse a file that others may read or write."""
    if mode := path.stat().st_mode & 0o077:
        raise Misconfigured(f"Others may use this file (mode bits {mode:03o}).", at=str(path), cure=f"chmod 600 {path}")


def outside(path: Path, folder: Path) -> None:
    """Refuse a path inside a folder, links followed: keys never lie with the data they open."""
    if path.resolve().is_relative_to(folder.resolve()):
        raise Misconfigured(
            "Keys may not lie inside the data folder: whoever copies it would hold both.",
            at=str(path),
            cure=f"Name a place outside {folder}.",
        )


def copy(source: Path, target: Path) -> None:
    """Copy a file, for its owner only; durable once we return."""
    fd = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY)
    with source.open("rb") as origin, os.fdopen(fd, "wb") as there:
        shutil.copyfileobj(origin, there, len(_BLANK))
        there.flush()
        os.fsync(there.fileno())
    sync_folder(target.parent)
