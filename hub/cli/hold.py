"""`courier hold` and `courier release`: what goes to one partner waits for some hours, and goes on."""

from __future__ import annotations

from pathlib import Path

import click

from hub.cli.speak import Command, as_json, by, config, say, say_json, when


@click.command(
    cls=Command, examples=("crisis-hub courier hold B1 --hours 4 --reason 'their upgrade' --by jo@county.example",)
)
@click.argument("partner")
@click.option("--hours", type=click.IntRange(1, 168), required=True, help="For how long: seven days at most.")
@click.option("--reason", required=True, metavar="WORDS", help="Why; the ledger keeps it.")
@by
@config
@as_json
def hold(*, partner: str, hours: int, reason: str, by: str, config: Path, as_json: bool) -> None:
    """Hold what goes to one PARTNER: it waits, nothing is lost, and it goes on by itself afterwards."""
    from hub import clock
    from hub.access.roles import Right
    from hub.app.acts import holding
    from hub.app.asking.look import looking
    from hub.cli.acts import acting, commit
    from hub.errors import Lasting
    from hub.located import near
    from hub.settings import load
    from hub.spans import HOUR

    settings, until = load(config), clock.now() + hours * HOUR
    _, actor = acting(settings, by, Right.PAUSE)
    with looking(settings) as look:
        known = look.known.county
        if (found := known.partners.get(partner)) is None or found.delivery is None:
            to = [one.id for one in known.partners.values() if one.delivery]
            raise Lasting(f'Nothing is delivered to a partner "{partner}".', cure=near(partner, to))
        what = holding.hold(look.vault, partner, actor=actor, reason=reason, until=until)
    commit(settings, what)
    if as_json:
        say_json({"partner": partner, "until": until})
    else:
        say(f"What goes to {partner} waits until {when(until, known.zone)}.")


@click.command(cls=Command, examples=("crisis-hub courier release B1 --by jo@county.example",))
@click.argument("partner")
@by
@config
@as_json
def release(*, partner: str, by: str, config: Path, as_json: bool) -> None:
    """Let what goes to one PARTNER go on before its hold is over, in order."""
    from hub.access.roles import Right
    from hub.app.acts import holding
    from hub.app.asking.look import looking
    from hub.cli.acts import acting, commit
    from hub.settings import load

    settings = load(config)
    _, actor = acting(settings, by, Right.PAUSE)
    with looking(settings) as look:
        what = holding.let_go(look.vault, partner, actor=actor)
    commit(settings, what)
    if as_json:
        say_json({"partner": partner, "held": False})
    else:
        say(f"What goes to {partner} goes on.")
