"""SIGKILL again and again, at random moments: nothing acknowledged is lost, nothing happens twice, every person's order holds.

CRISIS_HUB_KILLS says how often (30), CRISIS_HUB_SEED with which dice; a failure prints its seed.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections import Counter
from collections.abc import Callable
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest
import uvloop

from tests.chaos import county, traffic
from tests.chaos.evidence import Evidence, evidence
from tests.chaos.served import Served, Which, hub
from tests.ports import free_port
from tests.sinks import MllpSink, Sink, http_sink, mllp_sink

KILLS = int(os.environ.get("CRISIS_HUB_KILLS", "30"))
SEED = int(os.environ.get("CRISIS_HUB_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 32)
WHICH: tuple[Which, ...] = ("writer", "both", "front")
PATIENCE_S = 180.0
# Both processes may have to start before anything moves, and a busy machine may take its time over that.
QUIET_S = 90.0
UNITS = ("ED", "PSY")


class Delivery(NamedTuple):
    """Something that a partner was sent: under which key, and what."""

    key: str
    body: bytes


@pytest.mark.slow
def test_no_kill_loses_what_was_acknowledged_or_does_anything_twice(tmp_path: Path) -> None:
    print(f"CRISIS_HUB_SEED={SEED} CRISIS_HUB_KILLS={KILLS}")  # noqa: T201 - pytest shows it when the test fails

    uvloop.run(play(tmp_path, random.Random(SEED)))


async def play(folder: Path, dice: random.Random) -> None:
    port = free_port()
    async with http_sink() as clinic, http_sink() as ward, mllp_sink() as team:
        # Slow enough that a kill finds something in the air.
        clinic.delay_s, ward.delay_s, team.delay_s = 0.02, 0.02, 0.005
        config = county.write(
            folder,
            county.hospital(port),
            county.wanting("clinic", carrier="http", url=clinic.url),
            county.wanting(
                "ward", "HOSP_INPT", {"encounter.location.unit": list(UNITS)}, carrier="http", url=ward.url, in_flight=4
            ),
            county.wanting("team", carrier="mllp", host="127.0.0.1", port=team.port, in_flight=2),
        )
        with hub(config, port) as served:
            hospital = traffic.Hospital(port, SEED)
            sending = asyncio.create_task(hospital.send())
            await rampage(served, dice, lambda: clinic.count + ward.count + team.count)
            hospital.stop()
            await asyncio.wait_for(sending, PATIENCE_S)
            with evidence(config) as found:
                await settled(found, ("clinic", "ward", "team"), lambda: clinic.count + ward.count + team.count)
            assert served.stop() == 0, served.said()[-2000:]
        received = {"clinic": posted(clinic), "ward": posted(ward), "team": framed(team)}
        due = {"clinic": hospital.begun, "ward": traffic.wanted(hospital.begun, UNITS), "team": hospital.begun}
        with evidence(config) as found:
            check_journal(found, hospital)
            outcomes = check_outbox(found, received, due)
            found.verified()
        for name, deliveries in received.items():
            check_deliveries(name, deliveries, due[name])
        print(hospital.sent.codes, hospital.sent.again, outcomes)  # noqa: T201 - pytest shows it when the test fails
        assert hospital.sent.again, "no kill met a message that was not acknowledged yet"
        assert outcomes["again"] or KILLS < 10, "no kill met a delivery in the air"


async def rampage(served: Served, dice: random.Random, arrived: Callable[[], int]) -> None:
    """Kill, and start what a supervisor would start: half of the time while deliveries flow, else whenever, starting or not."""
    for _ in range(KILLS):
        if not served.alive():
            served.start()
        if dice.random() < 0.5:
            await flowing(arrived)
            await asyncio.sleep(dice.random() * 0.4)
        else:
            await asyncio.sleep(dice.random() * 3.0)
        served.kill(dice.choice(WHICH))
    if not served.alive():
        served.start()
    await served.listening()


async def flowing(arrived: Callable[[], int]) -> None:
    """Until something more is delivered."""
    before, began = arrived(), time.monotonic()
    while arrived() == before:
        assert time.monotonic() - began < QUIET_S, "nothing is delivered"
        await asyncio.sleep(0.01)


async def settled(found: Evidence, destinations: tuple[str, ...], progress: Callable[[], int]) -> None:
    """Wait until nothing is due or in the air any more; as long as deliveries arrive, that may take its time."""
    last, since = -1, time.monotonic()
    while waiting := {d: depth for d in destinations if (depth := found.depth(d)).waiting} or found.outbox.flown():
        if progress() != last:
            last, since = progress(), time.monotonic()
        assert time.monotonic() - since < QUIET_S, f"deliveries stopped arriving: {waiting}"
        await asyncio.sleep(0.2)


def posted(sink: Sink) -> list[Delivery]:
    """What an HTTP partner was sent, in order. The sink reads heads in small letters, and keys are in capitals."""
    return [Delivery(request.headers["idempotency-key"].upper(), request.body) for request in sink.requests]


def framed(sink: MllpSink) -> list[Delivery]:
    """What an MLLP partner was sent, in order; MSH-10 is the key."""
    return [Delivery(body.split(b"\r", 1)[0].split(b"|")[9].decode(), body) for body in sink.messages]


def check_journal(found: Evidence, hospital: traffic.Hospital) -> None:
    """Every message is there once, planned, with the very bytes that were sent."""
    journal = found.journal()
    kept = Counter(one.message_id for one in journal)
    assert set(hospital.sent.codes) <= {"AA", "CA"}
    assert hospital.sent.acknowledged == hospital.begun
    assert kept == {traffic.control(number): 1 for number in hospital.begun}
    assert [one.message for one in journal if one.message.state != "planned"] == []
    assert all(one.body == traffic.message(int(one.message_id[1:])) for one in journal)
    assert found.rejects() == []


def check_outbox(found: Evidence, received: dict[str, list[Delivery]], due: dict[str, set[int]]) -> Counter[str]:
    """Nothing is parked or in the air, every delivery was settled once, and nothing left that was not claimed before."""
    assert found.parked() == []
    assert found.outbox.flown() == []
    outcomes = found.outcomes()
    assert outcomes["delivered"] == sum(map(len, due.values()))
    assert set(outcomes) <= {"delivered", "again"}
    claims = found.claims()
    sent = Counter((d.key, sha256(d.body).digest()) for deliveries in received.values() for d in deliveries)
    assert [key for (key, digest), times in sent.items() if times > claims[key, digest]] == []
    return outcomes


def check_deliveries(name: str, deliveries: list[Delivery], due: set[int]) -> None:
    """One effect for each message due, none for others; a repeat is the same to the byte; each person's come in order."""
    effects: dict[str, bytes] = {}
    order: dict[int, list[int]] = {}
    for delivery in deliveries:
        number = traffic.number_of(delivery.body)
        assert effects.setdefault(delivery.key, delivery.body) == delivery.body, f"{name}: other bytes under one key"
        order.setdefault(traffic.person(number), []).append(number)
    assert Counter(map(traffic.number_of, effects.values())) == dict.fromkeys(due, 1), name
    assert [p for p, numbers in order.items() if any(a > b for a, b in pairwise(numbers))] == [], name
