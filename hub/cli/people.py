"""`people`: who may sign in to the console, and as what."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hub.cli.speak import Command, Letters, as_json, aside, config, say, say_json, table, when

if TYPE_CHECKING:
    from hub.access.accounts import Known
    from hub.model.commands import Lodge
    from hub.settings import Settings

_NAME = click.argument("name")


@click.group(cls=Letters)
def people() -> None:
    """Who may sign in to the console, and as what: accounts of the county's staff and of partners' people."""


@people.command(
    cls=Command,
    examples=(
        'crisis-hub people add jo@county.example --words "Jo Reyes" --role compliance-officer',
        'crisis-hub people add kim@clinic.example --words "Kim Lee" --role intake-worker --partner B1 --provider',
    ),
)
@_NAME
@click.option("--words", required=True, help="The person's name, as others read it.")
@click.option("--role", required=True, help="What they may do: `crisis-hub people roles` lists the roles.")
@click.option("--partner", default="", help="Whose people they are; empty for the county's staff.")
@click.option(
    "--until", default="", help="The last day of their term, 2026-05-31, in the county's zone; empty is no end."
)
@click.option(
    "--supervisor", default="", help="Who answers for them, by the name they sign in with: an intern's clinician."
)
@click.option("--provider", is_flag=True, help="They sign in at the identity provider, with this verified address.")
@config
@as_json
def add(
    *,
    name: str,
    words: str,
    role: str,
    partner: str,
    until: str,
    supervisor: str,
    provider: bool,
    config: Path,
    as_json: bool,
) -> None:
    """Give somebody access. NAME is what they sign in with: an address, or a short name.

    It prints a one-use link that holds for a day: whoever opens it sets the password. The first account of a hub is made
    here; the ledger remembers every one. Access ends by itself with the term, and each act names the supervisor.
    """
    from hub.access.accounts import Account, invite
    from hub.app.acts.people import Staff
    from hub.clock import now
    from hub.errors import Misconfigured
    from hub.partners.sheet import over
    from hub.settings import load

    settings = load(config)
    if settings.cji and not provider:
        raise Misconfigured(
            "Under the CJI profile passwords open nothing.", at=name, cure="Give access with --provider."
        )
    staff = Staff(settings)
    ends = over(until, staff.zone()) if until else 0
    if ends is None:
        raise Misconfigured("This is no day.", at="until", cure="Write 2026-05-31.")
    made = Account(
        name=name.lower(), words=words, role=role, partner=partner, provider=provider, made_at=now(), until=ends,
        supervisor=supervisor.lower(),
    )  # fmt: skip
    invitation = invite(made, staff.people(), staff.partners(), _actor())
    asyncio.run(staff.carry_out(invitation.command))
    _say_link(settings, made.name, invitation.token, as_json=as_json)


@people.command("list", cls=Command, examples=("crisis-hub people list",))
@config
@as_json
def list_people(*, config: Path, as_json: bool) -> None:
    """List everybody who has access, with their roles; passwords and links are never shown."""
    from hub.app.acts.people import Staff
    from hub.clock import now
    from hub.settings import load

    staff = Staff(load(config))
    found = [one.account for one in staff.people() if not one.account.ended_at]
    if as_json:
        shown = ("name", "words", "role", "partner", "provider", "made_at", "locked_until")
        say_json([{name: getattr(account, name) for name in shown} for account in found])
        return
    zone, at = staff.zone(), now()
    table(
        ("name", "person", "role", "partner", "since", "state"),
        [(a.name, a.words, a.role, a.partner or "-", when(a.made_at, zone), a.state(at)) for a in found],
    )


@people.command(cls=Command, examples=("crisis-hub people link jo@county.example",))
@_NAME
@config
@as_json
def link(*, name: str, config: Path, as_json: bool) -> None:
    """Make a new one-use link for somebody who lost theirs, or forgot the password; the old password ends at once."""
    from hub.access.accounts import anew
    from hub.clock import now
    from hub.settings import load

    made: list[str] = []

    def change(one: Known) -> Lodge:
        invitation = anew(one, now(), _actor())
        made.append(invitation.token)
        return invitation.command

    settings = load(config)
    _change(settings, name, change)
    _say_link(settings, name, made[-1], as_json=as_json)


@people.command(cls=Command, examples=("crisis-hub people unlock jo@county.example",))
@_NAME
@config
@as_json
def unlock(*, name: str, config: Path, as_json: bool) -> None:
    """End a lock-out after too many wrong passwords."""
    from hub.access import accounts
    from hub.clock import now
    from hub.settings import load

    _change(load(config), name, lambda one: accounts.unlock(one, now(), _actor()))
    _say_done(f"{name} may try again.", name, as_json=as_json)


@people.command(cls=Command, examples=("crisis-hub people end jo@county.example",))
@_NAME
@config
@as_json
def end(*, name: str, config: Path, as_json: bool) -> None:
    """End somebody's access, from their next request on. What they did stays in the ledger."""
    from hub.access import accounts
    from hub.clock import now
    from hub.settings import load

    _change(load(config), name, lambda one: accounts.end(one, now(), _actor()))
    _say_done(f"{name} has no access any more.", name, as_json=as_json)


@people.command(cls=Command, examples=("crisis-hub people roles",))
@as_json
def roles(*, as_json: bool) -> None:
    """List the roles, and what each may do."""
    from hub.access.roles import ROLES

    if as_json:
        say_json({name: sorted(right.name.lower() for right in role.rights) for name, role in ROLES.items()})
        return
    for name, role in ROLES.items():
        say(f"{name}{' (of a partner)' if role.partner else ''}", style="bold")
        for right in sorted(role.rights, key=lambda right: right.name):
            say(f"  {right.value}")


def _change(settings: Settings, name: str, change: Callable[[Known], Lodge]) -> None:
    from hub.app.acts.people import Staff

    staff = Staff(settings)
    asyncio.run(staff.carry_out(change(staff.one(name))))


def _say_link(settings: Settings, name: str, token: str, *, as_json: bool) -> None:
    from hub.app.acts.people import address

    link = f"{address(settings)}/welcome/{token}" if token else ""
    if as_json:
        say_json({"name": name, "link": link})
    elif not token:
        say(f"{name} has access, and signs in at {address(settings)}/signin with the identity provider.")
    else:
        click.echo(link)
        aside.print(
            f"Hand it to {name} yourself: it holds for a day, works once, and is not shown again.", markup=False
        )


def _say_done(words: str, name: str, *, as_json: bool) -> None:
    if as_json:
        say_json({"name": name, "done": True})
    else:
        say(words)


def _actor() -> str:
    return f"{getpass.getuser()} (command line)"
