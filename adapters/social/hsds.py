"""Open Referral HSDS 3.1 as JSON: directories of services, and what they have room for. Read here, not written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from adapters.wire import json
from adapters.wire.laid_out import LaidOut
from adapters.wire.own_json import HOME, items, opens
from hub.contracts import Loss, Losses, Reading, Received, Target, Writing
from hub.errors import Unmapped, Unreadable
from hub.lens.load import load
from hub.lens.translate import Translator
from hub.model.disclosure import Disclosure

DEFAULT: Final = HOME / "social" / "hsds" / "set.yaml"
KIND: Final = "HSDS"
MARKS: Final = tuple(
    f'"{name}"'.encode() for name in ("capacities", "available", "services", "service_areas", "total_pages")
)
COUNTS: Final = ("available", "maximum")
View = dict[str, Any]


class Room(NamedTuple):
    """One capacity, where it stands in the message, and the service it belongs to, where that is known."""

    path: str
    capacity: View
    service: View | None


class Hsds:
    """One directory. The profile may name `mapping`, a set of its own."""

    name = "hsds"
    media_type = "application/json"

    def __init__(self, profile: Mapping[str, str] | None = None) -> None:
        """Compile the partner's lenses. Raises Misconfigured naming file and line."""
        self.profile = dict(profile or {})
        self.layout, self.translator = translator(self.profile.get("mapping") or str(DEFAULT))

    def recognises(self, body: bytes) -> bool:
        """Whether it is JSON that names a field of a service or of a capacity."""
        return opens(body) in (b"{", b"[") and any(mark in body for mark in MARKS)

    def split(self, body: bytes) -> Iterator[bytes]:
        """One piece an item of a list. There are no persons in a directory."""
        return items(body) if opens(body) == b"[" else iter((body,))

    def read(self, body: bytes, received: Received) -> Reading:
        """Listings and capacities. Counts that cannot be true are left out and said to be invalid. Raises Unreadable, Unmapped."""
        whole = json.read(body)
        view, found = self.layout(whole), rooms(whole)
        number = str(whole.get("id") or "")
        reading = self.translator.reading(view, KIND, number, received, again=partial(json.read, body))
        odd = {loss.path: loss for room in found for loss in doubts(room, self.layout.units)}
        if not odd:
            return reading
        unknown = [name for room in found if (name := unit_of(room.capacity)) and name not in self.layout.units]
        told = partial(_account, reading, odd)
        return msgspec.structs.replace(
            reading,
            invalid=tuple(loss for loss in told().items if loss.outcome == "invalid"),
            unmapped_codes=(*reading.unmapped_codes, *(("capacity_unit", name) for name in unknown)),
            account=told,
        )

    def write(self, disclosure: Disclosure, target: Target) -> Writing:
        """Directories are read here: always Unmapped."""
        raise Unmapped(
            "HSDS is read here, and not written.", cure="Give this partner another format for what it receives."
        )


class Layout:
    """How the lenses see a message: services, each with its organization and the capacities one can believe."""

    def __init__(self, units: frozenset[str]) -> None:
        """`units`: what a capacity may count, as senders spell it."""
        self.units = units

    def __call__(self, whole: View) -> View:
        """The view of a message. Raises Unreadable naming the path when something else stands in place of a service."""
        kept = [(room, believable(room, self.units)) for room in rooms(whole)]
        return {
            "services": [
                {**service, "owner": owner, "capacities": [view for room, view in kept if room.service is service]}
                for service, owner in services(whole)
            ],
            "loose": [view for room, view in kept if room.service is None],
        }


@lru_cache(maxsize=256)
def translator(path: str) -> tuple[Layout, Translator]:
    """The layout and the compiled lenses of a set file. Partners with the same file share them."""
    lenses = load(Path(path), home=HOME)
    layout = Layout(frozenset(row.wire for row in lenses.tables["capacity_unit"].rows))
    return layout, Translator(lenses, LaidOut(layout))


def services(whole: View) -> Iterator[tuple[View, View | None]]:
    """Every service of a message with the organization that encloses it: a page, an organization, or a service alone."""
    for _, service, owner in _services(whole):
        yield service, owner


def rooms(whole: Any) -> list[Room]:
    """Every capacity of a message. Raises Unreadable naming the path when something else stands in its place."""
    if whole.__class__ is not dict:
        raise Unreadable("an object belongs here.", at="$")
    if "available" in whole:
        return [Room("", whole, None)]
    return [
        Room(f"{path}{at}.", capacity, service)
        for path, service, _ in _services(whole)
        for at, capacity in _objects(service, "capacities", path)
    ]


def _services(whole: View) -> Iterator[tuple[str, View, View | None]]:
    if "contents" in whole:
        for at, one in _objects(whole, "contents", ""):
            yield from ((f"{at}.{path}", service, owner) for path, service, owner in _services(one))
    elif "services" in whole:
        for at, service in _objects(whole, "services", ""):
            yield f"{at}.", service, whole
    elif whole.get("service").__class__ is dict:
        yield "service.", whole["service"], None
    elif "available" not in whole:
        yield "", whole, None


def _objects(node: View, name: str, path: str) -> Iterator[tuple[str, View]]:
    """The objects of a list, each with its step. Raises Unreadable naming the path."""
    found = node.get(name)
    if found is None:
        return
    if found.__class__ is not list:
        raise Unreadable("a list belongs here.", at=f"{path}{name}")
    for n, one in enumerate(found):
        if one.__class__ is not dict:
            raise Unreadable("an object belongs here.", at=f"{path}{name}[{n}]")
        yield f"{name}[{n}]", one


# -- what one can believe


def doubts(room: Room, units: frozenset[str]) -> Iterator[Loss]:
    """What of a capacity cannot be true, and why."""
    room_of, unit = room.capacity, room.capacity.get("unit")
    free, most = (number(room_of.get(name)) for name in COUNTS)
    name = unit_of(room_of)
    if name and name not in units:
        yield _doubt(room, "unit.name", "this is no unit of room; capacity_unit.csv lists those we count")
        yield from (_doubt(room, count, "it counts something else than room") for count in COUNTS if count in room_of)
    elif free is not None and most is not None and free > most:
        yield _doubt(room, "available", "there is more free than there is at most")
    elif free is not None and free < 0:
        yield _doubt(room, "available", "fewer than none are free")
    if unit.__class__ is dict and room_of.get("unit_id") and unit.get("id") and room_of["unit_id"] != unit["id"]:
        yield _doubt(room, "unit_id", "it names another unit than the one in this message")


def believable(room: Room, units: frozenset[str]) -> View:
    """A capacity without what cannot be true."""
    gone = {loss.path.removeprefix(room.path) for loss in doubts(room, units)}
    return {name: part for name, part in room.capacity.items() if name not in gone} if gone else room.capacity


def unit_of(capacity: View) -> str:
    """What a capacity counts, as the sender spells it."""
    unit = capacity.get("unit")
    return str(unit.get("name") or "") if unit.__class__ is dict else ""


def number(text: Any) -> float | None:
    """A number as it was spelled; None when it is none.

    >>> number("12"), number("many")
    (12.0, None)
    """
    try:
        return float(str(text)) if isinstance(text, str) else None
    except ValueError:
        return None


def _doubt(room: Room, field: str, why: str) -> Loss:
    return Loss(path=f"{room.path}{field}", outcome="invalid", why=why)


def _account(reading: Reading, odd: Mapping[str, Loss]) -> Losses:
    return Losses(items=tuple(odd.get(loss.path, loss) for loss in reading.account().items))
