"""Each field of two people: on which level they agree. A field that one of them lacks says nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from hub.flow.linkage.given import common, one_name
from hub.flow.linkage.nicknames import short_for
from hub.flow.linkage.sound import sound
from hub.flow.linkage.spelling import close, slip
from hub.model.traits import Home, Name, Traits

NOTHING: Final = ""
CLOSE: Final = 0.88
# Likeness says little about words shorter than this.
_SHORT: Final = 4
_DAY = 10
# Years at least between parent and child.
_GENERATION = 13
# Brothers and sisters who are registered together get numbers in a row.
_IN_A_ROW = 10
_TYPED: Final = frozenset({"same", "slip", "close", "alike"})
_MISTYPED: Final = frozenset({"slip", "close", "sound"})
Compare = Callable[[Traits, Traits], str]
# The best level first: of several names, addresses or numbers the best pair counts.
ORDER: Final = (
    "same",
    "short form",
    "swapped",
    "slip",
    "close",
    "sound",
    "alike",
    "initial",
    "month",
    "year",
    "area",
    "next",
    "differs",
)


def _best(levels: Iterator[str]) -> str:
    return min(levels, key=ORDER.index, default=NOTHING)


def _family(one: Traits, other: Traits) -> str:
    return _best(
        _word(a.family, b.family) for a in one.names for b in other.names if a.family and b.family
    ) or _crossed(one, other)


def _given(one: Traits, other: Traits) -> str:
    return _best(
        _given_name(a.given, b.given) for a in one.names for b in other.names if a.given and b.given
    ) or _crossed(one, other)


def _crossed(one: Traits, other: Traits) -> str:
    """A name given as family name, where the other has only the other part."""
    crossed = any(
        (a.family and a.family == b.given) or (a.given and a.given == b.family) for a in one.names for b in other.names
    )
    return "swapped" if crossed else NOTHING


def swapped(one: Traits, other: Traits) -> bool:
    """Whether family and given name were exchanged, and one of them perhaps mistyped on top of it."""
    return any(_exchanged(a, b) for a in one.names for b in other.names)


def _exchanged(a: Name, b: Name) -> bool:
    if not (a.family and a.given and b.family and b.given) or a.family == a.given:
        return False
    # Either may be the given name, and the names of twins rhyme: both are read as given names.
    crossed = (_given_name(a.family, b.given), _given_name(a.given, b.family))
    return "same" in crossed and _TYPED.issuperset(crossed)


def _word(a: str, b: str) -> str:
    if a == b:
        return "same"
    if slip(a, b):
        return "slip"
    if min(len(a), len(b)) >= _SHORT and (close(a, b, CLOSE) or a.startswith(b) or b.startswith(a)):
        return "close"
    return "sound" if sound(a) == sound(b) else "differs"


def _given_name(a: str, b: str) -> str:
    if a == b:
        return "same"
    if short_for(a, b):
        return "short form"
    if 1 in (len(a), len(b)) and a[0] == b[0]:
        return "initial"
    found = _word(a, b)
    return _mistyped(a, b, found) if found in _MISTYPED and not one_name(a, b) else found


def _mistyped(a: str, b: str, found: str) -> str:
    """What two given names are that are nearly one, by how many of them are common: a slip makes of a name what is no name.

    >>> _mistyped("jayden", "jaydne", "slip"), _mistyped("jayden", "kayden", "slip"), _mistyped("xylo", "xyla", "slip")
    ('slip', 'differs', 'alike')
    """
    return ("alike", found, "differs")[common(a, b)]


def _birth(one: Traits, other: Traits) -> str:
    """Birth dates as ISO 8601, each perhaps a year or a year and month.

    >>> _birth(Traits(birth="1990-03-14"), Traits(birth="1990-14-03"))
    'swapped'
    """
    a, b = one.birth, other.birth
    if not a or not b:
        return NOTHING
    if len(a) < _DAY or len(b) < _DAY:
        short = min(len(a), len(b))
        return ("year" if short < 7 else "month") if a[:short] == b[:short] else "differs"
    if a == b:
        return "same"
    if (a[:4], a[5:7], a[8:]) == (b[:4], b[8:], b[5:7]):
        return "swapped"
    if slip(_digits(a), _digits(b)) and not _a_generation(a, b):
        return "slip"
    return "close" if _two_of_three(a, b) else "differs"


def _two_of_three(a: str, b: str) -> bool:
    """Whether year, month and day agree but for one of them."""
    return sum(x == y for x, y in zip(a.split("-"), b.split("-"), strict=True)) == 2


def _a_generation(a: str, b: str) -> bool:
    """Whether one may be the other's parent, born on the same day of the year: then a digit of the year is no slip."""
    return abs(int(a[:4]) - int(b[:4])) >= _GENERATION


