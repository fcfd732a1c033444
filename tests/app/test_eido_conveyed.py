"""Incidents that dispatch merges, splits and links, over real sockets: posted, by reference, by notification; and what others are told."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
from aiohttp import web

from adapters.cad.eido import Eido
from hub.app.asking.look import Look
from hub.demo.served import Served, standing
from hub.model.public_safety import CallForService
from hub.store.asking.journal import Message, Wanted
from hub.store.asking.scene import Scenes
from tests.adapters.cad.calls import golden
from tests.disclosing import RECEIVED

T = TypeVar("T")
SECRET = "what-c1-gave-us"
TODAY = datetime.now(UTC).date().isoformat()
C2 = """
id: C2
name: 911 centre C2
kind: PSAP
state: DEMO
contact: shift supervisor
phone: 555-555-0112
agreement:
  id: C2-2026
  kind: CJIS
  hub_is: cjis contractor
  starts: 2026-01-01
  ends: 2039-12-31
  signature: R. Vale for C2, 2025-12-11, county file 26-104
  purposes: [DISPATCH]
  categories: [ADMIN, LOCATION, RISK_SAFETY, CAD_INCIDENT]
source:
  format: eido
  regime: CJIS
  doors:
    - kind: http
      token_sha256: 0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f
wants:
  - id: calls
    bodies: [call_for_service, unit_status]
    purpose: DISPATCH
delivery:
  format: eido
  carrier: http
  url: http://127.0.0.1:3699/eido
  timeout_s: 5
  options:
    network: loopback
"""
# Two more ways in for C1: what it notifies us of, and what it refers us to.
WAYS = """
    - kind: eido
      url: ws://127.0.0.1:{port}/subscriptions
      secret: psap-token
      network: loopback
    - kind: reference
      url: http://127.0.0.1:{port}/v1/incidents/
      secret: psap-token
      network: loopback
