"""`measures`: what a programme asks at the end of a quarter, counted over many episodes and never about one person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import click
import msgspec

from hub.cli.speak import Command, as_json, config, progress, say, say_json, table
from hub.errors import Misconfigured

if TYPE_CHECKING:
    from hub.flow.measures.report import Report

DAY: Final = click.DateTime(["%Y-%m-%d"])


@click.command(
    cls=Command,
    examples=(
        "crisis-hub measures --since 2026-01-01 --until 2026-04-01",
        "crisis-hub measures --since 2026-01-01 --until 2026-04-01 --format csv > quarter.csv",
        "crisis-hub measures --since 2026-01-01 --until 2026-04-01 --costs costs.yaml --json",
    ),
)
@click.option("--since", type=DAY, required=True, help="The first day, in the county's zone.")
@click.option("--until", type=DAY, required=True, help="The day after the last.")
@click.option(
    "--costs", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The county's prices, YAML."
)
@click.option("--change", type=DAY, help="The day on which something began: force is compared before and after it.")
@click.option(
    "--format",
    "shape",
    type=click.Choice(["words", "csv", "ndjson", "fhir", "html"]),
    default="words",
    show_default=True,
    help="How it is written.",
)
@config
@as_json
def measures(
    *,
    since: datetime,
    until: datetime,
    costs: Path | None,
    change: datetime | None,
    shape: str,
    config: Path,
    as_json: bool,
) -> None:
    """Count the episodes of a period: response times, demand, diversion, connection, costs.

    Numbers of 1 to 10 are hidden, and what would give them away. Each result names its query by a hash and the ledger's
    checkpoint: whoever asks the same of the same journal gets the same numbers. docs/how-to/measures.md tells of each.
    """
    from hub.app.asking.look import looking
    from hub.app.measuring.measures import report
    from hub.flow.measures.counting import Costs
    from hub.located import convert
    from hub.located import load as read
    from hub.settings import load

    if since >= until:
        raise Misconfigured(
            "The period ends before it begins.", at="--until", cure="--until is the day after the last."
        )
    prices = convert(read(costs), Costs) if costs else Costs()
    with looking(load(config)) as look:
        zone = look.known.county.zone
        progress("opening the messages of the period")
        turn = instant(change, zone) if change else 0
        found = report(look.vault, look.known, instant(since, zone), instant(until, zone), prices, change=turn)
    if as_json:
        say_json(found)
    else:
        SHAPES[shape](found)


def instant(day: datetime, zone: str) -> int:
    """The midnight with which a day begins in a zone, UTC microseconds."""
    return int(day.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).timestamp()) * 1_000_000


def _words(found: Report) -> None:
    for each in found.tables:
        say(f"{each.id}  {each.title}", style="bold")
        say(f"  {each.words}")
        names = list(dict.fromkeys(name for cell in each.cells for name, _ in cell.values))
        if each.cells:
            rows = [(*cell.at, cell.n, *(dict(cell.values).get(name, "") for name in names)) for cell in each.cells]
            table((*each.dimensions, "episodes", *names), rows)
        else:
            say("  nothing to count")
        say("")
    gone = f"; {found.destroyed} more were destroyed and are not counted" if found.destroyed else ""
    say(f"From {found.messages - found.destroyed} messages{gone}.")
    prices = [f"{name.replace('_', ' ')} {price:g}" for name, price in found.query["costs"].items()]
    say(f"Prices: {', '.join(prices)}.")
    say(f"Query {found.digest}")


def _csv(found: Report) -> None:
    from hub.flow.measures.publish import as_csv

    click.echo(as_csv(found), nl=False)


def _ndjson(found: Report) -> None:
    from hub.flow.measures.publish import as_ndjson

    click.echo(as_ndjson(found), nl=False)


def _fhir(found: Report) -> None:
    from hub.flow.measures.publish import as_fhir

    click.echo(msgspec.json.format(msgspec.json.encode(as_fhir(found)), indent=2))


def _html(found: Report) -> None:
    from hub.app.measuring.measured import page

    click.echo(page(found), nl=False)


SHAPES: Final[dict[str, Callable[[Report], None]]] = {
    "words": _words,
    "csv": _csv,
    "ndjson": _ndjson,
    "fhir": _fhir,
    "html": _html,
}
