"""Client credentials with a signed assertion: everything that makes one hold, and each single thing that breaks it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey

from hub import clock
from hub.access.clients import WRITE, Clients, Denied, Grant
from hub.access.rates import Rates
from hub.errors import PartnerUnreachable
from hub.partners import Agreement, Door, Partner, Source
from hub.spans import MINUTE, SECOND

TOKEN_URL = "https://hub.example/oauth/token"
AGREEMENT = Agreement(id="A1", kind="BAA", hub_is="BA", starts="2024-01-01", ends="2027-01-01", signature="s")
ELLIPTIC = ECKey.generate_key("P-384", {"kid": "e1", "use": "sig", "alg": "ES384"})
RSA = RSAKey.generate_key(2048, {"kid": "r1", "use": "sig"})
STRANGE = ECKey.generate_key("P-384", {"kid": "e1"})


def door(**more: Any) -> Door:
    return Door(kind="http", client_id="clinic-engine", scopes=(WRITE,), **more)


def partner(name: str, *doors: Door) -> Partner:
    source = Source(format="fhir", doors=doors)
    return Partner(id=name, name=name, kind="BH_PROVIDER", state="TX", agreement=AGREEMENT, source=source)


class Used:
    """Remembers digests, as the store does."""

    def __init__(self) -> None:
        self.seen: set[bytes] = set()

    async def __call__(self, digest: bytes, until: int) -> bool:
        fresh = digest not in self.seen
        self.seen.add(digest)
        return fresh


async def nothing(url: str) -> bytes:
    raise PartnerUnreachable


def published(*keys: Any) -> bytes:
    return json.dumps(KeySet(list(keys)).as_dict(private=False)).encode()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "jwks.json"
    path.write_bytes(published(ELLIPTIC, RSA))
    return path


def clients(file: Path, fetch: Callable[[str], Any] = nothing, **more: Any) -> Clients:
    known = door(**{"jwks": str(file), **more})
    return Clients([partner("B1", known)], audience=lambda: TOKEN_URL, once=Used(), fetch=fetch)


def claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    made = {"iss": "clinic-engine", "sub": "clinic-engine", "aud": TOKEN_URL, "exp": now + 240, "jti": "one"}
    return {name: value for name, value in {**made, **changes}.items() if value is not None}


def form(
    said: dict[str, Any], key: Any = ELLIPTIC, alg: str = "ES384", header: dict[str, Any] | None = None, **more: str
) -> dict[str, str]:
    heading = {"alg": alg, "kid": key.kid, **(header or {})}
    made = jwt.encode(heading, said, key, algorithms=[alg])
    kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    return {
        "grant_type": "client_credentials", "client_assertion_type": kind, "client_assertion": made, "scope": WRITE, **more
    }  # fmt: skip


async def denied(server: Clients, asked: dict[str, str]) -> Denied:
    with pytest.raises(Denied) as found:
        await server.grant(asked)
    return found.value


@pytest.mark.parametrize(("key", "alg"), [(ELLIPTIC, "ES384"), (RSA, "RS384")])
async def test_an_assertion_that_holds_gets_a_token_for_five_minutes(file: Path, key: Any, alg: str) -> None:
    server = clients(file)

    given = await server.grant(form(claims(), key, alg))

    assert isinstance(given, Grant)
    assert (given.scopes, given.seconds) == ((WRITE,), 300)
    assert server.bearer(given.token.encode(), WRITE) == "B1"
    assert server.bearer(given.token.encode(), "records.read") is None
    assert server.bearer(b"another", WRITE) is None
    with clock.hold(clock.now() + 301 * SECOND):
        assert server.bearer(given.token.encode(), WRITE) is None


@pytest.mark.parametrize(
    "change",
    [
        {"sub": "somebody"},
        {"iss": "somebody"},
        {"aud": "https://other.example/oauth/token"},
        {"aud": ["https://other.example/oauth/token"]},
        {"aud": None},
        {"exp": None},
        {"exp": int(time.time()) - 120},
        {"exp": int(time.time()) + 3600},
        {"exp": "soon"},
        {"exp": True},
        {"jti": None},
        {"jti": ""},
        {"jti": "x" * 201},
        {"nbf": int(time.time()) + 3600},
        {"iat": int(time.time()) + 3600},
        {"iat": "now"},
    ],
)
async def test_a_single_wrong_claim_gets_nothing(file: Path, change: dict[str, Any]) -> None:
    found = await denied(clients(file), form(claims(**change)))

    assert found.error == "invalid_client"


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(lambda: form(claims(), STRANGE), id="another key under the same id"),
        pytest.param(lambda: form(claims(), RSA, "RS256"), id="an algorithm that SMART does not ask for"),
        pytest.param(lambda: form(claims(), OctKey.import_key("s" * 48, {"kid": "e1"}), "HS384"), id="a shared secret"),
        pytest.param(lambda: form(claims(), ELLIPTIC, header={"kid": "e9"}), id="an id that is not published"),
        pytest.param(lambda: {**form(claims()), "client_assertion": "e30.e30."}, id="no signature"),
        pytest.param(lambda: {**form(claims()), "client_assertion": "naïve"}, id="no assertion at all"),
        pytest.param(lambda: {**form(claims()), "client_assertion": form(claims())["client_assertion"][:-2] + "AA"}, id="a changed bit"),
    ],
)  # fmt: skip
async def test_a_signature_that_is_not_the_partners_gets_nothing(
    file: Path, asked: Callable[[], dict[str, str]]
) -> None:
    assert (await denied(clients(file), asked())).error == "invalid_client"


async def test_a_replayed_assertion_is_refused(file: Path) -> None:
    server, asked = clients(file), form(claims())

    await server.grant(asked)

    assert (await denied(server, asked)).why == "the assertion was used before"


async def test_a_jku_is_never_followed(file: Path) -> None:
    fetched: list[str] = []

    async def fetch(url: str) -> bytes:
        fetched.append(url)
        return published(STRANGE)

    asked = form(claims(), STRANGE, header={"jku": "https://evil.example/keys", "kid": "e9"})

    await denied(clients(file, fetch), asked)

    assert fetched == []


@pytest.mark.parametrize(("scope", "error"), [("records.read", "invalid_scope"), (f"{WRITE} *", "invalid_scope")])
async def test_a_scope_that_the_partner_file_does_not_give_is_refused(file: Path, scope: str, error: str) -> None:
    assert (await denied(clients(file), form(claims(), scope=scope))).error == error


async def test_without_a_scope_the_file_decides(file: Path) -> None:
    assert (await clients(file).grant(form(claims(), scope=""))).scopes == (WRITE,)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"client_assertion_type": "jwt"}, "invalid_request"),
        ({"client_assertion": ""}, "invalid_request"),
    ],
)
async def test_another_kind_of_request_is_refused(file: Path, change: dict[str, str], error: str) -> None:
    assert (await denied(clients(file), {**form(claims()), **change})).error == error


def rewritten(file: Path, content: bytes) -> None:
    """Another content, at another time."""
    file.write_bytes(content)
    os.utime(file, (1, 1))


async def test_keys_are_rotated_by_writing_the_file_anew(file: Path) -> None:
    server, fresh = clients(file), ECKey.generate_key("P-384", {"kid": "e2"})
    await server.grant(form(claims(jti="a")))

    rewritten(file, published(fresh))

    assert await server.grant(form(claims(jti="b"), fresh))
    assert (await denied(server, form(claims(jti="c")))).why == "a key that the partner does not publish"


async def test_keys_are_rotated_at_their_url_and_asked_for_once_a_minute() -> None:
    fresh = ECKey.generate_key("P-384", {"kid": "e2"})
    sets, fetched = [published(ELLIPTIC), published(ELLIPTIC, fresh)], []

    async def fetch(url: str) -> bytes:
        fetched.append(url)
        return sets[min(len(fetched), len(sets)) - 1]

    known = partner("B1", door(jwks_url="https://b1.example/jwks"))
    server = Clients([known], audience=lambda: TOKEN_URL, once=Used(), fetch=fetch)
    now = clock.now()
    with clock.hold(now):
        await server.grant(form(claims(jti="a")))
        await denied(server, form(claims(jti="b"), fresh))
        await denied(server, form(claims(jti="c"), fresh))
    with clock.hold(now + MINUTE):
        assert await server.grant(form(claims(jti="d"), fresh))

    assert fetched == ["https://b1.example/jwks"] * 2


async def test_keys_that_cannot_be_read_let_nobody_in(tmp_path: Path) -> None:
    (tmp_path / "broken").write_text("{}")

    for path in ("broken", "absent"):
        assert (await denied(clients(tmp_path / path), form(claims()))).error == "invalid_client"


def test_a_rate_lets_a_minutes_worth_through_and_then_says_when() -> None:
    rates = Rates.of([partner("B1", door(per_minute=3)), partner("B2", door())])

    assert [rates.wait("B1", MINUTE) for _ in range(3)] == [0.0] * 3
    assert rates.wait("B1", MINUTE) == pytest.approx(20.0)
    assert rates.wait("B1", MINUTE + 20 * SECOND) == 0.0
    assert all(rates.wait("B2", MINUTE) == 0.0 for _ in range(100))
