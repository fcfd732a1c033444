"""`tell`: what a professional may tell an officer by telephone, and the leaf that they did."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from hub.cli.speak import Command, as_json, config, say, say_json

if TYPE_CHECKING:
    from hub.flow.card import Card


@click.command(
    cls=Command,
    examples=(
        'crisis-hub tell 26-0310-1188 --to PD --by "Dr Osei"',
        'crisis-hub tell 26-0310-1188 --to PD --by "Dr Osei" --basis "the caller saw a knife"',
    ),
)
@click.argument("incident")
@click.option("--to", "partner", required=True, help="The partner whose officer is on the line.")
@click.option("--by", required=True, help="The professional who tells: it is their disclosure.")
@click.option(
    "--basis", default="", help="Why there is a serious and imminent threat, where they judge that there is one."
)
@click.option("--beyond", default="", help="What they told beyond the card, on their own judgement: it is reviewed.")
@config
@as_json
def tell(*, incident: str, partner: str, by: str, basis: str, beyond: str, config: Path, as_json: bool) -> None:
    """Tell an officer by telephone what helps: read these lines aloud. The ledger keeps who told it to whom."""
    from hub.app.asking.look import looking
    from hub.app.care.card import Cards
    from hub.app.hatch import writer
    from hub.errors import Lasting
    from hub.settings import load

    settings = load(config)

    async def work() -> Card:
        with looking(settings) as look:
            if partner not in look.known.county.partners:
                raise Lasting("There is no such partner.", at=partner)
            async with writer(settings) as (desk, _):
                cards = Cards(known=look.known, vault=look.vault, desk=desk)
                threat = (basis, by) if basis else None
                return await cards.spoken(partner, incident, by=by, threat=threat, beyond=beyond)

    found = asyncio.run(work())
    if as_json:
        say_json(found)
        return
    lines = {
        name: value
        for name, value in msgspec.to_builtins(found).items()
        if value and name not in ("padding", "expires_at")
    }
    for name, value in lines.items():
        say(f"{name.replace('_', ' ')}: {', '.join(value) if isinstance(value, (list, tuple)) else value}")
    say("Noted: told by telephone.")
