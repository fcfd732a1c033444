"""`partners`: what a county's files say wrong, how its partners are, and what waits for somebody."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hub.cli.attend import alerts, take, tasks, tend
from hub.cli.places import county, settings_of
from hub.cli.speak import FAILED, Command, Letters, as_json, say, say_json, tell
from hub.cli.today import health

if TYPE_CHECKING:
    from hub.app.formats.kit import Kit
    from hub.errors import Misconfigured

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group(cls=Letters)
def partners() -> None:
    """The partners of a county: their files, how each of them is, and the alerts and tasks that wait for somebody."""


for each in (health, alerts, take, tasks, tend):
    partners.add_command(each)


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
        files = (
            f"{count} partner files, and every word of them holds"
            if count > 1
            else "one partner file, and every word holds"
        )
        say(f"{len(wrong)} to mend." if wrong else f"{name}: {files}.")
    sys.exit(FAILED if wrong else 0)


@partners.command(
    "kit",
    cls=Command,
    examples=(
        "crisis-hub partners kit B1",
        "crisis-hub partners kit H1 --samples from-their-engine",
        "crisis-hub partners kit B1 --send --admit",
    ),
)
@click.argument("partner")
@click.option(
    "--samples", type=_FOLDER, help="A folder of messages of theirs, about nobody; else the example county's."
)
@click.option("--send", is_flag=True, help="Send what is written to their own address, each message twice.")
@click.option("--admit", is_flag=True, help="Where all passed, sign that, so that deliveries may begin.")
@county
@as_json
def partners_kit(
    *, partner: str, samples: Path | None, send: bool, admit: bool, config: Path | None, as_json: bool
) -> None:
    """Try what PARTNER's file declares, case by case: its messages are read, and what it would get is written, and taken.

    Everybody in it is invented. Without --send nothing leaves. A county that says `admission: kit` sends nothing to a
    partner whose present file has not passed. Ends with 1 when a case fails.
    """
    from hub.app.formats import admission, kit
    from hub.app.house import household
    from hub.errors import Lasting
    from hub.located import near

    settings = settings_of(config)
    known = household(settings, ready=False)
    if (found := known.county.partners.get(partner)) is None:
        raise Lasting(f'There is no partner "{partner}".', cure=near(partner, list(known.county.partners)))
    tried = kit.tried(settings, known, found, kit.samples(samples) if samples else (), send=send)
    signed = admission.admit(settings, found, tried.passed) if admit and tried.whole else None
    if as_json:
        say_json({"partner": partner, "passed": tried.passed, "of": len(tried.cases), "cases": tried.cases,
                  "untried": tried.untried, "admitted": signed is not None})  # fmt: skip
    else:
        _say_kit(tried, signed)
    sys.exit(0 if tried.whole else FAILED)


def _say_kit(tried: Kit, signed: Path | None) -> None:
    for case in tried.cases:
        if not case.passed:
            say(f"failed     {case.name}: {case.words}")
    for words in tried.untried:
        say(f"not tried  {words}")
    say(f"{tried.partner}: {tried.passed} of {len(tried.cases)} passed.")
    if signed:
        say(f"It is let in: {signed} says so, signed, for this very file.")


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
