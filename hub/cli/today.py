"""`partners health` and `accounting log`: what needs a person, how the partners are; what was sent, granted and refused."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from hub.cli.speak import FAILED, Command, as_json, config, say, say_json, table, when

_KINDS = ("sent", "granted", "refused")


@click.command(cls=Command, examples=("crisis-hub partners health",))
@config
@as_json
def health(*, config: Path, as_json: bool) -> None:
    """Say what needs a person now, how each partner stands, and how many messages came since midnight.

    Breakers are known to the running hub alone: its console shows them. Ends with 1 when something needs a person.
    """
    from hub.app.asking.look import looking
    from hub.console.times import day
    from hub.settings import load

    with looking(load(config)) as look:
        needs, partners, hours, zone = look.needs(), look.partners(), look.hours(), look.known.county.zone
    if as_json:
        say_json({"needs": needs, "partners": partners, "hours": hours})
        sys.exit(FAILED if needs else 0)
    for need in needs:
        say(need.words, style="bold")
        say(f"  since {when(need.since, zone)}{f', {need.role}' if need.role else ''}")
    say("" if needs else "Nothing needs a person.")
    heads = ("partner", "state", "waiting", "parked", "last heard", "agreement until")
    rows = [
        (p.partner, p.state, p.waiting, p.parked, when(p.heard, zone) if p.heard else "never", day(p.ends, zone))
        for p in partners
    ]
    table(heads, rows)
    say(f"Since midnight: messages {sum(h.messages for h in hours)}, attempts {sum(h.attempts for h in hours)}.")
    sys.exit(FAILED if needs else 0)


@click.command(cls=Command, examples=("crisis-hub accounting log", "crisis-hub accounting log refused --partner PD"))
@click.argument("kind", type=click.Choice(_KINDS), default="sent")
@click.option("--partner", default="", metavar="PARTNER", help="Only what this partner was, or was not, told.")
@click.option("--purpose", default="", metavar="PURPOSE", help="Only for this purpose, as TREAT.")
@click.option("--rule", default="", metavar="RULE", help="Only what stands on this rule.")
@click.option("--before", default=0, metavar="KEY", help="Go on where the page before ended.")
@config
@as_json
def log(
    *, kind: str, partner: str, purpose: str, rule: str, before: int, config: Path, as_json: bool
) -> None:  # fmt: skip
    """List what was sent, granted or refused, the newest first: to whom, for what, on which basis, and its leaf.

    Nobody's name is in it. For the disclosures about one person see `crisis-hub accounting list`.
    """
    from hub.app.asking.look import looking
    from hub.settings import load
    from hub.store.asking.sent import Sought

    with looking(load(config)) as look:
        found = look.log(Sought(kind=kind, partner=partner, purpose=purpose, rule=rule, before=before))
        zone = look.known.county.zone
    if as_json:
        say_json(found)
        return
    heads = ("when", "partner", "for", "basis", "outcome", "leaf", "message")
    rows = [
        (when(r.at, zone), r.partner, r.purpose or "-", ", ".join(r.rules) or "-", r.outcome, r.leaf, r.journal)
        for r in found.rows
    ]
    table(heads, rows)
    say(f"{found.looked} looked through.{f' Older ones: --before {found.next}' if found.next else ''}")
