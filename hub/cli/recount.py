"""`ledger recount`: a published export of the measures, counted again."""

from __future__ import annotations

from pathlib import Path

import click

from hub.cli.speak import Command, as_json, config, progress, say, say_json


@click.command(cls=Command, examples=("crisis-hub ledger recount 2026-q1.ndjson",))
@click.argument("export", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@config
@as_json
def recount(*, export: Path, config: Path, as_json: bool) -> None:
    """Count again what an export of `measures --format ndjson` says was asked, and hold it against what was published.

    Every number is the same, or its row is named; and the ledger of now begins with the tree under whose checkpoint it stood.
    It ends with 1 where something differs.
    """
    from hub.app.asking.look import looking
    from hub.app.measuring.recount import recount as counted
    from hub.settings import load

    with looking(load(config)) as look:
        progress("opening the messages of the period")
        found = counted(look.vault, look.known, export.read_bytes())
    if as_json:
        say_json(
            {"identical": found.identical, "rows": found.rows, "differ": found.differ, "destroyed": found.destroyed}
        )
    else:
        say(
            f"{found.rows} rows, {len(found.differ)} of them other than published."
            if found.differ
            else f"{found.rows} rows, all as published."
        )
        for measure, at, value in found.differ:
            say(f"  {measure}  {at}  {value or 'episodes'}")
        say(f"{found.destroyed} messages were destroyed since. Query {found.query}")
    if found.differ:
        raise SystemExit(1)
