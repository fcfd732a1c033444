"""A Person as linkage knows them: normalised, and placeholders taken for what they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, TypeVar

from hub.flow.linkage.sound import plain
from hub.model.person import Person
from hub.model.traits import Home, Name, Traits
from hub.model.values import Address, HumanName

_DIGITS: Final = re.compile(r"\D")
_NO_SSN: Final = re.compile(r"^(000|666|9\d\d)|^\d{3}00|0000$|^(\d)\2{8}$|^123456789$")
_PERSONAL: Final = {"MR", "PI", "PN", "PT", "U", "RI", "PATID", "HMIS", "RMS", ""}
_ANYBODY: Final = {
    "john",
    "jane",
    "unknown",
    "unk",
    "baby",
    "babyboy",
    "babygirl",
    "male",
    "female",
    "unidentified",
    "",
}
_NOBODY: Final = {"unknown", "unk", "unidentified", "trauma", "noname", "none", "na", "xxx", "zzz"}
_NOT_BORN: Final = ("1800", "1900-01-01", "1901-01-01", "1111", "9999", "0001")
_NO_HOME: Final = {
    "homeless",
    "unknown",
    "unk",
    "none",
    "nofixedaddress",
    "nofixedabode",
    "nfa",
    "transient",
    "generaldelivery",
    "na",
}
_SAME_DIGIT: Final = re.compile(r"^(\d)\1+$")
_SEXES: Final = {"male", "female"}
# What the hub calls people towards one partner (hub.app.vault), as the partner may send it back.
_MINTED: Final = re.compile(r"P-[0-9A-HJKMNP-TV-Z]{13}")
SHORTEST_PHONE: Final = 7
# So many names, addresses or numbers of one identity are kept, the newest ones.
MOST: Final = 6
T = TypeVar("T")


def traits(person: Person, source: str) -> Traits:
    """The traits of a person as one source (a partner's id) gave them. An anonymous person has none.

    >>> traits(Person(names=(HumanName(family="Doe", given=("John",)),)), "H1") == Traits()
    True
    """
    if person.anonymous:
        return Traits()
    birth = person.birth_date.iso if person.birth_date else ""
    return Traits(
        names=tuple(dict.fromkeys(_names(person.names))),
        suffix=plain(person.names[0].suffix) if person.names else "",
        birth="" if birth.startswith(_NOT_BORN) else birth,
        sex=person.sex.code if person.sex and person.sex.code in _SEXES else "",
        ssn=ssn(person),
        phones=_unique(_DIGITS.sub("", t.value)[-10:] for t in person.telecoms if t.system != "email"),
        emails=tuple(
            dict.fromkeys(t.value.strip().lower() for t in person.telecoms if t.system == "email" and t.value)
        ),
        homes=tuple(dict.fromkeys(_homes(person.addresses))),
        numbers=tuple(dict.fromkeys(numbers(person, source))),
    )


def joined(before: Traits, now: Traits) -> Traits:
    """What is known of one identity when a message brings more or other traits: the newest word first, earlier ones kept.

    >>> joined(Traits(phones=("5550100",), sex="male"), Traits(phones=("5550199",)))
    Traits(..., sex='male', ..., phones=('5550199', '5550100'), ...)
    """
    return Traits(
        names=_both(now.names, before.names),
        suffix=now.suffix or before.suffix,
        birth=now.birth or before.birth,
        sex=now.sex or before.sex,
        ssn=now.ssn or before.ssn,
        phones=_both(now.phones, before.phones),
        emails=_both(now.emails, before.emails),
        homes=_both(now.homes, before.homes),
        numbers=_both(now.numbers, before.numbers),
    )


def _both(now: tuple[T, ...], before: tuple[T, ...]) -> tuple[T, ...]:
    return tuple(dict.fromkeys((*now, *before)))[:MOST]


def numbers(person: Person, source: str) -> Iterator[tuple[str, str]]:
    """The identifiers that are a person's own, each under the name of its kind and authority.

    A partner that was told that two of the hub's ids are one person may send both back. Then neither is a number: two records
    would become one for good, whatever becomes of the link.
    """
    minted = {number.value for number in person.identifiers if _MINTED.fullmatch(number.value)}
    for number in person.identifiers:
        if (
            number.type.upper() in _PERSONAL
            and number.value.strip()
            and not (len(minted) > 1 and number.value in minted)
        ):
            yield f"{number.type or 'id'}:{number.assigner or source}", number.value.strip().upper()


def ssn(person: Person) -> str:
    """A social security number that can exist, as nine digits, or nothing."""
    digits = _DIGITS.sub("", person.ssn)
    return digits if len(digits) == 9 and not _NO_SSN.search(digits) else ""


def _names(names: tuple[HumanName, ...]) -> Iterator[Name]:
    for name in names:
        family, given = plain(name.family), plain(name.given[0]) if name.given else ""
        placeholder = family in _NOBODY or given in _NOBODY or (family == "doe" and given in _ANYBODY)
        if (family or given) and not placeholder:
            yield Name(family=family, given=given)


def _homes(addresses: tuple[Address, ...]) -> Iterator[Home]:
    for address in addresses:
        street = plain(" ".join(address.lines))
        where = "" if street in _NO_HOME else street
        postal = address.postal_code.strip()[:5]
        if where or postal:
            # A city says which street of that name it is, and nothing by itself.
            yield Home(street=where, postal=postal, city=plain(address.city) if where else "")


def _unique(phones: Iterator[str]) -> tuple[str, ...]:
    real = (p for p in phones if len(p) >= SHORTEST_PHONE and not _SAME_DIGIT.match(p))
    return tuple(dict.fromkeys(real))
