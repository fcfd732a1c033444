"""`crisis-hub`: every action of the hub from the command line. One module a family of commands; a command loads what it needs.

The table below says where each command is. `speak` is how they answer: words for people, `--json` for machines, errors as letters.
`activation` and `overlay` are parts of `policy`, `attend` of `partners`, `today` of `partners` and `accounting`, `allowed` of `consent`,
`hold` of `courier`.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any, Final

import click

from hub.cli.speak import Letters

_ERROR: Final = 2  # the last of the standard descriptors
# By what somebody wants to do, and in the order a newcomer needs it: what it is called, where it is, what it does.
_SECTIONS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "Begin": (
        ("demo", "hub.cli.demo:demo", "Play a county's day on this machine, over real sockets."),
        ("serve", "hub.cli.serve:serve", "Run the hub of a config folder."),
        ("keys", "hub.cli.serve:keys", "Make a hub's keys, kept apart from its data."),
        ("doctor", "hub.cli.operate:doctor", "Look at all that the hub depends on; name each cure."),
        ("bench", "hub.cli.bench:bench", "Measure a served hub under a hospital's load."),
    ),
    "Formats": (
        ("translate", "hub.cli.translate:translate", "Show what a file says, or a partner would receive."),
        ("conform", "hub.cli.conform:conform", "Check a file against its standard."),
        ("schema", "hub.cli.conform:schema", "Print the JSON Schema of the model or of a format."),
        ("map", "hub.cli.maps:maps", "Check, explain, measure and publish mappings."),
        ("codes", "hub.cli.codes:codes", "List codes that partners send and no table knows."),
        ("partners", "hub.cli.check:partners", "Check partner files; see to alerts and tasks."),
    ),
    "Messages": (
        ("message", "hub.cli.ask:message", "Tell what became of one message, step by step."),
        ("why", "hub.cli.ask:why", "Say why a partner got this and not that, by law."),
        ("dead", "hub.cli.ask:dead", "List messages and deliveries that wait for a person."),
        ("replay", "hub.cli.replay:replay", "Read or send again what waits, once it is mended."),
        ("recall", "hub.cli.recall:recall", "Follow up whom we asked to stop relying on something."),
        ("reconcile", "hub.cli.reconcile:reconcile", "Compare a partner's export with what it was sent."),
        ("courier", "hub.cli.operate:courier", "Pause what leaves the hub, all or one partner's."),
    ),
    "Law": (
        ("policy", "hub.cli.overlay:policy", "Ask, prove and compare rules; put them in force."),
        ("consent", "hub.cli.consent:consent", "File, show and take back consents and orders."),
        ("glass", "hub.cli.glass:glass", "Break the glass in an emergency, or review it."),
        ("accounting", "hub.cli.accounting:accounting", "Account for who got what about a person, and why."),
        ("ledger", "hub.cli.ledger:ledger", "Verify, prove, export the log outsiders can check."),
        ("changes", "hub.cli.operate:changes", "List every change of the configuration."),
        ("expunge", "hub.cli.expunge:expunge", "Destroy records by an order, with a certificate."),
    ),
    "Care": (
        ("link", "hub.cli.links:link", "Say which records are of one person; take that back."),
        ("beds", "hub.cli.beds:beds", "Count beds: staffed, taken, free, and how sure."),
        ("place", "hub.cli.place:place", "Ask facilities for a bed with criteria and no name."),
        ("handover", "hub.cli.handover:handover", "Hand over a call, a visit or a rescue to a person."),
        ("teams", "hub.cli.teams:teams", "List who is on duty and certified; the library."),
        ("tell", "hub.cli.tell:tell", "Read out to an officer what helps on approach."),
        ("pack", "hub.cli.pack:pack", "Make sealed packs for work without a network."),
        ("calls", "hub.cli.calls:calls", "Find the 911 calls that are a mental-health crisis."),
        ("measures", "hub.cli.measures:measures", "Count a period's crises; small numbers are hidden."),
        ("report", "hub.cli.file_report:report", "Write the report that a state's law asks for."),
    ),
    "Running": (
        ("people", "hub.cli.people:people", "Say who may sign in, and as what."),
        ("backup", "hub.cli.operate:backup", "Copy the hub's data, and its keys apart."),
        ("restore", "hub.cli.operate:restore", "Bring a backup back."),
    ),
}
_COMMANDS = {name: place for section in _SECTIONS.values() for name, place, _ in section}


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

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write a line each, beside the first of a section what the section is for; none is loaded for it."""
        formatter.write("\n")
        for section, entries in _SECTIONS.items():
            for number, (name, _, line) in enumerate(entries):
                formatter.write(f"  {'' if number else section:<10}{name:<12}{line}\n")


@click.group(cls=Hub, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="crisis-hub")
def main() -> None:
    """The interoperability hub for mental-health crisis response.

    It reads what partners send, decides who may see what and why, delivers that in each partner's own format, and keeps a
    ledger that outsiders can verify.
    """
    stand()


def stand() -> None:
    """See that standard input, output and error are there: else the next file or connection is one of them, and is written into."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= _ERROR:
        continue
    os.close(descriptor)
