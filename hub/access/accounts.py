"""The hub's own people: who they are, how they sign in, when they are locked out. Pure: values in, values and commands out."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

import msgspec
from msgspec.structs import replace

from hub.access.password import hashed, holds
from hub.access.roles import ROLES
from hub.errors import Conflict, Lasting, Misconfigured
from hub.located import near
from hub.model.commands import Lodge
from hub.model.entry import Kind, LedgerEntry
from hub.model.plan import Fact
from hub.spans import DAY, SECOND
from hub.store.writing.lodged import Lodging

KIND: Final = "account"
# CJIS Security Policy AC-7: five wrong tries in a row, then a pause; each further five double it.
TRIES: Final = 5
_FIRST_PAUSE: Final = 15 * 60 * SECOND
_LONGEST_PAUSE: Final = 4 * 3600 * SECOND
_INVITATION: Final = 1 * DAY
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._+-]{1,62}(?:@[a-z0-9][a-z0-9.-]{1,62})?")
_encode = msgspec.msgpack.Encoder().encode


class Account(Fact, frozen=True):
    """Somebody who may sign in: `name` is what they type, `words` what others read. `partner` is empty for the county's staff.

    Somebody who is there for a term (`until`), an intern for instance, may have a `supervisor`, whose name stands in each act.
    `secret` is the password as it is kept; `subject` names the person at the identity provider. `invited` is the digest of
    the one-use link that sets the password; sessions begun before `sessions_from` are over, since it was set anew then.
    Instants are UTC microseconds, 0 for never.
    """

    name: str
    words: str
    role: str
    made_at: int
    partner: str = ""
    secret: str = ""
    provider: bool = False
    subject: str = ""
    invited: str = ""
    invited_until: int = 0
    failures: int = 0
    locked_until: int = 0
    ended_at: int = 0
    until: int = 0
    supervisor: str = ""
    sessions_from: int = 0

    def over(self, at: int) -> bool:
        """Whether access has ended, by somebody's act or with the term."""
        return bool(self.ended_at) or 0 < self.until <= at

    def state(self, at: int) -> str:
        """How the account stands, in a word or two."""
        if self.over(at):
            return "ended" if self.ended_at else "term over"
        if self.locked_until > at:
            return "locked"
        if self.provider or self.secret:
            return "active"
        return "invited" if self.invited_until > at else "link over"


class Known(NamedTuple):
    """An account as it stands: its id, the version that was read, and its value."""

    id: str
    version: int
    account: Account

    @property
    def key(self) -> tuple[str, int]:
        """What is changed, and from which version."""
        return self.id, self.version

    @property
    def actor(self) -> str:
        """How the ledger and releases name them, and whoever answers for them."""
        who = self.account
        return f"{who.name} ({who.role}{f', supervised by {who.supervisor}' if who.supervisor else ''})"


def known(lodgings: Iterable[Lodging]) -> list[Known]:
    """The accounts among what is lodged."""
    return [Known(one.name, one.version, _decode(one.value)) for one in lodgings]


def named(people: Iterable[Known], name: str) -> Known | None:
    """The account that signs in by this name, ended ones left out."""
    spelled = name.strip().lower()
    return next((one for one in people if one.account.name == spelled and not one.account.ended_at), None)


# --- giving access


class Invitation(NamedTuple):
    """What to commit, and the one-use token that sets the password: shown once, kept as a digest. Empty with a provider."""

    command: Lodge
    token: str


def invite(account: Account, people: Iterable[Known], partners: Mapping[str, object], by: str) -> Invitation:
    """A new account. Raises Misconfigured or Conflict naming what is wrong with it."""
    for problem in _wrong(account, people, partners):
        raise problem
    token = "" if account.provider else secrets.token_urlsafe(32)
    made = replace(account, invited=digest(token), invited_until=account.made_at + _INVITATION) if token else account
    words = f"access given to {account.name} as {account.role}{f' of {account.partner}' if account.partner else ''}"
    return Invitation(_lodge((secrets.token_hex(8), 0), made, account.made_at, words, by), token)


def anew(one: Known, at: int, by: str) -> Invitation:
    """A new one-use link for somebody who lost theirs, or their password; the old password and its sessions end at once, a lock-out too."""
    if one.account.provider:
        raise Lasting(
            f"{one.account.name} signs in at the identity provider.", cure="Passwords are mended there, not here."
        )
    token = secrets.token_urlsafe(32)
    made = replace(
        one.account,
        secret="",
        invited=digest(token),
        invited_until=at + _INVITATION,
        failures=0,
        locked_until=0,
        sessions_from=at,
    )
    return Invitation(_lodge(one.key, made, at, f"new link for {made.name}", by), token)


def end(one: Known, at: int, by: str) -> Lodge:
    """The end of somebody's access, from the next request on."""
    ended = replace(one.account, ended_at=at, secret="", invited="")
    return _lodge(one.key, ended, at, f"access of {one.account.name} ended", by)


