"""One poison message among good ones: its neighbours are kept and told, it alone is parked, even when it kills the process twice."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.errors import Misconfigured
from hub.settings import load
from tests.badinput.place import Place, arrived, framed, place
from tests.chaos import county, traffic
from tests.ports import free_port

pytestmark = pytest.mark.slow

# Somebody else's adapter, as it would be installed: HL7 v2 with a fault that words of a message bring out.
ADAPTER = """
import os
from adapters.ehr.hl7v2 import Hl7v2


class Faulty(Hl7v2):
    name = "faulty"

    def read(self, body, received):
        if b"^KILL^" in body:
            os.kill(os.getpid(), 9)
        if b"^FAULT^" in body:
            raise ValueError(body.decode())
        return super().read(body, received)


ADAPTERS = {"faulty": Faulty}
"""


@pytest.fixture
def installed(tmp_path: Path) -> dict[str, str]:
    """What makes the processes find that adapter."""
    site = tmp_path / "site"
    (site / "faulty-1.dist-info").mkdir(parents=True)
    (site / "faulty_adapter.py").write_text(ADAPTER)
    (site / "faulty-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: faulty\nVersion: 1\n")
    (site / "faulty-1.dist-info" / "entry_points.txt").write_text("[crisis_hub.adapters]\nfaulty = faulty_adapter\n")
    return {"PYTHONPATH": str(site)}


@pytest.fixture
def here(tmp_path: Path, installed: dict[str, str]) -> Iterator[Place]:
    """A hub that reads its hospital with that adapter."""
    allowed = ["cad", "ehr", "lifeline988", "rms", "social", "faulty"]
    with place(tmp_path, source={"format": "faulty"}, environment=installed, adapters=allowed) as found:
        yield found


def poisoned(number: int, word: str) -> bytes:
    """The message with this word as its middle name."""
    return traffic.message(number).replace(b"^Jordan^Q|", b"^Jordan^Q^" + word.encode() + b"^|")


def test_poison_inside_a_group_is_parked_alone(here: Place) -> None:
    bodies = {n: poisoned(n, "FAULT") if n % 10 == 5 else traffic.message(n) for n in range(1, 61)}
    with here.wire() as wire:
        wire.send(b"".join(map(framed, bodies.values())))
        answers = [wire.ack() for _ in bodies]
    good = {n for n in bodies if n % 10 != 5}
    arrived(lambda: all(here.told(n) for n in good))

    with here.evidence() as found:
        parked = [one for one in found.journal() if one.message.state == "parked"]

    assert [(a.code, a.control) for a in answers] == [("CA", traffic.control(n)) for n in bodies]
    assert sorted(one.body for one in parked) == sorted(bodies[n] for n in bodies if n not in good)
    assert {one.message.cause for one in parked} == {"a fault of the hub: ValueError while reading."}
    assert not [n for n in bodies if n not in good and here.told(n)]
    assert "Doe" not in here.hub.said()


def test_what_kills_the_process_twice_is_kept_unread_and_the_feed_goes_on(here: Place) -> None:
    deadly, neighbour = poisoned(1, "KILL"), traffic.message(2)
    for _ in range(2):
        with here.wire() as wire:
            wire.send(framed(deadly) + framed(neighbour))
            with pytest.raises(ConnectionError):
                wire.ack()
        here.hub.end()
        here.hub.start()
        asyncio.run(here.hub.listening())

    with here.wire() as wire:
        answers = [wire.ask(deadly), wire.ask(neighbour)]
    arrived(lambda: here.told(2))
    with here.evidence() as found:
        (parked,) = [one for one in found.journal() if one.message.state == "parked"]

    assert [a.code for a in answers] == ["CA", "CA"]
    assert (parked.body, here.told(1)) == (deadly, 0)
    assert "died twice" in parked.message.cause


def test_an_adapter_that_nobody_allowed_is_not_there(
    tmp_path: Path, installed: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from hub.app.house import household

    monkeypatch.syspath_prepend(installed["PYTHONPATH"])
    config = county.write(tmp_path, county.hospital(free_port(), format="faulty"))

    with pytest.raises(Misconfigured, match='No adapter reads "faulty"'):
        household(load(config))
