"""Which units are proposed for a call: certified, free, of the police department that covers the place; or why none is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from hub.flow.programme import of_call
from hub.flow.roster import Unit
from hub.model.plan import Fact
from hub.model.public_safety import CallForService


class Department(Fact, frozen=True):
    """A police department and where its units go: cities, postal codes, beats or areas as calls name them; empty is everywhere."""

    id: str
    areas: tuple[str, ...] = ()


class Proposed(Fact, frozen=True):
    """The units, and of which department; or why none is proposed, in words for a dispatcher."""

    units: tuple[str, ...] = ()
    department: str = ""
    why: str = ""


def propose(call: CallForService, free: Iterable[Unit], departments: Sequence[Department]) -> Proposed:
    """What is proposed for a call of the units that are free now.

    >>> certified = Unit(unit="12A", certified=("7",), ends=0)
    >>> propose(CallForService(agency="PD"), [certified], [Department(id="PD"), Department(id="SO")]).units
    ('12A',)
    >>> propose(CallForService(), [certified], [Department(id="PD"), Department(id="SO")]).why
    'PD and SO may both be meant: choose one by hand.'
    """
    meant = _meant(call, departments)
    if len(meant) != 1:
        return Proposed(why=_unclear(call, meant, departments))
    (department,) = meant
    units = tuple(unit.unit for unit in free if unit.certified and unit.department in ("", department.id))
    return Proposed(
        units=units,
        department=department.id,
        why="" if units else f"No unit of {department.id} is certified for crises and free now.",
    )


def _meant(call: CallForService, departments: Sequence[Department]) -> tuple[Department, ...]:
    """Whom the call names; else who covers its place; else who goes everywhere."""
    areas = {area.casefold() for area in of_call(call, 0).areas}
    ways: Iterator[tuple[Department, ...]] = (
        tuple(one for one in departments if fits(one))
        for fits in (
            lambda one: one.id == call.agency,
            lambda one: any(area.casefold() in areas for area in one.areas),
            lambda one: not one.areas,
        )
    )
    return next(filter(None, ways), ())


def _unclear(call: CallForService, meant: Sequence[Department], departments: Sequence[Department]) -> str:
    if meant:
        return f"{' and '.join(sorted(one.id for one in meant))} may both be meant: choose one by hand."
    if not departments:
        return "No police department tells the hub of its units."
    if not of_call(call, 0).areas:
        return "Nobody said where this is, and each police department goes to some places only."
    return "No police department covers this place."
