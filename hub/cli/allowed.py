"""`consent list` and `consent back`: what one person has allowed and refused, and taking it back on their word."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from hub.access.reasons import LOOKING
from hub.cli.speak import Command, as_json, by, config, say, say_json, when
from hub.store.ids import short

if TYPE_CHECKING:
    from hub.app.disclosures.allowances import Allowed


@click.command(
    "list",
    cls=Command,
    examples=(
        "crisis-hub consent list 3f9a12c4 --reason relied --by jo@county.example",
        "crisis-hub consent list --identifier MR H1 77 --reason asked --by jo@county.example --json",
    ),
)
@click.argument("message", default="")
@click.option(
    "--identifier", nargs=3, metavar="TYPE ASSIGNER VALUE", help="An identifier instead of a message: MR H1 77."
)
@click.option(
    "--reason",
    type=click.Choice(tuple(LOOKING)),
    required=True,
    help=f"Why; the ledger keeps it. {'; '.join(f'{name}: {words}' for name, words in LOOKING.items())}.",
)
@by
@config
@as_json
def list_(
    *, message: str, identifier: tuple[str, str, str] | None, reason: str, by: str, config: Path, as_json: bool
) -> None:  # fmt: skip
    """Show what one person has allowed and refused: since when and until when, whom it lets know what, and what relied on it.

    MESSAGE is any message about the person. That somebody looked is entered into the ledger before anything is shown; how much is
    shown is what their role sees in the console.
    """
    from hub import clock
    from hub.access.reasons import looking as noted
    from hub.access.roles import Right
    from hub.app.asking.look import looking
    from hub.app.disclosures.accounting import identities
    from hub.app.disclosures.allowances import allowances
    from hub.cli.acts import acting, commit
    from hub.settings import load

    settings = load(config)
    who, actor = acting(settings, by, Right.CONSENTS)
    with looking(settings) as look:
        person, zone = identities(look, message, identifier), look.known.county.zone
        commit(settings, noted(person[0], reason, actor=actor, at=clock.now()))
        found = allowances(look, person, who.account.role)
    if as_json:
        say_json(found)
        return
    say(f"{len(person)} {'record is' if len(person) == 1 else 'records are'} held to be this person.")
    for one in found:
        _say(one, zone)
    if not found:
        say("Nothing was signed that this hub knows of: what the law lets through without a consent is all that goes.")


def _say(one: Allowed, zone: str) -> None:
    version = f", version {one.version}" if one.version else ""
    say("")
    say(f"{one.standing}: {one.words}, number {one.name or 'none'}{version}", style="bold")
    lines = {
        "who may tell": ", ".join(one.discloser) or "whoever holds it",
        "whom": ", ".join(one.recipients) or "nobody by name",
        "what": ", ".join(one.classes) or "what the law lets through",
        "for": ", ".join(one.purposes),
        "signed": f"{_day(one.signed_at, zone)}{f', by {one.signer}' if one.signer else ''}",
        "holds from": _day(one.starts_at, zone),
        "until": _day(one.ends_at, zone),
        "taken back": _day(one.revoked_at, zone),
        "came from": f"{one.source}, message {short(one.message)}",
        "it lacks": "; ".join(one.lacks),
        "relied on it": f"{one.relied:,} disclosures in the last six years",
    }
    if one.words == "a refusal":
        lines["who may not tell"] = lines.pop("who may tell")
    for head, words in lines.items():
        if words:
            say(f"  {head:<17}{words}")


def _day(at: int, zone: str) -> str:
    return when(at, zone) if at else ""


@click.command(
    cls=Command,
    examples=(
        "crisis-hub consent back 3f9a12c4 --preview --by jo@county.example",
        "crisis-hub consent back 3f9a12c4 --by jo@county.example",
    ),
)
@click.argument("message")
@click.option("--preview", is_flag=True, help="Only say who was told something by it; it goes on to hold.")
@by
@config
@as_json
def back(*, message: str, preview: bool, by: str, config: Path, as_json: bool) -> None:
    """Take a consent back, as the person says: from now on it holds no more. What waits is decided again.

    MESSAGE is the message that brought it, as `crisis-hub consent list` names it. Whoever was told something that could not be
    sent now is asked to rely on it no more.
    """
    from hub.access.roles import Right
    from hub.app.acts import papers
    from hub.app.asking.look import looking
    from hub.app.disclosures.accounting import identities
    from hub.cli.acts import acting, commit
    from hub.settings import load

    settings = load(config)
    _, actor = acting(settings, by, Right.CONSENTS)
    with looking(settings) as look:
        person, journal = identities(look, message), look.message(message).journal
        told = papers.relying(look, person, journal)
        what = papers.taken_back(look, person, journal, actor=actor)
    if not preview:
        commit(settings, what)
    if as_json:
        say_json(
            {"message": journal, "taken_back": not preview, "told": told.told, "recipients": dict(told.recipients)}
        )
        return
    say(
        f"{told.words} {'holds' if preview else 'holds no more'}. {told.told:,} disclosures relied on it.", style="bold"
    )
    for partner, count in told.recipients:
        say(f"  {partner}: {count:,}")
