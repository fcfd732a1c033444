"""`translate`: read a file, and show what a partner would receive of it, and why."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hub.cli.places import county, settings_of
from hub.cli.speak import FAILED, Command, as_json, aside, say_json, say_whole

if TYPE_CHECKING:
    from hub.app.formats.rehearsal import Shown
    from hub.app.house import Household
    from hub.contracts import Losses, Reading

_FILE = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)


@click.command(
    cls=Command,
    examples=(
        "crisis-hub translate admission.hl7",
        "crisis-hub translate admission.hl7 --sender H1 --as B1",
        "crisis-hub translate admission.hl7 --sender H1 --to fhir",
    ),
)
@click.argument("file", type=_FILE)
@click.option("--from", "from_", default="", metavar="FORMAT", help="What it is in; recognised when left out.")
@click.option("--to", default="", metavar="FORMAT", help="Show it for every partner that takes this format.")
@click.option("--as", "partner", default="", metavar="PARTNER", help="Show what this partner would receive.")
@click.option(
    "--sender", default="", metavar="PARTNER", help="Whose message it is; needed when several send the format."
)
@county
@as_json
def translate(
    *, file: Path, from_: str, to: str, partner: str, sender: str, config: Path | None, as_json: bool
) -> None:
    """Read a file and print what it says as canonical events; or print what a partner would receive of it.

    Nothing is kept and nothing is sent. With --as or --to the message is decided under the partner's file as the hub would
    decide it now, for a person about whom nothing is known yet; the reasons go to standard error, the message to standard
    output. FILE may be - for standard input.
    """
    from hub.app.formats import rehearsal
    from hub.app.house import household

    body = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    fmt = from_ or rehearsal.recognised(body)
    if not (sender or partner or to):
        _say_read(fmt, rehearsal.readings(rehearsal.adapter(fmt), body, rehearsal.received()), as_json=as_json)
        return
    known = household(settings_of(config), ready=False)
    way = rehearsal.sender(known, fmt, sender)
    facts = rehearsal.received(way)
    read = rehearsal.readings(way.adapter, body, facts)
    if not (partner or to):
        _say_read(fmt, read, as_json=as_json)
        return
    _known(known, partner, to)
    played = (rehearsal.Rehearsal(known, way.partner, reading, facts) for reading in read)
    _say_shown([shown for one in played for shown in one.shown(partner, to)], partner or to, as_json=as_json)


def _known(known: Household, partner: str, fmt: str) -> None:
    """Refuse a partner or a format that there is not."""
    from hub.app.formats.rehearsal import adapter
    from hub.errors import Lasting
    from hub.located import near

    if partner and partner not in known.county.partners:
        raise Lasting(f'There is no partner "{partner}".', cure=near(partner, list(known.county.partners)))
    if fmt:
        adapter(fmt)


def _say_read(fmt: str, found: list[Reading], *, as_json: bool) -> None:
    import msgspec

    if as_json:
        say_json({"format": fmt, "messages": [_plain(reading) for reading in found]})
        return
    events = msgspec.json.encode([event for reading in found for event in reading.events])
    click.echo(msgspec.json.format(events, indent=2).decode())
    for reading in found:
        _say_losses(f"{reading.kind} {reading.message_id}".strip(), reading.account())


def _plain(reading: Reading) -> dict[str, Any]:
    losses = reading.account()
    return {
        "kind": reading.kind,
        "message_id": reading.message_id,
        "events": reading.events,
        "losses": losses.counts(),
        "unmapped": _paths(losses, "unmapped"),
        "invalid": _paths(losses, "invalid"),
        "unmapped_codes": reading.unmapped_codes,
    }


def _paths(losses: Losses, outcome: str) -> list[str]:
    return [loss.path for loss in losses.items if loss.outcome == outcome]


def _say_losses(title: str, losses: Losses) -> None:
    """The five outcomes, and the paths of what was not understood; never a value."""
    counts = losses.counts()
    whole = sum(counts.values())
    aside.print(f"{title}: {whole} elements, {', '.join(f'{n} {name}' for name, n in counts.items())}", markup=False)
    for outcome in ("invalid", "unmapped"):
        if paths := _paths(losses, outcome):
            aside.print(f"  {outcome}: {', '.join(paths)}", markup=False)


def _say_shown(found: list[Shown], wanted: str, *, as_json: bool) -> None:
    if as_json:
        say_json([_told(shown) for shown in found])
    elif not found:
        aside.print(f"Nothing for {wanted}: no interest of theirs meets this message.", markup=False)
    else:
        for shown in found:
            _say_one(shown)
    if any(shown.problem for shown in found):
        sys.exit(FAILED)


def _say_one(shown: Shown) -> None:
    sent, withheld = shown.elements.counts
    aside.print(
        f"{shown.partner}, {shown.interest}, {shown.format}: {sent} elements sent, {withheld} withheld", style="bold"
    )
    for sentence in shown.sentences:
        aside.print(f"  {sentence}", markup=False)
    if shown.elements.withheld:
        aside.print(f"  withheld elements: {', '.join(sorted(shown.elements.withheld))}", markup=False)
    if shown.problem:
        aside.print(f"  it could not be written: {shown.problem}", style="bold red", markup=False)
        return
    if shown.body:
        _say_losses(f"  written as {shown.format}", shown.losses)
        say_whole(shown.body)


def _told(shown: Shown) -> dict[str, Any]:
    return {
        "partner": shown.partner,
        "interest": shown.interest,
        "purpose": shown.purpose,
        "format": shown.format,
        "media_type": shown.media_type,
        "body": shown.body.decode(errors="replace"),
        "sent": shown.elements.sent,
        "withheld": shown.elements.withheld,
        "losses": {**shown.losses.counts(), "withheld": shown.elements.counts[1]} if shown.body else {},
        "why": shown.sentences,
        "problem": shown.problem,
    }
