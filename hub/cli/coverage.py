"""`map coverage` and `map diff`: many messages through a mapping, or through two."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hub.cli.speak import FAILED, Command, as_json, aside, config, progress, say, say_json, table

if TYPE_CHECKING:
    from hub.contracts import Adapter
    from hub.lens.compare import Change, Coverage, Read
    from hub.settings import Settings

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_PLACE = click.Path(exists=True, path_type=Path)
# What one look at the past may cost.
LAST = 1000


@click.command(
    cls=Command,
    examples=("crisis-hub map coverage --data samples/", "crisis-hub map coverage --data samples/ --format hl7v2"),
)
@click.option("--data", type=_PLACE, required=True, help="A file of messages, or a folder: every file below it.")
@click.option(
    "--format", "fmt", default="", metavar="FORMAT", help="Only this format; recognised file by file when left out."
)
@as_json
def coverage(*, data: Path, fmt: str, as_json: bool) -> None:
    """Read many messages and count what became of every element: mapped, transformed, withheld, unmapped or invalid.

    Files that no format recognises are counted, not read. No value of a message is shown.
    """
    from hub.lens.compare import coverage as covered

    files, strange = _by_format(data, fmt)
    found: dict[str, Coverage] = {}
    for name, (adapter, paths) in files.items():
        progress(f"{name}: reading {len(paths)} files")
        found[name] = covered(_reader(adapter), (piece for path in paths for piece in _pieces(adapter, path)))
    if as_json:
        say_json({"formats": found, "unrecognised": strange})
        return
    heads = ("format", "messages", "parked", "unreadable", "mapped", "transformed", "withheld", "unmapped", "invalid")
    table(heads, [(n, c.messages, c.parked, c.unreadable, *c.counts.values()) for n, c in found.items()])
    for name, one in found.items():
        for outcome, often in (("unmapped", one.unmapped), ("invalid", one.invalid)):
            if often:
                say(f"{name}, most often {outcome}: {', '.join(f'{path} ({n})' for path, n in often[:10])}")
    if strange:
        aside.print(f"{strange} files are of no format here.", markup=False)


def _by_format(place: Path, fmt: str) -> tuple[dict[str, tuple[Adapter, list[Path]]], int]:
    import adapters
    from hub.app.rehearsal import adapter

    known = {fmt: adapter(fmt)} if fmt else {name: make({}) for name, make in adapters.found().items()}
    found: dict[str, tuple[Adapter, list[Path]]] = {name: (one, []) for name, one in known.items()}
    strange = 0
    for path in [place] if place.is_file() else sorted(p for p in place.rglob("*") if p.is_file()):
        body = path.read_bytes()
        names = [name for name, one in known.items() if one.recognises(body)]
        if len(names) == 1:
            found[names[0]][1].append(path)
        else:
            strange += 1
    return {name: pair for name, pair in found.items() if pair[1]}, strange


def _pieces(adapter: Adapter, path: Path) -> Iterator[bytes]:
    from hub.errors import HubError

    body = path.read_bytes()
    try:
        yield from adapter.split(body)
    except HubError:
        yield body  # it is counted where it cannot be read


def _reader(adapter: Adapter, zone: str = "UTC", charset: str = "") -> Read:
    from hub.contracts import Received

    received = Received(journal="map", partner="map", as_of=0, zone=zone, charset=charset)
    return lambda body: adapter.read(body, received)


@click.command(
    cls=Command,
    examples=("crisis-hub map diff draft.yaml --sender H1", "crisis-hub map diff draft.yaml --sender H1 --values"),
)
@click.argument("draft", type=_FILE)
@click.option("--sender", required=True, metavar="PARTNER", help="Whose logged messages to read with the draft.")
@click.option("--last", default=LAST, show_default=True, help="How many of them, the newest first.")
@click.option("--values", is_flag=True, help="Show what is read, before and after: these are people's data.")
@config
@as_json
def diff(*, draft: Path, sender: str, last: int, values: bool, config: Path, as_json: bool) -> None:
    """Read a partner's logged messages with a DRAFT of its mapping, and show what would be read otherwise. Nothing is sent.

    Ends with 1 when anything differs.
    """
    from hub.settings import load

    found = list(_changes(load(config), sender, draft, last))
    if as_json:
        say_json([change if values else _bare(change) for change in found])
    elif not found:
        say("Nothing would be read otherwise.")
    elif values:
        table(
            ("message", "path", "what", "before", "after"),
            [(c.message, c.path, c.what, c.before, c.after) for c in found],
        )
    else:
        counted = Counter((change.path or "(the message)", change.what) for change in found)
        table(("path", "what", "messages"), [(*key, n) for key, n in counted.most_common()])
    sys.exit(FAILED if found else 0)


def _bare(change: Change) -> dict[str, str]:
    return {"message": change.message, "path": change.path, "what": change.what}


def _changes(settings: Settings, sender: str, draft: Path, last: int) -> Iterator[Change]:
    from hub.app import rehearsal
    from hub.app.look import looking
    from hub.lens.compare import diff as differing

    with looking(settings) as look:
        way = rehearsal.sender(look.known, "", sender)
        after = rehearsal.adapter(way.adapter.name, {"mapping": str(draft.resolve()), "charset": way.charset})
        now, then = (_reader(one, way.zone, way.charset) for one in (way.adapter, after))
        yield from differing(now, then, look.bodies(sender, last))
