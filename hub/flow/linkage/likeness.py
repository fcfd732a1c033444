"""The sum of the evidence, what it amounts to, and its words. Conservative: a contradiction can only make *maybe* of *same*."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from hub.flow.linkage.fields import levels
from hub.flow.linkage.weights import DEFAULT, MAYBE, SAME, Weights
from hub.model.plan import Fact, Verdict
from hub.model.traits import Traits


class Likeness(Fact, frozen=True):
    """How alike two people are: the verdict, its weight in bits, and the evidence in words, without any value."""

    verdict: Verdict
    weight: float
    evidence: tuple[str, ...]
    contradicted: bool = False
    barred: bool = False

    def bar(self, why: str) -> Likeness:
        """The same evidence, which is enough for a *maybe* and no more."""
        return replace(self, verdict="maybe", evidence=(*self.evidence, why), barred=True)


# What each field, and each level of agreement, is called.
NAMES: Final = {
    "family": "family name",
    "given": "given name",
    "birth": "birth date",
    "sex": "sex",
    "suffix": "suffix (senior, junior)",
    "ssn": "social security number",
    "phone": "telephone",
    "email": "e-mail address",
    "home": "address",
    "number": "number of one authority",
}
WORDS: Final = {
    "same": "agrees",
    "short form": "is a short form of the other",
    "swapped": "parts are exchanged",
    "slip": "differs by one slip",
    "close": "is close",
    "sound": "sounds alike",
    "alike": "is alike, and neither is a common name",
    "initial": "is an initial of the other",
    "month": "agrees as far as the month",
    "year": "agrees as far as the year",
    "area": "is in the same postal area",
    "next": "is next to the other",
    "differs": "differs",
}
_ALIKE: Final = {"same", "short form", "swapped", "slip", "close", "sound", "alike", "next"}
_BORN: Final = {"same", "swapped", "slip"}
_BESIDE: Final = ("phone", "email", "home", "ssn")
_CALLED: Final = {"same", "short form"}
# A given name that could be a brother's or sister's as well: for want of one, or because a slip or a rhyme would look like it.
_UNNAMED: Final = {"", "initial"}
_ANYBODYS: Final = {*_UNNAMED, "alike"}
_RHYMING: Final = {*_ANYBODYS, "slip", "close", "sound"}
# A social security number of one's own, but for a slip. Children who are registered together have the next ones.
_OWN: Final = {"same", "slip"}
_BORN_APART: Final = {"close", "differs"}
# What one person has one of, and where two are two people whatever else agrees.
_ONE_OF: Final = ("family", "given", "birth", "sex")
_NEVER_TWO: Final = ("number", "suffix")


def likeness(one: Traits, other: Traits, weights: Weights = DEFAULT) -> Likeness:
    """Weigh two people's traits."""
    found = levels(one, other)
    weight = sum(weights[field][level] for field, level in found.items())
    against = contradicted(found)
    return Likeness(
        verdict=_verdict(found, weight, contradicted=against),
        weight=round(weight, 1),
        evidence=words(found),
        contradicted=against,
    )


def words(found: dict[str, str]) -> tuple[str, ...]:
    """The evidence in words.

    >>> words({"given": "short form", "birth": "swapped"})
    ('given name is a short form of the other', 'birth date parts are exchanged')
    """
    return tuple(f"{NAMES[field]} {WORDS[level]}" for field, level in found.items())


def _verdict(found: dict[str, str], weight: float, *, contradicted: bool) -> Verdict:
    if weight < MAYBE:
        return "different"
    return "same" if weight >= SAME and not contradicted and _convincing(found) else "maybe"


def contradicted(found: dict[str, str]) -> bool:
    """Whether something speaks against one person that no weight makes good: a twin, a father, another number of theirs.

    Beside a social security number in common something may differ, as in a marriage, when more than that agrees.
    """
    if any(found.get(field) == "differs" for field in _NEVER_TWO) or _siblings(found):
        return True
    against = sum(found.get(field) == "differs" for field in _ONE_OF) - _renamed(found)
    return against >= (_support(found) if found.get("ssn") == "same" else 1)


def _siblings(found: dict[str, str]) -> bool:
    """Whether it may be another of the household: a twin, or a child for whom a parent's number was given.

    They share family name, address and telephone, and twins the birth date: only given name and number are one's own.
    """
    if found.get("number") == "same":
        return False
    given, birth = found.get("given", ""), found.get("birth", "")
    if found.get("ssn") in _OWN:
        return birth not in _BORN and (given == "differs" or (given in _UNNAMED and birth in _BORN_APART))
    return birth in _BORN and given in (_RHYMING if found.get("ssn") == "next" else _ANYBODYS)


def _renamed(found: dict[str, str]) -> bool:
    """Whether only the family name is another, as after a wedding: nobody else of that name and birth date lives there."""
    return (
        found.get("family") == "differs"
        and found.get("given") in _CALLED
        and found.get("birth") == "same"
        and _beside(found) > 0
    )


def _convincing(found: dict[str, str]) -> bool:
    """Whether enough of it is independent: name, birth date and what stands beside them, or a social security number."""
    if found.get("number") == "same":
        return True
    if found.get("ssn") == "same":
        return _support(found) >= 2
    named = found.get("given") in _ALIKE or found.get("family") in _ALIKE
    return named and found.get("birth") in _BORN and _beside(found) > 0


def _support(found: dict[str, str]) -> int:
    """How many things agree: each part of the name, the birth date for two, and what stands beside them for one."""
    parts = sum(found.get(part) in _ALIKE for part in ("family", "given"))
    beside = _beside(found) > 0 or found.get("home") == "area"
    return parts + 2 * (found.get("birth") in _BORN) + beside


def _beside(found: dict[str, str]) -> int:
    """How many things beside name and birth date agree; of a social security number, all but one digit."""
    return sum(found.get(field) in _ALIKE for field in _BESIDE)
