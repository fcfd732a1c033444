"""`glass`: every time the glass was broken, and the review that must follow."""

from __future__ import annotations

import asyncio
import getpass
import sys
from pathlib import Path

import click

from hub.cli.speak import FAILED, Command, Letters, as_json, config, say, say_json, table, when


@click.group(cls=Letters)
def glass() -> None:
    """Breaking the glass: a record opened in an emergency that would have stayed closed, and the review that must follow."""


@glass.command(name="list", cls=Command, examples=("crisis-hub glass list", "crisis-hub glass list --all --json"))
@click.option("--all", "everything", is_flag=True, help="Those that were reviewed too.")
@config
@as_json
def list_(*, everything: bool, config: Path, as_json: bool) -> None:
    """List emergencies that wait for their review, the oldest first. Ends with 1 when one waits.

    Who it was about is not shown: the ledger knows, and an accounting tells the person.
    """
    from hub.app.asking.look import looking
    from hub.settings import load

    with looking(load(config)) as look:
        found, zone = look.glass(), look.known.county.zone
    shown = [(name, use) for name, use in found if everything or not use.reviewed_at]
    if as_json:
        kept = ("partner", "at", "until", "reviewed_at", "reviewer", "verdict", "words")
        fields = [{"use": name, **{k: getattr(use, k) for k in kept}} for name, use in shown]
        say_json(
            [f | {"who": u.request.who, "reason": u.request.reason} for f, (_, u) in zip(fields, shown, strict=True)]
        )
    elif shown:
        rows = [
            (
                name,
                when(u.at, zone),
                u.partner,
                u.request.who,
                u.request.minutes,
                u.verdict or "waits",
                u.request.reason,
            )
            for name, u in shown
        ]
        table(("use", "when", "partner", "who", "minutes", "review", "reason"), rows)
    else:
        say("No use waits for its review.")
    sys.exit(FAILED if any(not use.reviewed_at for _, use in shown) else 0)


@glass.command(
    cls=Command,
    examples=('crisis-hub glass review 3f9a12c4d5e6f708 --verdict justified --words "unconscious in the ED"',),
)
@click.argument("use")
@click.option("--verdict", type=click.Choice(["justified", "unjustified"]), required=True, help="What you found.")
@click.option("--words", required=True, help="Why; it is kept with the use and never defaulted.")
@config
@as_json
def review(*, use: str, verdict: str, words: str, config: Path, as_json: bool) -> None:
    """Judge whether one emergency was justified. Nobody judges their own, and no judgement is changed."""
    actor = f"{getpass.getuser()} (command line)"
    asyncio.run(_review(config, use, (actor, verdict, words)))
    if as_json:
        say_json({"use": use, "verdict": verdict})
        return
    say(f"Use {use}: {verdict}.")


async def _review(config: Path, use: str, said: tuple[str, str, str]) -> None:
    from hub.app.asking.look import looking
    from hub.app.care.glass import KIND, reviewed
    from hub.app.hatch import carry_out, writer
    from hub.settings import load
    from hub.store.sealing import Sealer
    from hub.store.writing.lodged import Lodged

    settings = load(config)
    actor, verdict, words = said
    with looking(settings) as look, look.vault.database.read() as connection:
        standing = Lodged(connection, Sealer(look.vault.keys, look.vault.origin)).one(KIND, use)
    async with writer(settings) as (desk, _):
        await carry_out(desk, [reviewed(standing, use, actor=actor, verdict=verdict, words=words)])
