"""What is wrong with what a partner wants: purposes the agreement lacks, paths the model lacks, facts a file cannot know."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from hub.errors import Misconfigured
from hub.located import near
from hub.model import registry
from hub.model.values import Code
from hub.partners.file import Interest
from hub.partners.sheet import Sheet
from hub.partners.words import STANDING, values

_COUNTED: Final = (str, int)


def check(sheet: Sheet) -> Iterator[Misconfigured]:
    """Everything about `wants`."""
    partner = sheet.partner
    if partner.wants and partner.delivery is None:
        yield sheet.refuse(
            "There is no way to deliver what this partner wants.", "wants", cure="Add delivery:, or leave out wants."
        )
    seen: set[str] = set()
    for n, interest in enumerate(partner.wants):
        if interest.id in seen:
            yield sheet.refuse(f'"{interest.id}" is wanted twice.', "wants", n, "id", cure="Give each its own name.")
        seen.add(interest.id)
        yield from _interest(sheet, interest, n)


def _interest(sheet: Sheet, interest: Interest, n: int) -> Iterator[Misconfigured]:
    agreed = sheet.partner.agreement.purposes
    if not interest.bodies:
        yield sheet.refuse("This wants nothing.", "wants", n, "bodies", cure="Name a body of the model.")
    if interest.purpose in _NEVER_SENT:
        words, cure = _NEVER_SENT[interest.purpose]
        yield sheet.refuse(words, "wants", n, "purpose", cure=cure)
    elif interest.purpose not in agreed:
        yield sheet.refuse(
            f"The agreement does not name the purpose {interest.purpose}.",
            *("wants", n, "purpose"),
            cure=f"It names {', '.join(agreed)}." if agreed else "It names none.",
        )
    for alternative, conditions in enumerate(interest.when):
        for path, accepted in conditions.items():
            if wrong := _condition(path, accepted):
                yield sheet.refuse(wrong[0], "wants", n, "when", alternative, path, cure=wrong[1])
    for fact, value in interest.facts.items():
        yield from _fact(sheet, fact, value, n)


def _condition(path: str, accepted: Any) -> tuple[str, str] | None:
    kind = _kind(path)
    if kind is None:
        return f'"{path}" is not a path of the model.', registry.near(path)
    match accepted:
        case bool():
            fits = kind is bool
        case {"at_least": int() | float() as floor, **rest}:
            fits = kind in _COUNTED and not rest and not isinstance(floor, bool)
        case [_, *_]:
            fits = kind in (*_COUNTED, Code) and all(isinstance(word, str | int) for word in accepted)
        case _:
            fits = False
    return None if fits else (f"{path} cannot be asked this.", _ASKED.get(kind, "It is no single value."))


# What nobody can wait for: these happen once, about one person, because somebody did something.
_NEVER_SENT: Final = {
    "BTG": (
        "Nothing is delivered for breaking the glass: a named person asks, with a reason, about one person.",
        "Name BTG among the purposes of the agreement alone; the partner asks at POST /break-glass.",
    ),
    "NOTICE": (
        "Notices about earlier messages go to whoever received those; nobody asks for them.",
        "Leave this out: a recall is sent in the partner's own format.",
    ),
}
_ASKED: Final[dict[Any, str]] = {
    bool: "Write true or false.",
    Code: "Write a list of codes.",
    str: "Write a list of values, or {at_least: number}.",
    int: "Write a list of values, or {at_least: number}.",
}


def _kind(path: str) -> Any:
    """The type of what a path leads to; None when it leads nowhere."""
    body, *steps = path.split(".")
    here: Any = registry.BODIES.get(body)
    for step in steps:
        if not (isinstance(here, type) and issubclass(here, msgspec.Struct) and step in here.__struct_fields__):
            return None
        here = registry.unwrap(registry.hints(here)[step])[1]
    return here if steps else None


def _fact(sheet: Sheet, fact: str, value: str, n: int) -> Iterator[Misconfigured]:
    if fact not in STANDING:
        yield sheet.refuse(
            f'"{fact}" is nothing a file can know: it belongs to a person, a message or a moment.',
            *("wants", n, "facts", fact),
            cure=f"A file may say {', '.join(STANDING)}.",
        )
    elif value not in values(fact):
        cure = near(value, list(values(fact)))
        yield sheet.refuse(f'"{value}" is not a value of {fact}.', "wants", n, "facts", fact, cure=cure)
