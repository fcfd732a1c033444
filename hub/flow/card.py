"""The officer's approach card: what helps in the next five minutes, in one size, whether there is something to say or not.

Words come from a table of ours (mappings/codes/approach.csv), a language from another (language.csv), a risk level is one of four:
what is not in these is left out. So no free text, and no code of a diagnosis, a medicine or substance use, can stand on a card.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

import mappings
from hub.lens.tables import read
from hub.model.care import ApproachCard
from hub.model.disclosure import Disclosure
from hub.model.values import Code
from hub.spans import HOUR

# Every card has so many bytes: the longest that the table can make is far below.
SIZE: Final = 4096
ABSENCE: Final = "Absence of information is not absence of risk."
HANDLING: Final = "For this response only. Do not copy it into a record or pass it on."
# A card is empty so long after the incident was cleared.
AFTER_CLEAR: Final = 2 * HOUR
MOST: Final = 8
OUTCOMES: Final = 3
LEVELS: Final = ("low", "moderate", "high", "imminent")
_TABLES: Final = Path(mappings.__file__).parent / "codes"
# Field of the model -> which part of the table its words come from.
_LISTS: Final = {
    "communication_need": "communication",
    "triggers": "trigger",
    "calming": "calming",
    "safety_flags": "safety",
    "last_outcomes": "outcome",
}


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """What an officer reads. Every field is always there. `expires_at` is UTC microseconds, 0 while the incident is open."""

    notice: str = ABSENCE
    handling: str = HANDLING
    language: str = ""
    communication_need: tuple[str, ...] = ()
    triggers: tuple[str, ...] = ()
    calming: tuple[str, ...] = ()
    contact_wish: str = ""
    safety_flags: tuple[str, ...] = ()
    risk_level: str = ""
    last_outcomes: tuple[str, ...] = ()
    expires_at: int = 0
    padding: str = ""


EMPTY: Final = Card()


@cache
def words() -> dict[tuple[str, str], str]:
    """What a card may say, by part of the table and code."""
    part = "urn:crisis-hub:"
    return {(row.system.removeprefix(part), row.canonical): row.display for row in read(_TABLES / "approach.csv").rows}


@cache
def languages() -> frozenset[str]:
    """The languages a card may name, as BCP 47 tags. A tag of any shape would let `hiv` through."""
    return frozenset(row.canonical for row in read(_TABLES / "language.csv").rows)


@cache
def language_name(tag: str) -> str:
    """A language as people call it; its tag where the table has no name.

    >>> language_name("es")
    'Spanish'
    """
    names = {row.canonical: row.display for row in read(_TABLES / "language.csv").rows if row.display}
    return names.get(tag, tag)


def card(disclosures: Iterable[Disclosure]) -> Card:
    """One card of what was disclosed, the newest first: where it is silent, an older one speaks."""
    found = [e.body for one in disclosures for e in one.events if isinstance(e.body, ApproachCard)]
    return Card(
        language=_first(_language(one.language) for one in found),
        contact_wish=_first(words().get(("wish", one.contact_wish), "") for one in found),
        risk_level=_first(_level(one.risk_level) for one in found),
        communication_need=_newest("communication_need", found),
        triggers=_newest("triggers", found),
        calming=_newest("calming", found),
        safety_flags=_newest("safety_flags", found),
        last_outcomes=_newest("last_outcomes", found)[:OUTCOMES],
    )


def spelled(found: Card) -> bytes:
    """The card as JSON of exactly `SIZE` bytes.

    >>> len(spelled(EMPTY)) == len(spelled(Card(language="es", triggers=("Sirens",)))) == SIZE
    True
    """
    body = msgspec.json.encode(found)
    return msgspec.json.encode(msgspec.structs.replace(found, padding=" " * (SIZE - len(body))))


def _newest(name: str, found: Sequence[ApproachCard]) -> tuple[str, ...]:
    part = _LISTS[name]
    for one in found:
        codes: tuple[Code, ...] = getattr(one, name)
        said = [words()[part, code.code] for code in codes if (part, code.code) in words()]
        if said:
            return tuple(dict.fromkeys(said))[:MOST]
    return ()


def _language(code: Code | None) -> str:
    return code.code if code and code.code in languages() else ""


def _level(code: Code | None) -> str:
    return code.code if code and code.code in LEVELS else ""


def _first(said: Iterable[str]) -> str:
    return next(filter(None, said), "")
