"""`teams`: who is on duty, who is certified, who is proposed for a call, and what the county's library has for it."""

from __future__ import annotations

import asyncio
import getpass
from pathlib import Path

import click

from hub.cli.speak import Command, Letters, as_json, config, say, say_json, table, when

_ARMED = {"yes": True, "no": False, None: None}


@click.group(cls=Letters)
def teams() -> None:
    """Teams: who is on duty and certified for crises, who is proposed for a call, and the library that helps them."""


@teams.command(cls=Command, examples=("crisis-hub teams load roster.csv",))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@config
@as_json
def load(*, file: Path, config: Path, as_json: bool) -> None:
    """Load a roster: worker, unit, certificate, expires, from, until. It takes the place of what was known of those days."""
    from hub.app.asking.look import looking
    from hub.app.care.roster import Rosters
    from hub.app.hatch import carry_out, writer
    from hub.flow.roster import read
    from hub.settings import load as settings_of

    settings = settings_of(config)
    with looking(settings) as look:
        found = read(file.read_text(encoding="utf-8"), look.known.county.zone)
        what = Rosters(known=look.known, vault=look.vault).load(found, actor=f"{getpass.getuser()} (command line)")

    async def work() -> None:
        async with writer(settings) as (desk, _):
            await carry_out(desk, [what])

    asyncio.run(work())
    if as_json:
        say_json({"duties": len(found)})
        return
    say(f"{len(found)} duties loaded.")


@teams.command("list", cls=Command, examples=("crisis-hub teams list",))
@config
@as_json
def list_(*, config: Path, as_json: bool) -> None:
    """List the units on duty, certified ones first, and why others are not. A certificate ends with its last day."""
    from hub import clock
    from hub.app.asking.look import looking
    from hub.app.care.roster import Rosters
    from hub.settings import load as settings_of

    with looking(settings_of(config)) as look:
        found, zone = Rosters(known=look.known, vault=look.vault).units(clock.now()), look.known.county.zone
    if as_json:
        say_json(found)
        return
    table(
        ("unit", "CIT", "until", "why not"),
        [(u.unit, "yes" if u.certified else "no", when(u.ends, zone), u.why) for u in found],
    )


@teams.command(cls=Command, examples=("crisis-hub teams propose 26-0310-1188",))
@click.argument("incident")
@config
@as_json
def propose(*, incident: str, config: Path, as_json: bool) -> None:
    """Propose who goes to a call: free certified units, and every programme's answer with its reason."""
    from hub import clock
    from hub.app.asking.look import looking
    from hub.app.care.roster import Rosters
    from hub.settings import load as settings_of

    with looking(settings_of(config)) as look:
        found = Rosters(known=look.known, vault=look.vault).proposed(incident, clock.now())
    if as_json:
        guidance = [{"id": one.id, "version": one.version, "link": one.link} for one in found.guidance]
        that = found.proposed
        say_json(
            {
                "incident": incident,
                "cit_units": that.units,
                "department": that.department,
                "why": that.why,
                "programmes": found.programmes,
                "guidance": guidance,
            }
        )
        return
    units = ", ".join(found.proposed.units)
    say(f"CIT units of {found.proposed.department} free now: {units}." if units else found.proposed.why)
    for each in found.programmes:
        say(f"{each.programme}: {each.why}")
    for one in found.guidance:
        say(f"{one.title}, version {one.version}: {one.link}")


@teams.command(cls=Command, examples=("crisis-hub teams coverage --days 90",))
@click.option("--days", default=90, show_default=True, help="How far back to look.")
@config
@as_json
def coverage(*, days: int, config: Path, as_json: bool) -> None:
    """Say how many crisis calls were answered by a unit with somebody certified that day."""
    from hub import clock
    from hub.app.asking.look import looking
    from hub.app.care.roster import Rosters
    from hub.settings import load as settings_of
    from hub.spans import DAY

    with looking(settings_of(config)) as look:
        found = Rosters(known=look.known, vault=look.vault).coverage(clock.now() - days * DAY)
    if as_json:
        say_json(found)
        return
    share = f" ({found.certified / found.calls:.0%})" if found.calls else ""
    say(f"{found.certified} of {found.calls} crisis calls{share} were answered by somebody certified.")


@teams.command(
    cls=Command,
    examples=("crisis-hub teams library --crisis suicide --armed yes", "crisis-hub teams library --language es"),
)
@click.option("--kind", default="", help="protocol, technique, lethal means or culture; empty is any.")
@click.option("--crisis", multiple=True, help="The kind of crisis, as calls are classified; may be given again.")
@click.option("--armed", type=click.Choice(["yes", "no"]), help="Whether a weapon was reported.")
@click.option("--language", default="", help="A language by BCP 47, for instance es or es-MX.")
@click.option("--culture", default="", help="A culture, by the code that the caller chose.")
@config
@as_json
def library(
    *, kind: str, crisis: tuple[str, ...], armed: str | None, language: str, culture: str, config: Path, as_json: bool
) -> None:
    """List guidance of the county's library that fits a kind of crisis, with its link. It knows nothing about a person."""
    import adapters
    from hub import clock
    from hub.flow.guidance import Wish, fitting
    from hub.partners import load
    from hub.settings import load as settings_of

    settings = settings_of(config)
    county = load(Path(settings.county), formats=adapters.found(settings.adapters), at=clock.now())
    wish = Wish(kind=kind, crises=crisis, armed=_ARMED[armed], language=language, culture=culture)
    found = fitting(county.library, wish)
    if as_json:
        say_json([{"id": one.id, "version": one.version, "title": one.title, "link": one.link} for one in found])
        return
    if not found:
        say("The county's library has nothing for this.")
        return
    table(
        ("what", "version", "title", "source", "link"),
        [(one.kind, one.version, one.title, one.source, one.link) for one in found],
    )
