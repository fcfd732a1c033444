"""A partner's program at a hub that runs: a token for an assertion, a message for a token, and nothing twice; over TLS by certificate."""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from hub.access import tls
from hub.app import oauth
from hub.app.serve import Hub, running
from hub.app.vault import make
from hub.errors import PartnerUnreachable
from hub.settings import load
from tests.access.authority import Authority
from tests.cli import county
from tests.sinks import http_sink, reply

KEY = ECKey.generate_key("P-384", {"kid": "h1"})
KIND = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
HL7 = {"content-type": "x-application/hl7-v2+er7"}


def written(tmp_path: Path, **door: Any) -> Path:
    """The county, whose H1 comes by HTTP with a program of its own."""
    config = county.write(tmp_path)
    (config / "h1-keys.json").write_text(json.dumps(KeySet([KEY]).as_dict(private=False)))
    file = config / "partners" / "h1.yaml"
    said = json.loads(file.read_text())
    client = {"kind": "http", "client_id": "h1-engine", "jwks": "h1-keys.json", "scopes": ["messages.write"], **door}
    said["source"]["doors"] = [client]
    file.write_text(json.dumps(said))
    return config


def changed(config: Path, **more: Any) -> Path:
    file = config / "hub.yaml"
    file.write_text(json.dumps({**json.loads(file.read_text()), **more}))
    return config


@asynccontextmanager
async def served(config: Path) -> AsyncIterator[Hub]:
    make(load(config))
    async with running(load(config)) as hub:
        yield hub


def form(url: str, jti: str) -> dict[str, str]:
    claims = {"iss": "h1-engine", "sub": "h1-engine", "aud": url, "exp": int(time.time()) + 200, "jti": jti}
    made = jwt.encode({"alg": "ES384", "kid": "h1"}, claims, KEY, algorithms=["ES384"])
    return {"grant_type": "client_credentials", "client_assertion_type": KIND, "client_assertion": made}


async def posted(http: aiohttp.ClientSession, url: str, token: str, body: bytes = b"") -> int:
    headers = {**HL7, "authorization": f"Bearer {token}"}
    async with http.post(f"{url}/messages", data=body or county.message(1, veteran="Y"), headers=headers) as answer:
        return answer.status


async def test_an_assertion_becomes_a_token_and_a_token_lets_a_message_in(tmp_path: Path) -> None:
    async with served(written(tmp_path)) as hub, aiohttp.ClientSession() as http:
        here = f"http://127.0.0.1:{hub.front.http.port}"
        async with http.get(f"{here}/.well-known/smart-configuration") as answer:
            found = await answer.json()
        asked = form(found["token_endpoint"], "one")
        async with http.post(found["token_endpoint"], data=asked) as answer:
            given = await answer.json()
        async with http.post(found["token_endpoint"], data=asked) as answer:
            replayed = (answer.status, await answer.json())
        accepted, refused = await posted(http, here, given["access_token"]), await posted(http, here, "another")

    assert (given["token_type"], given["expires_in"], given["scope"]) == ("bearer", 300, "messages.write")
    assert replayed == (401, {"error": "invalid_client"})
    assert (accepted, refused) == (202, 401)


async def test_an_assertion_that_was_used_before_a_restart_is_refused_after_it(tmp_path: Path) -> None:
    config = changed(written(tmp_path), console={"address": "https://hub.example"})
    asked = form("https://hub.example/oauth/token", "one")
    statuses = []
    make(load(config))
    for _ in range(2):
        async with running(load(config)) as hub, aiohttp.ClientSession() as http:
            url = f"http://127.0.0.1:{hub.front.http.port}/oauth/token"
            async with http.post(url, data=asked) as answer:
                statuses.append(answer.status)

    assert statuses == [200, 401]


async def test_more_than_the_file_allows_is_asked_to_wait(tmp_path: Path) -> None:
    async with served(written(tmp_path, per_minute=2)) as hub, aiohttp.ClientSession() as http:
        here = f"http://127.0.0.1:{hub.front.http.port}"
        async with http.post(f"{here}/oauth/token", data=form(f"{here}/oauth/token", "one")) as answer:
            token = (await answer.json())["access_token"]

        statuses = [await posted(http, here, token) for _ in range(3)]

    assert statuses == [202, 202, 429]


async def test_what_is_no_form_is_told_so_and_nothing_breaks(tmp_path: Path) -> None:
    async with served(written(tmp_path)) as hub, aiohttp.ClientSession() as http:
        url = f"http://127.0.0.1:{hub.front.http.port}/oauth/token"
        odd = [b"", b"\xff\xfe", b"a=1&a=2", b"a=1&" * 5000, b"grant_type=client_credentials"]
        answers = []
        for body in odd:
            async with http.post(
                url, data=body, headers={"content-type": "application/x-www-form-urlencoded"}
            ) as answer:
                answers.append((answer.status, (await answer.json())["error"]))
        async with http.get(url) as answer:
            answers.append((answer.status, (await answer.json())["error"]))

    assert set(answers) == {(400, "invalid_request")} | ({(400, "unsupported_grant_type")} & set(answers))
    assert len(answers) == 6


async def test_a_pinned_certificate_is_asked_for_beside_the_token(tmp_path: Path) -> None:
    authority, other = Authority(tmp_path), Authority(tmp_path, "Other CA")
    ours, key = authority.issue("localhost", "127.0.0.1")
    config = written(tmp_path, certificate="engine.h1.example")
    changed(config, tls={"certificate": str(ours), "key": str(key), "authority": str(authority.pem)})
    right, wrong = authority.issue("engine.h1.example"), authority.issue("engine.pd.example")
    foreign = other.issue("engine.h1.example")

    async with served(config) as hub:
        here = f"https://127.0.0.1:{hub.front.http.port}"
        url = f"http://127.0.0.1:{hub.front.http.port}/oauth/token"
        statuses = {}
        for number, (who, shown) in enumerate({"right": right, "wrong": wrong, "none": (None, None)}.items()):
            context = tls.client(shown[0], shown[1], authority.pem)
            async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context)) as http:
                async with http.post(f"{here}/oauth/token", data=form(url, f"n{number}")) as answer:
                    token = (await answer.json())["access_token"]
                statuses[who] = await posted(http, here, token)
        refused = await _refused(here, tls.client(*foreign, authority.pem))

    assert statuses == {"right": 202, "wrong": 401, "none": 401}
    assert refused


async def _refused(url: str, context: ssl.SSLContext) -> bool:
    """Whether a certificate of an authority that nobody here trusts is hung up on."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context)) as http:
        try:
            async with http.get(f"{url}/healthz"):
                return False
        except aiohttp.ClientError:
            return True


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "169.254.169.254"])
async def test_keys_are_not_fetched_from_an_inside_address(host: str) -> None:
    async with http_sink() as sink:
        with pytest.raises(PartnerUnreachable, match="Misconfigured"):
            await oauth.fetched(f"https://{host}:{sink.port}/jwks.json")

        assert sink.connections == 0


async def test_keys_are_read_whole_in_however_many_pieces_they_come() -> None:
    keys = b'{"keys":[]}' + b" " * 3000
    async with http_sink(reply(200, keys)) as sink:
        sink.apart_s = 0.02

        assert await oauth.fetched(sink.url, "loopback") == keys
