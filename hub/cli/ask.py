"""`why`, `message` and `dead`: what the hub knows of a message, and what waits for a person."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hub.access.reasons import SHOWING
from hub.cli.speak import FAILED, Command, as_json, aside, config, say, say_json, table, when
from hub.store.ids import short

if TYPE_CHECKING:
    from hub.settings import Settings


@click.command(
    cls=Command,
    examples=(
        "crisis-hub why 3f9a12c4 B1",
        "crisis-hub why H1-000517 --replay",
    ),
)
@click.argument("message")
@click.argument("partner", default="")
@click.option("--replay", "again", is_flag=True, help="Read and decide once more; say identical, or what differs.")
@config
@as_json
def why(*, message: str, partner: str, config: Path, again: bool, as_json: bool) -> None:
    """Say why a partner got this and not that: rule by rule, in words and in law.

    MESSAGE is the beginning of the hub's id of it (8 digits or more), or the sender's own id. Without PARTNER every
    decision is told. Near misses are for staff: 42 CFR 2.13(c)(2) keeps them from everybody else.
    """
    from hub.app.asking.look import looking
    from hub.settings import load

    with looking(load(config)) as look:
        if again:
            _say_again(look.again(message, partner), as_json=as_json)
            return
        found = look.why(message, partner)
        if as_json:
            say_json(found)
            return
        one, zone = look.message(message), look.known.county.zone
        say(f"{one.kind} of {one.partner}, {when(one.at, zone)}, message {short(one.journal)}", style="bold")
        if not found:
            say("No partner wants messages like this one. It is kept, and nobody was told.")
        for each in found:
            say("")
            say(f"{each.partner}{f' ({each.interest})' if each.interest else ''}", style="bold")
            for sentence in each.sentences:
                say(f"  {sentence}")


def _say_again(checks: tuple[object, ...], *, as_json: bool) -> None:
    from hub.app.asking.again import Check

    found = [check for check in checks if isinstance(check, Check)]
    if as_json:
        say_json([{"what": c.what, "identical": c.identical, "pinned": c.pinned, "differs": c.differs} for c in found])
    else:
        for check in found:
            say(f"{check.what}: {'identical' if check.identical else 'differs'} ({check.pinned})")
            for line in check.differs:
                say(f"  {line}")
    sys.exit(0 if all(check.identical for check in found) else FAILED)


@click.command(
    cls=Command,
    examples=(
        "crisis-hub message 3f9a12c4",
        "crisis-hub message 3f9a12c4 --episode",
        "crisis-hub message 3f9a12c4 --elements",
        "crisis-hub message 3f9a12c4 --says request --by jo@county.example",
    ),
)
@click.argument("message")
@click.option("--episode", is_flag=True, help="Tell the whole crisis episode it belongs to.")
@click.option(
    "--elements", is_flag=True, help="Tell of each element where it stood, what it became, and by which line."
)
@click.option(
    "--words",
    is_flag=True,
    help="Show partners' own answers too: they may quote what they were sent, so the ledger keeps who asked.",
)
@click.option(
    "--says",
    type=click.Choice(tuple(SHOWING)),
    help=f"Show what it says, for a reason that the ledger keeps: {'; '.join(f'{k}: {v}' for k, v in SHOWING.items())}.",
)
@click.option("--by", default="", metavar="NAME", help="Who is shown it: the name they sign in to the console with.")
@config
@as_json
def message(
    *, message: str, config: Path, episode: bool, elements: bool, words: bool, says: str | None, by: str, as_json: bool
) -> None:  # fmt: skip
    """Tell what became of one message: every step, at every partner, with its entry in the ledger (its leaf).

    MESSAGE is the beginning of the hub's id of it (8 digits or more), or the sender's own id. Nothing that the message
    says about anybody is shown, unless --says asks for it: then as much as the role of --by sees in the console.
    """
    from hub.app.asking.look import looking
    from hub.cli import told
    from hub.settings import load

    if says:
        told.shown(load(config), message, says, by, as_json=as_json)
        return
    with looking(load(config)) as look:
        zone = look.known.county.zone
        if elements:
            told.elements(look, message, as_json=as_json)
            return
        if episode:
            told.episode(look, message, as_json=as_json)
            return
        steps = look.timeline(message).quoted(words=words)
        if words:
            _revealed(load(config), journal=steps.message.journal, subject=steps.message.owner)
        if as_json:
            say_json(steps)
            return
        table(
            ("when", "partner", "what", "leaf"),
            [
                (
                    when(s.at, zone),
                    s.partner or "-",
                    s.words + (f": {s.said}" if s.said else ""),
                    s.leaf if s.leaf >= 0 else "",
                )
                for s in steps.steps
            ],
        )
        if steps.message.state == "expunged":
            say(
                "It was expunged by an order: its content is destroyed, what was done with it stays proved.",
                style="bold",
            )


@click.command(
    cls=Command,
    examples=(
        "crisis-hub dead",
        "crisis-hub dead --destination B1",
    ),
)
@click.option("--destination", default="", metavar="PARTNER", help="Only what should go to this partner.")
@click.option(
    "--words",
    is_flag=True,
    help="Show partners' own answers too: they may quote what they were sent, so the ledger keeps who asked.",
)
@config
@as_json
def dead(*, config: Path, destination: str, words: bool, as_json: bool) -> None:
    """List what waits for a person: messages that could not be read, deliveries that could not be made, by cause.

    Ends with 1 when something waits.
    """
    from hub.app.asking.look import looking
    from hub.errors import Lasting
    from hub.settings import load

    with looking(load(config)) as look:
        partners = look.known.county.partners
        if destination and destination not in partners:
            raise Lasting(f'There is no partner "{destination}".', cure=f"One of {', '.join(partners)}.")
        found, zone = look.stuck(destination).quoted(words=words), look.known.county.zone
    if words and found.causes:
        _revealed(load(config), partner=destination)
    if as_json:
        say_json(found)
        sys.exit(FAILED if found.causes else 0)
    for cause in found.causes:
        what = "message from" if cause.step == "read" else "delivery to"
        say(f"{cause.count} {what} {cause.partner}, since {when(cause.oldest, zone)}", style="bold")
        say(f"  {cause.cause}")
        for said in cause.said:
            say(f"  it said: {said}")
        more = f" and {cause.count - 3} more" if cause.count > 3 else ""
        say(f"  {', '.join(short(name) for name in cause.messages[:3])}{more}")
    if found.causes:
        aside.print("When the cause is mended: crisis-hub replay MESSAGE --reason ...", markup=False)
        sys.exit(FAILED)
    say("Nothing waits for a person.")


def _revealed(settings: Settings, **facts: str) -> None:
    """Partners' own words may quote a person: that somebody read them is a leaf, before they do."""
    from hub.cli.acts import note
    from hub.model.entry import Kind

    note(settings, Kind.REVEAL, actor=getpass.getuser(), outcome="partners' own words were read at a terminal", **facts)
