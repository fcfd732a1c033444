"""`map coverage` and `map diff`: many messages through a mapping, or through two."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from hub.cli.speak import FAILED, Command, as_json, aside, config, progress, say, say_json, table

if TYPE_CHECKING:
    from hub.app.coverage.golden import Verdict
    from hub.app.coverage.measure import Format, Measured
    from hub.lens.compare import Change
    from hub.settings import Settings

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_PLACE = click.Path(exists=True, path_type=Path)
# What one look at the past may cost.
LAST = 1000
_HEADS = (
    "format",
    "source",
    "messages",
    "parked",
    "unreadable",
    "mapped",
    "transformed",
    "withheld",
    "unmapped",
    "invalid",
    "understood",
    "rewritten",
)


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

    By format and by source; beside that how many messages, put together again untouched, are what came, and where somebody
    else's reading of the same messages disagrees with ours. Files that no format recognises are counted, not read.
    No value of a message is shown.
    """
    from hub.app.coverage.measure import report

    found = report(data, fmt, progress)
    if as_json:
        say_json(
            {"formats": {name: _plain(one) for name, one in found.formats.items()}, "unrecognised": found.unrecognised}
        )
        return
    table(_HEADS, [row for name, one in found.formats.items() for row in _rows(name, one)])
    for name, one in found.formats.items():
        _often(name, one)
        for golden, verdict in one.goldens.items():
            _judged(f"{name}, {golden}", verdict)
    if found.unrecognised:
        aside.print(f"{found.unrecognised} files are of no format here.", markup=False)


def _plain(one: Format) -> dict[str, object]:
    """A format as JSON says it: what all its messages come to, then each source, then each golden set."""
    return {
        **msgspec.structs.asdict(one.whole.read),
        "rewriting": one.whole.rewriting,
        "sources": {
            source: {**msgspec.structs.asdict(each.read), "rewriting": each.rewriting}
            for source, each in one.sources.items()
        },
        "goldens": one.goldens,
    }


def _rows(name: str, one: Format) -> Iterator[tuple[object, ...]]:
    """A line a source, and one for all of them where there are several."""
    if len(one.sources) > 1:
        yield _row(name, "all", one.whole)
    for source, each in one.sources.items():
        yield _row(name, source, each)


def _row(name: str, source: str, one: Measured) -> tuple[object, ...]:
    found, again = one.read, one.rewriting
    rewritten = f"{again.same}/{again.tried}" if again.tried else "-"
    known, every = found.counts["mapped"] + found.counts["transformed"], sum(found.counts.values())
    understood = f"{100 * known // every} %" if every else "-"
    return name, source, found.messages, found.parked, found.unreadable, *found.counts.values(), understood, rewritten


def _often(name: str, one: Format) -> None:
    for outcome, often in (("unmapped", one.whole.read.unmapped), ("invalid", one.whole.read.invalid)):
        if often:
            say(f"{name}, most often {outcome}: {', '.join(f'{path} ({n})' for path, n in often[:10])}")


def _judged(name: str, found: Verdict) -> None:
    """What a golden set says of us: how much is right, what was left out and why, and every disagreement with its reason."""
    say(f"{name}: {found.agreeing} of {found.pairs} pairs agree, {found.right} of {found.fields} fields are right")
    if found.asserted:
        say(
            f"  {found.standing} of all {found.asserted} fields that it asserts stand in ours: {found.asserted_share:.1f} %"
        )
    if found.empty:
        say(f"  in {found.empty} pairs there is nothing to compare")
    for why, count in found.left_out.items():
        say(f"  left out, {why}: {count}")
    for one in found.disagreements:
        say(f"  {one.pair} {one.path}: {one.what}{f', {one.why}' if one.why else ''}")


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

    found, read = _compared(load(config), sender, draft, last)
    if as_json:
        say_json([change if values else _bare(change) for change in found])
    elif not found:
        say("Nothing would be read otherwise." if read else f"No message of {sender} is kept: nothing was compared.")
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


def _compared(settings: Settings, sender: str, draft: Path, last: int) -> tuple[list[Change], int]:
    """What would be read otherwise, and how many messages were read."""
    from hub.app.asking.look import looking
    from hub.app.coverage.measure import reader
    from hub.app.formats import rehearsal
    from hub.lens.compare import diff as differing

    with looking(settings) as look:
        way = rehearsal.sender(look.known, "", sender)
        after = rehearsal.adapter(way.adapter.name, {"mapping": str(draft.resolve()), "charset": way.charset})
        now, then = (reader(one, way.zone, way.charset) for one in (way.adapter, after))
        bodies = list(look.bodies(sender, last))
        return list(differing(now, then, bodies)), len(bodies)
