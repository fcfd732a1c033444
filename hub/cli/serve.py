"""`serve` and `keys`: run a hub, and make its keys."""

from __future__ import annotations

import json
import logging
import os
import resource
import sys
from contextlib import suppress
from pathlib import Path

import click
import structlog
import uvloop

from hub.cli.speak import Command, Letters, as_json, config, progress, say, say_json, tell


@click.command(cls=Command, examples=("crisis-hub serve --config /etc/crisis-hub", "crisis-hub serve --standby"))
@config
@click.option(
    "--standby", is_flag=True, help="Wait, with everything loaded, until no other hub serves; then take over."
)
@click.option("--front", type=int, hidden=True, help="The inherited descriptor of the writer's process.")
def serve(config: Path, front: int | None, *, standby: bool) -> None:
    """Run the hub of a config folder until it is told to stop.

    One process reads and commits, a second delivers and answers HTTP. Stop it with Ctrl-C or SIGTERM: nothing is lost.
    """
    from hub.app.serve import serve as run
    from hub.app.serve import serve_front
    from hub.errors import Misconfigured
    from hub.settings import load

    log_as_json(load(config).log_level)
    # A process that dies leaves no file of its memory, where keys are; nor do those that it starts.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # As many connections as the system lets us have: the usual 1,024 are few where somebody opens many and says nothing.
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    if front is None:
        uvloop.run(run(config, standby=standby))
        return
    try:
        uvloop.run(serve_front(config, front))
    except Misconfigured as problem:
        tell(problem)
        sys.exit(os.EX_CONFIG)  # so that the writer's process knows: no second try would help


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


@keys.command(
    "renew",
    cls=Command,
    examples=("crisis-hub keys renew --actor dana --reason 'yearly' --backup /srv/keys/keystore-copy",),
)
@click.option("--actor", required=True, metavar="NAME", help="Who does it: the ledger keeps it.")
@click.option("--reason", required=True, metavar="WORDS", help="Why.")
@click.option(
    "--backup",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="The file of the keystore's one backup, which is renewed.",
)
@config
@as_json
def keys_renew(*, actor: str, reason: str, backup: Path, config: Path, as_json: bool) -> None:
    """Renew the key-encryption key and the keys of the blind index: every data key is wrapped anew, the older ones are destroyed.

    No hub may run meanwhile. Cut short, it goes on where it was when it is run again; a hub may run in between.
    """
    from hub.app.keeping.renewal import renew
    from hub.settings import load

    def told(done: int, total: int) -> None:
        if done == total or done % 10_000 < 200:
            progress(f"the index is written anew: {done} of {total} rows")

    made = renew(load(config), actor=actor, reason=reason, backup=backup, progress=told)
    if as_json:
        say_json({"version": made.version, "keys": made.remaining, "destroyed": made.versions_destroyed})
        return
    say(f"{made.remaining} keys are wrapped under version {made.version}; the backup {made.backup.path} is renewed.")
    say("Renew the copy of the key file as well: the older one opens nothing that is in place now.")


@keys.command("public", cls=Command, examples=("crisis-hub keys public H1 > hub-jwks.json",))
@click.argument("partner")
@config
@as_json
def keys_public(*, partner: str, config: Path, as_json: bool) -> None:
    """Print the public half of the key by which the hub asks PARTNER for tokens, as the JWKS that the partner wants."""
    from joserfc.jwk import KeySet

    from hub.app.house import household
    from hub.carriers.grant import algorithm, key_of
    from hub.errors import Lasting
    from hub.settings import load

    settings = load(config)
    found = household(settings, ready=False).county.partners.get(partner)
    if found is None or found.delivery is None or not found.delivery.grant_url:
        raise Lasting("The hub asks nobody of this name for tokens.", at=partner, cure="See delivery.grant_url.")
    key = key_of(settings.secret(found.delivery.secret), found.delivery.secret)
    (public,) = KeySet([key]).as_dict(private=False)["keys"]
    published = {"keys": [{**public, "use": "sig", "alg": algorithm(key)}]}
    if as_json:
        say_json(published)
    else:
        click.echo(json.dumps(published, indent=2))


def log_as_json(least: str) -> None:
    """One JSON object a line on standard error, from a level on: an event and its facts, never a value of a message."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[least.upper()]),
        logger_factory=lambda *_: Gossip(),
    )


class Gossip:
    """Lines on standard error. One that cannot be written is let go: a full disk must not end the hub's threads."""

    def msg(self, line: str) -> None:
        """Say one line."""
        with suppress(OSError):
            os.write(2, f"{line}\n".encode())

    debug = info = warning = error = critical = msg
