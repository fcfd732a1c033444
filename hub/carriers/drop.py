"""Deliveries into a folder: written beside, synced, then renamed, so that the partner sees whole files only."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from typing import Final

from hub.contracts import Parcel, Receipt
from hub.errors import Ambiguous, HubError, Misconfigured, PartnerBusy, PartnerUnreachable
from hub.partners import Delivery

# What the system said -> what it means for the retry. Anything else: the folder cannot be reached now.
SYSTEM: Final[Mapping[int, type[HubError]]] = {
    errno.ENOSPC: PartnerBusy,
    errno.EDQUOT: PartnerBusy,
    errno.EMFILE: PartnerBusy,
    errno.ENFILE: PartnerBusy,
    errno.EACCES: Misconfigured,
    errno.EPERM: Misconfigured,
    errno.EROFS: Misconfigured,
    errno.ELOOP: Misconfigured,
    errno.ENOTDIR: Misconfigured,
}
_CURE: Final = "It must be a folder, not a link to one, in which the hub may create files."
_ENDINGS: Final = {
    "application/fhir+json": "json",
    "application/json": "json",
    "application/emergency.eido+json": "json",
    "application/xml": "xml",
    "text/csv": "csv",
    "text/plain": "txt",
    "application/zip": "zip",
    "x-application/hl7-v2+er7": "hl7",
}
_PLAIN: Final = re.compile(r"[A-Za-z0-9_-]{1,100}")
_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FRESH: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class DropCarrier:
    """Writes every parcel of one partner as one file. The name comes from the key: a second attempt replaces the first."""

    def __init__(self, partner: str, delivery: Delivery) -> None:
        """Whether the folder is there is asked anew for every file."""
        self._path = delivery.path
        self._place = f"{partner} delivery.path"

    async def send(self, parcel: Parcel) -> Receipt:
        """Write one file. Once this returns, it is there as a whole and survives a power cut. Raises Passing or Lasting by SYSTEM."""
        return await asyncio.to_thread(self._write, parcel)

    async def close(self) -> None:
        """There is nothing to let go of."""

    def _write(self, parcel: Parcel) -> Receipt:
        name = file_name(parcel)
        beside = f".{name}.part"
        with self._explained(), _opened(self._path) as folder:
            try:
                if parcel.proof:
                    _put(folder, f"{name}.tlog-proof", parcel.proof)
                _fill(folder, beside, parcel.body)
                os.rename(beside, name, src_dir_fd=folder, dst_dir_fd=folder)
            except OSError:
                with contextlib.suppress(OSError):
                    os.unlink(beside, dir_fd=folder)
                raise
            self._settle(folder)
        return Receipt(accepted=True, code="written", reference=name)

    def _settle(self, folder: int) -> None:
        try:
            os.fsync(folder)
        except OSError as error:
            # The partner may have seen the file already, and it may be gone after a power cut.
            raise Ambiguous("Written, and perhaps not for good.", at=self._place) from error

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            kind = SYSTEM.get(error.errno or 0, PartnerUnreachable)
            said = errno.errorcode.get(error.errno or 0, "no reason given")
            cure = _CURE if kind is Misconfigured else ""
            raise kind(f"The file cannot be written ({said}).", at=self._place, cure=cure) from error


@contextlib.contextmanager
def _opened(path: str) -> Iterator[int]:
    folder = os.open(path, _FOLDER)
    try:
        yield folder
    finally:
        os.close(folder)


def _put(folder: int, name: str, content: bytes) -> None:
    """The receipt first: whoever finds the file finds its receipt."""
    _fill(folder, f".{name}.part", content)
    os.rename(f".{name}.part", name, src_dir_fd=folder, dst_dir_fd=folder)


def _fill(folder: int, name: str, body: bytes) -> None:
    """A new file with this content, synced. One that a crash left behind goes first."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(name, dir_fd=folder)
    with open(os.open(name, _FRESH, 0o640, dir_fd=folder), "wb") as file:  # noqa: PTH123 - it opens a handle, not a path
        file.write(body)
        file.flush()
        os.fsync(file.fileno())


def file_name(parcel: Parcel) -> str:
    """The file's name: the key where that is a plain word, else its digest, with an ending by the media type."""
    key = parcel.key if _PLAIN.fullmatch(parcel.key) else hashlib.sha256(parcel.key.encode()).hexdigest()
    return f"{key}.{_ENDINGS.get(parcel.media_type.partition(';')[0], 'dat')}"
