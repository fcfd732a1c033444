"""Zip and gzip, in memory and within limits: what is packed twice, encrypted or too large is refused. No name inside is ever a path."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping
from typing import Final

from hub.errors import Unreadable

GZIP: Final = b"\x1f\x8b"
ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
# Each member stands in the directory behind such a mark. Counted before anybody reads the directory, which may list millions.
_MEMBER: Final = b"PK\x01\x02"
_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_ENCRYPTED: Final = 0x1
# What reading a zip raises where its directory, a member or its packing is broken, locked or of a kind nobody packs.
_TIES: Final = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)
# Zip knows no time before this; what we pack has no other, so that the same files give the same bytes.
_BEGINNING: Final = (1980, 1, 1, 0, 0, 0)


def unzip(body: bytes, *, most: int, members: int) -> list[tuple[str, bytes]]:
    """The files in a zip, each by its name as it is spelled: at most `most` bytes unpacked, in at most so many members.

    Raises Unreadable.

    >>> unzip(pack({"a.csv": b"x"}), most=100, members=1)
    [('a.csv', b'x')]
    """
    if body.count(_MEMBER) > members:
        raise Unreadable(f"The archive holds more than {members} files.", cure="Send smaller archives.")
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            listed = [member for member in archive.infolist() if not member.is_dir()]
            _fit(listed, most)
            return _members(archive, listed, most)
    except _TIES as error:
        raise Unreadable("The archive is damaged.") from error


def gunzip(body: bytes, *, most: int) -> bytes:
    """What is in a gzip: at most `most` bytes. Raises Unreadable."""
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


def pack(files: Mapping[str, bytes]) -> bytes:
    """A zip of some files. The same files give the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            member = zipfile.ZipInfo(name, _BEGINNING)
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, body)
    return out.getvalue()


def _fit(listed: list[zipfile.ZipInfo], most: int) -> None:
    if any(member.flag_bits & _ENCRYPTED for member in listed):
        raise Unreadable("The archive is encrypted.", cure="Send it as it is, over an encrypted connection.")
    if any(member.compress_type not in _METHODS for member in listed):
        raise Unreadable("The archive is packed in a way this hub does not unpack.", cure="Use deflate.")
    if sum(member.file_size for member in listed) > most:
        raise _too_large()


def _members(archive: zipfile.ZipFile, listed: list[zipfile.ZipInfo], most: int) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for member in listed:
        with archive.open(member) as file:
            # What the directory says about sizes may be a lie.
            body = file.read(most + 1)
        most -= len(body)
        if most < 0:
            raise _too_large()
        found.append((member.filename, body))
    return found


def _too_large() -> Unreadable:
    return Unreadable("The archive holds more than this hub accepts.", cure="Send smaller archives.")
