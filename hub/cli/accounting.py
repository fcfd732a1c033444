"""`accounting`: who got what about a person, by law; suspensions of agencies; what the public may know."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hub.cli.owed import asked, extend
from hub.cli.speak import Command, Letters, as_json, aside, config, into, say, say_json, table
from hub.cli.today import log

if TYPE_CHECKING:
    from hub.app.disclosures.accounting import Accounting

_FORMS = ("text", "csv", "ndjson", "fhir", "pdf")
_LAWS = ("hipaa", "part2-intermediary", "part2-consent", "part2-emergency", "cjis", "all")
_ORAL_DAYS = 30


@click.group(cls=Letters)
def accounting() -> None:
    """Who got what about a person, when, for what and by which law; and what the public may know of it."""


accounting.add_command(log)
accounting.add_command(asked)
accounting.add_command(extend)


@accounting.command(
    "list",
    cls=Command,
    examples=(
        "crisis-hub accounting list H1-000517 --for H1 --actor dana",
        "crisis-hub accounting list --identifier MR H1 77 --verified 'passport seen by dana' --actor dana --form pdf --out riley.pdf",
    ),
)
@click.argument("message", default="")
@click.option(
    "--identifier", nargs=3, metavar="TYPE ASSIGNER VALUE", help="An identifier instead of a message: MR H1 77."
)
@click.option(
    "--law", type=click.Choice(_LAWS), default="hipaa", show_default=True, help="Which law asks for the list."
)
@click.option("--for", "entity", default="", metavar="PARTNER", help="Only disclosures of this partner's own records.")
@click.option(
    "--verified", default="", metavar="HOW", help="The person asks: how it was verified that it is them, by whom."
)
@click.option("--actor", required=True, metavar="NAME", help="Who makes the list: the ledger keeps it.")
@click.option(
    "--form",
    type=click.Choice(_FORMS),
    default="text",
    show_default=True,
    help="How it is written.",
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="A file instead of standard output.")
@config
@as_json
def list_(
    *, message: str, identifier: tuple[str, str, str] | None, law: str, entity: str, verified: str, actor: str, form: str,
    out: Path | None, config: Path, as_json: bool,
) -> None:  # fmt: skip
    """List disclosures about one person, over every identity that is held to be that person now.

    MESSAGE is any message about the person. A partner that asks is told of its own records alone (--for); the person, once
    verified, of everything in the hub (--verified). That the list is made is entered into the ledger first.
    """
    from hub import clock
    from hub.app.asking.look import looking
    from hub.app.disclosures.accounting import Scope, identities
    from hub.app.disclosures.accounting import accounting as made_of
    from hub.app.disclosures.accounting_files import written
    from hub.settings import load

    settings, at = load(config), clock.now()
    with looking(settings) as look:
        who = identities(look, message, identifier)
        made = made_of(look, who, law, Scope(entity=entity, verified=verified), at)
        _record(settings, made, actor)
        content = written(look, made, "ndjson" if as_json else form)
    if out is not None:
        into(out, content)
        aside.print(f"{len(made.rows)} lines are in {out}. Keep it as you keep the record itself.", markup=False)
    else:
        click.echo(content, nl=False)


def _record(settings: Any, made: Accounting, actor: str) -> None:
    """The list is itself an act about the person: its leaf is durable before anybody sees it."""
    from hub.cli.acts import note
    from hub.model.entry import Kind

    whose = f"for {made.scope.entity}" if made.scope.entity else "for the person"
    note(settings, Kind.EXPORT, actor=actor, outcome=f"accounting {made.view} {whose}", subject=made.identities[0])


@accounting.command(
    cls=Command, examples=("crisis-hub accounting suspend H1-000517 --agency PD --until 2026-12-31 --actor dana",)
)
@click.argument("message")
@click.option("--agency", required=True, metavar="PARTNER", help="The agency whose disclosures stay out of the list.")
@click.option("--until", required=True, metavar="DAY", help="The last day of it.")
@click.option("--oral", is_flag=True, help="The agency asked by word of mouth: at most 30 days.")
@click.option("--actor", required=True, metavar="NAME", help="Who notes it.")
@config
@as_json
def suspend(*, message: str, agency: str, until: str, oral: bool, actor: str, config: Path, as_json: bool) -> None:
    """Keep an agency's disclosures out of a person's accounting for a time, because it asked (45 CFR 164.528(a)(2)).

    It covers oversight and law enforcement only, never a disclosure to avert a threat. The ledger keeps who asked and until when.
    """
    from hub import clock
    from hub.app.asking.look import looking
    from hub.app.disclosures.accounting import identities
    from hub.cli.acts import commit
    from hub.errors import Lasting, NotAllowed
    from hub.model.commands import Suspend
    from hub.model.entry import Kind, LedgerEntry
    from hub.partners.sheet import over
    from hub.settings import load
    from hub.spans import DAY

    settings, now = load(config), clock.now()
    with looking(settings) as look:
        who, ends = identities(look, message), over(until, look.known.county.zone)
    if ends is None or ends <= now:
        raise Lasting("That is no day to come.", at="--until", cure="Write it as 2026-12-31.")
    if oral and ends > now + (_ORAL_DAYS + 1) * DAY:
        raise NotAllowed("A suspension asked for by word of mouth lasts 30 days at most: 164.528(a)(2)(ii).")
    words = f"suspended until {until}, asked {'by word of mouth' if oral else 'in writing'}"
    entry = LedgerEntry(kind=Kind.CONFIG, at=now, partner=agency, subject=who[0], actor=actor, outcome=words)
    commit(settings, Suspend(identities=who, partner=agency, at=now, ends=ends, entry=entry))
    if as_json:
        say_json({"agency": agency, "until": ends})
    else:
        say(f"What {agency} received stays out of this person's accounting until {until} is over.")


@accounting.command(cls=Command, examples=("crisis-hub accounting public --since 2026-01-01 --until 2026-03-31",))
@click.option("--since", required=True, metavar="DAY", help="The first day.")
@click.option("--until", required=True, metavar="DAY", help="The last day.")
@config
@as_json
def public(*, since: str, until: str, config: Path, as_json: bool) -> None:
    """Count disclosures by partner and purpose, for the public: counts under 11 are hidden, and what would give them away."""
    from hub.app.asking.look import looking
    from hub.app.disclosures.statistics import statistics
    from hub.errors import Lasting
    from hub.partners.sheet import midnight, over
    from hub.settings import load

    with looking(load(config)) as look:
        zone = look.known.county.zone
        first, last = midnight(since, zone), over(until, zone)
        if first is None or last is None or last <= first:
            raise Lasting("These are not two days in order.", cure="Write them as 2026-01-31.")
        found = statistics(look, first, last)
    if as_json:
        rows = [{"partner": c.at[0], "purpose": c.at[1], "disclosures": c.n} for c in found.cells]
        say_json(
            {
                "since": since,
                "until": until,
                "disclosures": rows,
                "decisions": found.decided,
                "withheld": found.withheld,
            }
        )
        return
    say(f"Disclosures from {since} to {until}.", style="bold")
    table(("partner", "purpose", "disclosures"), [(*cell.at, cell.n) for cell in found.cells])
    say(f"Decisions made: {_shown(found.decided)}; withheld: {_shown(found.withheld)}.")


def _shown(number: int | None) -> str:
    return "not published" if number is None else str(number)
