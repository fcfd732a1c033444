"""`report`: what a state's law asks to be told each year, by a template, from the same numbers as the measures."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from hub.cli.measures import DAY, instant
from hub.cli.speak import Command, as_json, config, into, progress, say, say_json, table
from hub.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hub.flow.measures.filed import Filed

_FORMS: Final = ("words", "csv", "pdf")


@click.command(
    cls=Command,
    examples=(
        "crisis-hub report legislature.yaml --since 2026-01-01 --until 2027-01-01",
        "crisis-hub report legislature.yaml --since 2026-01-01 --until 2027-01-01 --format pdf --out 2026.pdf",
    ),
)
@click.argument("template", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--since", type=DAY, required=True, help="The first day, in the county's zone.")
@click.option("--until", type=DAY, required=True, help="The day after the last.")
@click.option(
    "--costs", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The county's prices, YAML."
)
@click.option(
    "--format", "shape", type=click.Choice(_FORMS), default="words", show_default=True, help="How it is written."
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="A file; a PDF needs one.")
@config
@as_json
def report(
    *,
    template: Path,
    since: datetime,
    until: datetime,
    costs: Path | None,
    shape: str,
    out: Path | None,
    config: Path,
    as_json: bool,
) -> None:
    """File the report that a state asks for: its own lines, from the measures and the public count of disclosures.

    A number that may not be told there is not told here. The report names the law, the query and the ledger's checkpoint.
    """
    from hub.app.asking.look import looking
    from hub.app.measuring.filing import Filing, as_csv, as_pdf, filing
    from hub.flow.measures.counting import Costs
    from hub.flow.measures.filed import Template, check
    from hub.located import convert
    from hub.located import load as read
    from hub.settings import load

    if shape == "pdf" and out is None:
        raise Misconfigured("A PDF is no text for a terminal.", at="--format", cure="Name a file with --out.")
    if since >= until:
        raise Misconfigured(
            "The period ends before it begins.", at="--until", cure="--until is the day after the last."
        )
    asked = convert(read(template), Template)
    check(asked)
    prices = convert(read(costs), Costs) if costs else Costs()
    with looking(load(config)) as look:
        zone = look.known.county.zone
        progress("opening the messages of the period")
        made: Filing = filing(look, asked, instant(since, zone), instant(until, zone), prices)
    if as_json:
        say_json(made)
    elif out is not None:
        into(out, as_pdf(made) if shape == "pdf" else as_csv(made).encode())
        say(f"Written to {out}.")
    elif shape == "csv":
        click.echo(as_csv(made), nl=False)
    else:
        _words(made.title, made.law, made.lines)
        say(f"Query {made.query}")


def _words(title: str, law: str, lines: Sequence[Filed]) -> None:
    say(title, style="bold")
    say(law)
    table(("", "number"), [(line.words, line.number) for line in lines])
