"""`codes`: what partners send and no table knows, the line that answers it, and what waited for that line."""

from __future__ import annotations

import asyncio
import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hub.cli.speak import FAILED, Command, Letters, as_json, config, say, say_json, table
from hub.errors import Lasting
from hub.located import near
from hub.store.ids import short

if TYPE_CHECKING:
    from hub.app.formats.coding import Asked, Coding


@click.group(cls=Letters)
def codes() -> None:
    """Codes that partners send and no table knows."""


@codes.command(cls=Command, examples=("crisis-hub codes unmapped",))
@config
@as_json
def unmapped(*, config: Path, as_json: bool) -> None:
    """List codes that no table knows, how often they came, and a message that shows each.

    The code stays beside what was understood, so nothing is lost. One line in the sender's table answers it, and it is
    listed no more; `crisis-hub codes map` writes that line and runs the messages that waited for it. Ends with 1 when there are any.
    """
    from hub.app.asking.look import looking
    from hub.settings import load

    with looking(load(config)) as look:
        found = look.unmapped()
    if as_json:
        say_json(found)
    elif found:
        rows = [(code.times, code.partner, code.table, code.code, short(code.message)) for code in found]
        table(("times", "partner", "table", "code", "first in"), rows)
    else:
        say("Every code is known.")
    sys.exit(FAILED if found else 0)


@codes.command(cls=Command, examples=('crisis-hub codes again --reason "sex.csv knows Q now"',))
@click.option("--reason", required=True, help="Why; it is kept with each message and never defaulted.")
@config
@as_json
def again(*, reason: str, config: Path, as_json: bool) -> None:
    """Run the messages again that waited for a code, once its line stands in the table.

    A message waits where its sender's mapping requires that a code is known. Each is read with the mapping as it is now,
    and decided as of now, as by `crisis-hub replay`; what still cannot be read stays parked.
    """
    done = asyncio.run(_run_again(config, reason))
    if as_json:
        say_json(done)
    else:
        say(
            f"{len(done)} messages were read again and planned."
            if done
            else "No message waits for a code that is known now."
        )


async def _run_again(place: Path, reason: str) -> list[str]:
    from hub.app.acts.replay import Order
    from hub.app.acts.replay import again as read
    from hub.app.asking.look import looking
    from hub.app.formats.codes import waiting
    from hub.app.hatch import carry_out, writer
    from hub.settings import load

    settings, order = load(place), Order(actor=f"{getpass.getuser()} (command line)", reason=reason)
    with looking(settings) as look:
        found = list(waiting(look.answered(), lambda message: read(look, message, order)))
    async with writer(settings) as (desk, _):
        for each in found:
            await carry_out(desk, each)
    return [each.journal for each in found]


@codes.command(
    "map",
    cls=Command,
    examples=(
        "crisis-hub codes map H1 sex Q",
        'crisis-hub codes map H1 sex Q --to unknown --reason "H1 writes Q when nobody asked"',
    ),
)
@click.argument("partner")
@click.argument("coded", metavar="TABLE")
@click.argument("code")
@click.option(
    "--to", "meaning", default="", help="The common code that it means; without it, what it can mean is listed."
)
@click.option("--reason", default="", help="Who says so; it stands in the table and in the ledger.")
@config
@as_json
def map_code(*, partner: str, coded: str, code: str, meaning: str, reason: str, config: Path, as_json: bool) -> None:
    """Say what a CODE of a PARTNER means: its line stands in a new version of the partner's own table.

    A hub that runs reads by it within a second, and what waited for the code runs again, each message with its own leaf.
    """
    done = asyncio.run(_mapped(config, (partner, coded, code), meaning, reason))
    if not isinstance(done, int):
        if as_json:
            say_json(done)
        else:
            table(("common code", "means"), [(one.canonical, one.display) for one in done.meanings])
    elif as_json:
        say_json({"again": done})
    else:
        say(f"The line stands in the table. {done} {'message' if done == 1 else 'messages'} ran again.")


async def _mapped(place: Path, named: tuple[str, str, str], meaning: str, reason: str) -> Asked | int:
    """What a code can mean, or how many messages ran again once that was said."""
    from anyio.to_thread import run_sync

    from hub.app.asking.look import looking
    from hub.app.formats.coding import Coding, Newest
    from hub.app.hatch import writer
    from hub.app.waiting import Pen
    from hub.settings import load

    settings = load(place)
    async with writer(settings) as (desk, _):
        with looking(settings) as look:
            coding = Coding(Newest(look), Pen(desk))
            return await run_sync(lambda: _answered(coding, named, meaning, reason))


def _answered(coding: Coding, named: tuple[str, str, str], meaning: str, reason: str) -> Asked | int:
    found = {(one.partner, one.table, one.code): name for name, one in coding.unmapped()}
    if named not in found:
        listed = [" ".join(one) for one in found]
        raise Lasting("No such code waits for a line.", cure=near(" ".join(named), listed) if listed else "")
    asked = coding.asked(found[named])
    if not meaning:
        return asked
    if not reason:
        raise Lasting("Nobody says so.", cure="Give --reason: the table and the ledger keep it.")
    places = {one.canonical: str(place) for place, one in enumerate(asked.meanings)}
    if meaning not in places:
        raise Lasting(f'"{meaning}" is nothing that this table knows.', cure=near(meaning, list(places)))
    actor = f"{getpass.getuser()} (command line)"
    return coding.answer(found[named], places[meaning], actor=actor, reason=reason)
