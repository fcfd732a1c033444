"""`ledger`: verify it, prove one leaf, export it for somebody who trusts nobody, print its checkpoint."""

from __future__ import annotations

from pathlib import Path

import click

from hub.cli.recount import recount
from hub.cli.speak import Command, Letters, as_json, aside, config, progress, say, say_json


@click.group(cls=Letters)
def ledger() -> None:
    """What the hub did with people's data: one append-only log that an outsider can verify, each entry of it a leaf.

    docs/ledger.md tells what is in it.
    """


ledger.add_command(recount)


@ledger.command(
    cls=Command, examples=("crisis-hub ledger verify", "crisis-hub ledger verify --tree --kept old-checkpoint")
)
@click.option(
    "--tree", is_flag=True, help="The tree alone, without the facts behind its leaves, which take the longest."
)
@click.option(
    "--kept",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A checkpoint that somebody kept: does the ledger still begin with its tree?",
)
@config
@as_json
def verify(*, tree: bool, kept: Path | None, config: Path, as_json: bool) -> None:
    """Re-derive the whole ledger from its leaves and compare it with what was signed, and each leaf with the facts behind it.

    Ends with 1 at the first difference, and names it. A hub may run meanwhile.
    """
    from hub.app.asking.look import resting
    from hub.app.keeping import proofs
    from hub.settings import load

    with resting(load(config)) as vault:
        progress("hashing every leaf")
        found = proofs.verify(vault, facts=not tree)
        old = proofs.follows(vault, kept.read_bytes()) if kept else None
    if as_json:
        also = {"kept": old.size} if old else {}
        say_json({"verified": True, **{name: getattr(found, name) for name in found.__struct_fields__}, **also})
        return
    say(f"The ledger {found.origin} holds: {found.leaves} leaves, verified in {found.tree_s:.2f} s.")
    say(f"  root       {found.root or 'none yet'}")
    gone = f"; of {found.destroyed} they were destroyed" if found.destroyed else ""
    facts = f"{found.opened} leaves commit to the facts behind them{gone} ({found.facts_s:.2f} s)"
    say(f"  facts      {'were not looked at' if tree else facts}")
    say(
        f"  signer     {'remembers no other tree' if found.remembered else 'has no memory here: nothing to compare with'}"
    )
    if found.published:
        say(f"  published  the folder that others fetch holds the same {found.published} leaves")
    if old:
        say(f"  kept       the ledger still begins with the {old.size} leaves of the checkpoint that was kept")


@ledger.command(cls=Command, examples=("crisis-hub ledger prove 12 --out leaf-12",))
@click.argument("leaf", type=click.IntRange(min=0))
@click.option("--out", type=click.Path(path_type=Path), help="Write OUT.leaf and OUT.tlog-proof instead of printing.")
@click.option("--witnessed", is_flag=True, help="Under the newest checkpoint that an outside witness signed.")
@config
@as_json
def prove(*, leaf: int, out: Path | None, witnessed: bool, config: Path, as_json: bool) -> None:
    """Prove that leaf number LEAF is under the signed root: the leaf and its receipt (c2sp.org/tlog-proof).

    The leaf tells nothing but when; `crisis-hub message` says which leaf belongs to which step.
    """
    from hub.app.asking.look import resting
    from hub.app.keeping import proofs
    from hub.settings import load

    with resting(load(config)) as vault:
        found, key = proofs.prove(vault, leaf, witnessed=witnessed), str(vault.signer.verifier)
    if as_json:
        say_json({"index": found.index, "leaf": found.leaf.decode(), "receipt": found.receipt.decode(), "key": key})
    if out is not None:
        entry, receipt = out.with_suffix(".leaf"), out.with_suffix(".tlog-proof")
        entry.write_bytes(found.leaf)
        receipt.write_bytes(found.receipt)
        aside.print(f"Verify it with: python verify.py receipt {receipt} '{key}' --entry {entry}", markup=False)
    elif not as_json:
        click.echo(found.receipt.decode(), nl=False)


