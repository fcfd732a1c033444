"""The small values events are made of: instants, partial dates, codes, names, addresses. Frozen, and checked once."""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec

from hub.model.category import Category

Precision = Literal["year", "month", "day", "hour", "minute", "second", "fraction"]
ZoneSource = Literal["sent", "partner", "utc"]
# The statuses by which a source takes back what it said (the words of FHIR R4, which every lens maps to).
WITHDRAWN: Final = frozenset({"cancelled", "entered-in-error"})


class Value(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A value without identity: equal when its parts are."""


class Instant(Value, frozen=True):
    """A point in time, UTC microseconds, with the spelling it came in.

    `precision`: how much the sender said; `zone`: who named the zone; `text`: the wire spelling, when it differs from ours.
    """

    at: int
    precision: Precision = "second"
    zone: ZoneSource = "sent"
    text: str = ""


class PartialDate(Value, frozen=True):
    """A calendar date that may stop at the year or the month: `1990`, `1990-03`, `1990-03-14`. Never filled up."""

    iso: str
    text: str = ""


class Code(Value, frozen=True):
    """A coded fact: the common code, and beside it what the partner said. `code` is empty when no table knows the local one.

    `version` is that of the system of the code that is shown; a local one beside it may have words and a version of its own.
    `text` is what they said in their own words where `display` says it in others; `others` are further codes for the same.
    """

    code: str = ""
    system: str = ""
    display: str = ""
    local: str = ""
    local_system: str = ""
    version: str = ""
    local_display: str = ""
    local_version: str = ""
    text: str = ""
    others: tuple[Code, ...] = ()


class Quantity(Value, frozen=True):
    """A number as it was spelled, with its unit. `value` keeps the digits the sender wrote."""

    value: str
    unit: str = ""
    system: str = ""


class Identifier(Value, frozen=True):
    """One identifier of a person or thing, with who assigned it and what kind it is (HL7 table 0203 codes)."""

    value: Annotated[str, Category.IDENT]
    assigner: Annotated[str, Category.IDENT] = ""
    type: Annotated[str, Category.IDENT] = ""
    use: Annotated[str, Category.IDENT] = ""
    # Who assigned it by a number of their own, beside their name; and of which kind that number is, where it does not say so itself.
    authority: Annotated[str, Category.IDENT] = ""
    authority_kind: Annotated[str, Category.IDENT] = ""
    # From when to when it counts.
    since: Annotated[PartialDate | None, Category.IDENT] = None
    until: Annotated[PartialDate | None, Category.IDENT] = None


class HumanName(Value, frozen=True):
    """A name as it is used."""

    family: Annotated[str, Category.IDENT] = ""
    given: Annotated[tuple[str, ...], Category.IDENT] = ()
    suffix: Annotated[str, Category.IDENT] = ""
    prefix: Annotated[str, Category.IDENT] = ""
    degree: Annotated[str, Category.IDENT] = ""
    use: Annotated[str, Category.IDENT] = ""
    text: Annotated[str, Category.IDENT] = ""
    # What stands behind a name for what somebody is: a licence, an order (HL7 XPN.14).
    professional: Annotated[str, Category.IDENT] = ""
    since: Annotated[PartialDate | None, Category.IDENT] = None
    until: Annotated[PartialDate | None, Category.IDENT] = None


class Address(Value, frozen=True):
    """A postal address; `country` is ISO 3166."""

    lines: Annotated[tuple[str, ...], Category.LOCATION] = ()
    city: Annotated[str, Category.LOCATION] = ""
    county: Annotated[str, Category.LOCATION] = ""
    state: Annotated[str, Category.LOCATION] = ""
    postal_code: Annotated[str, Category.LOCATION] = ""
    country: Annotated[str, Category.LOCATION] = ""
    use: Annotated[str, Category.LOCATION] = ""
    # "postal" where only mail goes; nothing where somebody is to be found.
    kind: Annotated[str, Category.LOCATION] = ""
    since: Annotated[PartialDate | None, Category.LOCATION] = None
    until: Annotated[PartialDate | None, Category.LOCATION] = None


class Telecom(Value, frozen=True):
    """A phone number, mail address or pager."""

    value: Annotated[str, Category.CONTACT]
    system: Annotated[str, Category.CONTACT] = "phone"
    use: Annotated[str, Category.CONTACT] = ""
    # Which to try first: 1 before 2.
    rank: Annotated[int | None, Category.CONTACT] = None
    since: Annotated[PartialDate | None, Category.CONTACT] = None
    until: Annotated[PartialDate | None, Category.CONTACT] = None


class Place(Value, frozen=True):
    """Where something happened: as fine as the source said, never finer. Latitude and longitude are WGS 84 degrees, as spelled."""

    address: Annotated[Address | None, Category.LOCATION] = None
    description: Annotated[str, Category.LOCATION] = ""
    kind: Annotated[Code | None, Category.LOCATION] = None
    latitude: Annotated[str, Category.LOCATION] = ""
    longitude: Annotated[str, Category.LOCATION] = ""
    uncertainty_m: Annotated[str, Category.LOCATION] = ""
    source: Annotated[str, Category.LOCATION] = ""
    area: Annotated[str, Category.LOCATION] = ""


class Unit(Value, frozen=True):
    """A place inside a facility: building, floor, unit, room, bed (HL7 PL)."""

    unit: str = ""
    room: str = ""
    bed: str = ""
    facility: str = ""
    description: str = ""
    building: str = ""
    floor: str = ""


class Worker(Value, frozen=True):
    """Somebody acting in their work: clinician, officer, dispatcher, counsellor."""

    id: str = ""
    assigner: str = ""
    name: HumanName | None = None
    role: Code | None = None
    organization: str = ""
