"""What must hold of a hub after it was killed: of its journal, its outbox, and what its partners were sent."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from hashlib import sha256
from itertools import pairwise
from typing import NamedTuple

from tests.chaos import traffic
from tests.chaos.evidence import Evidence
from tests.sinks import MllpSink, Sink

# Both processes may have to start before anything moves, and a busy machine may take its time over that.
QUIET_S = 90.0


class Delivery(NamedTuple):
    """Something that a partner was sent: under which key, and what."""

    key: str
    body: bytes


async def until(so: Callable[[], bool]) -> None:
    """Wait until something is so."""
    began = time.monotonic()
    while not so():
        assert time.monotonic() - began < QUIET_S, "it never came to it"
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
