"""Acts that take two: different people who may do it prove who they are, one after the other, on the same command line."""

from __future__ import annotations

from collections.abc import Sequence

from hub import clock
from hub.access.accounts import Known, named, tried
from hub.access.roles import Right, holders, may
from hub.app.acts.people import Staff
from hub.errors import NotAllowed
from hub.settings import Settings


async def vouched(settings: Settings, names: Sequence[str], passwords: Sequence[str], right: Right) -> tuple[str, ...]:
    """Different people with this right who have just proved who they are. Raises NotAllowed otherwise.

    A command line is nobody: it is the passwords that count, and every wrong one counts towards the lock.
    """
    staff, what = Staff(settings), right.value.partition(",")[0]
    cure = f"Two people with the role {' or '.join(holders(right))} do this together."
    people = staff.people()
    found: list[Known] = []
    for name, password in zip(names, passwords, strict=True):
        one = named(people, name)
        outcome = tried(one, password, clock.now())
        if outcome.command is not None:
            await staff.carry_out(outcome.command)
        if outcome.why or one is None or not may(one.account.role, right):
            raise NotAllowed(f"{name} may not {what}, or that is not their password.", cure=cure)
        found.append(one)
    if len({one.id for one in found}) < len(names):
        raise NotAllowed("It takes two different people.", cure=cure)
    return tuple(one.actor for one in found)
