"""What a partner may see, in words for people: the page, the printed sheet and the fax say the same lines. Pure."""

from __future__ import annotations

import textwrap
from calendar import month_abbr
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

import msgspec

from hub.model.disclosure import Disclosure
from hub.model.event import CrisisEvent
from hub.model.label import Handling
from hub.model.registry import body_of
from hub.model.values import (
    Address,
    Code,
    HumanName,
    Identifier,
    Instant,
    PartialDate,
    Place,
    Quantity,
    Telecom,
    Unit,
    Worker,
)

# How an instant (UTC microseconds) is written: whoever shows it knows the zone.
When = Callable[[int], str]
WIDTH: Final = 78
_TITLES: Final = {"risk_assessment": "Risk", "crisis_contact": "988 contact", "call_for_service": "911 call"}
# What a field is called, where its own name would puzzle somebody who never saw the model.
_LABELS: Final = {
    "names": "Name",
    "birth_date": "Born",
    "telecoms": "Reach by",
    "addresses": "Address",
    "identifiers": "Known as",
    "need": "Needs",
    "service": "Asked for",
    "performer": "Asked of",
    "requester": "Asked by",
    "authored_at": "Written",
    "requested_for": "Wanted for",
    "due_at": "Answer by",
    "performer_number": "Your own number",
    "number": "Number",
    "business_status": "Where it stands",
    "status_reason": "Why",
    "cit": "Trained in crisis intervention",
}
# What somebody who acts on it needs first.
_FIRST: Final = ("names", "birth_date", "service", "reason", "note", "need", "contact_window", "level")
_CONFIDENTIALITY: Final = {
    "U": "open",
    "L": "low",
    "M": "moderate",
    "N": "normal",
    "R": "restricted",
    "V": "very restricted",
}


class Part(NamedTuple):
    """One event in words: a heading, and what it says line by line."""

    title: str
    lines: tuple[tuple[str, str], ...]


def parts(events: Iterable[CrisisEvent], when: When) -> tuple[Part, ...]:
    """The events in words, the person first."""
    ordered = sorted(events, key=lambda event: body_of(event.body) != "person")
    found = (Part(_title(body_of(event.body)), tuple(_lines(event.body, when))) for event in ordered)
    return tuple(part for part in found if part.lines)


def notice(handling: Handling) -> tuple[tuple[str, str], ...]:
    """How it must be handled, in words; the notice in full, as 42 CFR 2.32 has it travel."""
    rules = ", ".join((*handling.refrain, *handling.obligations))
    said = {
        "Confidentiality": _CONFIDENTIALITY.get(handling.confidentiality, handling.confidentiality),
        "Stands under": ", ".join(handling.regimes),
        "Rules that travel with it": rules,
        "By consent": handling.consent,
        "Notice": handling.notice_text,
    }
    return tuple((label, words) for label, words in said.items() if words)


def sheet(disclosure: Disclosure, number: str, when: When, at: int) -> str:
    """The sheet as plain text, for a printer or a fax: what must be heeded first, then what it is about."""
    heads = [("How to handle this", notice(disclosure.handling)), *parts(disclosure.events, when)]
    body = "\n".join(_block(title, lines) for title, lines in heads)
    return f"Sheet {number} for {disclosure.partner}, written {when(at)}\n\n{body}"


def _block(title: str, lines: Iterable[tuple[str, str]]) -> str:
    said = (
        textwrap.fill(f"{label}: {words}", WIDTH, initial_indent="  ", subsequent_indent="    ")
        for label, words in lines
    )
    return "\n".join((title.upper(), *said, ""))


def _title(root: str) -> str:
    return _TITLES.get(root) or root.replace("_", " ").capitalize()


def _rank(name: str) -> int:
    return _FIRST.index(name) if name in _FIRST else len(_FIRST)


def _lines(value: msgspec.Struct, when: When, before: str = "") -> Iterator[tuple[str, str]]:
    for name in sorted(value.__struct_fields__, key=_rank):
        found = getattr(value, name)
        label = f"{before}{_LABELS.get(name) or name.replace('_', ' ').removesuffix(' at').capitalize()}"
        if (text := said(found, when)) is not None:
            if text:
                yield label, text
        elif isinstance(found, tuple):
            for n, one in enumerate(found, 1):
                yield from _lines(one, when, f"{label} {n}, " if len(found) > 1 else f"{label}, ")
        else:
            yield from _lines(found, when, f"{label}, ")


def said(value: Any, when: When) -> str | None:
    """A value as people read it; nothing for nothing, None for what has parts that are lines of their own."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        each = [said(one, when) for one in value]
        return None if None in each else "; ".join(dict.fromkeys(filter(None, each)))
    if isinstance(value, Instant):
        return when(value.at)
    speak = _SAID.get(type(value))
    return speak(value) if speak else None


def day(date: PartialDate) -> str:
    """A date as far as it is known.

    >>> day(PartialDate(iso="1990-03-14")), day(PartialDate(iso="1990-03")), day(PartialDate(iso="1990"))
    ('Mar 14 1990', 'Mar 1990', '1990')
    """
    year, _, rest = date.iso.partition("-")
    month, _, number = rest.partition("-")
    if not month.isdecimal() or not 1 <= int(month) <= len(month_abbr) - 1:
        return date.iso
    return " ".join(filter(None, (month_abbr[int(month)], number.lstrip("0"), year)))


def _code(code: Code) -> str:
    return code.display or (code.code or code.local).replace("_", " ")


def _name(name: HumanName) -> str:
    return name.text or " ".join(filter(None, (name.prefix, *name.given, name.family, name.suffix)))


def _address(one: Address) -> str:
    town = " ".join(filter(None, (one.city, one.state, one.postal_code)))
    return ", ".join(filter(None, (*one.lines, town, one.county, one.country)))


def _place(place: Place) -> str:
    where = (_address(place.address) if place.address else "", place.description, place.area)
    point = f"{place.latitude}, {place.longitude}" if place.latitude and place.longitude else ""
    return "; ".join(filter(None, (*where, point)))


def _identifier(one: Identifier) -> str:
    return f"{one.value} ({one.assigner})" if one.assigner else one.value


def _unit(unit: Unit) -> str:
    return " ".join(
        filter(None, (unit.facility, unit.building, unit.floor, unit.unit, unit.room, unit.bed, unit.description))
    )


def _worker(worker: Worker) -> str:
    name = _name(worker.name) if worker.name else worker.id
    return ", ".join(filter(None, (name, _code(worker.role) if worker.role else "", worker.organization)))


_SAID: Final[Mapping[type, Callable[[Any], str]]] = {
    str: str,
    int: str,
    bool: lambda value: "yes" if value else "no",
    Code: _code,
    PartialDate: day,
    Quantity: lambda one: f"{one.value} {one.unit}".strip(),
    HumanName: _name,
    Address: _address,
    Place: _place,
    Identifier: _identifier,
    Telecom: lambda one: f"{one.value} ({one.use})" if one.use else one.value,
    Unit: _unit,
    Worker: _worker,
}
