"""Deliveries over HTTP with the hub's own tokens, its signature, and a receipt: what a partner checks, and what goes wrong."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from hub import clock
from hub.access.clients import WRITE, Clients
from hub.carriers import signing
from hub.carriers.grant import Grant, algorithm, key_of
from hub.carriers.http import RECEIPT, HttpCarrier
from hub.contracts import Parcel
from hub.errors import Misconfigured, NotAllowed, PartnerRefused, PartnerUnreachable, Passing
from hub.partners import Agreement, Delivery, Door, Partner, Source
from hub.spans import SECOND
from tests.sinks import OK, Reply, Sink, http_sink, reply

KEY = ECKey.generate_key("P-384", {"kid": "hub-2026"})
PARCEL = Parcel(partner="clinic", key="k-1", body=b'{"resourceType":"Bundle"}', media_type="application/fhir+json")
SECRET = "between the two of us"


def token(text: str = "t-1", seconds: int = 300) -> Reply:
    return reply(200, json.dumps({"access_token": text, "expires_in": seconds, "token_type": "bearer"}).encode())


@asynccontextmanager
async def meeting(
    *tokens: Reply, answers: tuple[Reply, ...] = (), private: Any = KEY, secret: str = ""
) -> AsyncIterator[tuple[HttpCarrier, Sink, Sink]]:
    """A carrier, the partner's endpoint for tokens, and the partner."""
    async with http_sink(*tokens, otherwise=reply(500)) as endpoint, http_sink(*answers, otherwise=OK) as partner:
        delivery = Delivery(
            format="fhir", carrier="http", url=partner.url, grant_url=endpoint.url, client_id="hub", scope="system/Bundle.c",
            options={"network": "loopback"},
        )  # fmt: skip
        carrier = HttpCarrier("clinic", delivery, tokens=Grant("clinic", delivery, private), signed_with=secret)
        try:
            yield carrier, endpoint, partner
        finally:
            await carrier.close()


def header(sink: Sink, name: str, number: int = -1) -> str:
    found = {key.lower(): value for key, value in sink.requests[number].headers.items()}
    return found.get(name.lower(), "")


async def test_one_token_serves_until_it_ends_and_another_is_asked_for_then(still: int) -> None:
    async with meeting(token("one"), token("two")) as (carrier, endpoint, partner):
        await carrier.send(PARCEL)
        await carrier.send(PARCEL)
        with clock.hold(still + 271 * SECOND):
            await carrier.send(PARCEL)

        said = [header(partner, "Authorization", number) for number in range(3)]

    assert said == ["Bearer one", "Bearer one", "Bearer two"]
    assert endpoint.count == 2


async def test_a_life_that_is_written_as_text_is_believed() -> None:
    said = reply(200, b'{"access_token": "text", "expires_in": "3599"}')
    async with meeting(said) as (carrier, _, partner):
        await carrier.send(PARCEL)

        assert header(partner, "Authorization") == "Bearer text"


async def test_a_token_is_taken_in_however_many_pieces_it_comes() -> None:
    async with meeting(token("t" * 3000)) as (carrier, endpoint, partner):
        endpoint.apart_s = 0.02
        await carrier.send(PARCEL)

        assert header(partner, "Authorization") == f"Bearer {'t' * 3000}"


async def test_a_token_that_is_refused_is_asked_for_once_more() -> None:
    async with meeting(token("ended"), token("fresh"), answers=(reply(401),)) as (carrier, _, partner):
        assert (await carrier.send(PARCEL)).accepted

        assert header(partner, "Authorization") == "Bearer fresh"
        assert partner.count == 2


async def test_who_is_refused_twice_is_told_to_a_person() -> None:
    async with meeting(token("a"), token("b"), answers=(reply(401), reply(401))) as (carrier, _, _):
        with pytest.raises(PartnerRefused):
            await carrier.send(PARCEL)


@pytest.mark.parametrize(
    "answer",
    [
        reply(400),
        reply(503),
        reply(302),
        reply(200, b"<html>"),
        reply(200, b"{}"),
        reply(200, b'{"access_token": ""}'),
        reply(200, b'{"access_token": "a\\r\\nb"}'),
    ],
)
async def test_without_a_token_nothing_is_sent_and_it_is_tried_again(answer: Reply) -> None:
    async with meeting(answer) as (carrier, _, partner):
        # As nobody is there: what was never sent runs out of no tries.
        with pytest.raises(PartnerUnreachable):
            await carrier.send(PARCEL)

        assert partner.count == 0


