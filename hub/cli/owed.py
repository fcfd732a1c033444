"""`accounting asked` and `accounting extend`: a list that a person asked for is owed, and may be put off once."""

from __future__ import annotations

from pathlib import Path

import click

from hub.cli.speak import Command, as_json, config, say, say_json, when


@click.command(cls=Command, examples=("crisis-hub accounting asked H1-000517 --actor dana",))
@click.argument("message")
@click.option("--on", "since", default="", metavar="DAY", help="The day they asked; today, if it is not given.")
@click.option("--actor", required=True, metavar="NAME", help="Who notes it.")
@config
@as_json
def asked(*, message: str, since: str, actor: str, config: Path, as_json: bool) -> None:
    """Note that a person asked who got their data: the list is owed within 60 days (45 CFR 164.528(c)(1)).

    MESSAGE is any message about the person. It becomes a task for the privacy officer; when it is not seen to in time, an alert
    opens. The ledger keeps who asked and until when.
    """
    from hub import clock
    from hub.app.asking.look import looking
    from hub.app.disclosures import owed
    from hub.app.disclosures.accounting import identities
    from hub.cli.acts import commit
    from hub.errors import Lasting
    from hub.partners.sheet import midnight
    from hub.settings import load

    settings, now = load(config), clock.now()
    with looking(settings) as look:
        who, about, zone = identities(look, message), look.message(message).journal, look.known.county.zone
    begins = midnight(since, zone) if since else now
    if begins is None or begins > now:
        raise Lasting("That is no day that has come.", at="--on", cure="Write it as 2026-11-22.")
    request = owed.Request(identities=who, message=about, until=begins + owed.WITHIN)
    commit(settings, owed.asked(request, at=now, actor=actor, day=when(request.until, zone)))
    _told(request.until, zone, as_json=as_json)


@click.command(
    cls=Command,
    examples=("crisis-hub accounting extend H1-000517 --reason 'records of 2021 are kept apart' --actor dana",),
)
@click.argument("message")
@click.option("--reason", required=True, metavar="WORDS", help="Why it takes longer, as the person is told in writing.")
@click.option("--actor", required=True, metavar="NAME", help="Who puts it off.")
@config
@as_json
def extend(*, message: str, reason: str, actor: str, config: Path, as_json: bool) -> None:
    """Put off a list that a person asked for, once, for 30 days, with the reason (45 CFR 164.528(c)(1)(ii))."""
    from hub import clock
    from hub.app.asking.look import looking
    from hub.app.disclosures import owed
    from hub.app.disclosures.accounting import identities
    from hub.cli.acts import commit
    from hub.settings import load

    settings, now = load(config), clock.now()
    with looking(settings) as look:
        who, zone = identities(look, message), look.known.county.zone
        before = owed.outstanding(look, who)
    request = owed.Request(identities=who, message=before.about, until=before.due_at + owed.LONGER)
    words = when(request.until, zone)
    commit(settings, *owed.put_off(request, before, at=now, actor=actor, day=words, reason=reason))
    _told(request.until, zone, as_json=as_json)


def _told(until: int, zone: str, *, as_json: bool) -> None:
    if as_json:
        say_json({"owed_by": until})
    else:
        say(f"The list is owed by {when(until, zone)}.")
