"""`partners`: what a county's files say wrong."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hub.cli.speak import FAILED, Command, Letters, as_json, say, say_json, tell
from hub.cli.today import health

if TYPE_CHECKING:
    from hub.errors import Misconfigured

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group(cls=Letters)
def partners() -> None:
    """The partner files of a county."""


partners.add_command(health)


@partners.command("check", cls=Command, examples=("crisis-hub partners check --config examples/county",))
@click.option(
    "--config", type=_FOLDER, default=Path(), show_default="this folder", help="The folder of hub.yaml or county.yaml."
)
@as_json
def partners_check(*, config: Path, as_json: bool) -> None:
    """Read every partner file as the hub does at start, and name every wrong word with file, line and cure.

    Ends with 1 when anything is wrong. What holds here holds at start: the hub refuses the same files.
    """
    name, count, wrong = _examined(config)
    if as_json:
        said = [{"at": w.at, "message": w.message, "cure": w.cure} for w in wrong]
        say_json({"county": name, "partners": count, "wrong": said})
    else:
        for problem in wrong:
            tell(problem)
        say(f"{len(wrong)} to mend." if wrong else f"{name}: {count} partner files, and every word of them holds.")
    sys.exit(FAILED if wrong else 0)


def _examined(folder: Path) -> tuple[str, int, tuple[Misconfigured, ...]]:
    import adapters
    from hub import clock
    from hub.app.house import household
    from hub.errors import Misconfigured
    from hub.partners import examine
    from hub.settings import FILE, load

    settings = load(folder) if (folder / FILE).is_file() else None
    place = Path(settings.county) if settings else folder
    found, wrong = examine(place, formats=adapters.found(), at=clock.now())
    if found is not None and settings is not None:
        try:
            household(settings)
        except Misconfigured as refusal:
            wrong = (refusal,)
    return (found.name, len(found.partners), wrong) if found else ("", 0, wrong)
