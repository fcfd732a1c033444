"""A code that is mapped counts in the hub that runs, in both its processes; what waited for it runs again, and nothing falls between."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hub import clock
from hub.app.asking.look import looking
from hub.app.desk import at_desk
from hub.app.formats import mappings
from hub.app.formats.renewing import Renewing, renewing_writer
from hub.app.house import Household, household
from hub.app.vault import opened
from hub.errors import HubError
from hub.lens import publish
from hub.lens.check import examine
from hub.settings import load
from hub.store.asking.journal import Wanted
from tests.chaos.served import Served, hub
from tests.cli import county
from tests.cli.conftest import County
from tests.cli.test_codes import HEAD, WAITING, waits
from tests.ports import free_port

KNOWN = "Q,unknown,http://hl7.org/fhir/administrative-gender,Unknown,what H1 writes when nobody asked\n"
RENEWED = "mappings renewed"


def in_force(own: County) -> Path:
    """H1's mapping with a line for Q, published and put in force by a command; where its versions lie."""
    settings = load(own.config)
    (own.config / "codes" / "sex.csv").write_text(HEAD + KNOWN)
    file, place = own.config / "h1-mapping.yaml", mappings.store(settings, "h1-mapping")
    place.mkdir(parents=True)
    # That sex is required fails the messages that a set is tried on: it was borne before.
    borne = [str(wrong) for wrong in examine(mappings.lenses(str(file)), mappings.syntax(file))]
    made = publish.publish(file, mappings.syntax(file), place, mappings.HOME, borne=borne)
    publish.activate(place, made.digest)
    return place


async def nothing(*_: object) -> None:
    return None


def follower(known: Household, config: Path) -> Renewing:
    async def turn(put: Callable[[], None]) -> None:
        put()

    return Renewing(settings=load(config), known=known, turn=turn, renewed=nothing)


def test_what_fell_between_the_old_version_and_the_new_one_runs_again_and_what_waited_before_does_not(
    own: County,
) -> None:
    _, earlier = waits(own)
    settings = load(own.config)

    async def work() -> tuple[str, str, str, str]:
        known = household(settings)
        with opened(settings, writing=True) as vault:
            async with at_desk(settings, known, vault) as desk:
                round_ = renewing_writer(known, vault, desk)
                await round_.once()
                before = desk.steps.house.pins
                in_force(own)
                (late,) = [await desk.take(county.arrival(county.message(6, mrn="81", veteran="Y", sex="Q")))]
                await round_.once()
                (after,) = [await desk.take(county.arrival(county.message(7, mrn="82", veteran="Y", sex="Q")))]
                assert late.state == "parked"
                assert desk.steps.house.pins != before
                return late.journal, after.state, round_.fails, after.journal

    late, after, fails, _ = asyncio.run(work())

    assert (after, fails) == ("kept", "")
    states = {name: own("message", name, "--json").json["message"]["state"] for name in (earlier, late)}
    assert states == {earlier: "parked", late: "planned"}


def test_nothing_is_compiled_while_nothing_changed_and_no_version_whose_files_were_changed(own: County) -> None:
    waits(own)
    known = household(load(own.config))
    round_, read, written = follower(known, own.config), known.senders["H1"], known.writers["B1"]

    asyncio.run(round_.look(clock.now()))
    assert (known.senders["H1"], known.writers["B1"]) == (read, written)
    table = next(in_force(own).glob("*/own/codes/sex.csv"))
    said = table.read_text()
    table.write_text(said.replace("Unknown", "Unheard"))
    with pytest.raises(HubError):
        asyncio.run(round_.look(clock.now()))
    assert known.senders["H1"] is read
    table.write_text(said)
    asyncio.run(round_.look(clock.now()))

    assert known.senders["H1"] is not read
    assert known.writers["B1"] is written


def test_a_code_is_mapped_by_command_while_two_processes_serve(tmp_path: Path) -> None:
    port = free_port()
    config = county.write(tmp_path)
    (config / "codes").mkdir()
    (config / "codes" / "sex.csv").write_text(HEAD)
    (config / "h1-mapping.yaml").write_text(WAITING)
    file = config / "partners" / "h1.yaml"
    said = json.loads(file.read_text())
    said["source"]["doors"][0] |= {"port": port}
    file.write_text(json.dumps(said))
    with hub(config, port) as served:
        served.start()
        asyncio.run(served.listening())
        asyncio.run(served.http())
        own = County(config=config, delivered="", parked="")
        told(port, county.message(5, mrn="80", veteran="Y", sex="Q"))
        assert states(config) == ["parked"]

        assert own("codes", "map", "H1", "sex", "Z").status != 0
        listed = own("codes", "map", "H1", "sex", "Q", "--json").json
        assert "unknown" in [one["canonical"] for one in listed["meanings"]]
        assert own("codes", "map", "H1", "sex", "Q", "--to", "unknown").status != 0
        mapped = own("codes", "map", "H1", "sex", "Q", "--to", "unknown", "--reason", "their dictionary", "--json")
        assert mapped.json == {"again": 1}
        # At once, before anybody has had time to look: it is read now, or run again.
        told(port, county.message(6, mrn="81", veteran="Y", sex="Q"))

        within(served, lambda: served.said().count(RENEWED) == 2, "both processes take it up")
        told(port, county.message(7, mrn="82", veteran="Y", sex="Q"))
        within(served, lambda: states(config) == ["planned"] * 3, "all are read")
        assert own("codes", "unmapped", "--json").json == []


def states(config: Path) -> list[str]:
    """How every message stands."""
    with looking(load(config)) as look:
        return [one.state for one in look.messages(Wanted())]


def within(served: Served, true: Callable[[], bool], words: str, seconds: float = 20.0) -> None:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"not so: {words}\n{served.said()[-2000:]}"
        time.sleep(0.05)


def told(port: int, body: bytes) -> None:
    """Send a message as a hospital does, and wait for its acknowledgement."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(b"\x0b" + body + b"\x1c\r")
        answer = line.recv(4096)
    assert re.search(rb"MSA\|[AC][AE]", answer), answer
