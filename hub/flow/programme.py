"""Who comes: the county's programmes asked in their order, each with the reason why it fits or does not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from hub.model.crisis import CrisisContact
from hub.model.plan import Fact
from hub.model.public_safety import CallForService
from hub.model.values import Place
from hub.partners import Programme
from hub.partners.programme import DAYS
from hub.spans import SECOND

_UNARMED: Final = frozenset({"", "none", "unknown"})


class Need(Fact, frozen=True):
    """What is known of a call when somebody has to come. `areas` are whatever names the place; `at` is UTC microseconds."""

    asked_by: str
    at: int
    areas: tuple[str, ...] = ()
    crises: tuple[str, ...] = ()
    armed: bool = False


class Proposal(Fact, frozen=True):
    """One programme's answer: `why` says what it comes for, or why it does not (`fits` is False)."""

    programme: str
    fits: bool
    why: str
    teams: tuple[str, ...] = ()
    role: str = ""
    alongside: tuple[str, ...] = ()


def of_call(call: CallForService, at: int) -> Need:
    """What a call for service tells. Where dispatch says nothing of a weapon, none is known."""
    weapon = call.weapon.code or call.weapon.local if call.weapon else ""
    return Need(
        asked_by="911",
        at=at,
        areas=(*_areas(call.place), *filter(None, (call.beat,))),
        crises=tuple(c.code for c in (call.crisis,) if c and c.code),
        armed=weapon not in _UNARMED,
    )


def of_contact(contact: CrisisContact, at: int) -> Need:
    """What a 988 contact tells: where to meet counts before where the caller is, and georouting only where nothing else is known."""
    risk = contact.risk
    weapon = risk.weapon.code if risk and risk.weapon else ""
    areas = _areas(contact.meeting_point) or _areas(contact.place) or tuple(filter(None, (contact.coarse_area,)))
    crises = tuple(c.code for c in contact.concerns if c.code)
    return Need(asked_by="988", at=at, areas=areas, crises=crises, armed=weapon not in _UNARMED)


def proposals(programmes: Iterable[Programme], need: Need, zone: str) -> tuple[Proposal, ...]:
    """Every programme's answer, in the county's order.

    >>> night = Programme(id="n", name="Night team", teams=("MCT1",), role="instead of police", opens="18:00", closes="06:00")
    >>> [each.fits for each in proposals([night], Need(asked_by="988", at=3600 * SECOND), "UTC")]
    [True]
    """
    return tuple(_answer(each, need, zone) for each in programmes)


def teams(programmes: Sequence[Programme], need: Need, zone: str) -> tuple[str, ...]:
    """Everybody who may come, in the order in which they are asked, each once."""
    return tuple(dict.fromkeys(team for one in proposals(programmes, need, zone) if one.fits for team in one.teams))


def _answer(programme: Programme, need: Need, zone: str) -> Proposal:
    refusal = next(_refusals(programme, need, zone), "")
    if refusal:
        return Proposal(programme=programme.id, fits=False, why=refusal)
    return Proposal(
        programme=programme.id, fits=True, why=f"{programme.name} comes {programme.role}.", teams=programme.teams,
        role=programme.role, alongside=programme.alongside,
    )  # fmt: skip


def _refusals(programme: Programme, need: Need, zone: str) -> Iterator[str]:
    if need.asked_by not in programme.asked_by:
        yield f"Is not asked by {need.asked_by}."
    if need.armed and not programme.armed:
        yield "Does not come where a weapon was reported."
    if programme.crises and not set(programme.crises) & set(need.crises):
        yield "Is for other kinds of crisis."
    if programme.areas and not _lower(programme.areas) & _lower(need.areas):
        yield "Serves other areas." if need.areas else "Serves some areas, and nobody said where this is."
    if not _open(programme, need.at, zone):
        yield "Is closed at this hour."


def _open(programme: Programme, at: int, zone: str) -> bool:
    """Whether it is open; hours past midnight belong to the day on which they began."""
    here = datetime.fromtimestamp(at / SECOND, UTC).astimezone(ZoneInfo(zone))
    opens = time.fromisoformat(programme.opens)
    closes = time.max if programme.closes == "24:00" else time.fromisoformat(programme.closes)
    now = here.time()
    if opens <= closes:
        return _on(programme, here) and opens <= now and (now < closes or closes == time.max)
    return (_on(programme, here) and now >= opens) or (_on(programme, here - timedelta(days=1)) and now < closes)


def _on(programme: Programme, day: datetime) -> bool:
    return not programme.days or DAYS[day.weekday()] in programme.days


def _areas(place: Place | None) -> tuple[str, ...]:
    if place is None:
        return ()
    address = place.address
    found = (place.area, *((address.city, address.county, address.postal_code) if address else ()))
    return tuple(filter(None, found))


def _lower(words: Iterable[str]) -> set[str]:
    return {word.casefold() for word in words}
