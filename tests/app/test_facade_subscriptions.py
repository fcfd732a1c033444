"""Subscriptions by FHIR: a handshake, then word of what is new within a second, decided at each telling; what was missed is asked for."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import httpx
import pytest

from adapters.ehr.fhir_conform import conform
from adapters.wire.fhir_notices import CONTENT, FILTER, GUIDE, HEARTBEAT, NEWS, Wish
from hub.app.facade import notifier
from hub.app.facade.notifier import Notifier
from hub.app.facade.subscriptions import Held, Subscriptions
from hub.demo.script import TRAFFIC, load, wire
from hub.demo.stage import SOURCE
from hub.doors import listeners
from hub.doors.listeners import Listening
from hub.errors import PartnerUnreachable, StoreUnavailable
from hub.spans import SECOND
from tests.app.served import Served, served

FHIR = {"content-type": "application/fhir+json"}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("county"), "B1") as made:
        yield made


@pytest.fixture
def b1(here: Served) -> Iterator[httpx.Client]:
    with here.client() as client:
        yield client
        for entry in client.get("/Subscription").json().get("entry", []):
            assert client.delete(f"/Subscription/{entry['resource']['id']}").status_code == 204


def wanted(
    here: Served, *filters: str, content: str = "id-only", kind: str = "rest-hook", **channel: Any
) -> dict[str, Any]:
    hook = here.hub.known.county.partners["B1"].delivery
    assert hook
    endpoint = {"endpoint": f"{hook.url}/notices"} if kind == "rest-hook" else {}
    payload = {"extension": [{"url": CONTENT, "valueCode": content}]}
    return {
        "resourceType": "Subscription", "status": "requested", "reason": "new referrals", "criteria": NEWS,
        "_criteria": {"extension": [{"url": FILTER, "valueString": each} for each in filters]},
        "channel": {"type": kind, "payload": "application/fhir+json", "_payload": payload, **endpoint, **channel},
    }  # fmt: skip


def made(client: httpx.Client, wish: dict[str, Any]) -> str:
    answer = client.post("/Subscription", json=wish, headers=FHIR)
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"/fhir/Subscription/{answer.json()['id']}"
    assert conform(answer.content) == []
    return str(answer.json()["id"])


def refer(here: Served, number: str, *, sender: str = "CR1") -> None:
    """The co-responders refer somebody to the clinic, under a number of their own."""
    shift = load(SOURCE).shift(datetime.now(UTC).date())
    text = wire(SOURCE / TRAFFIC / "15-cr1-referral.json", shift).decode()
    here.says(sender, text.replace("CR1-RF-5", number).replace('"cr1-referral"', f'"{number}"').encode())


def notices(here: Served, word: str) -> list[dict[str, Any]]:
    """The notifications about one subscription that reached the clinic."""
    bodies = [json.loads(copy.body) for copy in here.stage.receivers["B1"].mailbox.copies]
    return [body for body in bodies if body["type"] == "history" and word in json.dumps(body["entry"][0])]


def status(bundle: dict[str, Any]) -> dict[str, Any]:
    """What a notification says of its subscription; of events their parts."""
    found: dict[str, Any] = {"events": []}
    for one in bundle["entry"][0]["resource"]["parameter"]:
        if one["name"] == "notification-event":
            found["events"].append(
                {part["name"]: next(v for k, v in part.items() if k != "name") for part in one["part"]}
            )
        else:
            found[one["name"]] = next(value for key, value in one.items() if key != "name")
    return found


def becomes(holds: Callable[[], Any], seconds: float = 5.0) -> float:
    """How long it took until it held."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < seconds, "it did not come to hold"
        time.sleep(0.02)
    return time.monotonic() - began