def unlock(one: Known, at: int, by: str) -> Lodge:
    """The end of a lock-out."""
    freed = replace(one.account, failures=0, locked_until=0)
    return _lodge(one.key, freed, at, f"{one.account.name} unlocked", by)


def accept(one: Known, password: str, at: int) -> Lodge:
    """The password is set, and the link is used up; whoever was signed in before is not any more."""
    made = replace(
        one.account,
        secret=hashed(password),
        invited="",
        invited_until=0,
        failures=0,
        locked_until=0,
        sessions_from=at,
    )
    return _lodge(one.key, made, at, f"{made.name} set a password", one.actor)


def invited(people: Iterable[Known], token: str, at: int) -> Known | None:
    """Whom a one-use link was made for, while it holds."""
    wanted = digest(token)
    found = [
        one for one in people if hmac.compare_digest(one.account.invited, wanted) and one.account.invited_until > at
    ]
    return found[0] if found and token else None


# --- signing in


class Tried(NamedTuple):
    """What a try to sign in came to: `why` is empty when it succeeded; `command` is to be committed either way, if any."""

    why: str
    command: Lodge | None = None


def tried(one: Known | None, password: str, at: int) -> Tried:
    """Whether this password lets somebody in. Nobody learns from time or words whether a name is known."""
    account = one.account if one else None
    right = holds(password, account.secret if account else "")
    if one is None or account is None or account.provider or account.over(at):
        return Tried("name")
    if account.locked_until > at:
        return Tried("locked")
    if right:
        return Tried("", _quietly(one, replace(account, failures=0), at) if account.failures else None)
    failures = account.failures + 1
    over = failures % TRIES == 0
    pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** max(0, failures // TRIES - 1)) if over else 0
    failed = replace(account, failures=failures, locked_until=at + pause if over else account.locked_until)
    return Tried("password", _quietly(one, failed, at))


def bound(one: Known, subject: str, at: int) -> Lodge | None:
    """The first sign-in at the provider binds the person there to the account here; nothing to do later on."""
    if one.account.subject:
        return None
    words = f"{one.account.name} is known at the identity provider"
    return _lodge(one.key, replace(one.account, subject=subject), at, words, one.actor)


def digest(token: str) -> str:
    """How a token is kept: whoever reads the database cannot use it."""
    return hashlib.sha256(token.encode()).hexdigest()


def _wrong(account: Account, people: Iterable[Known], partners: Mapping[str, object]) -> Iterator[Exception]:
    if not _NAME.fullmatch(account.name):
        cure = "Write an address or a short name: small letters, digits, dots and dashes."
        yield Misconfigured("This is no name to sign in with.", at="name", cure=cure)
    role = ROLES.get(account.role)
    if role is None:
        yield Misconfigured(f'There is no role "{account.role}".', at="role", cure=near(account.role, list(ROLES)))
    elif role.partner != bool(account.partner):
        cure = "Name the partner." if role.partner else "Leave the partner away."
        whose = "a partner's own people" if role.partner else "the county's staff"
        yield Misconfigured(f"A {role.words} is one of {whose}.", at="partner", cure=cure)
    if account.partner and account.partner not in partners:
        cure = near(account.partner, list(partners))
        yield Misconfigured(f'There is no partner "{account.partner}".', at="partner", cure=cure)
    yield from _wrong_term(account, people)
    if named(people, account.name):
        yield Conflict(f"{account.name} has access already.", cure="End it first, or make a new link.")


def _wrong_term(account: Account, people: Iterable[Known]) -> Iterator[Misconfigured]:
    if account.until and account.until <= account.made_at:
        yield Misconfigured("This term is over before it begins.", at="until", cure="Write a day to come.")
    if not account.supervisor:
        return
    above = named(people, account.supervisor)
    if above is None or above.account.over(account.made_at) or above.account.partner != account.partner:
        yield Misconfigured(
            "Nobody of this name could supervise them.", at="supervisor", cure="Name a colleague who has access."
        )
    elif above.account.supervisor:
        yield Misconfigured("A supervisor has no supervisor of their own.", at="supervisor")


def _lodge(key: tuple[str, int], account: Account, at: int, words: str, by: str) -> Lodge:
    name, before = key
    entry = LedgerEntry(kind=Kind.CONFIG, at=at, outcome=words, actor=by)
    return Lodge(kind=KIND, name=name, at=at, value=_encode(account), before=before, entry=entry)


def _quietly(one: Known, account: Account, at: int) -> Lodge:
    """A change that is no act of anybody: counted tries."""
    return Lodge(kind=KIND, name=one.id, at=at, value=_encode(account), before=one.version)


_decode = msgspec.msgpack.Decoder(Account).decode
