"""The person, as one source knows them; a person in the hub is a revisable set of these."""

from __future__ import annotations

from typing import Annotated

from hub.model.category import Category
from hub.model.values import Address, Code, HumanName, Identifier, Instant, PartialDate, Place, Telecom, Value

IDENT, CONTACT, APPROACH = Category.IDENT, Category.CONTACT, Category.APPROACH


class Person(Value, frozen=True, tag="Person"):
    """Who it is about. Everything is optional: a 988 caller may be anonymous, and nobody may guess."""

    identifiers: tuple[Identifier, ...] = ()
    ssn: Annotated[str, IDENT] = ""
    names: tuple[HumanName, ...] = ()
    birth_date: Annotated[PartialDate | None, IDENT] = None
    birth_place: Annotated[str, IDENT] = ""
    age: Annotated[str, IDENT] = ""
    sex: Annotated[Code | None, IDENT] = None
    gender_identity: Annotated[Code | None, IDENT] = None
    race: Annotated[tuple[Code, ...], IDENT] = ()
    ethnicity: Annotated[Code | None, IDENT] = None
    marital_status: Annotated[Code | None, IDENT] = None
    veteran: Annotated[Code | None, IDENT] = None
    deceased_at: Annotated[Instant | None, IDENT] = None
    deceased: Annotated[bool | None, IDENT] = None
    anonymous: Annotated[bool | None, IDENT] = None
    physical_description: Annotated[str, Category.INJURY_PHYS] = ""
    addresses: tuple[Address, ...] = ()
    telecoms: tuple[Telecom, ...] = ()
    language: Annotated[Code | None, APPROACH] = None
    communication_need: Annotated[tuple[Code, ...], APPROACH] = ()
    related: tuple[RelatedPerson, ...] = ()
    # Twins look alike to whoever compares names and birth dates. `birth_order` is 1 for the first born.
    multiple_birth: Annotated[bool | None, IDENT] = None
    birth_order: Annotated[int | None, IDENT] = None
    dna_dental: Annotated[str, Category.DNA_DENTAL] = ""


class RelatedPerson(Value, frozen=True):
    """Family or support network, as the person or source named them."""

    name: Annotated[HumanName | None, CONTACT] = None
    relationship: Annotated[Code | None, CONTACT] = None
    telecoms: tuple[Telecom, ...] = ()
    addresses: Annotated[tuple[Address, ...], CONTACT] = ()
    # What they are to be called for: next of kin, emergency contact, employer.
    role: Annotated[Code | None, CONTACT] = None
    sex: Annotated[Code | None, CONTACT] = None
    # From when to when they are.
    since: Annotated[PartialDate | None, CONTACT] = None
    until: Annotated[PartialDate | None, CONTACT] = None
    # What a source calls them that keeps them as somebody of their own.
    identifiers: Annotated[tuple[Identifier, ...], CONTACT] = ()


class PersonMerge(Value, frozen=True, tag="PersonMerge"):
    """Two source identities are one person from now on: HL7 A40 or a reviewer's word. `survivor` keeps, `merged` goes."""

    survivor: tuple[Identifier, ...] = ()
    merged: tuple[Identifier, ...] = ()


class PersonUnmerge(Value, frozen=True, tag="PersonUnmerge"):
    """An earlier merge was wrong."""

    survivor: tuple[Identifier, ...] = ()
    restored: tuple[Identifier, ...] = ()
    reason: Annotated[Code | None, Category.ADMIN] = None


class Sighting(Value, frozen=True):
    """Where a person was last known to be, with its source and age."""

    place: Place | None = None
    seen_at: Annotated[Instant | None, Category.LOCATION] = None
    source: Annotated[str, Category.LOCATION] = ""
