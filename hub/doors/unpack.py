"""Zip and gzip, in memory and within limits. What is packed twice, encrypted or too large is refused; names inside are not looked at."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import Final

from hub.errors import Unreadable

_GZIP: Final = b"\x1f\x8b"
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
# Each member stands in the directory behind such a mark. Counted before anybody reads the directory, which may list millions.
_MEMBER: Final = b"PK\x01\x02"
_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_ENCRYPTED: Final = 0x1
_TIES: Final = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)


def unpack(body: bytes, *, most: int, members: int) -> list[bytes]:
    """The files in an archive, or the body itself where it is none: at most `most` bytes unpacked, in at most so many members.

    Raises Unreadable.

    >>> unpack(b"MSH|...", most=100, members=1)
    [b'MSH|...']
    """
    if body.startswith(_GZIP):
        found = [_gunzip(body, most)]
    elif body.startswith(_ZIP):
        found = _unzip(body, most, members)
    else:
        return [body]
    if not found:
        raise Unreadable("The archive holds no file.")
    if any(inner.startswith((_GZIP, *_ZIP)) for inner in found):
        raise Unreadable("An archive lies in the archive.", cure="Pack once.")
    return found


def _gunzip(body: bytes, most: int) -> bytes:
    found = bytearray()
    while body:
        unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
        try:
            found += unpacker.decompress(body, most + 1 - len(found))
        except zlib.error as error:
            raise Unreadable("The archive is damaged.") from error
        if len(found) > most:
            raise _too_large()
        if not unpacker.eof:
            raise Unreadable("The archive is cut off.")
        # Several archives one behind the other are one; zeros behind them are padding.
        body = unpacker.unused_data.lstrip(b"\0")
    return bytes(found)


def _unzip(body: bytes, most: int, members: int) -> list[bytes]:
    if body.count(_MEMBER) > members:
        raise Unreadable(f"The archive holds more than {members} files.", cure="Send smaller archives.")
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            listed = [member for member in archive.infolist() if not member.is_dir()]
            _fit(listed, most)
            return _members(archive, listed, most)
    except _TIES as error:
        raise Unreadable("The archive is damaged.") from error


def _fit(listed: list[zipfile.ZipInfo], most: int) -> None:
    if any(member.flag_bits & _ENCRYPTED for member in listed):
        raise Unreadable("The archive is encrypted.", cure="Send it as it is, over an encrypted connection.")
    if any(member.compress_type not in _METHODS for member in listed):
        raise Unreadable("The archive is packed in a way this hub does not unpack.", cure="Use deflate.")
    if sum(member.file_size for member in listed) > most:
        raise _too_large()


def _members(archive: zipfile.ZipFile, listed: list[zipfile.ZipInfo], most: int) -> list[bytes]:
    found: list[bytes] = []
    for member in listed:
        with archive.open(member) as file:
            # What the directory says about sizes may be a lie.
            found.append(file.read(most + 1))
        most -= len(found[-1])
        if most < 0:
            raise _too_large()
    return found


def _too_large() -> Unreadable:
    return Unreadable("The archive holds more than this hub accepts.", cure="Send smaller archives.")
