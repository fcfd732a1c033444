"""Which entries of the county's library fit: by what the caller says of the crisis, and never by anything about a person."""

from __future__ import annotations

from collections.abc import Iterable

from hub.model.plan import Fact
from hub.partners import Guidance


class Wish(Fact, frozen=True):
    """What is asked for. What is empty or None was not said, and then only entries for any of it fit."""

    kind: str = ""
    crises: tuple[str, ...] = ()
    armed: bool | None = None
    language: str = ""
    culture: str = ""


def fitting(library: Iterable[Guidance], wish: Wish) -> tuple[Guidance, ...]:
    """The entries that fit, those made for the very case first, then in the library's own order.

    >>> one = Guidance(id="P", version="1", kind="protocol", title="t", link="https://x", source="s", crises=("suicide",))
    >>> [each.reference for each in fitting([one], Wish(crises=("suicide",)))], fitting([one], Wish())
    (['PlanDefinition/P|1'], ())
    """
    found = [one for one in library if _fits(one, wish)]
    return tuple(sorted(found, key=lambda one: -_made_for(one)))


def _fits(one: Guidance, wish: Wish) -> bool:
    return (
        (not wish.kind or one.kind == wish.kind)
        and (not one.crises or not set(one.crises).isdisjoint(wish.crises))
        and (one.armed is None or one.armed == wish.armed)
        and _spoken(one, wish.language)
        and (not one.cultures or wish.culture in one.cultures)
    )


def _spoken(one: Guidance, language: str) -> bool:
    """Whether it is in the county's own language, in the one asked for, or in a wider one: `es` serves who asks for `es-MX`."""
    return not one.languages or any(language == each or language.startswith(f"{each}-") for each in one.languages)


def _made_for(one: Guidance) -> int:
    return bool(one.crises) + (one.armed is not None) + bool(one.languages) + bool(one.cultures)
