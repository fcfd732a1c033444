"""`beds`: the board, and what people set for it."""

from __future__ import annotations

import asyncio
import getpass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hub.cli.speak import Command, Letters, as_json, config, say, say_json, table, when

if TYPE_CHECKING:
    from hub.model.commands import Lodge


@click.group(cls=Letters)
def beds() -> None:
    """Beds: how many are staffed, taken, and may be offered, how new that is, and how sure."""


@beds.command(cls=Command, examples=("crisis-hub beds board",))
@config
@as_json
def board(*, config: Path, as_json: bool) -> None:
    """Show every unit: how many beds are staffed and taken, how many may be offered, and what contradicts.

    A number decays with its age and with refusals; below one half it is not offered.
    """
    from hub import clock
    from hub.app.asking.look import looking
    from hub.app.care.board import Follower
    from hub.settings import load

    with looking(load(config)) as look:
        rows, zone = Follower(look.vault).rows(clock.now(), always=True), look.known.county.zone
    if as_json:
        say_json(rows)
        return
    head = ("facility", "unit", "staffed", "taken", "blocked", "held", "boarding", "offerable", "sure", "as of")
    counts = ("staffed", "occupied", "blocked", "held", "boarders", "offerable")
    lines = []
    for row in rows:
        numbers = (getattr(row, name) for name in counts)
        lines.append((row.facility, row.unit, *numbers, f"{row.confidence:.0%}", when(row.at, zone) if row.at else "-"))
    table(head, lines)
    for row in rows:
        for words in filter(None, (row.why, *row.alerts)):
            say(f"{row.facility} {row.unit}: {words}")


@beds.command(
    "set",
    cls=Command,
    examples=(
        "crisis-hub beds set S1 A --staffed 16 --taken 11 --profile adult_psychiatric",
        "crisis-hub beds set S1 A --blocked 2",
    ),
)
@click.argument("facility")
@click.argument("unit")
@click.option("--staffed", type=int, help="Beds with staff for them.")
@click.option(
    "--taken", type=int, help="How many lie there now, counted: this opens the unit, and corrects what drifted."
)
@click.option("--blocked", type=int, help="Beds that cannot be used.")
@click.option("--held", type=int, help="Beds kept for somebody.")
@click.option("--profile", multiple=True, help="A kind of bed or of people it is for; may be given again.")
@config
@as_json
def set_(
    *,
    facility: str,
    unit: str,
    staffed: int | None,
    taken: int | None,
    blocked: int | None,
    held: int | None,
    profile: tuple[str, ...],
    config: Path,
    as_json: bool,
) -> None:
    """Set how many beds of a unit are staffed, taken, blocked and held. What is not given stays; an impossible count is refused."""
    from msgspec.structs import replace

    from hub import clock
    from hub.app.asking.look import looking
    from hub.app.care.board import Follower, set_beds, stands
    from hub.flow.capacity.board import Setting
    from hub.settings import load

    given = {"staffed": staffed, "blocked": blocked, "held": held, "census": taken, "profile": profile or None}
    changes = {name: value for name, value in given.items() if value is not None}
    with looking(load(config)) as look:
        now = clock.now()
        before = stands(look.vault, facility, unit) or Setting(facility=facility, unit=unit, at=now)
        at = now if taken is not None else before.at
        setting = replace(before, at=at, by=_who(), **changes)
        what = set_beds(Follower(look.vault), setting, actor=_who())
    asyncio.run(_carry_out(config, what))
    if as_json:
        say_json(setting)
        return
    free = setting.staffed - setting.blocked - setting.held - (setting.census or 0)
    counted = f"{free} free when counted" if free >= 0 else f"{-free} more taken than there is room for"
    opened = counted if setting.census is not None else "not opened yet: give --taken"
    say(f"{facility} {unit}: {setting.staffed} staffed, {setting.blocked} blocked, {setting.held} held, {opened}.")


@beds.command(cls=Command, examples=("crisis-hub beds answered S1 A --full",))
@click.argument("facility")
@click.argument("unit")
@click.option("--full/--room", "full", required=True, help="What the unit answered when it was asked for a bed.")
@config
@as_json
def answered(*, facility: str, unit: str, full: bool, config: Path, as_json: bool) -> None:
    """Remember what a unit answered when it was offered somebody: its number is believed less, or more."""
    from hub.app.care.board import answered as remembered

    what = remembered(facility, unit, room=not full, actor=_who())
    asyncio.run(_carry_out(config, what))
    if as_json:
        say_json({"facility": facility, "unit": unit, "room": not full})
        return
    say(f"{facility} {unit} {'was full' if full else 'had room'}.")


def _who() -> str:
    return f"{getpass.getuser()} (command line)"


async def _carry_out(config: Path, what: Lodge) -> None:
    from hub.app.hatch import carry_out, writer
    from hub.settings import load

    async with writer(load(config)) as (desk, _):
        await carry_out(desk, [what])
