"""`backup`, `restore`, `courier`, `doctor` and `changes`: copies of a hub, a pause, a look at its health, what was configured when."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from hub.cli.hold import hold, release
from hub.cli.speak import FAILED, Command, Letters, as_json, config, say, say_json, table, when


@click.command(cls=Command, examples=("crisis-hub backup /srv/backup/2026-11-22 --keys /srv/keys/keystore-2026-11-22",))
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--keys",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="The file for the keystore's copy, elsewhere.",
)
@config
@as_json
def backup(*, folder: Path, keys: Path, config: Path, as_json: bool) -> None:
    """Copy the hub's data into FOLDER and its keystore apart; the hub may run meanwhile.

    Whoever holds FOLDER reads nothing without the keystore, and nobody reads the keystore without its key file, which is
    in neither. Keep a checkpoint somewhere else too: `crisis-hub ledger checkpoint`.
    """
    from hub import clock
    from hub.app.asking.look import resting
    from hub.app.keeping import backup as backups
    from hub.settings import load

    with resting(load(config)) as vault:
        made = backups.make(vault, folder, keys, clock.now())
    if as_json:
        say_json(made)
    else:
        say(f"{len(made.files)} files are in {folder}: the ledger {made.origin} up to leaf {made.size}.")
        say(f"The keystore's copy, opened and read to its end, is {keys}.")


@click.command(
    cls=Command, examples=("crisis-hub restore /srv/backup/2026-11-22 --checkpoint kept-by-the-auditor --actor dana",)
)
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--checkpoint",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A checkpoint that somebody kept apart from the hub.",
)
@click.option("--actor", required=True, metavar="NAME", help="Who does it: the ledger keeps it.")
@config
@as_json
def restore(*, folder: Path, checkpoint: Path | None, actor: str, config: Path, as_json: bool) -> None:
    """Bring a backup back as the hub of this config, whose data folder is empty and whose keys lie in place.

    The ledger goes on under a new name, since the old one may have been signed beyond the backup. What was ordered to be
    destroyed is destroyed again. The courier is paused until partners were asked what they received since.
    """
    from hub import clock
    from hub.app.keeping import backup as backups
    from hub.cli.acts import note
    from hub.model.entry import Kind
    from hub.settings import load

    settings = load(config)
    outside = checkpoint.read_bytes() if checkpoint else b""
    made = backups.restore(settings, folder, outside=outside, actor=actor, at=clock.now())
    compared = f"{made.lost} leaves were lost" if made.compared else "compared with no checkpoint from outside"
    note(settings, Kind.KEY, actor=actor, outcome=f"restored {made.before} at {made.size} leaves: {compared}")
    if as_json:
        say_json(made)
        return
    say(f"The hub is back as {made.origin}, with {made.size} leaves; {compared}.")
    say(f"{made.destroyed} keys were destroyed again.")
    say("The courier is paused. Ask partners what they received since the backup, then: crisis-hub courier resume")


@click.group(cls=Letters)
def courier() -> None:
    """What leaves the hub: pause all of it or hold what goes to one partner, and let it go on."""


courier.add_command(hold)
courier.add_command(release)


@courier.command(
    cls=Command, examples=("crisis-hub courier pause --actor dana --reason 'a wrong agreement was loaded'",)
)
@click.option("--actor", required=True, metavar="NAME", help="Who does it: the ledger keeps it.")
@click.option("--reason", required=True, metavar="WORDS", help="Why.")
@config
@as_json
def pause(*, actor: str, reason: str, config: Path, as_json: bool) -> None:
    """Deliver nothing from now on; messages still come in and wait. A running hub obeys within seconds."""
    from hub import clock
    from hub.app.keeping import pause as pauses
    from hub.cli.acts import note
    from hub.model.entry import Kind
    from hub.settings import load

    settings, at = load(config), clock.now()
    pauses.pause(settings, pauses.Pause(at=at, actor=actor, reason=reason))
    note(settings, Kind.CONFIG, actor=actor, outcome=f"the courier is paused: {reason}")
    if as_json:
        say_json({"paused": True})
    else:
        say("Nothing is delivered from now on. crisis-hub courier resume lets it go on.")


@courier.command(cls=Command, examples=("crisis-hub courier resume --actor dana --reason 'partners were asked'",))
@click.option("--actor", required=True, metavar="NAME", help="Who does it: the ledger keeps it.")
@click.option("--reason", required=True, metavar="WORDS", help="Why.")
@config
@as_json
def resume(*, actor: str, reason: str, config: Path, as_json: bool) -> None:
    """Let a paused courier go on: everything that waited is decided again and delivered in order."""
    from hub.app.keeping import pause as pauses
    from hub.cli.acts import note
    from hub.errors import Conflict
    from hub.model.entry import Kind
    from hub.settings import load

    settings = load(config)
    was = pauses.paused(settings)
    if was is None:
        raise Conflict("The courier is not paused.")
    note(settings, Kind.CONFIG, actor=actor, outcome=f"the courier goes on: {reason}")
    pauses.resume(settings)
    if as_json:
        say_json({"paused": False, "since": was.at})
    else:
        say(f"The courier goes on. It was paused since {when(was.at)}: {was.reason}")


_MARKS = {"well": "ok", "worth a look": "look", "ill": "ILL"}


@click.command(cls=Command, examples=("crisis-hub doctor",))
@config
@as_json
def doctor(*, config: Path, as_json: bool) -> None:
    """Look at everything the hub depends on, before it matters; say what is ill and what to do. It changes nothing.

    Ends with 1 when something is ill. A hub may run meanwhile, or never have run.
    """
    from hub import clock
    from hub.app.watching.doctor import examine
    from hub.settings import load

    found = list(examine(load(config), clock.now()))
    if as_json:
        say_json(found)
    else:
        for each in found:
            say(f"{_MARKS[each.state]:5} {each.what}: {each.words}", style="bold red" if each.state == "ill" else "")
            if each.cure:
                say(f"      {each.cure}")
    sys.exit(FAILED if any(each.state == "ill" for each in found) else 0)


@click.command(cls=Command, examples=("crisis-hub changes", "crisis-hub changes 3"))
@click.argument("number", type=click.IntRange(min=1), required=False)
@config
@as_json
def changes(*, number: int | None, config: Path, as_json: bool) -> None:
    """List every change of the configuration: when, by whom, its leaf; or what change NUMBER changed, before and after.

    Each is compared with what the ledger remembers of it; one that somebody altered ends this with 1.
    """
    from hub.app.asking.look import looking
    from hub.app.watching import changes as noted
    from hub.settings import load

    with looking(load(config)) as look:
        zone = look.known.county.zone
        if number is not None:
            found = noted.differences(look, number)
            rows = [(each.path, _said(each.before), _said(each.after)) for each in found]
            say_json(found) if as_json else table(("what", "before", "after"), rows)
            return
        log = noted.log(look)
    if as_json:
        said = [{name: getattr(each, name) for name in each.__struct_fields__ if name != "values"} for each in log]
        say_json(said)
    else:
        table(("number", "when", "who", "leaf"), [(c.number, when(c.at, zone), c.actor, c.leaf) for c in log])


def _said(value: object) -> str:
    return "-" if value is None else str(value)
