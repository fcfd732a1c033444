"""Sessions of people: an opaque cookie whose digest is lodged, an end when nobody does anything, and tokens that bind forms to it."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Final, NamedTuple

import msgspec
from msgspec.structs import replace

from hub.access.accounts import digest
from hub.model.commands import Lodge
from hub.model.plan import Fact
from hub.spans import MINUTE
from hub.store.writing.lodged import Lodging

KIND: Final = "session"
# `__Host-`: only over TLS (or on this machine), for this host alone, for every path (RFC 6265bis, 4.1.3.2).
COOKIE: Final = "__Host-crisis-hub"
# Every request would be a commit otherwise.
_TOUCH: Final = 1 * MINUTE
_encode = msgspec.msgpack.Encoder().encode


class Session(Fact, frozen=True):
    """Who signed in, how and when, and when they were last here. Instants are UTC microseconds.

    `locked` is the page that they left when they locked it, empty while it is open.
    """

    account: str
    how: str
    begun: int
    seen: int
    locked: str = ""


class Terms(NamedTuple):
    """How long a session holds, in microseconds: at most, and while nobody does anything."""

    longest: int
    idle: int


class Here(NamedTuple):
    """A session as it stands: the secret of its cookie, the version that was read, its value."""

    token: str
    version: int
    session: Session

    @property
    def name(self) -> str:
        """What it is lodged under."""
        return digest(self.token)

    @property
    def csrf(self) -> str:
        """The token that forms of this session carry."""
        return form_token(self.token)


def form_token(token: str) -> str:
    """What forms of the session of a cookie carry; it tells nothing of the cookie."""
    return hmac.new(token.encode(), b"form", hashlib.sha256).hexdigest()


def begin(account: str, how: str, at: int, terms: Terms) -> tuple[Lodge, str]:
    """A new session: what to commit, and the secret for its cookie."""
    token = secrets.token_urlsafe(32)
    session = Session(account=account, how=how, begun=at, seen=at)
    return _lodge(digest(token), 0, session, at, terms), token


def found(token: str, lodging: Lodging | None) -> Here | None:
    """The session of a cookie; None where there is none, or it is over."""
    return Here(token, lodging.version, _decode(lodging.value)) if lodging else None


def touched(here: Here, at: int, terms: Terms) -> Lodge | None:
    """Somebody is still here; None while that was noted a moment ago."""
    if at - here.session.seen < _TOUCH:
        return None
    return _lodge(here.name, here.version, replace(here.session, seen=at), at, terms)


def ends(here: Here, at: int, terms: Terms) -> tuple[int, bool]:
    """When a session that somebody uses at an instant ends if they do nothing more (UTC microseconds), and whether doing so helps."""
    seen = at if at - here.session.seen >= _TOUCH else here.session.seen
    last, idle = here.session.begun + terms.longest, seen + terms.idle
    return min(last, idle), idle < last


def locked(here: Here, page: str, at: int, terms: Terms) -> Lodge:
    """Nobody sees anything in this session until they say once more who they are; `page` is where they go on then."""
    return _lodge(here.name, here.version, replace(here.session, seen=at, locked=page), at, terms)


def over(here: Here, at: int) -> Lodge:
    """The end of a session."""
    return Lodge(kind=KIND, name=here.name, at=at, before=here.version)


def _lodge(name: str, before: int, session: Session, at: int, terms: Terms) -> Lodge:
    until = min(session.begun + terms.longest, at + terms.idle)
    return Lodge(kind=KIND, name=name, at=at, value=_encode(session), until=until, before=before)


_decode = msgspec.msgpack.Decoder(Session).decode
