"""The hub's own tokens at a partner: asked for by a signed assertion, as SMART Backend Services has it, kept until they end.

RFC 6749 4.4, RFC 7523. The partner knows the hub's public key (`crisis-hub keys public PARTNER`), and no secret travels.
"""

from __future__ import annotations

import asyncio
import secrets
import ssl
from typing import Annotated, Final

import aiohttp
import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey
from yarl import URL

from hub import clock
from hub.access.answers import beginning
from hub.access.route import Guarded, route
from hub.errors import Misconfigured, PartnerUnreachable
from hub.partners import Delivery
from hub.spans import SECOND

_BEARER: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
# SMART bounds an assertion's life by five minutes.
_ASSERTION_S: Final = 240
# A token is let go of so long before it ends: a request is under way for a while.
_BEFORE_S: Final = 30
_SHORT_S: Final = 60
_PATIENCE_S: Final = 10.0
_LARGEST: Final = 64 * 1024


class _Answer(msgspec.Struct):
    # Anything else would not fit into a header (RFC 6750, 2.1).
    access_token: Annotated[str, msgspec.Meta(pattern=r"\A[\x21-\x7e]+\Z")]
    expires_in: int = _SHORT_S


# Some endpoints write the number as text.
_answer = msgspec.json.Decoder(_Answer, strict=False)


def key_of(text: str, name: str) -> RSAKey | ECKey:
    """A private key written as PEM or JWK. Raises Misconfigured naming the secret for any other, without a byte of it."""
    found = next((key for kind in (ECKey, RSAKey) if (key := _imported(kind, text)) is not None), None)
    if found is None:
        raise Misconfigured(
            "This is no private key to ask for tokens with.",
            at=f"secret {name}",
            cure="An RSA key, or one on P-384, as PEM or JWK.",
        )
    found.ensure_kid()
    return found


def _imported(kind: type[ECKey | RSAKey], text: str) -> ECKey | RSAKey | None:
    """Not told why not: the words of the library may quote the key."""
    try:
        found = kind.import_key(msgspec.json.decode(text) if text.lstrip().startswith("{") else text)
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    suits = isinstance(found, RSAKey) or found.curve_name == "P-384"
    return found if found.is_private and suits else None


def algorithm(key: RSAKey | ECKey) -> str:
    """How assertions are signed with this key: one of the two that SMART asks of every server."""
    return "ES384" if isinstance(key, ECKey) else "RS384"


class Grant:
    """Tokens of one partner: one at a time, asked for anew before it ends, or when it was refused."""

    def __init__(
        self, partner: str, delivery: Delivery, key: RSAKey | ECKey, *, tls: ssl.SSLContext | None = None
    ) -> None:
        """Raises Misconfigured for an address of another kind than the partner file declares."""
        self._url, self._delivery, self._key, self._tls = URL(delivery.grant_url), delivery, key, tls
        self._route = route(partner, delivery, self._url.host or "", clear=self._url.scheme == "http")
        self._session: aiohttp.ClientSession | None = None
        self._asking = asyncio.Lock()
        self._token, self._until = "", 0

    async def token(self) -> str:
        """A token that holds. Raises PartnerUnreachable: without one nothing was sent, and deliveries wait until there is one."""
        async with self._asking:
            if self._until <= clock.now():
                answer = await self._asked()
                lives = max(answer.expires_in - _BEFORE_S, 1)
                self._token, self._until = answer.access_token, clock.now() + lives * SECOND
            return self._token

    def forget(self) -> None:
        """It was refused: ask for another one."""
        self._until = 0

    async def close(self) -> None:
        """Let go of the connection."""
        if self._session:
            await self._session.close()
        self._session = None

    async def _asked(self) -> _Answer:
        self._route.still_open()
        session = self._session = self._session or self._opened()
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": _BEARER,
            "client_assertion": self._assertion(),
            **({"scope": self._delivery.scope} if self._delivery.scope else {}),
        }
        try:
            async with session.post(self._url, data=form, allow_redirects=False) as answer:
                status, body = answer.status, await beginning(answer, _LARGEST)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise PartnerUnreachable(f"No token ({type(error).__name__}).", at=self._route.place) from error
        if status != 200:
            raise PartnerUnreachable(f"No token: the partner's token endpoint answered {status}.", at=self._route.place)
        try:
            return _answer.decode(body)
        except msgspec.DecodeError:
            # Not chained: the answer may hold a token.
            raise PartnerUnreachable("No token: what the endpoint answered is none.", at=self._route.place) from None

    def _assertion(self) -> str:
        name, now, signs = self._delivery.client_id, clock.now() // SECOND, algorithm(self._key)
        claims = {
            "iss": name,
            "sub": name,
            "aud": str(self._url),
            "jti": secrets.token_urlsafe(24),
            "iat": now,
            "exp": now + _ASSERTION_S,
        }
        return jwt.encode({"alg": signs, "kid": self._key.kid, "typ": "JWT"}, claims, self._key, algorithms=[signs])

    def _opened(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(limit=1, resolver=Guarded(self._route), ssl=self._tls or True)
        timeout = aiohttp.ClientTimeout(total=_PATIENCE_S)
        return aiohttp.ClientSession(
            connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False
        )
