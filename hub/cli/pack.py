"""`pack`: what a partner may read while the hub is away; `open` needs nothing of the hub but the file and two keys."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click
import msgspec

from hub.cli.speak import Command, Letters, as_json, config, into, say, say_json, table, when

if TYPE_CHECKING:
    from hub.app.care.packs import Packer
    from hub.flow.pack import Contents
    from hub.tlog.pack import Pack

T = TypeVar("T")
_file = click.Path(exists=True, dir_okay=False, path_type=Path)
_hub = click.option("--hub", required=True, help="The hub's public key, as `pack key` prints it, or a file with it.")
_who = click.option(
    "--who", required=True, help="Who reads: a unit or a number, never a name of the person it is about."
)


@click.group(cls=Letters)
def pack() -> None:
    """Offline packs: beds, teams and a partner's own cards, sealed and signed, for when the hub is away."""


@pack.command(cls=Command, examples=("crisis-hub pack make PD --hours 4 --out pd.pack",))
@click.argument("partner")
@click.option("--hours", default=4.0, show_default=True, help="How long it holds; twelve at most.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="Where to write it.")
@click.option(
    "--incident",
    "incidents",
    multiple=True,
    help="An incident of theirs that dispatch did not tell of; may be given again.",
)
@config
@as_json
def make(*, partner: str, hours: float, out: Path, incidents: tuple[str, ...], config: Path, as_json: bool) -> None:
    """Make a pack for one partner: only what the rules let it see now. Its leaves are written first."""
    from hub.spans import HOUR

    made = asyncio.run(
        _packing(
            config, lambda packer: packer.make(partner, lasts=round(hours * HOUR), actor=_actor(), incidents=incidents)
        )
    )
    into(out, made)
    if as_json:
        say_json({"partner": partner, "file": str(out), "bytes": len(made)})
        return
    say(f"{out}: a pack for {partner}, {len(made)} bytes. Its secret opens it: crisis-hub pack key {partner}.")


@pack.command(cls=Command, examples=("crisis-hub pack key PD",))
@click.argument("partner")
@config
@as_json
def key(*, partner: str, config: Path, as_json: bool) -> None:
    """Print the secret that opens a partner's packs, and the hub's public key. Hand them over in person, once."""

    async def read(packer: Packer) -> tuple[str, str]:
        return packer.secret(partner), str(packer.vault.signer.verifier)

    secret, public = asyncio.run(_packing(config, read))
    if as_json:
        say_json({"partner": partner, "secret": secret, "hub": public})
        return
    say(f"secret of {partner}: {'-'.join(secret[at : at + 4] for at in range(0, len(secret), 4))}")
    say(f"the hub's key: {public}")


@pack.command(
    "open", cls=Command, examples=("crisis-hub pack open pd.pack --hub hub.key --who 12A --secret-file pd.secret",)
)
@click.argument("file", type=_file)
@_hub
@_who
@click.option("--secret-file", type=_file, help="A file with the partner's secret; asked for where it is left out.")
@as_json
def open_(*, file: Path, hub: str, who: str, secret_file: Path | None, as_json: bool) -> None:
    """Read a pack, without a hub and without a network. That it was read is noted beside it, to be entered later."""
    found, contents, secret = _opened(file, hub, secret_file)
    _note(file, found, secret, who, "opened")
    if as_json:
        say_json({"partner": found.partner, "made_at": found.made_at, "until": found.until, "contents": contents})
        return
    say(f"Copy for {found.partner} from {when(found.made_at)}, valid to {when(found.until)}.", style="bold")
    table(
        ("beds", "unit", "can offer", "for", "as of"),
        [(b.facility, b.unit, b.offerable, ", ".join(b.kinds), when(b.at) if b.at else "-") for b in contents.beds],
    )
    table(
        ("who comes", "what", "telephone", "hours"),
        [(t.name, t.what, ", ".join(t.phones), ", ".join(t.hours)) for t in contents.teams],
    )
    for incident, card in contents.cards.items():
        say(f"Incident {incident}", style="bold")
        for line, words in card.items():
            if words and line != "padding":
                say(f"  {line.replace('_', ' ')}: {', '.join(words) if isinstance(words, list) else words}")


@pack.command(cls=Command, examples=("crisis-hub pack act pd.pack --hub hub.key --who 12A --what transported",))
@click.argument("file", type=_file)
@_hub
@_who
@click.option("--what", required=True, help="told, arrived, transported, left or resolved.")
@click.option("--secret-file", type=_file, help="A file with the partner's secret; asked for where it is left out.")
@as_json
def act(*, file: Path, hub: str, who: str, what: str, secret_file: Path | None, as_json: bool) -> None:
    """Note what was done while the hub was away, in the queue beside the pack."""
    found, _, secret = _opened(file, hub, secret_file)
    _note(file, found, secret, who, what)
    if as_json:
        say_json({"noted": what, "queue": str(_queue(file))})
        return
    say(f"Noted in {_queue(file)}: {what}.")


@pack.command(cls=Command, examples=("crisis-hub pack reconcile PD pd.pack.acts",))
@click.argument("partner")
@click.argument("queue", type=_file)
@config
@as_json
def reconcile(*, partner: str, queue: Path, config: Path, as_json: bool) -> None:
    """Enter what was done while the hub was away: each act once, with an entry in the ledger that says it came late.

    A line that somebody changed is refused.
    """
    body = queue.read_bytes()
    fresh, known, refused = asyncio.run(
        _packing(config, lambda packer: packer.reconcile(partner, body, actor=_actor()))
    )
    if as_json:
        say_json({"entered": fresh, "known": known, "refused": refused})
        return
    say(f"{fresh} acts entered, each marked late; {known} known already.")
    for line in refused:
        say(f"refused, {line}")


def _opened(file: Path, hub: str, secret_file: Path | None) -> tuple[Pack, Contents, bytes]:
    from hub import clock
    from hub.flow.pack import decode
    from hub.tlog.notes import VerifierKey
    from hub.tlog.pack import opened, secret_key

    public = Path(hub).read_text().strip() if Path(hub).is_file() else hub
    secret = secret_file.read_text() if secret_file else click.prompt("Secret", hide_input=True)
    key = secret_key(secret)
    found = opened(file.read_bytes(), key=key, trusted=[VerifierKey.parse(public)], now=clock.now())
    return found, decode(found.contents), key


def _note(file: Path, found: Pack, key: bytes, who: str, what: str) -> None:
    from hub import clock
    from hub.errors import Lasting
    from hub.flow.pack import ACTS, Act
    from hub.tlog.pack import marked

    if what not in ACTS:
        raise Lasting("This is no act of the list.", cure=f"One of {', '.join(ACTS)}.")
    line = msgspec.json.encode(Act(pack=found.number, at=clock.now(), who=who, what=what))
    with _queue(file).open("ab") as queue:
        queue.write(marked(line, key))


def _queue(file: Path) -> Path:
    return file.with_name(f"{file.name}.acts")


async def _packing(config: Path, act: Callable[[Packer], Awaitable[T]]) -> T:
    from hub.app.asking.look import looking
    from hub.app.care.packs import Packer
    from hub.app.hatch import writer
    from hub.settings import load

    settings = load(config)
    with looking(settings) as look:
        async with writer(settings) as (desk, _):
            return await act(Packer(known=look.known, vault=look.vault, desk=desk))


def _actor() -> str:
    return f"{getpass.getuser()} (command line)"