def _digits(iso: str) -> str:
    return iso.replace("-", "")


def _sex(one: Traits, other: Traits) -> str:
    return NOTHING if not one.sex or not other.sex else "same" if one.sex == other.sex else "differs"


def _ssn(one: Traits, other: Traits) -> str:
    if not one.ssn or not other.ssn:
        return NOTHING
    if one.ssn == other.ssn:
        return "same"
    if abs(int(one.ssn) - int(other.ssn)) < _IN_A_ROW:
        return "next"
    return "slip" if slip(one.ssn, other.ssn) else "differs"


def _phone(one: Traits, other: Traits) -> str:
    return _shared(one.phones, other.phones)


def _email(one: Traits, other: Traits) -> str:
    return _shared(one.emails, other.emails)


def _shared(these: tuple[str, ...], those: tuple[str, ...]) -> str:
    if not these or not those:
        return NOTHING
    return "differs" if set(these).isdisjoint(those) else "same"


def _home(one: Traits, other: Traits) -> str:
    return _best(_address(a, b) for a in one.homes for b in other.homes)


def _address(a: Home, b: Home) -> str:
    if a.street and b.street and _near(a, b):
        if a.street == b.street:
            return "same" if a.postal == b.postal else "slip"
        if slip(a.street, b.street) or close(a.street, b.street, CLOSE):
            return "close"
    return "area" if a.postal and a.postal == b.postal else "differs"


def _near(a: Home, b: Home) -> bool:
    """Whether two streets may be one: the same postal code but for a slip, or the same city where the codes are two."""
    if not a.postal or not b.postal or _nearly(a.postal, b.postal):
        return True
    return bool(a.city) and _nearly(a.city, b.city)


def _nearly(a: str, b: str) -> bool:
    return a == b or slip(a, b)


def _suffix(one: Traits, other: Traits) -> str:
    return NOTHING if not one.suffix or not other.suffix else "same" if one.suffix == other.suffix else "differs"


def _number(one: Traits, other: Traits) -> str:
    """Identifiers of the same authority: one in common is the same; two that differ are two people, or one registered twice."""
    mine, theirs = dict(one.numbers), dict(other.numbers)
    shared = mine.keys() & theirs.keys()
    if not shared:
        return NOTHING
    return "same" if set(one.numbers) & set(other.numbers) else "differs"


FIELDS: Final[dict[str, Compare]] = {
    "family": _family,
    "given": _given,
    "birth": _birth,
    "sex": _sex,
    "suffix": _suffix,
    "ssn": _ssn,
    "phone": _phone,
    "email": _email,
    "home": _home,
    "number": _number,
}


def levels(one: Traits, other: Traits) -> dict[str, str]:
    """On which level each field agrees; fields that say nothing are left out."""
    found = {name: compare(one, other) for name, compare in FIELDS.items()}
    if found["family"] == found["given"] == "differs" and swapped(one, other):
        found |= {"family": "swapped", "given": "swapped"}
    return {name: level for name, level in found.items() if level}
