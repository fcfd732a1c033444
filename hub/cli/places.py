"""Where commands find a county when none is named: the folder they stand in, else the example county that comes along."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

import click

from hub.cli.speak import F, aside
from hub.settings import FILE, Settings, load


def county(command: F) -> F:
    """Give a command the option `--config` that may stay away."""
    place = click.Path(exists=True, file_okay=False, path_type=Path)
    words = "The folder of hub.yaml.  [default: this folder if it has one, else the example county]"
    return click.option("--config", type=place, default=None, help=words)(command)


def settings_of(named: Path | None) -> Settings:
    """The settings of a named folder, of this one, or of the example county, which is then said."""
    if named is not None:
        return load(named)
    if Path(FILE).is_file():
        return load(Path())
    aside.print("No hub.yaml here: this is the example county.", style="dim", markup=False)
    example: Any = files("examples.county")
    return load(Path(str(example)))