def test_a_rest_hook_shakes_hands_and_then_tells_of_what_is_new_within_a_second(here: Served, b1: httpx.Client) -> None:
    word = made(b1, wanted(here, "Task?status=requested"))
    becomes(lambda: b1.get(f"/Subscription/{word}").json()["status"] == "active")
    (handshake,) = notices(here, word)
    assert (status(handshake)["type"], status(handshake)["events"]) == ("handshake", [])
    assert conform(json.dumps(handshake).encode()) == []

    leaves = here.leaves()
    refer(here, "RF-100")

    assert becomes(lambda: len(notices(here, word)) == 2) < 1.0

    notice = notices(here, word)[-1]
    assert conform(json.dumps(notice).encode()) == []
    assert status(notice) | {"events": 1} == {
        "subscription": {"reference": f"{here.base}/Subscription/{word}"}, "topic": NEWS, "status": "active",
        "type": "event-notification", "events-since-subscription-start": "1", "events": 1,
    }  # fmt: skip
    (event,) = status(notice)["events"]
    task = httpx.get(event["focus"]["reference"], headers={"authorization": f"Bearer {here.tokens['B1']}"}).json()
    assert task["identifier"][0]["value"] == "RF-100"
    assert notice["entry"][1]["fullUrl"] == event["focus"]["reference"]
    assert "resource" not in notice["entry"][1]
    left = [entry for entry in here.entries(leaves) if entry.outcome.startswith("FHIR notification, id-only")]
    assert [(entry.partner, bool(entry.subject)) for entry in left] == [("B1", True)]


@pytest.mark.parametrize("content", ["empty", "id-only", "full-resource"])
def test_as_much_is_told_as_was_asked_for(here: Served, b1: httpx.Client, content: str) -> None:
    word = made(b1, wanted(here, "Task", "ServiceRequest", content=content))
    refer(here, f"RF-{content}")
    becomes(lambda: len(notices(here, word)) == 2)

    notice = notices(here, word)[1]
    assert conform(json.dumps(notice).encode()) == []
    (event,), rest = status(notice)["events"], notice["entry"][1:]
    assert ("focus" in event, len(rest) > 1) == (content != "empty", content != "empty")
    assert all(("resource" in entry) == (content == "full-resource") for entry in rest)
    for entry in rest if content == "full-resource" else ():
        assert entry["resource"] == b1.get(entry["fullUrl"]).json()


def test_what_no_filter_names_and_what_may_not_be_seen_is_no_event(here: Served, b1: httpx.Client) -> None:
    word = made(b1, wanted(here, "Condition", "Task?status=completed"))
    all_of_it = made(b1, wanted(here, "Task", "Encounter", "Observation", "Patient"))
    becomes(lambda: len(notices(here, all_of_it)) == 1)
    refer(here, "RF-201")
    becomes(lambda: len(notices(here, all_of_it)) == 2)
    shift = load(SOURCE).shift(datetime.now(UTC).date())
    call = wire(SOURCE / TRAFFIC / "01-c1-call.json", shift).decode().replace("118842", "118999")
    here.says("C1", call.encode())
    time.sleep(3 * notifier.EVERY_S)

    assert [status(each)["type"] for each in notices(here, word)] == ["handshake"]
    assert len(notices(here, all_of_it)) == 2
    bundle = b1.get(f"/Subscription/{word}/$status")
    (entry,) = bundle.json()["entry"]
    assert conform(bundle.content) == []
    assert status({"entry": [entry]})["events-since-subscription-start"] == "0"


def test_what_was_missed_is_asked_for(here: Served, b1: httpx.Client) -> None:
    word = made(b1, wanted(here, "Task"))
    for number in ("RF-301", "RF-302", "RF-303"):
        refer(here, number)
    becomes(lambda: sum(len(status(each)["events"]) for each in notices(here, word)) == 3)

    (query,) = here.queries(lambda: b1.get(f"/Subscription/{word}/$events?eventsSinceNumber=2&content=full-resource"))
    missed = b1.get(f"/Subscription/{word}/$events?eventsSinceNumber=2&content=full-resource")

    part = {"resourceType": "Parameters", "parameter": [{"name": "eventsSinceNumber", "valueString": "3"}]}
    posted = b1.post(f"/Subscription/{word}/$events", json=part, headers=FHIR)
    assert [event["event-number"] for event in status(posted.json())["events"]] == ["3"]
    assert b1.get(f"/Subscription/{word}/$events?since=2").status_code == 400
    assert query.outcome == "FHIR events of a subscription: 2"
    assert conform(missed.content) == []
    said = status(missed.json())
    assert (said["type"], [event["event-number"] for event in said["events"]]) == ("query-event", ["2", "3"])
    numbers = [entry["resource"]["identifier"][0]["value"] for entry in missed.json()["entry"][1:]]
    assert numbers == ["RF-302", "RF-303"]
    assert b1.get(f"/Subscription/{word}/$events?eventsSinceNumber=x").status_code == 400
    assert b1.get(f"/Subscription/{word}/$events?content=all").status_code == 400
    assert b1.get("/Subscription/nobody/$events").status_code == 404


