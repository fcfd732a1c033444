"""Signing in at an OpenID Connect provider: authorization code with PKCE, state and nonce; the ID token is checked by Authlib.

OpenID Connect Core 1.0, RFC 7636, RFC 9207. The provider says who somebody is; what they may do, the hub says.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import httpx
import msgspec
from authlib.common.urls import add_params_to_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from hub.errors import NotAllowed, PartnerUnreachable
from hub.model.commands import Lodge
from hub.model.plan import Fact
from hub.partners.sheet import loopback
from hub.spans import MINUTE, SECOND

KIND: Final = "signing in"
PATIENCE: Final = 10 * MINUTE
# A signature somebody else can check; never `none`, never a shared secret.
_SIGNED: Final = ("RS256", "PS256", "ES256", "EdDSA", "Ed25519")
_TIMEOUT_S: Final = 10.0
_LEEWAY_S: Final = 60
_encode = msgspec.msgpack.Encoder().encode


class Pending(Fact, frozen=True):
    """A sign-in that went to the provider: what its answer must carry, and when it went (UTC microseconds)."""

    state: str
    nonce: str
    verifier: str
    begun: int = 0


class Somebody(NamedTuple):
    """Whom the provider knows: issuer and subject together name a person for good; an address only when it was verified."""

    subject: str
    address: str


class Factors(NamedTuple):
    """How the provider must have made sure of somebody: with several factors (RFC 8176 `mfa`), or in this context (`acr`)."""

    acr: str = ""

    def shown(self, claims: Mapping[str, Any]) -> bool:
        """Whether a token says so.

        >>> Factors().shown({"amr": ["pwd", "otp", "mfa"]}), Factors().shown({"amr": ["pwd"]}), Factors("strong").shown({"acr": "strong"})
        (True, False, True)
        """
        amr = claims.get("amr")
        return (isinstance(amr, list) and "mfa" in amr) or (bool(self.acr) and claims.get("acr") == self.acr)


class Provider:
    """One provider, by its issuer. What it publishes of itself is read when it is first needed."""

    def __init__(self, *, issuer: str, client_id: str, secret: str, back: str, factors: Factors | None = None) -> None:
        """`back`: the url at this hub that it sends people back to. `factors`: how it must make sure of everybody, if that matters."""
        self._factors = factors
        self._issuer, self._client_id, self._secret, self._back = issuer, client_id, secret, back
        self._metadata: Mapping[str, Any] = {}
        self._keys: KeySet | None = None

    @property
    def origin(self) -> str:
        """Scheme and host of the provider: where signing in leads."""
        parts = urlsplit(self._issuer)
        return f"{parts.scheme}://{parts.netloc}"

    def begin(self, at: int) -> tuple[str, Pending]:
        """Where to send somebody at an instant, and what to remember until they come back. Raises PartnerUnreachable."""
        pending = Pending(
            state=secrets.token_urlsafe(24),
            nonce=secrets.token_urlsafe(24),
            verifier=secrets.token_urlsafe(48),
            begun=at,
        )
        challenge = create_s256_code_challenge(pending.verifier)  # type: ignore[no-untyped-call]  # Authlib left it untyped
        asked = [
            ("response_type", "code"),
            ("client_id", self._client_id),
            ("redirect_uri", self._back),
            ("scope", "openid email"),
            ("state", pending.state),
            ("nonce", pending.nonce),
            ("code_challenge", challenge),
            ("code_challenge_method", "S256"),
            # Whoever was here before is signed in there still: a lock that opens without a password is none (OpenID Connect Core 3.1.2.1).
            ("prompt", "login"),
            ("max_age", "0"),
            *([("acr_values", self._factors.acr)] if self._factors and self._factors.acr else []),
        ]
        return str(add_params_to_uri(self._known()["authorization_endpoint"], asked)), pending

    def finish(self, pending: Pending, said: Mapping[str, str]) -> Somebody:
        """Who came back, from the parameters they came with. Raises NotAllowed, or PartnerUnreachable."""
        if not hmac.compare_digest(said.get("state", "").encode(), pending.state.encode()):
            raise NotAllowed("The answer does not belong to this sign-in.")
        # RFC 9207: an answer of another provider is not mixed up with this one's.
        if said.get("iss", self._issuer) != self._issuer or not said.get("code"):
            raise NotAllowed("The identity provider did not let you in.")
        tokens = self._tokens(said["code"], pending.verifier)
        claims = self._claims(tokens["id_token"], pending.nonce)
        if not _asked_since(pending.begun, claims.get("auth_time")):
            raise NotAllowed(
                "The identity provider did not say that it asked anew who you are, and here it must.",
                cure="Sign in there once more. Whoever runs it can have it say when it asked (auth_time), by a clock that is right.",
            )
        if self._factors and not self._factors.shown(claims):
            raise NotAllowed(
                "The identity provider did not say that it asked you for a second factor, and here it must.",
                cure="Set one up there, and sign in again.",
            )
        told = claims if "email" in claims else self._told(tokens, claims["sub"])
        address = told.get("email", "") if told.get("email_verified") is True else ""
        return Somebody(subject=f"{self._issuer}|{claims['sub']}", address=str(address).lower())

    def _told(self, tokens: Mapping[str, Any], subject: str) -> Mapping[str, Any]:
        """What the provider says beside the token, where it does not stand in it (OpenID Connect Core 5.3, 5.4)."""
        url, access = self._known().get("userinfo_endpoint"), tokens.get("access_token")
        if not url or not access:
            return {}
        found = self._asked("GET", url, headers={"authorization": f"Bearer {access}"})
        # 5.3.2: an answer about somebody else is not used.
        return found if found.get("sub") == subject else {}

    def _tokens(self, code: str, verifier: str) -> Mapping[str, Any]:
        asked = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._back,
            "code_verifier": verifier,
        }
        found = self._asked("POST", self._known()["token_endpoint"], data=asked, auth=(self._client_id, self._secret))
        if not isinstance(found.get("id_token"), str):
            raise NotAllowed("The identity provider says nothing of who you are.")
        return found

    def _claims(self, token: str, nonce: str) -> Mapping[str, Any]:
        try:
            opened = self._opened(token)
            options = {
                "iss": {"essential": True, "value": self._issuer},
                "aud": {"essential": True, "value": self._client_id},
            }
            claims = CodeIDToken(opened.claims, opened.header, options, {"nonce": nonce, "client_id": self._client_id})
            claims.validate(leeway=_LEEWAY_S)
        except (JoseError, ValueError, KeyError) as wrong:
            raise NotAllowed(f"The identity provider's word does not hold ({type(wrong).__name__}).") from wrong
        return claims

    def _opened(self, token: str) -> jwt.Token:
        """The token, its signature checked; keys that are not known are asked for once more, since providers change them."""
        for fresh in (False, True):
            try:
                return jwt.decode(token, self._key_set(fresh=fresh), algorithms=list(_SIGNED))
            except JoseError:
                if fresh:
                    raise
        raise AssertionError  # the second round returns or raises

    def _key_set(self, *, fresh: bool) -> KeySet:
        if self._keys is None or fresh:
            found: Any = self._asked("GET", self._known()["jwks_uri"])
            self._keys = KeySet.import_key_set(found)
        return self._keys

    def _known(self) -> Mapping[str, Any]:
        if not self._metadata:
            found = self._asked("GET", f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
            if found.get("issuer") != self._issuer:
                raise NotAllowed("The identity provider calls itself something else.", at="console.issuer")
            self._metadata = found
        return self._metadata

    def _asked(self, method: str, url: str, **what: Any) -> Mapping[str, Any]:
        parts = urlsplit(url)
        if parts.scheme != "https" and not loopback(parts.hostname or ""):
            raise NotAllowed("The identity provider would be asked in the clear.", at="console.issuer")
        try:
            answer = httpx.request(method, url, timeout=_TIMEOUT_S, follow_redirects=False, **what)
            found = answer.json() if answer.is_success else None
        except (httpx.HTTPError, ValueError) as gone:
            raise PartnerUnreachable("The identity provider does not answer.") from gone
        if not isinstance(found, dict):
            raise NotAllowed(f"The identity provider refused with {answer.status_code}.")
        return found


def _asked_since(begun: int, told: object) -> bool:
    """Whether the provider asked somebody who they are since a sign-in began: an address can be changed on the way there."""
    return isinstance(told, int | float) and told + _LEEWAY_S >= begun / SECOND


def remembered(name: str, pending: Pending, at: int) -> Lodge:
    """A sign-in that is under way, for ten minutes."""
    return Lodge(kind=KIND, name=name, at=at, value=_encode(pending), until=at + PATIENCE)


def forgotten(name: str, at: int) -> Lodge:
    """A sign-in that came back: its answer is good once."""
    return Lodge(kind=KIND, name=name, at=at, before=1)


pending_of = msgspec.msgpack.Decoder(Pending).decode
