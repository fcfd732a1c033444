"""Archives at a door: the files in a zip or gzip are messages of their own. Names inside are not looked at."""

from __future__ import annotations

from adapters.wire.archive import GZIP, ZIP, gunzip, unzip
from hub.errors import Unreadable


def unpack(body: bytes, *, most: int, members: int) -> list[bytes]:
    """The files in an archive, or the body itself where it is none: at most `most` bytes unpacked, in at most so many members.

    Raises Unreadable.

    >>> unpack(b"MSH|...", most=100, members=1)
    [b'MSH|...']
    """
    if body.startswith(GZIP):
        found = [gunzip(body, most=most)]
    elif body.startswith(ZIP):
        found = [inner for _, inner in unzip(body, most=most, members=members)]
    else:
        return [body]
    if not found:
        raise Unreadable("The archive holds no file.")
    if any(inner.startswith((GZIP, *ZIP)) for inner in found):
        raise Unreadable("An archive lies in the archive.", cure="Pack once.")
    return found