async def test_an_endpoint_that_is_not_there_makes_deliveries_wait() -> None:
    delivery = Delivery(
        format="fhir", carrier="http", url="http://127.0.0.1:9/", grant_url="http://127.0.0.1:9/token", client_id="hub",
        options={"network": "loopback"},
    )  # fmt: skip
    grant = Grant("clinic", delivery, KEY)

    with pytest.raises(PartnerUnreachable) as found:
        await grant.token()

    assert isinstance(found.value, Passing)
    await grant.close()


@pytest.mark.parametrize("private", [KEY, RSAKey.generate_key(2048, {"kid": "r"})], ids=["elliptic", "rsa"])
async def test_the_assertion_is_one_that_our_own_endpoint_would_take(private: Any) -> None:
    async with meeting(token(), private=private) as (carrier, endpoint, _):
        await carrier.send(PARCEL)
        form = {name: value for name, (value,) in parse_qs(endpoint.requests[0].body.decode()).items()}

    assert form["scope"] == "system/Bundle.c"
    granted = await _ours(private, endpoint.url).grant({**form, "scope": WRITE})
    assert granted.scopes == (WRITE,)


def _ours(private: Any, audience: str) -> Clients:
    async def published(_: str) -> bytes:
        return json.dumps({"keys": [private.as_dict(private=False)]}).encode()

    async def once(_: bytes, __: int) -> bool:
        return True

    door = Door(kind="http", client_id="hub", jwks_url="https://h/jwks", scopes=(WRITE,))
    agreement = Agreement(id="A1", kind="BAA", hub_is="BA", starts="2024-01-01", ends="2027-01-01", signature="s")
    partner = Partner(
        id="B1",
        name="B1",
        kind="BH_PROVIDER",
        state="TX",
        agreement=agreement,
        source=Source(format="fhir", doors=(door,)),
    )
    return Clients([partner], audience=lambda: audience, once=once, fetch=published)


async def test_every_assertion_is_another_one_and_lives_for_minutes() -> None:
    async with meeting(token("a", 31), token("b", 31), answers=(reply(401),)) as (carrier, endpoint, _):
        await carrier.send(PARCEL)
        made = [parse_qs(each.body.decode())["client_assertion"][0] for each in endpoint.requests]

    claims = [jwt.decode(each, KEY, algorithms=["ES384"]).claims for each in made]
    assert len({each["jti"] for each in claims}) == 2
    assert all(each["exp"] - each["iat"] <= 300 for each in claims)


@pytest.mark.parametrize("form", ["pem", "jwk"])
@pytest.mark.parametrize("private", [KEY, RSAKey.generate_key(2048)], ids=["elliptic", "rsa"])
def test_a_key_is_pem_or_jwk(form: str, private: Any) -> None:
    text = private.as_pem(private=True).decode() if form == "pem" else json.dumps(private.as_dict(private=True))

    found = key_of(text, "clinic-key")

    assert algorithm(found) == ("ES384" if isinstance(private, ECKey) else "RS384")
    assert found.kid


_WRONG = {
    "nothing": "",
    "words": "hunter2hunter2",
    "public": json.dumps(KEY.as_dict(private=False)),
    "another curve": json.dumps(ECKey.generate_key("P-256").as_dict(private=True)),
    "shared": json.dumps(OctKey.generate_key(256).as_dict(private=True)),
}


@pytest.mark.parametrize("text", _WRONG.values(), ids=_WRONG)
def test_what_is_no_private_key_is_named_and_not_told(text: str) -> None:
    with pytest.raises(Misconfigured, match="no private key") as found:
        key_of(text, "clinic-key")

    assert "clinic-key" in str(found.value.at)
    assert found.value.__cause__ is None
    assert not text or text[:12] not in str(found.value)


async def test_a_signed_delivery_is_ours_whole_and_fresh(still: int) -> None:
    async with meeting(token(), secret=SECRET) as (carrier, _, partner):
        await carrier.send(PARCEL)
        said = {name: header(partner, name) for name in (signing.ID, signing.TIMESTAMP, signing.SIGNATURE)}
        body = partner.requests[-1].body

    assert signing.verify(SECRET, said, body, still) == PARCEL.key
    for wrong in ((SECRET, body + b" ", still), ("another", body, still), (SECRET, body, still + 301 * SECOND)):
        with pytest.raises(NotAllowed):
            signing.verify(wrong[0], said, *wrong[1:])


async def test_a_receipt_travels_in_a_header_and_only_where_there_is_one() -> None:
    proof = b"c2sp.org/tlog-proof@v1\nindex 1\n\n"
    async with meeting(token(), token()) as (carrier, _, partner):
        await carrier.send(PARCEL)
        await carrier.send(Parcel(partner="clinic", key="k-2", body=b"{}", media_type="a/b", proof=proof))

        assert header(partner, RECEIPT, 0) == ""
        assert base64.b64decode(header(partner, RECEIPT, 1)) == proof
