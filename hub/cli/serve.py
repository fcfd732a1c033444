"""`serve` and `keys`: run a hub, and make its keys."""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from pathlib import Path

import click
import structlog
import uvloop

from hub.cli.speak import Command, Letters, config, say


@click.command(cls=Command, examples=("crisis-hub serve --config /etc/crisis-hub",))
@config
@click.option("--front", type=int, hidden=True, help="The inherited descriptor of the writer's process.")
def serve(config: Path, front: int | None) -> None:
    """Run the hub of a config folder until it is told to stop.

    One process reads and commits, a second delivers and answers HTTP. Stop it with Ctrl-C or SIGTERM: nothing is lost.
    """
    from hub.app.serve import serve as run
    from hub.app.serve import serve_front

    _log_as_json()
    uvloop.run(run(config) if front is None else serve_front(config, front))


@click.group(cls=Letters)
def keys() -> None:
    """The keys of a hub: made once, kept apart from its data."""


@keys.command("init", cls=Command, examples=("crisis-hub keys init --config /etc/crisis-hub",))
@config
def keys_init(config: Path) -> None:
    """Make the key-encryption key, the keystore and the ledger's key, each for its owner only, outside the data folder."""
    from hub.app.vault import make
    from hub.settings import load

    settings = load(config)
    make(settings)
    say(f"Keys are made. Back up {settings.keys.key_file} apart from the data: without it nothing can be read again.")


def _log_as_json() -> None:
    """One JSON object a line on standard error: an event and its facts, never a value of a message."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: Gossip(),
    )


class Gossip:
    """Lines on standard error. One that cannot be written is let go: a full disk must not end the hub's threads."""

    def msg(self, line: str) -> None:
        """Say one line."""
        with suppress(OSError):
            os.write(2, f"{line}\n".encode())

    debug = info = warning = error = critical = msg
