"""What `message` tells of one message beside its steps: its crisis episode, its elements, and what it says, for a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.cli.speak import say, say_json, table, when
from hub.errors import Lasting
from hub.store.ids import short

if TYPE_CHECKING:
    from hub.app.asking.look import Look
    from hub.settings import Settings


def episode(look: Look, name: str, *, as_json: bool) -> None:
    """The crisis that a message belongs to, in the order it happened; of which incident, where dispatch took them apart."""
    crisis, zone = look.episode(name), look.known.county.zone
    if as_json:
        say_json(crisis)
        return
    say(f"Episode {short(crisis.episode)}", style="bold")
    apart = ("incident",) if crisis.strands else ()
    rows = [
        (when(h.at, zone), *((h.incident or "-",) if apart else ()), h.partner, h.what, h.kind, short(h.journal))
        for h in crisis.happenings
    ]
    table(("when", *apart, "partner", "what", "wire", "message"), rows)
    for one in crisis.strands:
        if one.since:
            say(f"Dispatch took incident {one.incident} apart from another, {when(one.since, zone)}.")
    for found in (crisis.diversion, *(one.diversion for one in crisis.strands)):
        if found:
            say(f"{when(found.at, zone)}: {found.words}")
    for gap in crisis.gaps:
        say(f"Missing since {when(gap.due_at, zone)}: {gap.words} It is for the {gap.role}.", style="bold")


def elements(look: Look, message: str, *, as_json: bool) -> None:
    """Each element by its place on the wire, read once more with the mapping of now; never a value."""
    from hub.app.formats.losses import account

    with look.journal() as journal:
        found = account(look, journal, look.message(message))
    if found is None:
        raise Lasting("It cannot be read with the mapping of now.", cure="`crisis-hub dead` tells what it lacks.")
    rows = [(str(one.path), one.outcome, str(one.why)) for one in found.items]
    if as_json:
        say_json([dict(zip(("path", "outcome", "why"), row, strict=True)) for row in rows])
    else:
        table(("place", "outcome", "became, by which line"), rows)


def shown(settings: Settings, name: str, reason: str, by: str, *, as_json: bool) -> None:
    """What a message says, as far as a role may see it; the leaf is durable before the first value is shown."""
    from hub import clock
    from hub.access.reasons import showing
    from hub.access.roles import Right
    from hub.app.acts.staff import opened_to
    from hub.app.asking.look import looking
    from hub.cli.acts import acting, commit

    if not by:
        raise Lasting(
            "Nothing says who is to be shown it.", at="--by", cure="Name somebody as they sign in to the console."
        )
    who, actor = acting(settings, by, Right.REVEAL)
    with looking(settings) as look:
        found = look.message(name)
        commit(settings, showing(found, reason, actor=actor, at=clock.now(), where="at a terminal"))
        events = opened_to(look, found, who.account.role)
    if as_json:
        say_json([{"event": event, "says": lines} for event, lines in events])
        return
    for event, lines in events:
        say(event, style="bold")
        for path, value in lines:
            say(f"  {path}: {value}")
    if not events:
        say("There is nothing in it that this role may see.")
