"""A police records system over a real socket: 30 of 100 creates end in 500, 10 commit and never answer; one record each, all the same.

With neither a key nor a look-up, whatever may be there already waits for a clerk: never a second record.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from aiohttp import web
from msgspec.structs import replace

from hub.carriers.http import HttpCarrier
from hub.carriers.lookup import found
from hub.intake import Desk
from hub.partners import Delivery, Partner
from hub.store.asking.outbox import Outbox
from tests.courier.test_lane import _courier, _until, clinic, keep_only, toy
from tests.houses import Store, house, store

CONTACTS = 60
TIMEOUT_S = 0.3


class Records:
    """A records system: creates enter its approval queue. Faults come by dice, before or after the record is there."""

    def __init__(self, dedupe: str, seed: int) -> None:
        self.dedupe, self.dice = dedupe, random.Random(seed)
        self.queue: list[dict[str, Any]] = []
        self.creates = Counter[str]()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[int]:
        app = web.Application()
        app.router.add_post("/field-contacts", self.create)
        app.router.add_get("/field-contacts", self.look_up)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        try:
            yield runner.addresses[0][1]
        finally:
            await runner.cleanup()

    async def create(self, request: web.Request) -> web.Response:
        said, roll = json.loads(await request.read()), self.dice.random()
        if roll < 0.3:
            self.creates["failed"] += 1
            return web.Response(status=500)
        known = [one for one in self.queue if one["key"] == said["key"]]
        if not (known and self.dedupe == "key"):
            self.queue.append({**said, "state": "awaiting approval"})
        if roll < 0.4:
            self.creates["silent"] += 1
            await asyncio.sleep(TIMEOUT_S * 2)
        else:
            self.creates["answered"] += 1
        return web.json_response({"id": str(len(self.queue))}, status=201)

    async def look_up(self, request: web.Request) -> web.Response:
        return web.json_response([one for one in self.queue if one["key"] == request.query["message_id"]])


def rms(dedupe: str) -> Partner:
    lookup = "/field-contacts?message_id={key}" if dedupe == "lookup" else ""
    return clinic(dedupe=dedupe, lookup=lookup, timeout_s=TIMEOUT_S, attempts=40)


def _at_rest(outbox: Outbox) -> bool:
    """Nothing is due or in the air any more; what waits, waits for a person."""
    depths = [outbox.depth("B1") for _ in range(2)]
    return all(depth.waiting == depth.parked for depth in depths) and not outbox.flown()


def delivered(kept: Store, records: Records) -> Outbox:
    """Keep the contacts, then send them until nothing is due any more."""
    partner = rms(records.dedupe)
    outbox = Outbox(kept.database, kept.keys, kept.signer.name)
    keep_only(kept, partner, *(toy(number) for number in range(CONTACTS)))

    async def act() -> None:
        desk = Desk(kept.writer, kept.steps(house(partner)))
        desk.start()
        async with records.open() as port:
            reached = cast("Delivery", partner.delivery)
            url = f"http://127.0.0.1:{port}/field-contacts"
            carrier = HttpCarrier("B1", replace(reached, url=url, options={"network": "loopback"}))
            running = asyncio.create_task(_courier(kept, partner, cast("Any", carrier), outbox, desk, in_force=True))
            try:
                await _until(lambda: running.done() or _at_rest(outbox), seconds=60)
            finally:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)
                await carrier.close()
                await desk.stop()

    asyncio.run(act())
    return outbox


@pytest.mark.parametrize("dedupe", ["key", "lookup"])
def test_under_faults_there_is_exactly_one_record_of_each_contact(tmp_path: Path, dedupe: str) -> None:
    records = Records(dedupe, seed=7)
    with store(tmp_path) as kept:
        outbox = delivered(kept, records)
        parked = outbox.depth("B1").parked

    assert (len(records.queue), len({one["key"] for one in records.queue})) == (CONTACTS, CONTACTS)
    assert parked == 0
    assert records.creates["failed"] > 15
    assert records.creates["silent"] > 3
    assert {one["state"] for one in records.queue} == {"awaiting approval"}


def test_with_neither_every_doubtful_one_waits_for_a_clerk_and_none_is_there_twice(tmp_path: Path) -> None:
    records = Records("none", seed=7)
    with store(tmp_path) as kept:
        outbox = delivered(kept, records)
        dead = outbox.dead("B1")

    assert len(records.queue) == len({one["key"] for one in records.queue})
    assert len(dead) == records.creates["failed"] + records.creates["silent"]
    assert all("ask there before it is sent again" in one.cause for one in dead)
    assert len(dead) + records.creates["answered"] == CONTACTS


def test_what_a_look_up_says() -> None:
    for body, said in (
        (b'[{"id": "7"}]', True), (b"[]", False), (b'{"total": 1, "entry": []}', True), (b'{"items": []}', False),
        (b'{"resourceType": "Bundle", "entry": [{}]}', True), (b'{"id": "7"}', True), (b"{}", None), (b"", None), (b"7", None),
    ):  # fmt: skip
        assert found(body) is said
