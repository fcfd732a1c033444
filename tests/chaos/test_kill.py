"""SIGKILL again and again, at random moments: nothing acknowledged is lost, nothing happens twice, every person's order holds.

CRISIS_HUB_KILLS says how often (30), CRISIS_HUB_SEED with which dice; a failure prints its seed.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest
import uvloop

from tests.chaos import county, traffic
from tests.chaos.checks import check_deliveries, check_journal, check_outbox, framed, posted, settled, until
from tests.chaos.evidence import evidence
from tests.chaos.served import Served, Which, hub
from tests.ports import free_port
from tests.sinks import http_sink, mllp_sink

KILLS = int(os.environ.get("CRISIS_HUB_KILLS", "30"))
SEED = int(os.environ.get("CRISIS_HUB_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 32)
WHICH: tuple[Which, ...] = ("writer", "both", "front")
PATIENCE_S = 180.0
UNITS = ("ED", "PSY")


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
    before = arrived()
    await until(lambda: arrived() > before)
