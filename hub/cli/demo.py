"""`demo`: a county's day on this machine."""

from __future__ import annotations

import sys

import click
import uvloop

from hub.cli.speak import Command


@click.command(cls=Command, examples=("crisis-hub demo", "crisis-hub demo --once"))
@click.option("--once", is_flag=True, help="End after the day instead of keeping the hub up.")
def demo(*, once: bool) -> None:
    """Play a county's day on this machine: real sockets, rules, keys and proofs, and invented people.

    It works in a folder of its own and removes it. Ends with 0 when everything arrived, nothing else did, and the ledger
    verified. Without --once the hub stays up afterwards, and the next commands to try are printed.
    """
    from hub.demo.day import play

    sys.exit(uvloop.run(play(once=once)))