wants:"""


def urn(number: str) -> str:
    return f"urn:emergency:uid:incidentid:{number}:c1.example"


def call(number: str, at: str, merge: tuple[str, str] = ("", ""), link: tuple[str, str] = ("", "")) -> dict[str, Any]:
    """A snapshot of an incident as of a time of today (UTC), that says how it and another one are one."""
    text = json.dumps(golden("a-crisis-unit-arrives")).replace("26-7", f"26-{number}").replace(urn("7"), urn(number))
    said: dict[str, Any] = stamped(json.loads(text), at)
    for name, direction, (word, other) in (
        ("mergeComponent", "incidentMergeDirectionCode", merge),
        ("linkComponent", "linkDirectionCode", link),
    ):
        if word:
            prologue = {key: said[key] for key in ("lastUpdateTimeStamp", "updatedByAgencyReference")}
            part = {"$id": f"{name}-1", **prologue, direction: word, "incidentTrackingIdentifier": urn(other)}
            said[name] = [part]
    return said


def stamped(part: Any, at: str) -> Any:
    """The same, changed at a time of today."""
    if isinstance(part, dict):
        return {k: f"{TODAY}T{at}Z" if k == "lastUpdateTimeStamp" else stamped(v, at) for k, v in part.items()}
    return [stamped(one, at) for one in part] if isinstance(part, list) else part


@dataclass
class Psap:
    """The dispatch centre C1: it conveys incidents by reference and by notification, each way with our token alone."""

    by_reference: dict[str, Any] = field(default_factory=dict)
    heard: list[dict[str, Any]] = field(default_factory=list)
    port: int = 0
    line: web.WebSocketResponse | None = None

    async def converse(self, request: web.Request) -> web.WebSocketResponse:
        self.line = socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            said = json.loads(message.data)
            if "subscribe" in said:
                asked = said["subscribe"]["requestId"]
                granted = {"requestId": asked, "subscriptionId": "s1", "expires": 3600, "statusCode": 200}
                await socket.send_json({"subscribeResponse": granted})
            self.heard.append(said)
        return socket

    async def notify(self, *incidents: dict[str, Any]) -> None:
        assert self.line is not None
        told = {"subscriptionId": "s1", "transactionId": f"t{len(self.heard)}@c1", "notification": list(incidents)}
        await self.line.send_json({"event": told})

    async def tell(self, request: web.Request) -> web.Response:
        found = self.by_reference.get(request.match_info["incident"])
        if request.headers.get("authorization") != f"Bearer {SECRET}" or found is None:
            raise web.HTTPNotFound
        return web.json_response(found)


@dataclass(kw_only=True)
class County:
    """A served hub between two dispatch centres."""

    here: Served
    psap: Psap
    loop: asyncio.AbstractEventLoop

    @property
    def look(self) -> Look:
        return Look(known=self.here.hub.known, vault=self.here.hub.vault)

    def posts(self, incident: dict[str, Any]) -> None:
        self._post(json.dumps(incident).encode(), "application/emergency.eido+json")

    def refers(self, incident: dict[str, Any]) -> None:
        """Send the URI of an incident alone: the hub comes and fetches it."""
        self.psap.by_reference[incident["$id"]] = incident
        self._post(f"http://127.0.0.1:{self.psap.port}/v1/incidents/{incident['$id']}".encode(), "text/uri-list")

    def notifies(self, incident: dict[str, Any]) -> None:
        """Tell by notification, and wait for the answer."""
        before = len(self.psap.heard)
        self.comes(lambda: self.psap.line)
        asyncio.run_coroutine_threadsafe(self.psap.notify(incident), self.loop).result(5)
        answer = self.comes(lambda: next((h for h in self.psap.heard[before:] if "eventResponse" in h), None))
        assert answer["eventResponse"]["statusCode"] == 200, answer

    def _post(self, body: bytes, media: str) -> None:
        headers = {"authorization": f"Bearer {self.here.tokens['C1']}", "content-type": media}
        answer = httpx.post(f"{self.here.url}/messages", content=body, headers=headers, trust_env=False)
        assert (answer.status_code, answer.json()["state"]) == (202, "kept")

    def asks(self, number: str) -> dict[str, Any]:
        """What C2 reads of an incident."""
        headers = {"authorization": f"Bearer {self.here.tokens['C2']}"}
        url = f"{self.here.url}/IncidentData/v1/incidents/{urn(number)}"
        found: dict[str, Any] = httpx.get(url, headers=headers, trust_env=False).raise_for_status().json()
        return found

    def kept(self, number: str) -> list[Message]:
        """Every message that tells of an incident, the last one first."""
        found = self.look.messages(Wanted(partner="C1", limit=500))
        with self.look.journal() as journal:
            return [one for one in found if json.loads(journal.kept([one.journal])[0].body)["$id"] == urn(number)]

    def episodes(self, *numbers: str) -> set[str]:
        """The episodes that the messages about these incidents are in."""
        return {message.episode for number in numbers for message in self.kept(number)}

    def about(self, number: str) -> set[str]:
        """The incidents that are known at the scene of one, which is what its card and its results are made of."""
        vault = self.here.hub.vault
        with vault.database.read() as connection:
            scene = Scenes(connection, vault.keys, vault.origin).of(urn(number))
        calls = [e.body for one in scene.told for e in one.events if isinstance(e.body, CallForService)]
        return {other.value for body in calls for other in body.other_ids if other.type == "EIDO"}

    def told(self, number: str) -> list[dict[str, Any]]:
        """What C2 was sent about an incident."""
        copies = self.here.stage.receivers["C2"].mailbox.copies
        return [said for copy in list(copies) if (said := json.loads(copy.body))["$id"] == urn(number)]

    def comes(self, look: Callable[[], T | None]) -> T:
        end = time.monotonic() + 10
        while not (found := look()):
            assert time.monotonic() < end
            time.sleep(0.01)
        return found


@contextmanager
def centre() -> Iterator[tuple[Psap, asyncio.AbstractEventLoop]]:
    """The dispatch centre C1, which listens."""
    psap, loop, ready = Psap(), asyncio.new_event_loop(), threading.Event()

    async def open_() -> web.AppRunner:
        app = web.Application()
        app.router.add_get("/subscriptions", psap.converse)
        app.router.add_get("/v1/incidents/{incident}", psap.tell)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        psap.port = runner.addresses[0][1]
        ready.set()
        return runner

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    runner = asyncio.run_coroutine_threadsafe(open_(), loop).result(5)
    try:
        yield psap, loop
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    def change(config: Path) -> None:
        (config / "partners" / "c2.yaml").write_text(C2.lstrip(), "utf-8")
        file = config / "partners" / "c1.yaml"
        file.write_text(file.read_text("utf-8").replace("\nwants:", WAYS.format(port=psap.port), 1), "utf-8")

    with centre() as (psap, loop), pytest.MonkeyPatch.context() as patch:
        patch.setenv("CRISIS_HUB_SECRET_PSAP_TOKEN", SECRET)
        with standing(tmp_path_factory.mktemp("conveyed") / "hub", change) as here:
            here.does(here.stage.receivers["C2"].open())
            yield County(here=here, psap=psap, loop=loop)


def merges(said: dict[str, Any]) -> list[tuple[str, str]]:
    parts = said.get("mergeComponent") or ()
    return [(one["incidentMergeDirectionCode"], one["incidentTrackingIdentifier"]) for one in parts]


def test_a_call_that_takes_the_place_of_another_is_one_episode_with_it_whichever_way_it_is_conveyed(
    county: County,
) -> None:
    county.posts(call("A1", "08:00:00"))
    county.notifies(call("B1", "08:01:00"))
    apart = county.episodes("A1", "B1")
    county.refers(call("B1", "08:02:00", merge=("REPLACING", "A1")))

    assert len(apart) == 2
    assert len(county.episodes("A1", "B1")) == 1
    assert min(apart) in county.episodes("A1")
    # The neighbour that heard of both hears which one goes on, and under either number reads its state.
    assert merges(county.comes(lambda: county.told("B1")[1:])[0]) == [("REPLACING", urn("A1"))]
    assert [county.asks(number)["$id"] for number in ("A1", "B1")] == [urn("B1"), urn("B1")]


def test_the_order_of_arrival_does_not_matter_and_a_circle_is_one_episode(county: County) -> None:
    county.notifies(call("B2", "08:05:00", merge=("REPLACING", "A2")))
    county.posts(call("A2", "08:00:00"))
    county.posts(call("A3", "08:00:00", merge=("REPLACING", "B3")))
    county.refers(call("B3", "08:01:00", merge=("REPLACING", "A3")))
    county.posts(call("A3", "08:02:00", merge=("REPLACED", "A3")))

    assert len(county.episodes("A2", "B2")) == len(county.episodes("A3", "B3")) == 1
    assert len(county.episodes("A2", "A3")) == 2


def test_one_that_was_split_off_goes_its_own_way_and_says_from_which(county: County) -> None:
    county.posts(call("A4", "08:00:00"))
    county.notifies(call("B4", "08:01:00", merge=("SPLIT", "A4")))

    assert len(county.episodes("A4", "B4")) == 2
    assert merges(county.comes(lambda: county.told("B4"))[0]) == [("SPLIT", urn("A4"))]
    assert [county.asks(number)["$id"] for number in ("A4", "B4")] == [urn("A4"), urn("B4")]


def test_a_call_that_hangs_together_with_another_never_answers_in_its_stead(county: County) -> None:
    county.posts(call("A5", "08:00:00"))
    county.posts(call("B5", "08:01:00", link=("CHILD", "A5")))

    assert len(county.episodes("A5", "B5")) == 1
    assert [county.asks(number)["$id"] for number in ("A5", "B5")] == [urn("A5"), urn("B5")]


def test_a_direction_that_nobody_knows_joins_nothing_is_invalid_and_goes_to_nobody(county: County) -> None:
    county.posts(call("A6", "08:00:00"))
    county.posts(call("B6", "08:01:00", merge=("EATING", "A6")))

    assert len(county.episodes("A6", "B6")) == 2
    assert merges(county.comes(lambda: county.told("B6"))[0]) == []
    assert Eido().read(json.dumps(call("B6", "08:01:00", merge=("REPLACNG", "A6"))).encode(), RECEIVED).invalid[
        0
    ].why == ('the registry of this field has no such word. Did you mean "REPLACING"?')


def test_whoever_opens_the_message_reads_what_dispatch_said_of_the_two(county: County) -> None:
    county.posts(call("A7", "08:00:00"))
    county.posts(call("B7", "08:01:00", merge=("REPLACING", "A7")))

    steps = county.look.timeline(county.kept("B7")[0].journal).steps

    assert "dispatch says that this call takes the place of another: they are one episode" in {s.words for s in steps}


def test_calls_that_were_linked_and_taken_apart_again_are_two_for_whoever_asks_in_any_order(county: County) -> None:
    snapshots = {
        "linked": call("B{}", "08:01:00", merge=("REPLACING", "A{}")),
        "apart": call("B{}", "08:02:00", merge=("SPLIT", "A{}")),
        "first": call("A{}", "08:00:00"),
    }
    for n, order in enumerate(
        (("first", "linked", "apart"), ("apart", "first", "linked"), ("linked", "apart", "first"))
    ):
        for name in order:
            county.posts(json.loads(json.dumps(snapshots[name]).replace("A{}", f"A8{n}").replace("B{}", f"B8{n}")))

        assert county.asks(f"A8{n}")["$id"] == urn(f"A8{n}")
        assert county.asks(f"B8{n}")["$id"] == urn(f"B8{n}")
        assert county.about(f"A8{n}") == {urn(f"A8{n}")}


def test_the_course_of_a_crisis_says_which_entry_is_of_which_incident_since_dispatch_took_them_apart(
    county: County,
) -> None:
    county.posts(call("A9", "08:00:00"))
    county.posts(call("B9", "08:01:00", link=("CHILD", "A9")))
    whole = county.look.episode(county.kept("A9")[0].journal)
    county.posts(call("B9", "08:02:00", link=("UNLINK", "A9")))

    found = county.look.episode(county.kept("A9")[0].journal)

    assert (whole.strands, {one.incident for one in whole.happenings}) == ((), {""})
    said = {one.journal: one.incident for one in found.happenings}
    assert [said[one.journal] for one in county.kept("A9")] == ["A"]
    assert [said[one.journal] for one in county.kept("B9")] == ["B", "B"]
    apart = datetime.fromisoformat(f"{TODAY}T08:02:00+00:00").timestamp() * 1_000_000
    assert [(one.incident, one.since) for one in found.strands] == [("A", apart), ("B", apart)]
    county.posts(call("B9", "08:03:00", link=("CHILD", "A9")))
    assert county.look.episode(county.kept("A9")[0].journal).strands == ()
