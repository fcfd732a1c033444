"""A county's crisis programmes: which teams there are, for whom, where, when, with or instead of police. Routing reads nothing else."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import time
from typing import Annotated, Final

from hub.errors import Misconfigured
from hub.located import Located, near
from hub.partners.file import Part, says
from hub.partners.words import one_of

ASKERS: Final = ("988", "911", "police")
ROLES: Final = ("instead of police", "with police", "after police")
DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Asker = Annotated[str, one_of(ASKERS)]
Role = Annotated[str, one_of(ROLES)]
Day = Annotated[str, one_of(DAYS)]


class Programme(Part, frozen=True):
    """One programme of the county, for instance its co-responders or its mobile crisis teams."""

    id: Annotated[str, says("A short name for it.")]
    name: Annotated[str, says("What people call it.")]
    teams: Annotated[
        tuple[str, ...], says("The partners that come, by their ids, in the order in which they are asked.")
    ]
    role: Annotated[Role, says("Whether they come instead of police, with them, or after them.")]
    asked_by: Annotated[tuple[Asker, ...], says("Who may ask for them.")] = ASKERS
    areas: Annotated[
        tuple[str, ...], says("Where: cities, postal codes, beats or areas as calls name them; empty is everywhere.")
    ] = ()
    days: Annotated[tuple[Day, ...], says("On which days, by the county's calendar; empty is every day.")] = ()
    opens: Annotated[str, says("From when on those days, 08:00, in the county's zone.")] = "00:00"
    closes: Annotated[str, says("Until when; 24:00 is the end of the day, and 06:00 after 18:00 the next morning.")] = (
        "24:00"
    )
    crises: Annotated[tuple[str, ...], says("For which kinds of crisis; empty is any.")] = ()
    armed: Annotated[bool, says("Whether they come where a weapon was reported.")] = False
    alongside: Annotated[tuple[str, ...], says("Who else is asked with them, by partner id: EMS, for instance.")] = ()


def check(found: Located, programmes: tuple[Programme, ...], partners: Collection[str]) -> Iterator[Misconfigured]:
    """What is wrong with a county's programmes: names twice, teams nobody knows, hours that are none."""
    seen: set[str] = set()
    for n, one in enumerate(programmes):
        if one.id in seen:
            yield found.refuse(
                f'"{one.id}" is a programme twice.', "programmes", n, "id", cure="Give each its own name."
            )
        seen.add(one.id)
        if not one.teams:
            yield found.refuse("Nobody comes in this programme.", "programmes", n, "teams", cure="Name a partner.")
        for key in ("teams", "alongside"):
            for place, name in enumerate(getattr(one, key)):
                if name not in partners:
                    cure = near(name, list(partners))
                    yield found.refuse(f'"{name}" is no partner.', "programmes", n, key, place, cure=cure)
        for key in ("opens", "closes"):
            if not _clock(getattr(one, key)):
                yield found.refuse("This is no time of day.", "programmes", n, key, cure="Write 08:00, or 24:00.")


def _clock(word: str) -> bool:
    try:
        return word == "24:00" or time.fromisoformat(word) is not None
    except ValueError:
        return False
