"""Partners' programs that ask for a token: OAuth 2.0 client credentials with a signed assertion, as SMART Backend Services has it.

RFC 6749 4.4, RFC 7521, RFC 7523, and the SMART App Launch profile "Client Authentication: Asymmetric". What a client may do stands
in its partner file. Tokens live in memory for five minutes: a hub that starts anew knows none, and clients ask again.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from hub import clock
from hub.errors import PartnerUnreachable
from hub.partners import Door, Partner
from hub.partners.words import SCOPES
from hub.spans import MINUTE, SECOND

WRITE, READ, ANSWER, SUBSCRIBE = SCOPES
TOKEN_S: Final = 300
# What SMART asks every server to take; a shared secret or `none` never.
_SIGNED: Final = ("RS384", "ES384")
_BEARER: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_LONGEST: Final = 5 * MINUTE
_LEEWAY: Final = 60 * SECOND
_MOST_TOKENS: Final = 10_000
# A key that nobody knows is looked for at its url again, but not more often than this.
_AGAIN: Final = MINUTE


class Denied(Exception):
    """No token: `error` is the word of RFC 6749 5.2; why, only the log is told."""

    def __init__(self, error: str, why: str) -> None:
        super().__init__(why)
        self.error, self.why = error, why


class Grant(NamedTuple):
    """A token that was given, for what, and for how many seconds."""

    token: str
    scopes: tuple[str, ...]
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Client:
    partner: str
    door: Door


@dataclass(slots=True)
class _Keys:
    """The keys of a client as they were read last: from a file when it changes, from a url when one is missing."""

    found: KeySet
    mark: float
    read_at: int


class _Token(NamedTuple):
    partner: str
    scopes: tuple[str, ...]
    until: int


# Whether a digest was never used before, until an instant; durable once it answers.
Once = Callable[[bytes, int], Awaitable[bool]]
Fetch = Callable[[str], Awaitable[bytes]]


class Clients:
    """Gives tokens to clients whose assertions hold, and knows whose a token is."""

    def __init__(self, partners: Iterable[Partner], *, audience: Callable[[], str], once: Once, fetch: Fetch) -> None:
        """`audience`: the url of the token endpoint. `fetch` gets a JWKS by its url, and raises PartnerUnreachable."""
        doors = ((p.id, door) for p in partners for door in (p.source.doors if p.source else ()) if door.client_id)
        self._clients = {door.client_id: _Client(partner=name, door=door) for name, door in doors}
        self._audience, self._once, self._fetch = audience, once, fetch
        self._keys: dict[str, _Keys] = {}
        self._tokens: dict[bytes, _Token] = {}

    async def grant(self, form: Mapping[str, str]) -> Grant:
        """A token for one request. Raises Denied."""
        if form.get("grant_type") != "client_credentials":
            raise Denied("unsupported_grant_type", "another grant type")
        if form.get("client_assertion_type") != _BEARER or not form.get("client_assertion"):
            raise Denied("invalid_request", "no assertion")
        now = clock.now()
        client, claims = await self._authenticated(form["client_assertion"], now)
        asked = tuple(form.get("scope", "").split()) or client.door.scopes
        if not asked or set(asked) - set(client.door.scopes):
            raise Denied("invalid_scope", "a scope that the partner file does not give")
        digest = hashlib.sha256(f"{client.door.client_id}\n{claims['jti']}".encode()).digest()
        if not await self._once(digest, claims["exp"] * SECOND + _LEEWAY):
            raise Denied("invalid_client", "the assertion was used before")
        return self._given(client.partner, asked, now)

    def bearer(self, token: bytes, scope: str) -> str | None:
        """The partner whose token this is, where it was given for this scope, or for anything, and has not expired."""
        found = self._tokens.get(hashlib.sha256(token).digest())
        if found is None or found.until <= clock.now() or (scope and scope not in found.scopes):
            return None
        return found.partner

    async def _authenticated(self, assertion: str, now: int) -> tuple[_Client, dict[str, Any]]:
        header, claimed = _looked_at(assertion)
        client = self._clients.get(claimed)
        if client is None:
            raise Denied("invalid_client", "a client that no partner file names")
        if header.get("alg") not in _SIGNED:
            raise Denied("invalid_client", "an algorithm that is not taken")
        keys = await self._keys_of(client, str(header.get("kid", "")), now)
        try:
            claims = jwt.decode(assertion, keys, algorithms=list(_SIGNED)).claims
        except (JoseError, ValueError) as wrong:
            raise Denied("invalid_client", f"the signature does not hold ({type(wrong).__name__})") from wrong
        _check(claims, client.door.client_id, self._audience(), now)
        return client, claims

    async def _keys_of(self, client: _Client, kid: str, now: int) -> KeySet:
        """The client's keys; read anew where its file changed, or where none of them has this id. A `jku` is never followed."""
        door, known = client.door, self._keys.get(client.door.client_id)
        mark = _changed(door.jwks)
        stale = known is None or known.mark != mark
        unknown = known is not None and door.jwks_url and kid not in _ids(known.found) and now - known.read_at >= _AGAIN
        if known is None or stale or unknown:
            known = self._keys[door.client_id] = _Keys(await self._read(door), mark, now)
        if kid not in _ids(known.found):
            raise Denied("invalid_client", "a key that the partner does not publish")
        return known.found

    async def _read(self, door: Door) -> KeySet:
        try:
            raw = _file(door.jwks) if door.jwks else await self._fetch(door.jwks_url)
            return KeySet.import_key_set(msgspec.json.decode(raw))
        except (OSError, PartnerUnreachable, msgspec.DecodeError, JoseError, ValueError, KeyError, TypeError) as wrong:
            raise Denied("invalid_client", f"its keys cannot be read ({type(wrong).__name__})") from wrong

    def _given(self, partner: str, scopes: tuple[str, ...], now: int) -> Grant:
        self._tokens = {digest: token for digest, token in self._tokens.items() if token.until > now}
        if len(self._tokens) >= _MOST_TOKENS:
            raise Denied("temporarily_unavailable", "too many tokens are out")
        token = secrets.token_urlsafe(32)
        digest = hashlib.sha256(token.encode()).digest()
        self._tokens[digest] = _Token(partner, scopes, now + TOKEN_S * SECOND)
        return Grant(token, scopes, TOKEN_S)


