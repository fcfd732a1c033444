"""`link`: who is held to be who, putting together and taking apart, and how the weights do on a county's own pairs."""

from __future__ import annotations

import asyncio
import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hub.cli.speak import FAILED, Command, Letters, as_json, config, say, say_json, table, when
from hub.store.ids import short

if TYPE_CHECKING:
    from hub.app.acts.mislink import Order, Wrong
    from hub.flow.linkage.evaluate import Evaluation
    from hub.model.commands import Relink

_SHOWN = 10
reason = click.option("--reason", required=True, help="Why; it is kept in the ledger and never defaulted.")


@click.group(cls=Letters)
def link() -> None:
    """Who is who: see it, judge it, take it back, measure it.

    A person is named by any message about them: the beginning of the hub's id of it (8 digits or more), or the sender's own.
    """


@link.command(cls=Command, examples=("crisis-hub link show 3f9a12c4",))
@click.argument("message")
@config
@as_json
def show(*, message: str, config: Path, as_json: bool) -> None:
    """Show which identities are held to be the person of a message, and every change of that."""
    from hub.app.acts.mislink import held
    from hub.app.asking.look import looking
    from hub.settings import load

    with looking(load(config)) as look:
        found, zone = held(look, message), look.known.county.zone
    if as_json:
        say_json(found)
        return
    say(f"Person {short(found.identity.person)}", style="bold")
    table(("identity", "source", "known since"), [(short(i.id), i.partner, when(i.at, zone)) for i in found.members])
    for move in found.moves:
        by = f" by {move.actor}" if move.actor else ""
        say(
            f"{when(move.at, zone)}  {short(move.identity)}: {short(move.before)} became {short(move.after)}, {move.why}{by}"
        )


@link.command(cls=Command, examples=('crisis-hub link merge 3f9a12c4 71bc09de --reason "same wristband"',))
@click.argument("message")
@click.argument("into")
@reason
@config
@as_json
def merge(*, message: str, into: str, reason: str, config: Path, as_json: bool) -> None:
    """Hold the persons of two messages to be one from now on."""
    from hub.app.acts import mislink
    from hub.app.asking.look import looking
    from hub.settings import load

    with looking(load(config)) as look:
        what = mislink.merge(look, message, into, _order(reason))
    asyncio.run(_carry_out(config, what))
    if as_json:
        say_json(what.moves)
        return
    say(f"{len(what.moves)} identities joined person {short(what.moves[0].after)}.")


@link.command(cls=Command, examples=('crisis-hub link apart 3f9a12c4 71bc09de --reason "twins"',))
@click.argument("message")
@click.argument("other")
@reason
@config
@as_json
def apart(*, message: str, other: str, reason: str, config: Path, as_json: bool) -> None:
    """Say that the persons of two messages are two: they are never linked again by themselves."""
    from hub.app.acts import mislink
    from hub.app.asking.look import looking
    from hub.settings import load

    with looking(load(config)) as look:
        what = mislink.apart(look, message, other, _order(reason))
    asyncio.run(_carry_out(config, what))
    if as_json:
        say_json(what.apart)
        return
    say("They are two people from now on.")


@link.command(cls=Command, examples=('crisis-hub link unmerge 3f9a12c4 --reason "another birth date on the passport"',))
@click.argument("message")
@reason
@config
@as_json
def unmerge(*, message: str, reason: str, config: Path, as_json: bool) -> None:
    """Take a wrong link back, and open a recall for everybody who received something because of it."""
    from hub.app.acts import mislink
    from hub.app.asking.look import looking
    from hub.settings import load

    with looking(load(config)) as look:
        what, found = mislink.unmerge(look, message, _order(reason))
    asyncio.run(_carry_out(config, what))
    if as_json:
        say_json(found)
        return
    out = [short(move.identity) for move in what.moves]
    say(f"{', '.join(out)} {'is a person of its' if len(out) == 1 else 'are one person of their'} own again.")
    _tell(found)


