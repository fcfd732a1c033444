"""What two partners may not share: an id, an agreement, a port, a token, a folder."""

from __future__ import annotations

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


def _doors(key: str) -> Listed:
    def listed(sheet: Sheet) -> list[tuple[Hashable, Steps]]:
        doors = sheet.partner.source.doors if sheet.partner.source else ()
        found = [(getattr(door, key), ("source", "doors", n, key)) for n, door in enumerate(doors)]
        return [(value, steps) for value, steps in found if value]

    return listed


_SHARED: Final[Mapping[str, Listed]] = {
    "id": lambda sheet: [(sheet.partner.id.casefold(), ("id",))],
    "agreement": lambda sheet: [(sheet.partner.agreement.id, ("agreement", "id"))],
    "port": _doors("port"),
    "token": _doors("token_sha256"),
    "client": _doors("client_id"),
    # What the hub wrote would come back in by the door.
    "folder": lambda sheet: _doors("path")(sheet) + _delivered(sheet),
}


def _delivered(sheet: Sheet) -> list[tuple[Hashable, Steps]]:
    out = sheet.partner.delivery
    return [(out.path, ("delivery", "path"))] if out and out.path else []
