"""`reconcile`: the records clerk's morning, when what the hub holds is held against what the partner's own system has."""

from __future__ import annotations

from pathlib import Path

import click

from hub.cli.speak import FAILED, Command, as_json, config, say, say_json


@click.command(cls=Command, examples=("crisis-hub reconcile PD contacts-2026-03-10.csv", "crisis-hub reconcile PD"))
@click.argument("partner")
@click.argument("export", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@config
@as_json
def reconcile(*, partner: str, export: Path | None, config: Path, as_json: bool) -> None:
    """Compare EXPORT, a file of PARTNER's own system, with what PARTNER sent the hub, record by record.

    Records are known by their own number and version, for 30 days. Nothing of the file is kept, and no value is shown: what
    differs is told by its path. Without EXPORT: what the running hub found at the last export that it fetched by itself, where
    the partner's file names one. Ends with 1 where there is a difference.
    """
    from hub.app.asking.look import looking
    from hub.app.formats.reconcile import reconcile as compared
    from hub.app.formats.reconcile import words
    from hub.app.formats.reconciling import newest
    from hub.settings import load

    with looking(load(config)) as look:
        if export is None:
            report = newest(look, partner)
            lines, agrees = (
                [f"{report.day}: {line}" for line in report.words[:1]] + list(report.words[1:]),
                report.agrees,
            )
            said: dict[str, object] = {"partner": partner, "day": report.day, "agrees": agrees, "words": report.words}
        else:
            found = compared(look, partner, export.read_bytes())
            lines, agrees = list(words(found)), all(record.standing == "same" for record in found.records)
            said = {"partner": partner, "records": found.records, "counts": found.counts}
    if as_json:
        say_json(said)
    else:
        for line in lines:
            say(line)
    if not agrees:
        raise click.exceptions.Exit(FAILED)
