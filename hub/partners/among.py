"""What two partners may not share: an id, an agreement, a port, a token, a folder."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from typing import Final

from hub.errors import Misconfigured
from hub.located import Steps
from hub.partners.sheet import Sheet

Listed = Callable[[Sheet], list[tuple[Hashable, Steps]]]


def check(sheets: Iterable[Sheet]) -> Iterator[Misconfigured]:
    """What two partners may not share."""
    for what, listed in _SHARED.items():
        taken: dict[Hashable, str] = {}
        for sheet in sheets:
            for value, steps in listed(sheet):
                if value in taken:
                    cure = f"It stands in {taken[value]} too; each belongs to one partner."
                    yield sheet.refuse(f"This {what} is taken.", *steps, cure=cure)
                taken.setdefault(value, sheet.found.at(*steps))


def _doors(key: str, *kinds: str) -> Listed:
    def listed(sheet: Sheet) -> list[tuple[Hashable, Steps]]:
        doors = sheet.partner.source.doors if sheet.partner.source else ()
        return [
            (getattr(door, key), ("source", "doors", n, key))
            for n, door in enumerate(doors)
            if door.kind in kinds and getattr(door, key)
        ]

    return listed


_SHARED: Final[Mapping[str, Listed]] = {
    "id": lambda sheet: [(sheet.partner.id.casefold(), ("id",))],
    "agreement": lambda sheet: [(sheet.partner.agreement.id, ("agreement", "id"))],
    "port": _doors("port", "mllp"),
    "token": _doors("token_sha256", "http"),
    "client": _doors("client_id", "http"),
    # What the hub wrote would come back in by the door.
    "folder": lambda sheet: _doors("path", "folder")(sheet) + _delivered(sheet),
    "folder on a server": lambda sheet: list(_remote(sheet)),
}


def _delivered(sheet: Sheet) -> list[tuple[Hashable, Steps]]:
    out = sheet.partner.delivery
    return [(out.path, ("delivery", "path"))] if out and out.carrier == "folder" and out.path else []


def _remote(sheet: Sheet) -> Iterator[tuple[Hashable, Steps]]:
    source, out = sheet.partner.source, sheet.partner.delivery
    for n, door in enumerate(source.doors if source else ()):
        if door.kind == "sftp" and door.path:
            yield (door.host, door.port or 22, posixpath.normpath(door.path)), ("source", "doors", n, "path")
    if out and out.carrier == "sftp" and out.path:
        yield (out.host, out.port or 22, posixpath.normpath(out.path)), ("delivery", "path")
