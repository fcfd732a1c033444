"""What stands in an offline pack: beds, who comes, and the cards of open incidents. Only what was disclosed can stand in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec

from hub.model.disclosure import Disclosure
from hub.model.service import CapacityReport, Roster, ServiceListing
from hub.model.values import Code, Telecom
from hub.partners import Partner, Programme

# What may be noted while the hub is away, and entered later.
ACTS: Final = ("opened", "told", "arrived", "transported", "left", "resolved")


class Bed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One unit as the board had it: how many may be offered, of what, as of when (UTC microseconds)."""

    facility: str
    unit: str
    offerable: int
    kinds: tuple[str, ...] = ()
    at: int = 0


class Team(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who comes: a programme's name, teams, telephones and hours; or a unit on duty."""

    name: str
    teams: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    hours: tuple[str, ...] = ()
    what: str = ""


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """Everything in a pack. `cards` are approach cards by incident, each as an officer sees it."""

    beds: tuple[Bed, ...] = ()
    teams: tuple[Team, ...] = ()
    cards: dict[str, dict[str, Any]] = msgspec.field(default_factory=dict)


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """Something done while the hub was away: which pack, when by that machine's clock (UTC microseconds), who, what."""

    pack: str
    at: int
    who: str
    what: str


encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder(Contents).decode
decode_act = msgspec.json.Decoder(Act).decode


def listed(programme: Programme, partners: Iterable[Partner]) -> ServiceListing:
    """A programme as a listing: what the pack's readers are told of it is decided like any listing."""
    teams = [partner for partner in partners if partner.id in programme.teams]
    days = " ".join(programme.days) or "every day"
    return ServiceListing(
        number=programme.id,
        name=programme.name,
        organization=", ".join(partner.name for partner in teams),
        description=programme.role,
        telecoms=tuple(Telecom(value=partner.phone) for partner in teams if partner.phone),
        hours=(f"{days} {programme.opens}-{programme.closes}",),
        kinds=tuple(Code(code=word) for word in programme.crises),
    )


def beds(shown: Sequence[Disclosure]) -> tuple[Bed, ...]:
    """The beds of what was disclosed; a unit that offers none is left out, and so is one that nobody named."""
    reports = [e.body for one in shown for e in one.events if isinstance(e.body, CapacityReport)]
    return tuple(
        Bed(
            facility=body.facility, unit=body.unit, offerable=body.available, kinds=tuple(code.code for code in body.profile),
            at=body.as_of.at if body.as_of else 0,
        )
        for body in reports
        if body.available and body.facility
    )  # fmt: skip


def teams(shown: Sequence[Disclosure]) -> tuple[Team, ...]:
    """The programmes and units of what was disclosed."""
    bodies = [e.body for one in shown for e in one.events]
    return tuple(filter(None, map(_team, bodies)))


def _team(body: object) -> Team | None:
    match body:
        case ServiceListing(name=name, entry="") if name:
            return Team(
                name=name, teams=(body.organization,), phones=tuple(t.value for t in body.telecoms), hours=body.hours,
                what=body.description,
            )  # fmt: skip
        case Roster(unit=unit) if unit:
            return Team(name=unit, what="on duty" if body.on_duty else "off duty")
    return None
