"""`reconcile`: the records clerk's morning, when what the hub holds is held against what the partner's own system has."""

from __future__ import annotations

from pathlib import Path

import click

from hub.cli.speak import FAILED, Command, as_json, config, say, say_json


@click.command(cls=Command, examples=("crisis-hub reconcile PD contacts-2026-03-10.csv",))
@click.argument("partner")
@click.argument("export", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@config
@as_json
def reconcile(*, partner: str, export: Path, config: Path, as_json: bool) -> None:
    """Compare EXPORT, a file of PARTNER's own system, with what PARTNER sent the hub, record by record.

    Records are known by their own number and version, for 30 days. Nothing of the file is kept, and no value is shown: what
    differs is told by its path. Ends with 1 where there is a difference.
    """
    from hub.app.look import looking
    from hub.app.reconcile import WORDS
    from hub.app.reconcile import reconcile as compared
    from hub.settings import load

    with looking(load(config)) as look:
        found = compared(look, partner, export.read_bytes())
    whole = len(found.records)
    differing = [record for record in found.records if record.standing != "same"]
    if as_json:
        say_json({"partner": partner, "records": found.records, "counts": found.counts})
    else:
        many = "" if whole == 1 else "s"
        held = whole - len(differing)
        say(f"{partner} has {whole} record{many} in this file; the hub holds {held} of them as they are.")
        for standing, number in found.counts.items():
            if number and standing != "same":
                say(f"  {number} {WORDS[standing]}")
        for record in differing:
            why = "; ".join(filter(None, (record.why, ", ".join(record.paths))))
            say(f"    record {record.number}: {WORDS[record.standing]}{f' ({why})' if why else ''}")
    if differing:
        raise click.exceptions.Exit(FAILED)