@ledger.command(cls=Command, examples=("crisis-hub ledger export audit-2026",))
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@config
@as_json
def export(*, folder: Path, config: Path, as_json: bool) -> None:
    """Copy the ledger into FOLDER in the tlog-tiles layout, with a verifier of one file that needs nothing of ours.

    The key beside it is the hub's own word: an outsider compares it with the one they have from elsewhere.
    """
    from hub.app.asking.look import resting
    from hub.app.keeping import proofs
    from hub.settings import load

    with resting(load(config)) as vault:
        found = proofs.export(vault, folder)
    if as_json:
        say_json(found)
        return
    say(
        f"{found.leaves} leaves are in {found.folder}. Whoever holds it learns when something happened, and nothing else."
    )
    say("An outsider verifies it with Python 3.11 and the package cryptography:")
    say(f"  {found.command}")


@ledger.command(cls=Command, examples=("crisis-hub ledger checkpoint > checkpoint-2026-q1",))
@config
@as_json
def checkpoint(*, config: Path, as_json: bool) -> None:
    """Print the newest signed checkpoint. Keep it: later it proves that nothing before it was changed."""
    from hub.app.asking.look import resting
    from hub.app.keeping import proofs
    from hub.errors import Lasting
    from hub.settings import load

    with resting(load(config)) as vault:
        found, key = proofs.checkpoint(vault), str(vault.signer.verifier)
    if not found:
        raise Lasting("Nothing was ever entered into this ledger: there is no checkpoint yet.")
    if as_json:
        say_json({"checkpoint": found.decode(), "key": key})
    else:
        click.echo(found.decode(), nl=False)


@ledger.command(
    cls=Command, examples=("crisis-hub ledger rotate --actor dana --reason 'the old key was on a lost disk'",)
)
@click.option("--actor", required=True, metavar="NAME", help="Who does it: the ledger keeps it.")
@click.option("--reason", required=True, metavar="WORDS", help="Why.")
@config
@as_json
def rotate(*, actor: str, reason: str, config: Path, as_json: bool) -> None:
    """Sign the ledger with a new key from now on; the old one is destroyed, and what it signed still verifies.

    No hub may run meanwhile. Hand the new public key to everybody who verifies or witnesses the ledger.
    """
    from hub.app.keeping.succession import succeed
    from hub.cli.acts import note
    from hub.model.entry import Kind
    from hub.settings import load

    settings = load(config)
    key = succeed(settings)
    note(settings, Kind.KEY, actor=actor, outcome=f"the ledger is signed by {key.key_id.hex()} from now on: {reason}")
    if as_json:
        say_json({"key": str(key)})
    else:
        say(f"The ledger is signed by a new key: {key}")


@ledger.command(cls=Command, examples=("crisis-hub ledger witness", "crisis-hub ledger witness checkpoint-cosigned"))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
@config
@as_json
def witness(*, file: Path | None, config: Path, as_json: bool) -> None:
    """Keep what outside witnesses signed beneath our checkpoints: from FILE, or by asking each that has a url.

    ledger.witnesses names those who count. Whoever rewrites the ledger would need them too.
    """
    import uvloop

    from hub.app.asking.look import resting
    from hub.app.keeping import witness as witnesses
    from hub.cli.acts import commit
    from hub.errors import Misconfigured
    from hub.settings import load

    settings = load(config)
    known = [witnesses.Witness.parse(text) for text in settings.ledger.witnesses]
    if not known:
        raise Misconfigured("Nobody is named who counts.", at="ledger.witnesses", cure="Write a witness's key there.")
    with resting(settings) as vault:
        notes = [file.read_bytes()] if file else [uvloop.run(witnesses.ask(vault, each)) for each in known if each.url]
        found = [each for note in notes for each in witnesses.accept(vault, note, known)]
    if found:
        commit(settings, *found)
    if as_json:
        say_json([{"witness": each.witness, "size": each.size} for each in found])
    for each in () if as_json else found:
        say(f"{each.witness} signed the tree of {each.size} leaves.")
