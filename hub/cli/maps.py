"""`map`: what the mapping analyst does with a lens file, from its first line to the version in force."""

from __future__ import annotations

import asyncio
import getpass
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hub.cli.coverage import coverage, diff
from hub.cli.speak import FAILED, Command, Letters, as_json, config, say, say_json, table

if TYPE_CHECKING:
    from hub.app.formats.versions import Turned

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group(cls=Letters)
def maps() -> None:
    """Mappings: which element of a partner's messages is which field of the hub's own model.

    docs/how-to/mappings.md tells how one is written.
    """


@maps.command(cls=Command, examples=("crisis-hub map check", "crisis-hub map check h1-mapping.yaml"))
@click.argument("files", type=_FILE, nargs=-1)
@as_json
def check(*, files: tuple[Path, ...], as_json: bool) -> None:
    """Find everything that is wrong with mapping FILES: their lines, whether they compile, and the cases they carry.

    Without FILES the common mappings of all formats are checked. Each problem names file, line and what was probably meant.
    Ends with 1 when there is one.
    """
    from hub.app.formats.mappings import translators
    from hub.lens.check import count, examine

    found = {file.name: _problems(file) for file in files}
    sizes = {file.name: _size(file) for file in files}
    if not files:
        known = translators()
        found = {name: examine(one.lenses, one.syntax) for name, one in known.items()}
        sizes = {name: count(one.lenses) for name, one in known.items()}
    if as_json:
        say_json(found)
    else:
        for name, problems in found.items():
            lines, cases = sizes[name]
            said = (
                f"{len(problems)} to mend, of {lines} lines and {cases} cases"
                if problems
                else "every line and every case holds"
            )
            say(f"{name}: {said}")
            for problem in problems:
                say(f"  {problem}")
    sys.exit(FAILED if any(found.values()) else 0)


def _problems(file: Path) -> list[str]:
    from hub.app.formats import mappings
    from hub.errors import Misconfigured
    from hub.lens.check import check as checked

    try:
        return checked(file.resolve(), mappings.syntax(file.resolve()), mappings.HOME)
    except Misconfigured as refusal:
        return [str(refusal)]


def _size(file: Path) -> tuple[int, int]:
    """How many lines and cases a file has with all that it extends; none where it cannot be read."""
    from hub.app.formats import mappings
    from hub.errors import Misconfigured
    from hub.lens.check import count
    from hub.lens.load import load

    try:
        return count(load(file.resolve(), mappings.HOME))
    except Misconfigured:
        return 0, 0


@maps.command(
    cls=Command,
    examples=(
        "crisis-hub map explain hl7v2 person.birth_date",
        "crisis-hub map explain hl7v2 PID-3",
        "crisis-hub map explain h1.yaml",
    ),
)
@click.argument("mapping")
@click.argument("path", default="")
@as_json
def explain(*, mapping: str, path: str, as_json: bool) -> None:
    """Show which line of which mapping file reads and writes a PATH, as person.birth_date or PID-7. Without PATH, every line.

    MAPPING is a format, or a file.
    """
    from hub.app.formats.mappings import lenses
    from hub.errors import Lasting
    from hub.lens.explain import explain as explained
    from hub.lens.explain import ways

    known = lenses(mapping)
    found = explained(known, path) if path else tuple(ways(known))
    if not found:
        raise Lasting(
            f'No line of {mapping} serves "{path}".', cure="`crisis-hub schema --paths` lists the model's paths."
        )
    if as_json:
        say_json(found)
    else:
        rows = [(w.canon, w.wire, w.how, {"both": ""}.get(w.direction, w.direction), w.place) for w in found]
        table(("model", "wire", "how", "only", "line"), rows)


@maps.command(cls=Command, examples=('crisis-hub map publish h1-mapping.yaml --reason "ZPD-3 may be empty"',))
@click.argument("file", type=_FILE)
@click.option("--reason", required=True, help="Why; it stands in the ledger.")
@config
@as_json
def publish(*, file: Path, reason: str, config: Path, as_json: bool) -> None:
    """Check a mapping FILE, keep it as a version that never changes, and put it in force.

    A partner file names its mapping; the version of that name in force is read instead. A hub that runs
    takes it within a second. `map rollback` goes back by one.
    """
    from hub.app.formats import versions
    from hub.settings import load

    settings = load(config)
    made = versions.published(settings, file)
    before = versions.present(settings, file.stem)
    if before == made.digest:
        _say_version(file.stem, made.digest, "is in force already", as_json=as_json)
        return
    act = versions.put_in_force(settings, file.stem, made.digest, instead_of=before, by=_by(), reason=reason)
    asyncio.run(act)
    _say_version(file.stem, made.digest, "is in force", as_json=as_json)
    if not as_json:
        _say_dropped(versions.turned(settings, file.stem), made.digest)


@maps.command(cls=Command, examples=('crisis-hub map rollback h1-mapping --reason "too much was parked"',))
@click.argument("name")
@click.option("--reason", required=True, help="Why; it stands in the ledger.")
@config
@as_json
def rollback(*, name: str, reason: str, config: Path, as_json: bool) -> None:
    """Put the version of a mapping before the present one in force again. NAME is its file's, without `.yaml`."""
    from hub.app.formats import versions
    from hub.settings import load

    settings = load(config)
    digest = asyncio.run(versions.roll_back(settings, name, by=_by(), reason=reason))
    _say_version(name, digest, "is in force again", as_json=as_json)


@maps.command("versions", cls=Command, examples=("crisis-hub map versions h1-mapping",))
@click.argument("name")
@config
@as_json
def tell_versions(*, name: str, config: Path, as_json: bool) -> None:
    """Tell what each version of a mapping changed, line by line, the newest first. NAME is its file's, without `.yaml`.

    Each version stays where it was published: `crisis-hub map diff` reads what was logged with it once more.
    """
    from hub.app.formats import versions
    from hub.settings import load

    found = versions.turned(load(config), name)
    if as_json:
        say_json(found)
    elif not found:
        say("No version came after another one.")
    for one in found if not as_json else ():
        say(f"{one.digest[:12]} {one.file}, read from {one.entry}")
        for sign, lines in (("-", one.gone), ("+", one.new)):
            for line in lines:
                say(f"  {sign} {line}")


def _by() -> str:
    return f"{getpass.getuser()} (command line)"


def _say_dropped(turned: Iterable[Turned], digest: str) -> None:
    """Name the lines of tables that this version takes back: the console and `codes map` write into versions, not into the file."""
    for one in turned:
        if one.digest == digest and one.gone and one.file.endswith(".csv"):
            say(
                f"{one.file} had these lines, and has them no more; write those that are still true into it and publish:"
            )
            for line in one.gone:
                say(f"  {line}")


def _say_version(name: str, digest: str, what: str, *, as_json: bool) -> None:
    if as_json:
        say_json({"mapping": name, "digest": digest, "done": what})
    else:
        say(f"Version {digest[:12]} of {name} {what}.")


maps.add_command(coverage)
maps.add_command(diff)