def test_a_hook_that_does_not_answer_is_in_error_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notifier, "TRIES", 2)
    monkeypatch.setattr(notifier, "LONGEST", SECOND)
    with served(tmp_path) as here, here.client() as b1:
        word = made(b1, wanted(here, "Task"))
        refer(here, "RF-401")
        becomes(lambda: b1.get(f"/Subscription/{word}").json()["status"] == "error", 8)
        assert b1.get(f"/Subscription/{word}").json()["error"]
        refer(here, "RF-402")
        becomes(lambda: len(status(b1.get(f"/Subscription/{word}/$events").json())["events"]) == 2)

        here.does(here.stage.receivers["B1"].open())
        becomes(lambda: b1.get(f"/Subscription/{word}").json()["status"] == "active")
        becomes(lambda: sum(len(status(each)["events"]) for each in notices(here, word)) == 2)

        assert {status(each)["type"] for each in notices(here, word)} == {"handshake", "event-notification"}
        assert "error" not in b1.get(f"/Subscription/{word}").json()


def test_an_event_that_could_not_be_kept_is_heard_of_again(
    here: Served, b1: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    word = made(b1, wanted(here, "Task", kind="websocket"))
    keep, broken = Subscriptions.keep, [StoreUnavailable()]

    async def sometimes(self: Subscriptions, held: Held, before: int, **more: Any) -> None:
        if held.number and broken:
            raise broken.pop()
        await keep(self, held, before, **more)

    monkeypatch.setattr(Subscriptions, "keep", sometimes)
    refer(here, "RF-601")

    becomes(lambda: status(b1.get(f"/Subscription/{word}/$events").json())["events"])
    assert not broken


async def test_who_does_not_answer_and_who_breaks_something_keep_nobody_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wish = Wish(filters=(), channel="websocket", content="empty")
    every = [
        (Held(partner=name, word="W", wish=wish, status="active", position=0, made_at=0), 1)
        for name in ("SILENT", "BROKEN", "B1")
    ]
    told: list[str] = []

    async def tells(_: Notifier, held: Held, *__: object) -> bool:
        told.append(held.partner)
        if held.partner == "SILENT":
            await asyncio.Event().wait()
        if held.partner == "BROKEN":
            raise AttributeError
        return True

    monkeypatch.setattr(Notifier, "_tell", tells)
    monkeypatch.setattr(notifier, "EVERY_S", 0.01)
    telling = Notifier(
        subscriptions=cast("Any", SimpleNamespace(every=lambda: every)), listeners=Listening(), hook=cast("Any", None)
    )

    for _ in range(2):
        with pytest.raises(AttributeError):
            await telling.look(0)
    await telling.close()

    assert {name: told.count(name) for name in told} == {"SILENT": 1, "BROKEN": 2, "B1": 2}


async def test_a_listener_that_reads_nothing_does_not_listen(monkeypatch: pytest.MonkeyPatch) -> None:
    async def deaf(_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(listeners, "_DEAF_S", 0.01)
    listening = Listening()
    await listening.hold(("B1", "W"), deaf)

    with pytest.raises(PartnerUnreachable):
        await listening.say("B1", "W", b"{}")

    assert not listening.has("B1", "W")
    await listening.hold(("B1", "W"), deaf)
    await listening.close()


def test_a_websocket_is_bound_by_a_token_and_told_and_kept_warm(here: Served, b1: httpx.Client) -> None:
    beat: dict[str, Any] = {"extension": [{"url": HEARTBEAT, "valueUnsignedInt": 1}]}
    word = made(b1, wanted(here, "Task", kind="websocket", **beat))
    granted = b1.get(f"/Subscription/{word}/$get-ws-binding-token")
    assert conform(granted.content) == []
    values = {one["name"]: next(v for k, v in one.items() if k != "name") for one in granted.json()["parameter"]}

    async def listens() -> list[dict[str, Any]]:
        url = values["websocket-url"].replace("wss:", "ws:")
        async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
            await socket.send_str(f"bind-with-token {values['token']}")
            told = [await socket.receive_json(timeout=5)]
            await asyncio.to_thread(refer, here, "RF-501")
            while {status(each)["type"] for each in told} != {"handshake", "event-notification", "heartbeat"}:
                told.append(await socket.receive_json(timeout=5))
            async with session.ws_connect(url) as second:
                await second.send_str(f"bind-with-token {values['token']}")
                assert (await second.receive(timeout=5)).type is aiohttp.WSMsgType.CLOSE
        return told

    told = asyncio.run(listens())

    assert status(told[0])["type"] == "handshake"
    (event,) = next(status(each)["events"] for each in told if status(each)["type"] == "event-notification")
    assert event["event-number"] == "1"
    assert all(conform(json.dumps(each).encode()) == [] for each in told)


@pytest.mark.parametrize(
    ("change", "code", "at"),
    [
        ({"resourceType": "Task"}, 400, "Subscription"),
        ({"criteria": "Task?status=requested"}, 400, "Subscription.criteria"),
        ({"channel": []}, 400, "Subscription.channel.type"),
        ({"channel": {"type": "email", "endpoint": "mailto:a@b"}}, 400, "Subscription.channel.type"),
        ({"channel": {"type": "rest-hook"}}, 400, "Subscription.channel.endpoint"),
        (
            {"channel": {"type": "rest-hook", "endpoint": "https://elsewhere.example/x"}},
            403,
            "Subscription.channel.endpoint",
        ),
        ({"channel": {"type": "rest-hook", "endpoint": "http://127.0.0.1:1/x"}}, 403, "Subscription.channel.endpoint"),
        ({"channel": {"type": "rest-hook", "endpoint": "http://127.0.0.1:x/"}}, 403, "Subscription.channel.endpoint"),
        ({"channel": {"type": "websocket", "header": ["X: y"]}}, 400, "Subscription.channel.header"),
        ({"channel": {"type": "websocket", "payload": "application/xml"}}, 400, "Subscription.channel.payload"),
        ({"_criteria": {"extension": [{"url": FILTER, "valueString": "Nothing?x"}]}}, 400, "Subscription.criteria"),
        ({"_criteria": {"extension": [{"url": FILTER, "valueString": "Task?colour=red"}]}}, 400, "Task.colour"),
        ({"end": "tomorrow"}, 400, "Subscription.end"),
        ({"end": "2031-02-30T08:00:00Z"}, 400, "Subscription.end"),
        ({"end": "2020-01-01T08:00:00Z"}, 400, "Subscription.end"),
    ],
)
def test_a_wish_that_cannot_be_met_is_refused_at_its_place(
    here: Served, b1: httpx.Client, change: dict[str, Any], code: int, at: str
) -> None:
    answer = b1.post("/Subscription", json=wanted(here) | change, headers=FHIR)

    assert answer.status_code == code
    assert answer.json()["issue"][0]["expression"] == [at]


def test_subscriptions_are_for_whoever_made_them_and_for_tokens_given_for_it(here: Served, b1: httpx.Client) -> None:
    word = made(b1, wanted(here, "Task"))
    with here.client("CR1") as other:
        assert other.get(f"/Subscription/{word}").status_code == 401
    assert b1.get("/Subscription").json()["total"] == 1
    assert b1.delete(f"/Subscription/{word}").status_code == 204
    for answer in (
        b1.get(f"/Subscription/{word}"),
        b1.delete(f"/Subscription/{word}"),
        b1.get(f"/Subscription/{word}/$status"),
    ):
        assert answer.status_code == 404
    assert b1.put(f"/Subscription/{word}", json={}, headers=FHIR).status_code == 405
    assert GUIDE in json.dumps(httpx.get(f"{here.base}/metadata").json())