def _looked_at(assertion: str) -> tuple[dict[str, Any], str]:
    """The header and the issuer of an assertion, before anything of it is believed."""
    try:
        found = jws.extract_compact(assertion.encode("ascii"))
        payload = msgspec.json.decode(found.payload)
    except (JoseError, ValueError, msgspec.DecodeError, UnicodeEncodeError) as wrong:
        raise Denied("invalid_client", "no assertion that can be read") from wrong
    if not isinstance(payload, dict) or not isinstance(payload.get("iss"), str):
        raise Denied("invalid_client", "an assertion of nobody")
    return dict(found.headers()), payload["iss"]


def _check(claims: Mapping[str, Any], client: str, audience: str, now: int) -> None:
    expires, jti, audiences = claims.get("exp"), claims.get("jti"), claims.get("aud")
    wanted = {
        "the subject is not the client": claims.get("sub") == client == claims.get("iss"),
        "it is for another audience": audiences == audience or (isinstance(audiences, list) and audience in audiences),
        "it has no id": isinstance(jti, str) and 0 < len(jti) <= 200,
        "it has no end": isinstance(expires, int) and not isinstance(expires, bool),
    }
    if wrong := next((why for why, holds in wanted.items() if not holds), ""):
        raise Denied("invalid_client", wrong)
    if not isinstance(expires, int) or not now - _LEEWAY < expires * SECOND <= now + _LONGEST + _LEEWAY:
        raise Denied("invalid_client", "it has expired, or lives for more than five minutes")
    # An assertion of the future is none, however its end is bounded.
    begins = [claims.get(name, 0) for name in ("nbf", "iat")]
    if not all(isinstance(one, int | float) and one * SECOND <= now + _LEEWAY for one in begins):
        raise Denied("invalid_client", "it does not hold yet")


def _changed(path: str) -> float:
    """When a file was changed last; 0 where there is none."""
    try:
        return Path(path).stat().st_mtime if path else 0.0
    except OSError:
        return 0.0


def _file(path: str) -> bytes:
    return Path(path).read_bytes()


def _ids(keys: KeySet) -> set[str]:
    return {key.kid for key in keys.keys if key.kid}
