"""Two hubs on one database: one serves, one stands by. The first is killed under load, and nothing is lost or done twice."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvloop
from sqlalchemy import make_url

from tests.chaos import county, traffic
from tests.chaos.checks import check_deliveries, check_journal, check_outbox, posted, settled, until
from tests.chaos.evidence import evidence
from tests.chaos.served import PATIENCE_S, Served, hub
from tests.ports import free_port
from tests.sinks import http_sink
from tests.store.postgres import fresh

# From the death of one hub to the first answer of the other, on a machine that others use too.
GAP_S = 5.0
pytestmark = pytest.mark.slow


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_a_hub_that_stands_by_takes_over_and_nothing_is_lost(
    database: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {}
    if database == "postgres":
        url = make_url(fresh(request.getfixturevalue("postgres")))
        monkeypatch.setenv("PGPASSWORD", str(url.password))
        settings = {"database": url._replace(password=None).render_as_string()}

    uvloop.run(play(tmp_path, settings))


async def play(folder: Path, settings: dict[str, str]) -> None:
    port = free_port()
    async with http_sink() as clinic:
        clinic.delay_s = 0.02  # slow enough that the kill finds something in the air
        config = county.write(
            folder, county.hospital(port), county.wanting("clinic", carrier="http", url=clinic.url), **settings
        )
        with hub(config, port) as first, standing_by(first) as second:
            first.start()
            await first.listening()
            await second.waiting()
            hospital = traffic.Hospital(port, seed=1)
            sending = asyncio.create_task(hospital.send())
            await until(lambda: clinic.count >= 40)
            first.kill("writer")
            assert await second.listening() < GAP_S
            before = len(hospital.sent.acknowledged)
            await until(lambda: len(hospital.sent.acknowledged) >= before + 40)
            hospital.stop()
            await asyncio.wait_for(sending, PATIENCE_S)
            with evidence(config) as found:
                await settled(found, ("clinic",), lambda: clinic.count)
            assert second.stop() == 0, second.said()[-2000:]
        with evidence(config) as found:
            check_journal(found, hospital)
            check_outbox(found, {"clinic": posted(clinic)}, {"clinic": hospital.begun})
            found.verified()
        check_deliveries("clinic", posted(clinic), hospital.begun)


def test_a_hub_that_does_not_stand_by_is_told_who_writes(tmp_path: Path) -> None:
    port = free_port()
    with hub(county.write(tmp_path, county.hospital(port)), port) as first:
        first.start()
        uvloop.run(first.listening())
        second = Served(first.config, port, name="second")
        second.start()

        assert second.ended() == 1
        assert "Another process writes this keystore." in second.said()
        assert "Stop the other hub first" in second.said()


@contextmanager
def standing_by(first: Served) -> Iterator[Served]:
    """A second hub of the same config folder, started to stand by."""
    second = Served(first.config, first.port, name="second", words=("--standby",))
    second.start()
    try:
        yield second
    finally:
        second.end()