@link.command(cls=Command, examples=("crisis-hub link radius 3f9a12c4",))
@click.argument("message")
@config
@as_json
def radius(*, message: str, config: Path, as_json: bool) -> None:
    """List who received what only because the identity of a message is held to be one with others. Changes nothing."""
    from hub.app.acts import mislink
    from hub.app.asking.look import looking
    from hub.settings import load

    with looking(load(config)) as look:
        found = mislink.radius(look, mislink.held(look, message))
    if as_json:
        say_json(found)
        return
    _tell(found)


@link.command(cls=Command, examples=("crisis-hub link evaluate pairs.csv",))
@click.argument("pairs", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@as_json
def evaluate(*, pairs: Path, as_json: bool) -> None:
    """Measure the weights on pairs whose truth you know; nothing leaves this machine, and nothing is kept.

    PAIRS is a CSV with two rows a pair and the columns pair (any name for it), same (yes or no), and as many as you have of
    family, given, birth_date, sex, ssn, phone, street, city and postal_code. Ends with 1 when two people came out as one.
    """
    from hub.cli.labelled import labelled
    from hub.flow.linkage.evaluate import evaluate as measured

    found = measured(labelled(pairs))
    if as_json:
        say_json(found)
    else:
        _report(found)
    sys.exit(FAILED if found.false_same else 0)


def _report(found: Evaluation) -> None:
    from hub.flow.linkage.weights import DEFAULT, weighed

    table(("verdict, truth", "pairs"), list(found.counts.items()))
    say(
        f"same: {found.precision:.2%} of them right, {found.recall:.2%} of the true pairs; with maybe {found.found:.2%}."
    )
    say(f"F1: {found.f1:.4f} of same alone, {found.f1_found:.4f} of same and maybe.")
    _name("came out as one person and are two: each would be told of the other", found.false_same, found)
    _name("are of one person and were not found: nobody would be asked", found.missed, found)
    if found.shares:
        say(
            "What these pairs would have the weights be, in bits, beside those that the hub uses; few pairs say little:"
        )
        rows = [
            (
                field,
                level,
                f"{found.shares[field][level][0]:.4f}",
                f"{found.shares[field][level][1]:.6f}",
                f"{bits:.1f}",
                f"{DEFAULT[field][level]:.1f}",
            )
            for field, each in weighed(found.shares).items()
            for level, bits in each.items()
        ]
        table(("field", "level", "among one person's", "among strangers'", "bits", "used"), rows)


def _name(what: str, names: tuple[str, ...], found: Evaluation) -> None:
    """Which pairs came out wrong, and on which evidence; ten of them."""
    if not names:
        return
    say(f"{len(names)} {'pairs' if len(names) > 1 else 'pair'} {what}.", style="bold")
    for name in names[:_SHOWN]:
        say(f"  {name}: {', '.join(found.evidence[name]) or 'no field is known of both'}")
    if len(names) > _SHOWN:
        say(f"  and {len(names) - _SHOWN} more; --json names them all.")


def _tell(found: tuple[Wrong, ...]) -> None:
    if not found:
        say("Nothing went out because of this link.")
        return
    say(f"{len(found)} deliveries went out because of this link:", style="bold")
    rows = [(w.recipient, w.interest, short(w.message), ", ".join(w.paths), ", ".join(w.consents)) for w in found]
    table(("recipient", "interest", "message", "elements", "on consent"), rows)
    say("A recall is open for each recipient, with its correction drafted, once the link is taken back.")


def _order(reason: str) -> Order:
    from hub.app.acts.mislink import Order

    return Order(actor=f"{getpass.getuser()} (command line)", reason=reason)


async def _carry_out(config: Path, what: Relink) -> None:
    from hub.app.hatch import carry_out, writer
    from hub.settings import load

    async with writer(load(config)) as (desk, _):
        await carry_out(desk, [what])
