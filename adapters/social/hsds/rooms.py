"""Which services and capacities a message has, wherever they stand, and what of a capacity cannot be true."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from hub.contracts import Loss
from hub.errors import Unreadable

COUNTS: Final = ("available", "maximum")
# Where the labels travel that a message of ours came with.
LABELS: Final = "crisis_hub_handling"
# Where a row of a table stood, for whoever says what is wrong with it.
PLACE: Final = "\0place"
View = dict[str, Any]


class Room(NamedTuple):
    """One capacity, where it stands in the message, and the service it belongs to, where that is known."""

    path: str
    capacity: View
    service: View | None


class Layout:
    """How the lenses see a message: services, each with its organization and the capacities one can believe."""

    def __init__(self, units: frozenset[str]) -> None:
        """`units`: what a capacity may count, as senders spell it."""
        self.units = units

    def __call__(self, whole: View) -> View:
        """The view of a message. Raises Unreadable naming the path when something else stands in place of a service."""
        kept = [(room, believable(room, self.units)) for room in rooms(whole)]
        labels = whole.get(LABELS)
        return {
            **({"handling": labels} if labels else {}),
            "services": [
                {**service, "owner": owner, "capacities": [view for room, view in kept if room.service is service]}
                for service, owner in services(whole)
            ],
            "loose": [view for room, view in kept if room.service is None],
        }


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
    found = [
        Room(f"{path}{at}.", capacity, service)
        for path, service, _ in _services(whole)
        for at, capacity in _objects(service, "capacities", path)
    ]
    return found + [Room("", capacity, None) for _, capacity in _objects(whole, "loose", "") if PLACE in capacity]


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
    for field, why in _doubts(room.capacity, units):
        yield Loss(path=_path(room, field), outcome="invalid", why=why)


def _doubts(capacity: View, units: frozenset[str]) -> Iterator[tuple[str, str]]:
    unit, unit_id = capacity.get("unit"), capacity.get("unit_id")
    free, most = (number(capacity.get(name)) for name in COUNTS)
    name = unit_of(capacity)
    if name and name not in units:
        yield "unit.name", "this is no unit of room; capacity_unit.csv lists those we count"
        yield from ((count, "it counts something else than room") for count in COUNTS if count in capacity)
    elif free is not None and most is not None and free > most:
        yield "available", "there is more free than there is at most"
    elif free is not None and free < 0:
        yield "available", "fewer than none are free"
    if unit.__class__ is dict and unit_id and unit.get("id") and unit_id != unit["id"]:
        yield "unit_id", "it names another unit than the one in this message"
    elif unit is None and unit_id and PLACE in capacity:
        yield "unit_id", "no unit in this message has that id"


def _path(room: Room, field: str) -> str:
    """Where a field of a capacity stands: in a message as a whole, or in the row of its own table."""
    if PLACE not in room.capacity:
        return f"{room.path}{field}"
    head, dot, name = field.partition(".")
    row = room.capacity[head] if dot else room.capacity
    return f"{row[PLACE]}{name or head}"


def believable(room: Room, units: frozenset[str]) -> View:
    """A capacity without what cannot be true."""
    gone = {field for field, _ in _doubts(room.capacity, units)}
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
