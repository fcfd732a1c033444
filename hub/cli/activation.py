"""`policy impact`, `draft`, `activate`, `rollback` and `history`: what rules would change, and how they come into force."""

from __future__ import annotations

import asyncio
import getpass
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hub.cli.policy import policy
from hub.cli.speak import FAILED, Command, as_json, config, progress, say, say_json, table, when

if TYPE_CHECKING:
    from hub.app.rules.impact import Impact
    from hub.app.rules.rulesets import Step

__all__ = ["policy"]
_DAY_US = 86_400_000_000


@policy.command(
    cls=Command, examples=("crisis-hub policy impact new-rules", "crisis-hub policy impact new-rules --days 7 --json")
)
@click.argument("new")
@click.option("--days", default=30, show_default=True, help="How many days of decisions to replay.")
@config
@as_json
def impact(*, new: str, days: int, config: Path, as_json: bool) -> None:
    """Say what NEW would have changed of the decisions of the last days: by partner, by field, by how many persons.

    Every recorded decision is asked of the rules in force and of NEW, with the facts, labels and agreements of then, as of now.
    Ends with 1 when Part 2 data would newly have reached police.
    """
    from hub import clock
    from hub.app.asking.look import looking
    from hub.app.rules.rulesets import rule_set
    from hub.settings import load

    settings, now = load(config), clock.now()
    progress(f"replaying the decisions of {days} days")
    with looking(settings) as look:
        found = look.impact(rule_set(new, settings), since=now - days * _DAY_US, as_of=now)
    if as_json:
        say_json(found)
    else:
        _say_impact(found)
    sys.exit(FAILED if found.part2_to_police else 0)


def _say_impact(found: Impact) -> None:
    say(f"{found.decisions} decisions under {found.old[:12]} and under {found.new[:12]}.", style="bold")
    fields = {path for effect in found.partners.values() for path in (*effect.fields_more, *effect.fields_less)}
    say(f"{found.changed} would be others, about {found.persons} persons and {len(fields)} fields;")
    say(f"{found.part2_to_police} by which records of a substance-use programme would newly reach police.")
    if found.destroyed:
        say(f"The facts of {found.destroyed} messages were destroyed; nothing is said of them.")
    for name, effect in found.partners.items():
        say(f"{name}: more in {effect.more}, less in {effect.less}, about {effect.persons} persons", style="bold")
        for way, counted in (("more", effect.fields_more), ("less", effect.fields_less)):
            for path, count in list(counted.items())[:10]:
                say(f"  {way}: {path} ({count})")


@policy.command(cls=Command, examples=("crisis-hub policy draft new-rules",))
@click.argument("new")
@config
@as_json
def draft(*, new: str, config: Path, as_json: bool) -> None:
    """Bring a draft to where the console shows it: a folder of rules, views and vocabulary.yaml. It is proved first.

    Nothing comes into force: one person proposes it on the console's page of rules, and a second puts it in force there.
    """
    from hub.app.rules import activation
    from hub.settings import load

    found = activation.draft(load(config), new)
    if as_json:
        say_json({"rules": found.hash, "count": len(found.rules)})
        return
    say(f"Rule set {found.hash[:12]}, {len(found.rules)} rules: it can be looked at and proposed in the console.")


@policy.command(
    cls=Command,
    examples=(
        "crisis-hub policy activate new-rules --by jo@county.example --with kim@county.example --reason 'change 26-014'",
        "crisis-hub policy activate current --by jo --with kim --reason upgrade --effective 2026-11-30T00:00-07:00",
    ),
)
@click.argument("new")
@click.option(
    "--by", "first", required=True, metavar="NAME", help="Who does it: a compliance officer or administrator."
)
@click.option("--with", "second", required=True, metavar="NAME", help="The second person: another one.")
@click.option("--effective", default="", help="From when, 2026-11-30T00:00-07:00; from now on when left out.")
@click.option("--reason", required=True, help="Why; the ledger keeps it.")
@config
@as_json
def activate(*, new: str, first: str, second: str, effective: str, reason: str, config: Path, as_json: bool) -> None:
    """Put a rule set in force: a folder, the beginning of a hash, or `current` for the rules that came with the program.

    It is proved first, and refused when it newly lets Part 2 data reach police. Both people type their passwords. The ledger
    says so before it is so. A hub that runs takes it up when it is started again.
    """
    from hub.access.roles import Right
    from hub.app.acts import two
    from hub.app.rules import activation
    from hub.settings import load

    settings = load(config)
    since = _instant(effective)
    passwords = tuple(click.prompt(f"Password of {name}", hide_input=True, err=True) for name in (first, second))

    async def done() -> Step:
        by = await two.vouched(settings, (first, second), passwords, Right.RULES)
        return await activation.activate(settings, new, since=since, by=by, reason=reason)

    step = asyncio.run(done())
    if as_json:
        say_json(step)
        return
    say(f"Rule set {step.rules[:12]} is in force from {when(step.since, _zone(config))} instead of {step.before[:12]}.")
    say("A hub that runs takes it up when it is started again.")


@policy.command(cls=Command, examples=('crisis-hub policy rollback --reason "it withheld too much"',))
@click.option("--reason", required=True, help="Why; the ledger keeps it.")
@config
@as_json
def rollback(*, reason: str, config: Path, as_json: bool) -> None:
    """Take the last step back: what was in force before is so again, or what is to come does not come.

    It takes one person: two have answered for what it goes back to.
    """
    from hub.app.rules import activation
    from hub.settings import load

    actor = f"{getpass.getuser()} (command line)"
    step = asyncio.run(activation.roll_back(load(config), by=actor, reason=reason))
    if as_json:
        say_json(step)
        return
    say(f"Rule set {step.rules[:12]} is in force again from {when(step.since, _zone(config))}.")
    say("A hub that runs takes it up when it is started again.")


@policy.command(cls=Command, examples=("crisis-hub policy history",))
@config
@as_json
def history(*, config: Path, as_json: bool) -> None:
    """List every rule set that was put in force, from when, by whom and why."""
    from hub.app.rules.rulesets import steps
    from hub.settings import load

    taken = steps(load(config))
    if as_json:
        say_json(taken)
    elif taken:
        rows = [(when(s.since, _zone(config)), s.rules[:12], s.before[:12], ", ".join(s.by), s.reason) for s in taken]
        table(("from", "rule set", "instead of", "by", "why"), rows)
    else:
        say("The rules that came with the program are in force; none were ever put in their place.")


def _instant(text: str) -> int:
    if not text:
        return 0
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise click.BadParameter("write it with its offset, as 2026-11-30T00:00-07:00", param_hint="--effective")
    return int(found.timestamp()) * 1_000_000


def _zone(config: Path) -> str:
    from hub.app.acts.people import Staff
    from hub.settings import load

    return Staff(load(config)).zone()
