"""References over HTTP: followed below the partner's own url with our token, kept as what they lead to, and nowhere else."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import pytest
from msgspec import structs

from hub.access.callers import Callers, Origin
from hub.doors.gate import Gate
from hub.doors.http import HttpDoor
from hub.doors.reference import URIS, References
from hub.partners import Door
from hub.partners import Source as Sending
from tests.doors.desk import FakeDesk
from tests.houses import partner
from tests.sinks import Reply, Sink, http_sink, reply

EIDO = b'{"$id": "urn:1", "n": 1.50}'
DOOR = Door(kind="http", token_sha256=hashlib.sha256(b"psap").hexdigest())
PSAP = structs.replace(partner("C1", "PSAP"), source=Sending(format="eido", doors=(DOOR,)))


@dataclass
class Psap:
    """A dispatch centre whose server is a sink, and the hub before it."""

    http: httpx.AsyncClient
    server: Sink
    desk: FakeDesk

    async def refers(self, said: str) -> httpx.Response:
        """Post this as a reference; HERE is the server."""
        here = f"http://127.0.0.1:{self.server.port}"
        headers = {"authorization": "Bearer psap", "content-type": URIS}
        return await self.http.post("/messages", content=said.replace("HERE", here).encode(), headers=headers)


@asynccontextmanager
async def psap(*answers: Reply, network: str = "loopback", limit: int = 1000) -> AsyncIterator[Psap]:
    desk = FakeDesk()
    async with http_sink(*answers) as server:
        url = f"http://127.0.0.1:{server.port}/v1/"
        origin = Origin(partner="C1", url=url, network=network, secret="psap-token")
        references = References((origin,), lambda name: f"the {name}", limit=limit, patience_s=0.3)
        door = HttpDoor(Gate(Callers((PSAP,))), desk, references=references)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=door), base_url="http://hub") as http:
            yield Psap(http, server, desk)


async def test_what_a_reference_leads_to_is_kept_before_it_is_answered() -> None:
    async with psap(reply(200, EIDO)) as centre:
        answer = await centre.refers("# the incident\r\nHERE/v1/incidents/26-7\r\n")

    assert answer.status_code == 202
    assert [(a.partner, a.door, a.body) for a in centre.desk.kept] == [("C1", "reference", EIDO)]
    (request,) = centre.server.requests
    assert request.line.startswith("GET /v1/incidents/26-7 ")
    assert request.headers["authorization"] == "Bearer the psap-token"
    assert "application/emergency.eido+json" in request.headers["accept"]
    # Nothing packed is unpacked, so nothing packed is asked for.
    assert request.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    "said",
    [
        "HERE/other/26-7",
        "HERE/v1/../other",
        "HERE/v1/%2e%2e/other",
        "HERE/v1/",
        "HERE/v1/a#b",
        "http://127.0.0.1:1/v1/x",
        "http://localhost/v1/x",
        "http://user@127.0.0.1/v1/x",
        "file:///v1/x",
        "/v1/x",
        "HERE/v1/a\nHERE/v1/b",
        "# nothing",
        "http://[::1/v1/x",
        "\u00fc",
    ],
)
async def test_a_reference_to_anywhere_else_is_refused_and_nothing_is_fetched(said: str) -> None:
    async with psap() as centre:
        answer = await centre.refers(said)

        assert answer.status_code == 422
        assert centre.desk.kept == []
        assert centre.server.count == 0


@pytest.mark.parametrize(
    ("answered", "status"),
    [(404, 422), (403, 422), (302, 422), (500, 503), (503, 503), (429, 503), (408, 503)],
)
async def test_what_the_server_says_decides_whether_it_is_sent_again(answered: int, status: int) -> None:
    async with psap(reply(answered, b"{}", Location="/v1/other")) as centre:
        answer = await centre.refers("HERE/v1/26-7")

        assert (answer.status_code, centre.server.count, centre.desk.kept) == (status, 1, [])
        assert ("retry-after" in answer.headers) is (status == 503)


async def test_a_server_that_is_away_is_asked_another_time() -> None:
    async with psap() as centre:
        centre.server.delay_s = 5.0

        assert (await centre.refers("HERE/v1/26-7")).status_code == 503


async def test_what_is_too_large_is_let_go() -> None:
    async with psap(reply(200, b"x" * 1001)) as centre:
        assert (await centre.refers("HERE/v1/26-7")).status_code == 422
        assert centre.desk.kept == []


async def test_an_address_of_another_kind_than_the_file_says_is_not_called() -> None:
    async with psap(network="public") as centre:
        assert (await centre.refers("HERE/v1/26-7")).status_code == 422
        assert centre.server.count == 0


async def test_without_a_url_in_its_file_a_partner_refers_to_nothing() -> None:
    desk = FakeDesk()
    transport = httpx.ASGITransport(app=HttpDoor(Gate(Callers((PSAP,))), desk))
    async with httpx.AsyncClient(transport=transport, base_url="http://hub") as http:
        headers = {"authorization": "Bearer psap", "content-type": URIS}
        answer = await http.post("/messages", content=b"https://c1.example/v1/x", headers=headers)

    assert (answer.status_code, desk.kept) == (422, [])
