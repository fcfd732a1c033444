"""`expunge`: destroy records by an order, tell their recipients, and hand over a certificate that an outsider can verify."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hub.cli.speak import Command, as_json, config, progress, say, say_json

if TYPE_CHECKING:
    from hub.app.keeping.expunge import Certificate
    from hub.settings import Settings
    from hub.store.writing.expunging import Share

_FILE = click.Path(dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command(
    cls=Command,
    examples=(
        "crisis-hub expunge 3f9a12c4aa01 --preview",
        "crisis-hub expunge 3f9a12c4aa01 --order 'Juvenile Court 26-114' --by jo --with kim --backup /srv/keys/copy --out cert",
        "crisis-hub expunge --resume --backup /srv/keys/copy --out cert",
    ),
)
@click.argument("messages", nargs=-1)
@click.option("--all-of", is_flag=True, help="Everything that was ever received under the same source identities.")
@click.option("--accounting", is_flag=True, help="Also what accounting keeps, where the order asks for that.")
@click.option(
    "--order", default="", metavar="WORDS", help="Which order; it stands in the ledger and on the certificate."
)
@click.option("--by", "first", default="", metavar="NAME", help="Who does it.")
@click.option("--with", "second", default="", metavar="NAME", help="The second person: another one.")
@click.option("--backup", type=_FILE, help="The file of the keystore's one backup, which is renewed.")
@click.option("--out", type=_FOLDER, help="The folder for the certificate, its proof and the verifier.")
@click.option("--preview", is_flag=True, help="Only say what would go and what would stay.")
@click.option("--resume", is_flag=True, help="Finish an expungement that was cut short.")
@config
@as_json
def expunge(
    *, messages: tuple[str, ...], all_of: bool, accounting: bool, order: str, first: str, second: str,
    backup: Path | None, out: Path | None, preview: bool, resume: bool, config: Path, as_json: bool,
) -> None:  # fmt: skip
    """Destroy records by an order: a sealed juvenile record, a court's expunction. No hub may run meanwhile.

    MESSAGES are hub ids or the sender's own. Their keys go from the keystore and from its backup, so that no copy of the
    data opens them; what was derived from them goes; what waits is not sent, and whoever received it is told to delete it.
    Other records of the person stay. Both people type their passwords. The certificate's proof is checked by verify.py alone.
    """
    from hub.settings import load

    if resume == bool(messages):
        raise click.UsageError("Name messages, or --resume.")
    settings = load(config)
    names, found = _found(settings, messages, all_of=all_of) if messages else ((), ())
    if preview:
        _say_preview(found, as_json=as_json)
        return
    if backup is None or out is None or not (resume or (order and first and second)):
        raise click.UsageError("It takes --backup and --out, and for a new one --order, --by and --with.")
    by = () if resume else _vouched(settings, (first, second))
    made = _carried_out(settings, None if resume else (names, order, by, accounting), backup, out)
    if as_json:
        say_json(made)
    else:
        _say(made, out)


def _found(settings: Settings, messages: tuple[str, ...], *, all_of: bool) -> tuple[tuple[str, ...], tuple[Share, ...]]:
    from hub.app.asking.look import looking
    from hub.app.keeping import expunge as expunging
    from hub.store.asking.journal import Wanted

    with looking(settings) as look:
        found = [look.message(name) for name in messages]
        names = dict.fromkeys(one.journal for one in found)
        for owner in {one.owner for one in found} if all_of else ():
            before = 0
            while page := look.messages(Wanted(owner=owner, before=before)):
                names.update(dict.fromkeys(one.journal for one in page if one.state != "expunged"))
                before = page[-1].seq
        return tuple(names), expunging.preview(look.vault, names)


def _vouched(settings: Settings, names: tuple[str, str]) -> tuple[str, ...]:
    from hub.access.roles import Right
    from hub.app.acts.two import vouched

    passwords = [click.prompt(f"Password of {name}", hide_input=True, err=True) for name in names]
    return asyncio.run(vouched(settings, names, passwords, Right.EXPUNGE))


def _carried_out(
    settings: Settings, asked: tuple[tuple[str, ...], str, tuple[str, ...], bool] | None, backup: Path, out: Path
) -> Certificate:
    from hub.app.keeping import expunge as expunging

    ask = None
    if asked:
        messages, order, by, accounting = asked
        ask = expunging.Ask(messages=messages, order=order, by=by, accounting=accounting)
    return expunging.expunge(settings, ask, backup=backup, out=out, progress=_progress)


def _progress(done: int, total: int) -> None:
    if done == total or done % 10_000 < 200:
        progress(f"the index is written anew: {done} of {total} rows")


def _say_preview(found: tuple[Share, ...], *, as_json: bool) -> None:
    if as_json:
        say_json([{"identity": s.owner.hex(), "gone": s.gone, "left": s.left, "beside": s.beside} for s in found])
        return
    for share in found:
        whole = "nothing of it stays" if share.wholly else f"{share.left} other messages of it stay"
        say(f"Source identity {share.owner.hex()}: {len(share.gone)} messages go, {whole}.")


def _say(made: Certificate, out: Path) -> None:
    keys = ", ".join(f"{count} {use}" for use, count in made.keys_destroyed.items()) or "none"
    say(f"{len(made.messages)} messages are expunged; keys destroyed: {keys}.", style="bold")
    if made.recipients_told:
        say(f"Told to delete what they received: {', '.join(made.recipients_told)}.")
    if made.recipients_told_by_hand:
        say(f"To be told by hand (crisis-hub recall list): {', '.join(made.recipients_told_by_hand)}.")
    for limit in made.limits:
        say(f"  {limit}")
    say(f"The certificate and its proof are in {out}; an outsider verifies them with Python 3.11 and cryptography:")
    say(
        f'  python {out / "verify.py"} receipt {out / "certificate.tlog-proof"} "$(cat {out / "key"})"'
        f" --certifies {out / 'certificate.json'}"
    )
