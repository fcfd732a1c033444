"""Alerts as people see to them: what is alarmed, what cleared by itself, and who took which one on."""

from __future__ import annotations

from typing import Final

import msgspec

from hub.access.accounts import Known, digest
from hub.app.vault import Vault
from hub.app.watching.alerts import WORDS
from hub.errors import Lasting
from hub.model.commands import Lodge
from hub.model.entry import Kind, LedgerEntry
from hub.spans import HOUR
from hub.store.living import Living, alarmed
from hub.store.sealing import Sealer
from hub.store.writing.lodged import Lodged, Lodging

_KIND: Final = "alarm-taken"
_NEWEST: Final = 200
# Whoever took an alert on has it for a shift.
_SHIFT: Final = 8 * HOUR


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """An alert in words, `name` is what it is called; instants are UTC microseconds, 0 for not yet.

    `taken_by` is whoever took it on, in words, until `taken_until`; empty where nobody has.
    """

    name: str
    kind: str
    about: str
    words: str
    opened_at: int
    told_at: int
    closed_at: int
    taken_by: str = ""
    taken_until: int = 0


def alarms(vault: Vault) -> list[Alarm]:
    """What is alarmed and what cleared, the newest first."""
    vault.keys.follow()
    with vault.database.read() as connection:
        taken = {one.name: one for one in Lodged(connection, Sealer(vault.keys, vault.origin)).all(_KIND)}
        return [_alarm(each, taken) for each in alarmed(connection, _NEWEST)]


def take(vault: Vault, name: str, who: Known, *, actor: str, at: int) -> Lodge:
    """The command by which somebody takes an alert on, as of `at` (UTC microseconds). Raises Lasting where it is not open."""
    one = next((each for each in alarms(vault) if each.name == name and not each.closed_at), None)
    if one is None:
        raise Lasting("No alert of this name is open: it cleared meanwhile.", cure="Look at what is open now.")
    with vault.database.read() as connection:
        standing = Lodged(connection, Sealer(vault.keys, vault.origin)).one(_KIND, name)
    outcome = f"alert {one.kind} {one.about} taken on"
    return Lodge(
        kind=_KIND,
        name=name,
        at=at,
        value=who.account.words.encode(),
        until=at + _SHIFT,
        before=standing.version if standing else 0,
        entry=LedgerEntry(kind=Kind.CONFIG, at=at, actor=actor, outcome=outcome),
    )


def _alarm(each: Living, taken: dict[str, Lodging]) -> Alarm:
    name = digest(f"{each.kind} {each.about} {each.opened_at}")[:16]
    by = taken.get(name)
    return Alarm(
        name=name,
        kind=each.kind,
        about=each.about,
        # The command that looks into it is for mails: a page has a link there.
        words=WORDS[each.kind].format(about=each.about).partition(": crisis-hub")[0].rstrip(".") + ".",
        opened_at=each.opened_at,
        told_at=each.told_at,
        closed_at=each.closed_at,
        taken_by=by.value.decode() if by else "",
        taken_until=by.until if by else 0,
    )
