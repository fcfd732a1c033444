"""`partners alerts`, `take`, `tasks` and `tend`: what is alarmed, what somebody is asked to do, and who sees to it."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from hub.cli.speak import FAILED, Command, as_json, by, config, say, say_json, table, when


@click.command(cls=Command, examples=("crisis-hub partners alerts", "crisis-hub partners alerts --all --json"))
@click.option("--all", "everything", is_flag=True, help="Those that cleared by themselves too.")
@config
@as_json
def alerts(*, everything: bool, config: Path, as_json: bool) -> None:
    """List the alerts that are open, the oldest first, and who sees to each. Ends with 1 when an alert is open."""
    from hub.app.acts.alarms import alarms
    from hub.app.asking.look import looking
    from hub.settings import load

    with looking(load(config)) as look:
        found, zone = alarms(look.vault)[::-1], look.known.county.zone
    shown = [one for one in found if everything or not one.closed_at]
    if as_json:
        say_json(shown)
    elif shown:
        heads = ("alert", "since", "until", "who sees to it", "what")
        rows = [
            (
                one.name,
                when(one.opened_at, zone),
                when(one.closed_at, zone) if one.closed_at else "open",
                f"{one.taken_by} until {when(one.taken_until, zone)}" if one.taken_by else "nobody yet",
                one.words,
            )
            for one in shown
        ]
        table(heads, rows)
    else:
        say("No alert is open.")
    sys.exit(FAILED if any(not one.closed_at for one in shown) else 0)


@click.command(cls=Command, examples=("crisis-hub partners take 3f9a12c4d5e6f708 --by jo@county.example",))
@click.argument("alert")
@by
@config
@as_json
def take(*, alert: str, by: str, config: Path, as_json: bool) -> None:
    """Take an ALERT on: for eight hours its list names who does, so that not two people do the same. The ledger keeps it.

    ALERT is its name in `crisis-hub partners alerts`.
    """
    from hub import clock
    from hub.access.roles import Right
    from hub.app.acts import alarms
    from hub.app.asking.look import looking
    from hub.cli.acts import acting, commit
    from hub.settings import load

    settings = load(config)
    who, actor = acting(settings, by, Right.ALERTS)
    with looking(settings) as look:
        what, zone = alarms.take(look.vault, alert, who, actor=actor, at=clock.now()), look.known.county.zone
    commit(settings, what)
    if as_json:
        say_json({"alert": alert, "by": who.account.name, "until": what.until})
    else:
        say(f"{who.account.words} sees to it until {when(what.until, zone)}.")


@click.command(cls=Command, examples=("crisis-hub partners tasks", "crisis-hub partners tasks --kind duty --json"))
@click.option("--kind", default="", metavar="KIND", help="Only tasks of this kind, as duty, recall or consent.")
@click.option("--after", default=0, metavar="NUMBER", help="Go on where the page before ended.")
@config
@as_json
def tasks(*, kind: str, after: int, config: Path, as_json: bool) -> None:
    """List what people are asked to do, the oldest first, fifty at a time. Ends with 1 when a task is open.

    What is parked is listed by its cause in `crisis-hub dead`, and doubtful links are answered on the console's page of them.
    """
    from hub.app.asking.day import COUNTED
    from hub.app.asking.look import looking
    from hub.settings import load
    from hub.store.writing.work import LIMIT

    with looking(load(config)) as look:
        found, zone = look.tasks(kind, after, () if kind else COUNTED), look.known.county.zone
    if as_json:
        say_json(found)
    elif found:
        heads = ("task", "since", "due", "whose", "kind", "what")
        rows = [
            (t.seq, when(t.at, zone), when(t.due_at, zone) if t.due_at else "-", t.role or "nobody's by name", t.kind,
             t.words or "Its words were destroyed.")
            for t in found
        ]  # fmt: skip
        table(heads, rows)
        if len(found) >= LIMIT:
            say(f"There may be more: --after {found[-1].seq}")
    else:
        say("Nobody is asked to do anything.")
    sys.exit(FAILED if found else 0)


@click.command(
    cls=Command, examples=('crisis-hub partners tend 17 --by jo@county.example --words "rang the coroner at 14:10"',)
)
@click.argument("number", type=click.IntRange(min=1))
@click.option("--words", required=True, help="How it was seen to, without names: the ledger keeps it.")
@by
@config
@as_json
def tend(*, number: int, words: str, by: str, config: Path, as_json: bool) -> None:
    """Say that task NUMBER is seen to, and how. Nobody else is asked any more, and an alert of it clears."""
    from hub.access.roles import Right
    from hub.app.acts.reviews import open_task, tended
    from hub.app.asking.look import looking
    from hub.cli.acts import acting, commit
    from hub.errors import Lasting
    from hub.settings import load

    settings = load(config)
    _, actor = acting(settings, by, Right.TASKS)
    if not words.strip():
        raise Lasting("Nothing says how it was seen to.", at="--words", cure="Write it in a few words.")
    with looking(settings) as look:
        task = open_task(look, number)
    commit(settings, tended(task, actor=actor, words=words.strip()))
    if as_json:
        say_json({"task": number, "kind": task.kind})
    else:
        say(f"Task {number} is seen to: {words.strip()}")
