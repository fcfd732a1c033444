"""`handover`: who was asked to come or to take a call, what they answered, and what people note by hand."""

from __future__ import annotations

import asyncio
import getpass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hub.cli.speak import Command, Letters, as_json, config, say, say_json, table, when

if TYPE_CHECKING:
    from hub.app.asking.look import Look
    from hub.flow.handover import Handover, Turn


@click.group(cls=Letters)
def handover() -> None:
    """Handovers: 911 to 988, 988 to a mobile team, a rescue to 911; each is taken by a human, or somebody is told."""


@handover.command("list", cls=Command, examples=("crisis-hub handover list", "crisis-hub handover list --open --json"))
@click.option("--open", "still", is_flag=True, help="Only those that nobody has taken, and those under way.")
@config
@as_json
def list_(*, still: bool, config: Path, as_json: bool) -> None:
    """List the handovers of the last fourteen days: who was asked when, who accepted when, and when they were there."""
    from hub.app.asking.look import looking
    from hub.app.care.handovers import name_of
    from hub.settings import load

    with looking(load(config)) as look:
        found = [one for one in _all(look) if not still or one.state != "over"]
        zone = look.known.county.zone
    if as_json:
        say_json([{"id": name_of(one), "kind": one.kind, "source": one.source, "state": one.state, "opened_at": one.opened_at,
                   "taken_by": one.taken_by, "turns": one.turns} for one in found])  # fmt: skip
        return
    head = ("id", "kind", "from", "state", "asked", "at", "accepted", "by", "there", "done")
    table(
        head,
        [(name_of(one), one.kind, one.source, one.state, *_turn(turn, zone)) for one in found for turn in one.turns],
    )
    for one in found:
        if not one.turns:
            say(f"{name_of(one)} {one.kind} from {one.source}: {one.state}. It went to nobody.")
    if not found:
        say("Nobody is being handed over.")


@handover.command(cls=Command, examples=('crisis-hub handover accepted 3f9a12c4d5e6 C1 --by "operator 12"',))
@click.argument("name", metavar="HANDOVER")
@click.argument("partner")
@click.option("--by", required=True, help="The human there who accepted.")
@config
@as_json
def accepted(*, name: str, partner: str, by: str, config: Path, as_json: bool) -> None:
    """Note that a human accepted, by telephone for instance: the alarm ends."""
    _note(config, name, "accepted", partner=partner, by=by, as_json=as_json)


@handover.command(cls=Command, examples=("crisis-hub handover declined 3f9a12c4d5e6 MCT1",))
@click.argument("name", metavar="HANDOVER")
@click.argument("partner")
@config
@as_json
def declined(*, name: str, partner: str, config: Path, as_json: bool) -> None:
    """Note that somebody cannot come: the next one is asked at once."""
    _note(config, name, "declined", partner=partner, by="", as_json=as_json)


@handover.command(cls=Command, examples=('crisis-hub handover close 3f9a12c4d5e6 --why "the caller is with a friend"',))
@click.argument("name", metavar="HANDOVER")
@click.option("--why", required=True, help="Why nobody needs to come any more.")
@config
@as_json
def close(*, name: str, why: str, config: Path, as_json: bool) -> None:
    """End a handover, with a reason."""
    _note(config, name, "closed", partner="", by=why, as_json=as_json)


def _turn(turn: Turn, zone: str) -> tuple[str, ...]:
    def at(instant: int) -> str:
        return when(instant, zone) if instant else "-"

    answer = f"declined {at(turn.declined_at)}" if turn.declined_at and not turn.took else at(turn.accepted_at)
    return turn.partner, at(turn.asked_at), answer, turn.by, at(turn.on_scene_at), at(turn.cleared_at)


def _all(look: Look) -> tuple[Handover, ...]:
    from hub import clock
    from hub.app.care.handovers import Following

    return Following(look.known, look.vault).stand(clock.now())[0]


def _note(config: Path, name: str, what: str, *, partner: str, by: str, as_json: bool) -> None:
    from hub.app.asking.look import looking
    from hub.app.care.handing import noted
    from hub.app.care.handovers import name_of
    from hub.app.hatch import carry_out, writer
    from hub.errors import Lasting
    from hub.settings import load

    settings = load(config)
    with looking(settings) as look:
        found = [one for one in _all(look) if name_of(one).startswith(name) and name]
        partners = look.known.county.partners
    if len(found) != 1:
        raise Lasting(
            "There is no such handover." if not found else "More than one begins so.", cure="crisis-hub handover list"
        )
    if partner and partner not in partners:
        raise Lasting("There is no such partner.", at=partner)
    actor = f"{getpass.getuser()} (command line)"
    what_ = noted(found[0], what, partner=partner, by=by, actor=actor)

    async def work() -> None:
        async with writer(settings) as (desk, _):
            await carry_out(desk, [what_])

    asyncio.run(work())
    if as_json:
        say_json({"handover": name_of(found[0]), "noted": what, "partner": partner})
        return
    say(f"Handover {name_of(found[0])}: {what}{f' by {partner}' if partner else ''}.")
