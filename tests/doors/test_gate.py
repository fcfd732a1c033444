"""One rule at every door of HTTP: token, certificate, right, rate; and whoever is turned away is logged and told about."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import MutableMapping
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from hub import clock
from hub.access.callers import Callers
from hub.access.clients import READ, WRITE
from hub.access.rates import Rates
from hub.doors.body import body_of
from hub.doors.gate import Gate, Turned
from hub.doors.http import HttpDoor, Receive, Scope, Send
from hub.doors.porch import Porch
from hub.partners import Door, Partner
from tests.doors.desk import FakeDesk
from tests.doors.test_http import caller

NAME = "engine.clinic.example"


def partner(**door: Any) -> Partner:
    """The clinic, with an HTTP door as its file has it."""
    plain = caller("clinic", b"secret")
    assert plain.source
    (first,) = plain.source.doors
    given = {name: getattr(first, name) for name in first.__struct_fields__} | door
    source = type(plain.source)(format="fhir", doors=(Door(**given),))
    return Partner(id="clinic", name="clinic", kind="BH_PROVIDER", state="TX", agreement=plain.agreement, source=source)


def asked(token: bytes = b"Bearer secret", *names: str) -> dict[str, Any]:
    """A request with a token, over a connection whose certificate carries these names."""
    return {"type": "http", "headers": [(b"authorization", token)], "state": {"certificate": names}}


@pytest.mark.parametrize(
    ("request_", "door", "wanted", "why"),
    [
        (asked(b"Bearer other"), {}, "", "token"),
        (asked(b"Basic secret"), {}, "", "token"),
        (asked(), {}, READ, "token"),
        (asked(b"Bearer secret", "another.example"), {"certificate": NAME}, "", "certificate"),
        (asked(), {}, "right", "right"),
    ],
    ids=["unknown", "scheme", "scope", "certificate", "right"],
)
def test_whoever_is_turned_away_hears_401_and_the_log_and_the_alarm_hear_why(
    request_: dict[str, Any], door: dict[str, Any], wanted: str, why: str
) -> None:
    alarms: list[tuple[str, str]] = []
    gate = Gate(Callers([partner(**door)]), alarm=lambda kind, name: alarms.append((kind, name)))
    scope, may = "" if wanted == "right" else wanted, (lambda _: wanted != "right")

    with capture_logs() as said, pytest.raises(Turned) as turned:
        gate.asks(request_, "cards", "Who?", wanted=scope, may=may)

    assert (turned.value.problem.status, turned.value.problem.detail) == (401, "Who?")
    assert said == [{"event": "turned away", "door": "cards", "why": why, "log_level": "warning"}]
    assert alarms == [(why, "" if why == "token" else "clinic")]


def test_who_shows_all_that_its_file_asks_for_is_let_in() -> None:
    gate = Gate(Callers([partner(certificate=NAME)]))

    assert gate.asks(asked(b"bearer  secret", NAME), "cards", "Who?", wanted=WRITE) == "clinic"


def test_a_token_that_was_given_for_minutes_opens_what_it_was_given_for() -> None:
    gate = Gate(Callers([]), tokens=lambda token, scope: "clinic" if (token, scope) == (b"m", READ) else None)

    assert gate.asks(asked(b"Bearer m"), "boards", "Who?", wanted=READ) == "clinic"
    with pytest.raises(Turned):
        gate.asks(asked(b"Bearer m"), "boards", "Who?", wanted=WRITE)


def test_every_door_counts_towards_the_one_rate_of_a_partner() -> None:
    known = [partner(per_minute=2)]
    gate = Gate(Callers(known), rates=Rates.of(known))

    with clock.hold(1_773_604_800_000_000):
        for door in ("http", "cards"):
            gate.asks(asked(), door, "Who?")
        with pytest.raises(Turned) as turned:
            gate.asks(asked(), "library", "Who?")

    assert turned.value.problem.status == 429
    assert turned.value.problem.headers == ((b"retry-after", b"30"),)


async def _broken(scope: Scope, receive: Receive, send: Send) -> None:
    raise KeyError("Riley Doe")


async def test_whatever_breaks_behind_the_doors_is_no_500_and_tells_nothing() -> None:
    door: Any = Porch((HttpDoor(Gate(Callers([])), FakeDesk()),), _broken)

    with capture_logs() as said:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=door), base_url="http://hub") as http:
            answer = await http.get("/anything")

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert "Riley" not in f"{answer.text} {said}"
    assert said[0]["fault"] == "KeyError"


async def test_a_body_that_never_comes_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.doors.body.PATIENCE_S", 0.01)

    async def never() -> MutableMapping[str, Any]:
        await asyncio.sleep(60)
        return {}

    with pytest.raises(Turned) as turned:
        await body_of(never, 10)

    assert turned.value.problem.status == 408


async def test_a_body_over_its_size_is_left_where_it_is() -> None:
    async def much() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": hashlib.sha256(b"").digest(), "more_body": True}

    with pytest.raises(Turned) as turned:
        await body_of(much, 100)

    assert turned.value.problem.status == 413


async def test_half_a_body_is_no_body() -> None:
    parts: list[MutableMapping[str, Any]] = [
        {"type": "http.request", "body": b"family=Doe", "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def leaves() -> MutableMapping[str, Any]:
        return parts.pop(0)

    with pytest.raises(Turned) as turned:
        await body_of(leaves, 100)

    assert turned.value.problem.status == 400
