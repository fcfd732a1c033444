"""`place`: ask facilities for a bed without saying for whom, and release the record to the one that is chosen."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from hub.cli.speak import Command, Letters, as_json, config, say, say_json, table

if TYPE_CHECKING:
    from hub.app.care.placing import Placing
    from hub.flow.placement import Criteria, Placement, Step


T = TypeVar("T")


@click.group(cls=Letters)
def place() -> None:
    """Placement: several facilities are asked with criteria and no name; the record goes to the chosen one alone."""


@place.command(
    cls=Command,
    examples=("crisis-hub place ask 3f9a12c4 --to S1 --to S2 --need service=crisis_stabilization --need age=adult",),
)
@click.argument("message")
@click.option("--to", "facilities", multiple=True, required=True, help="A facility to ask; give each.")
@click.option(
    "--need", "needs", multiple=True, help="A criterion, as age=adult; give each. docs/how-to/placement.md lists them."
)
@click.option("--minutes", default=15, show_default=True, help="How long offers are collected.")
@click.option("--first-come", is_flag=True, help="The first offer settles it, where the county says so.")
@config
@as_json
def ask(
    *,
    message: str,
    facilities: tuple[str, ...],
    needs: tuple[str, ...],
    minutes: int,
    first_come: bool,
    config: Path,
    as_json: bool,
) -> None:
    """Ask facilities for a bed for the person of a message, without saying who it is."""
    from hub import clock
    from hub.flow.placement import Asked, Placement
    from hub.spans import MINUTE
    from hub.store.ids import new_id

    criteria = _criteria(needs)

    async def act(placing: Placing) -> Placement:
        found, _ = placing.record(message)
        now = clock.now()
        asked = tuple(Asked(facility=name, unit="") for name in facilities)
        placement = Placement(
            id=new_id(), journal=found.journal, source=found.partner, criteria=criteria, asked=asked, opened_at=now,
            until=now + minutes * MINUTE, first_come=first_come,
        )  # fmt: skip
        return await placing.open(placement, actor=_who())

    _tell(asyncio.run(_placing(config, act)), as_json=as_json)


@place.command(cls=Command, examples=('crisis-hub place offer 01a2b3c4d5e6 S1 --clinician "Dr Osei"',))
@click.argument("placement")
@click.argument("facility")
@click.option("--clinician", required=True, help="Who accepts there: an acceptance names a clinician.")
@config
@as_json
def offer(*, placement: str, facility: str, clinician: str, config: Path, as_json: bool) -> None:
    """Note that a facility has room and accepts."""
    from hub import clock
    from hub.flow import placement as machine

    step = partial(machine.offer, facility=facility, clinician=clinician, at=clock.now())
    _tell(_acted(config, placement, step), as_json=as_json)


@place.command(cls=Command, examples=("crisis-hub place decline 01a2b3c4d5e6 S2 --reason full",))
@click.argument("placement")
@click.argument("facility")
@click.option("--reason", required=True, help="full, acuity, staffing, not-our-service, payer or other.")
@config
@as_json
def decline(*, placement: str, facility: str, reason: str, config: Path, as_json: bool) -> None:
    """Note that a facility says no."""
    from hub import clock
    from hub.flow import placement as machine

    step = partial(machine.decline, facility=facility, reason=reason, at=clock.now())
    _tell(_acted(config, placement, step), as_json=as_json)


@place.command(cls=Command, examples=('crisis-hub place choose 01a2b3c4d5e6 S1 --by "Dr Nguyen with the person"',))
@click.argument("placement")
@click.argument("facility")
@click.option("--by", "chooser", required=True, help="Who chose: the clinician, and the person.")
@config
@as_json
def choose(*, placement: str, facility: str, chooser: str, config: Path, as_json: bool) -> None:
    """Choose among the offers: the record goes there alone, and the others hear that it is over."""
    from hub import clock
    from hub.flow import placement as machine

    step = partial(machine.choose, facility=facility, by=chooser, at=clock.now())
    _tell(_acted(config, placement, step), as_json=as_json)


@place.command(cls=Command, examples=("crisis-hub place arrived 01a2b3c4d5e6 S1",))
@click.argument("placement")
@click.argument("facility")
@config
@as_json
def arrived(*, placement: str, facility: str, config: Path, as_json: bool) -> None:
    """Note that the person arrived: the hold is over."""
    from hub.flow import placement as machine

    _tell(_acted(config, placement, partial(machine.arrive, facility=facility)), as_json=as_json)


@place.command("list", cls=Command, examples=("crisis-hub place list",))
@config
@as_json
def list_(*, config: Path, as_json: bool) -> None:
    """List the placements of the last weeks: their state, who was asked and what each answered."""

    async def read(placing: Placing) -> tuple[Placement, ...]:
        return placing.all()

    found = asyncio.run(_placing(config, read))
    if as_json:
        say_json(found)
        return
    for each in found:
        _tell(each, as_json=False)
    if not found:
        say("Nobody is being placed.")


def _criteria(needs: tuple[str, ...]) -> Criteria:
    from hub.errors import Lasting
    from hub.flow.placement import Criteria, checked

    said = dict(need.partition("=")[::2] for need in needs)
    fields = Criteria.__struct_fields__
    if wrong := [name for name in said if name not in fields]:
        raise Lasting(f"{len(wrong)} criteria are not of the list.", cure=f"The fields are {', '.join(fields)}.")
    if missing := [name for name in ("service", "age") if name not in said]:
        raise Lasting(f"{', '.join(missing)} is needed.", cure="Give it with --need, as field=word.")
    return checked(Criteria(**said), counties=(said.get("county", ""),))


def _tell(placement: Placement, *, as_json: bool) -> None:
    if as_json:
        say_json(placement)
        return
    say(f"Placement {placement.id}: {placement.state}. {placement.ended}".rstrip(), style="bold")
    table(
        ("facility", "answer", "accepted by", "why not"),
        [(a.facility, a.answer, a.clinician, a.reason) for a in placement.asked],
    )


def _acted(config: Path, name: str, step: Callable[[Placement], Step]) -> Placement:
    async def act(placing: Placing) -> Placement:
        return await placing.act(name, step, actor=_who())

    return asyncio.run(_placing(config, act))


async def _placing(config: Path, act: Callable[[Placing], Awaitable[T]]) -> T:
    from hub.app.asking.look import looking
    from hub.app.care.placing import Placing
    from hub.app.hatch import writer
    from hub.settings import load

    settings = load(config)
    with looking(settings) as look:
        async with writer(settings) as (desk, _):
            return await act(Placing(known=look.known, vault=look.vault, desk=desk))


def _who() -> str:
    return f"{getpass.getuser()} (command line)"
