"""`conform` and `schema`: whether a file is what its format says, and what the canonical model holds."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from hub.cli.speak import FAILED, Command, as_json, say, say_json, table

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(cls=Command, examples=("crisis-hub conform admission.hl7", "crisis-hub conform --list"))
@click.argument("file", type=_FILE, required=False)
@click.option("--format", "fmt", default="", metavar="FORMAT", help="What it is in; recognised when left out.")
@click.option("--list", "list_", is_flag=True, help="Name the formats there are, and who judges each.")
@as_json
def conform(*, file: Path | None, fmt: str, list_: bool, as_json: bool) -> None:
    """Check a file against its standard, and name every place where it is not as the standard has it.

    It is judged by published libraries of other people, where there are any, and by the hub's own reader. What the message says is not
    shown. Ends with 1 when there is an error; warnings alone end with 0.
    """
    from hub.app.formats import rehearsal
    from hub.app.formats.conformance import ERROR, findings

    if list_:
        _list(as_json=as_json)
        return
    if file is None:
        raise click.UsageError("Name a file, or --list.")
    body = file.read_bytes()
    fmt = fmt or rehearsal.recognised(body)
    found = list(findings(fmt, rehearsal.adapter(fmt), body))
    if as_json:
        say_json({"format": fmt, "findings": found})
    elif found:
        table(("level", "place", "what", "by"), [(f.level, f.place, f.words, f.by) for f in found])
    else:
        say(f"{file.name} is {fmt} as it should be.")
    sys.exit(FAILED if any(finding.level == ERROR for finding in found) else 0)


def _list(*, as_json: bool) -> None:
    import adapters
    from hub.app.formats.conformance import judges

    made = {name: make({}) for name, make in adapters.found().items()}
    rows = [(name, one.media_type, judges(name, one)) for name, one in made.items()]
    if as_json:
        say_json([dict(zip(("format", "media_type", "judges"), row, strict=True)) for row in rows])
    else:
        table(("format", "media type", "judged by"), rows)


@click.command(
    cls=Command,
    examples=(
        "crisis-hub schema > canonical.json",
        "crisis-hub schema --paths",
        "crisis-hub schema --partner > partner.json",
        "crisis-hub schema --format rms",
    ),
)
@click.option("--paths", is_flag=True, help="List every path of the model with its category, instead.")
@click.option("--partner", is_flag=True, help="Print the schema of a partner file, instead.")
@click.option(
    "--format", "fmt", default="", metavar="FORMAT", help="Print the schema we publish of a format of our own, instead."
)
@as_json
def schema(*, paths: bool, partner: bool, fmt: str, as_json: bool) -> None:
    """Print the JSON Schema of the canonical crisis model, which is what every format is read into.

    The category of a path decides which rules it stands under. An editor that knows the schema of a partner file completes
    it and marks wrong words.
    """
    if paths + partner + bool(fmt) > 1:
        raise click.UsageError("--paths, --partner and --format ask for different things.")
    if paths:
        _say_paths(as_json=as_json)
        return
    found = _schema(fmt, partner=partner)
    if as_json:
        say_json(found)
    else:
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))


def _schema(fmt: str, *, partner: bool) -> dict[str, Any]:
    from hub.app.formats.conformance import schema as of_format
    from hub.app.formats.rehearsal import adapter
    from hub.errors import Lasting
    from hub.model.schema import json_schema
    from hub.partners import json_schema as of_partner

    if not fmt:
        return of_partner() if partner else json_schema()
    found = of_format(adapter(fmt))
    if found is None:
        raise Lasting(f"{fmt} is not ours: its schema is published by those who made it.")
    return found


def _say_paths(*, as_json: bool) -> None:
    from hub.model.registry import FIELDS

    if as_json:
        say_json(FIELDS)
        return
    rows = [(f.path, f.category.value, f.type + (" ..." if f.many else "")) for f in FIELDS]
    table(("path", "category", "type"), rows)
