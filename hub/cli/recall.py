"""`recall`: what partners were asked to stop relying on, who has answered, and who has not."""

from __future__ import annotations

import asyncio
import getpass
import sys
from pathlib import Path

import click

from hub.cli.speak import FAILED, Command, Letters, as_json, config, say, say_json, table, when
from hub.store.ids import short


@click.group(cls=Letters)
def recall() -> None:
    """What partners were asked to stop relying on, because a consent was revoked or a link was wrong."""


@recall.command(
    name="list", cls=Command, examples=("crisis-hub recall list", "crisis-hub recall list --outstanding --json")
)
@click.option("--outstanding", is_flag=True, help="Only those that nobody has answered.")
@config
@as_json
def list_(*, outstanding: bool, config: Path, as_json: bool) -> None:
    """List recalls, the newest first. Ends with 1 when one is overdue.

    `told` is a notice that the partner's system acknowledged; `by hand` one that a person passes on, because the partner's
    format has no words for it. Whose doing it was, and what was in the message, is shown nowhere.
    """
    from hub import clock
    from hub.app.asking.look import looking
    from hub.settings import load

    with looking(load(config)) as look:
        found, zone = look.recalls(), look.known.county.zone
    now = clock.now()
    shown = [one for one in found if not (outstanding and (one.told_at or one.done_at))]
    if as_json:
        say_json(shown)
    elif shown:
        rows = [
            (
                when(one.at, zone),
                one.destination,
                short(one.journal),
                "seen to" if one.done_at else one.state,
                "overdue" if one.overdue(now) else when(one.due_at, zone),
                one.done_by,
            )
            for one in shown
        ]
        table(("when", "partner", "message", "state", "until", "by"), rows)
    else:
        say("Nothing was recalled." if not found else "Every recall was answered.")
    sys.exit(FAILED if any(one.overdue(now) for one in shown) else 0)


@recall.command(cls=Command, examples=("crisis-hub recall done 3f9a12c4 --partner PD",))
@click.argument("message")
@click.option("--partner", default="", metavar="PARTNER", help="Which partner, when it was recalled from several.")
@config
@as_json
def done(*, message: str, partner: str, config: Path, as_json: bool) -> None:
    """Say that a partner has stopped relying on a message, after somebody rang there. The ledger keeps who said so.

    MESSAGE is the beginning of the hub's id of it (8 digits or more), or the sender's own id.
    """
    found = asyncio.run(_done(config, message, partner))
    if as_json:
        say_json({"message": found})
        return
    say(f"Message {short(found)}: the recall is seen to.")


async def _done(config: Path, name: str, partner: str) -> str:
    from hub.app.acts.recall import attested
    from hub.app.asking.look import looking
    from hub.app.hatch import carry_out, writer
    from hub.settings import load

    settings = load(config)
    with looking(settings) as look:
        journal = look.message(name).journal
        commands = attested(look.recalls(), journal, partner, f"{getpass.getuser()} (command line)")
    async with writer(settings) as (desk, _):
        await carry_out(desk, commands)
    return journal
