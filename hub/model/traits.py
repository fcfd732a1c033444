"""A person's traits as linkage compares them: normalised once, kept sealed beside the identity they belong to."""

from __future__ import annotations

from hub.model.values import Value


class Name(Value, frozen=True):
    """A name in plain letters; either part may be missing."""

    family: str = ""
    given: str = ""


class Home(Value, frozen=True):
    """An address: street and number and city in plain letters, and the first five of the postal code."""

    street: str = ""
    postal: str = ""
    city: str = ""


class Traits(Value, frozen=True, cache_hash=True):
    """What is known of somebody for linking. `birth` may stop at the year or month; `numbers` are (authority, value) pairs.

    Placeholders (John Doe, 1 January 1900, no fixed address) are not traits: they are left out.
    """

    names: tuple[Name, ...] = ()
    suffix: str = ""
    birth: str = ""
    sex: str = ""
    ssn: str = ""
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    homes: tuple[Home, ...] = ()
    numbers: tuple[tuple[str, str], ...] = ()
