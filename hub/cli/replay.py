"""`replay`: put right what was parked."""

from __future__ import annotations

import asyncio
import getpass
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from hub.cli.speak import Command, as_json, config, say, say_json
from hub.store.ids import short

if TYPE_CHECKING:
    from hub.app.acts.replay import Order


@click.command(
    cls=Command,
    examples=(
        'crisis-hub replay 3f9a12c4 --reason "nature.csv knows MHX now"',
        'crisis-hub replay 3f9a12c4 --to B1 --cancel --reason "faxed instead"',
    ),
)
@click.argument("message")
@click.option("--reason", required=True, help="Why; it is kept with the message and never defaulted.")
@click.option(
    "--to", "destination", default="", metavar="PARTNER", help="Which parked delivery, when there are several."
)
@click.option("--cancel", is_flag=True, help="End what is parked, instead of reading or sending it again.")
@click.option("--late", is_flag=True, help="Send it although newer messages about the person were planned since.")
@config
@as_json
def replay(
    *, message: str, reason: str, destination: str, cancel: bool, late: bool, config: Path, as_json: bool
) -> None:
    """Put right what was parked, once its cause is mended.

    A message that could not be read is read again with the mapping as it is now, and decided as of now: what a consent
    allowed then and forbids now is not sent. A delivery that could not be made is sent again, once, under its own key.
    What is ended is never read or sent; a message that was ended and comes once more is a new one.
    A running hub does it; where none runs, it is done here and goes out when the hub runs again.
    """
    from hub.app.acts.replay import Order

    order = Order(
        actor=f"{getpass.getuser()} (command line)", reason=reason, destination=destination, end=cancel, late=late
    )
    done = asyncio.run(_replay(config, message, order))
    if as_json:
        say_json(done)
        return
    say(f"Message {short(done.message)}: {done.what}.")
    if not done.hub_runs and not cancel:
        say("No hub runs here: it goes out when `crisis-hub serve` runs again.")


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """What was done."""

    message: str
    what: str
    hub_runs: bool


async def _replay(config: Path, name: str, order: Order) -> Done:
    from hub.app.acts.replay import righting
    from hub.app.asking.look import looking
    from hub.app.hatch import carry_out, writer
    from hub.settings import load

    settings = load(config)
    with looking(settings) as look:
        message = look.message(name)
        parked = message.state == "parked"
        what = righting(look, message, order)
    async with writer(settings) as (desk, runs):
        await carry_out(desk, what)
    words = "ended" if order.end else "read again and planned" if parked else "released to be sent again"
    return Done(message=message.journal, what=words, hub_runs=runs)
