"""`consent`: what a person allowed, a court ordered or a restriction agreed on, entered at a desk."""

from __future__ import annotations

import asyncio
import getpass
import sys
from pathlib import Path

import click

from hub.cli.allowed import back, list_
from hub.cli.speak import FAILED, Command, Letters, as_json, config, say, say_json
from hub.store.ids import short


@click.group(cls=Letters)
def consent() -> None:
    """Consents, refusals, restrictions and court orders: filed from paper, looked at, and taken back."""


consent.add_command(list_)
consent.add_command(back)


@consent.command(
    cls=Command,
    examples=(
        "crisis-hub consent file order.json --identifier H1-77 --assigner H1",
        "crisis-hub consent file release.json --identifier 4711 --of B1 --json",
    ),
)
@click.argument("form", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--identifier", required=True, metavar="NUMBER", help="A number that the person is known by.")
@click.option("--of", "source", default="", metavar="PARTNER", help="The partner whose number it is.")
@click.option("--assigner", default="", metavar="NAME", help="Who gave the number, as messages name it.")
@click.option("--type", "kind", default="MR", show_default=True, help="The kind of number, as messages name it.")
@config
@as_json
def file(*, form: Path, identifier: str, source: str, assigner: str, kind: str, config: Path, as_json: bool) -> None:
    """File the consent, refusal or order of a FORM for one person. From then on it is decided by it, and what was sent is looked at again.

    FORM is JSON: {"number": "26-CR-118", "kind": "PART2_ORDER", "signer": "Superior Court", "signed_at": "2026-11-20",
    "recipients": ["PD"], "purposes": ["LE_INVEST"], "classes": ["SUD_RECORD"], "findings": ["2.65(d)(1)", ...], "form_hash":
    "..."}. The same number again, signed later or with revoked_at, takes the place of what was filed. A form with a flaw is kept,
    opens nothing, and is a task; then this ends with 1. What it denies stays denied.
    """
    from hub.app.acts import directives
    from hub.model.values import Identifier
    from hub.settings import load

    number = Identifier(value=identifier, assigner=assigner, type=kind)
    actor = f"{getpass.getuser()} (command line)"
    paper = directives.Paper(form=directives.form(form), number=number, source=source or assigner, actor=actor)
    found = asyncio.run(directives.file(load(config), paper))
    if as_json:
        say_json(found)
    else:
        say(f"Filed as message {short(found.message)}: {found.kind} {found.directive}.", style="bold")
        for flaw in found.flaws:
            say(f"  it opens nothing: {flaw}", style="bold red")
    sys.exit(FAILED if found.flaws else 0)
