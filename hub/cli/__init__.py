"""`crisis-hub`: every action of the hub from the command line. One module a family of commands; a command loads what it needs.

speak      how commands answer: words for people, `--json` for machines, errors as letters
demo       demo
serve      serve, keys
translate  translate
conform    conform, schema; `conformance` knows the checkers
ask        why, message, dead, codes
replay     replay
recall     recall
expunge    expunge
consent    consent
glass      glass
check      partners
policy     policy; `activation` puts rules in force, `overlay` has counsel sign
links      link
beds       beds
place      place
handover   handover
teams      teams
tell       tell
pack       pack
people     people
today      partners health, accounting log
ledger     ledger
reconcile  reconcile
calls      calls
measures   measures
maps       map
accounting accounting
operate    backup, restore, courier, doctor, changes
bench      bench
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

from hub.cli.speak import Letters

_COMMANDS: dict[str, str] = {
    "demo": "hub.cli.demo:demo",
    "serve": "hub.cli.serve:serve",
    "keys": "hub.cli.serve:keys",
    "translate": "hub.cli.translate:translate",
    "conform": "hub.cli.conform:conform",
    "schema": "hub.cli.conform:schema",
    "why": "hub.cli.ask:why",
    "message": "hub.cli.ask:message",
    "dead": "hub.cli.ask:dead",
    "replay": "hub.cli.replay:replay",
    "recall": "hub.cli.recall:recall",
    "expunge": "hub.cli.expunge:expunge",
    "consent": "hub.cli.consent:consent",
    "glass": "hub.cli.glass:glass",
    "link": "hub.cli.links:link",
    "beds": "hub.cli.beds:beds",
    "place": "hub.cli.place:place",
    "handover": "hub.cli.handover:handover",
    "teams": "hub.cli.teams:teams",
    "tell": "hub.cli.tell:tell",
    "pack": "hub.cli.pack:pack",
    "codes": "hub.cli.ask:codes",
    "partners": "hub.cli.check:partners",
    "policy": "hub.cli.overlay:policy",
    "people": "hub.cli.people:people",
    "map": "hub.cli.maps:maps",
    "ledger": "hub.cli.ledger:ledger",
    "reconcile": "hub.cli.reconcile:reconcile",
    "calls": "hub.cli.calls:calls",
    "measures": "hub.cli.measures:measures",
    "accounting": "hub.cli.accounting:accounting",
    "backup": "hub.cli.operate:backup",
    "restore": "hub.cli.operate:restore",
    "courier": "hub.cli.operate:courier",
    "doctor": "hub.cli.operate:doctor",
    "changes": "hub.cli.operate:changes",
    "bench": "hub.cli.bench:bench",
}


class Hub(Letters):
    """The commands by name, each loaded when it is asked for, in the order a newcomer needs them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in the order of the table."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one command."""
        place = _COMMANDS.get(cmd_name)
        if place is None:
            return None
        module, _, name = place.partition(":")
        found: Any = getattr(import_module(module), name)
        return found if isinstance(found, click.Command) else None


@click.group(cls=Hub, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="crisis-hub")
def main() -> None:
    """The interoperability hub for mental-health crisis response.

    It reads what 911, police, hospitals, 988 and social services send, decides who may see what and why, delivers that
    in each partner's own format, and keeps a ledger that outsiders can verify.
    """
