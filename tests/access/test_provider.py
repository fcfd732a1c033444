"""An ID token is believed when its signature, issuer, audience, nonce and time hold, and in no other case."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import respx
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from msgspec.structs import replace

from hub.access.provider import Pending, Provider
from hub.errors import NotAllowed
from hub.spans import SECOND

ISSUER = "https://login.example"
PENDING = Pending(state="s", nonce="n", verifier="v")
KEY = RSAKey.generate_key(2048, {"kid": "one"})
OTHER = RSAKey.generate_key(2048, {"kid": "one"})


def claims(**changed: Any) -> dict[str, Any]:
    now = int(time.time())
    said = {"iss": ISSUER, "aud": "hub", "sub": "jo", "nonce": "n", "iat": now, "exp": now + 300, "auth_time": now}
    said |= {"email": "Jo@county.example", "email_verified": True}
    return {name: value for name, value in (said | changed).items() if value is not None}


def signed(said: dict[str, Any], key: Any = KEY, alg: str = "RS256") -> str:
    return jwt.encode({"alg": alg, "kid": "one"}, said, key, algorithms=[alg])


@pytest.fixture
def there() -> Iterator[respx.MockRouter]:
    with respx.mock(base_url=ISSUER, assert_all_called=False) as router:
        known = {name: f"{ISSUER}/{name}" for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
        router.get("/.well-known/openid-configuration").respond(json={"issuer": ISSUER, **known})
        router.get("/jwks_uri").respond(json={"keys": [KEY.as_dict(private=False)]})
        yield router


def finished(there: respx.MockRouter, token: Any, begun: int = 0) -> Any:
    there.post("/token_endpoint").respond(json={"id_token": token, "token_type": "Bearer"})
    hub = Provider(issuer=ISSUER, client_id="hub", secret="secret", back="https://hub.example/signin/back")
    return hub.finish(replace(PENDING, begun=begun), {"state": "s", "code": "c"})


def test_a_token_that_holds_says_who_it_is(there: respx.MockRouter) -> None:
    assert finished(there, signed(claims())) == (f"{ISSUER}|jo", "jo@county.example")


@pytest.mark.parametrize("verified", [None, False, "true", 1])
def test_an_address_counts_when_it_was_verified_and_only_then(there: respx.MockRouter, verified: object) -> None:
    assert finished(there, signed(claims(email_verified=verified))).address == ""


@pytest.mark.parametrize(
    "wrong",
    [
        signed(claims(iss="https://elsewhere.example")),
        signed(claims(aud="another")),
        signed(claims(aud=None)),
        signed(claims(nonce="another")),
        signed(claims(nonce=None)),
        signed(claims(sub=None)),
        signed(claims(exp=int(time.time()) - 3600)),
        signed(claims(exp=None)),
        signed(claims(), OTHER),
        signed(claims(), OctKey.import_key("secret" * 8), "HS256"),
        signed(claims())[:-4] + "AAAA",
        ".".join([*signed(claims()).split(".")[:2], ""]),
        "eyJhbGciOiJub25lIn0.e30.",
        "nonsense",
        None,
        7,
    ],
    ids=lambda token: str(token)[:24],
)
def test_a_token_that_does_not_hold_lets_nobody_in(there: respx.MockRouter, wrong: object) -> None:
    with pytest.raises(NotAllowed) as refused:
        finished(there, wrong)

    assert "jo" not in str(refused.value).lower().replace("jose", "")


@pytest.mark.parametrize("ago_s", [3600, None], ids=["an hour ago", "not told"])
def test_whoever_was_signed_in_there_before_is_asked_anew(there: respx.MockRouter, ago_s: int | None) -> None:
    now = int(time.time())
    token = signed(claims(auth_time=None if ago_s is None else now - ago_s))

    with pytest.raises(NotAllowed, match="asked anew"):
        finished(there, token, begun=now * SECOND)


def test_keys_that_changed_are_asked_for_once_more(there: respx.MockRouter) -> None:
    new = RSAKey.generate_key(2048, {"kid": "two"})
    sets = [{"keys": [KEY.as_dict(private=False)]}, {"keys": [new.as_dict(private=False)]}]
    there.get("/jwks_uri").mock(side_effect=[httpx.Response(200, json=each) for each in sets])
    token = jwt.encode({"alg": "RS256", "kid": "two"}, claims(), new)

    assert finished(there, token).subject == f"{ISSUER}|jo"


def test_a_provider_that_calls_itself_something_else_is_not_believed(there: respx.MockRouter) -> None:
    there.get("/.well-known/openid-configuration").respond(json={"issuer": "https://elsewhere.example"})

    with pytest.raises(NotAllowed, match="calls itself something else"):
        finished(there, signed(claims()))
