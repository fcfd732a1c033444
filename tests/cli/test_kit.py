"""The conformance kit as an integration engineer meets it, and what it opens."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
import uvloop

from hub.app.serve import running
from hub.settings import load
from tests.cli import county
from tests.cli.conftest import County, ran
from tests.sinks import Sink, http_sink, reply


def test_what_a_mapping_lacks_fails_by_name_and_passes_once_it_is_mended(own: County, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "a.hl7").write_bytes(county.message(1))
    (theirs / "b.hl7").write_bytes(county.message(2, veteran="N", sex="Q"))

    said = own("partners", "kit", "H1", "--samples", str(theirs))

    assert said.status == 1
    failed = [line for line in said.out.splitlines() if line.startswith("failed")]
    assert [line.split(":")[0].removeprefix("failed").strip() for line in failed] == [
        "a.hl7 is read", "b.hl7 has known codes",
    ]  # fmt: skip
    assert "person.veteran" in failed[0]
    assert "sex Q" in failed[1]
    assert "H1: 4 of 6 passed." in said.out

    (own.config / "mended.yaml").write_text(county.MENDED)
    file = own.config / "partners" / "h1.yaml"
    file.write_text(file.read_text().replace("h1-mapping.yaml", "mended.yaml"))
    (theirs / "b.hl7").unlink()

    assert own("partners", "kit", "H1", "--samples", str(theirs)).status == 0


@pytest.mark.parametrize("partner", ["H1", "C1", "PD", "L1", "MCT1", "CR1", "B1", "B1-S", "S1", "SH1"])
def test_every_partner_of_the_example_county_passes(partner: str) -> None:
    said = ran("partners", "kit", partner, "--json", "--config", "examples/county")

    assert [case for case in said.json["cases"] if not case["passed"]] == []
    assert said.json["passed"] == said.json["of"] > 2
    assert said.status == 0


def test_each_message_is_sent_twice_as_a_test_and_a_refusal_fails(tmp_path: Path) -> None:
    async def play() -> tuple[Sink, int]:
        async with http_sink() as clinic:
            config = county.write(tmp_path, clinic=clinic.port)
            ran("keys", "init", "--config", str(config))
            words = ("partners", "kit", "B1", "--send", "--json", "--config", str(config))
            said = await asyncio.to_thread(ran, *words)
            taken = [case["name"] for case in said.json["cases"] if "taken" in case["name"]]
            assert said.status == 0
            assert len(taken) == clinic.count > 0
            clinic.otherwise = reply(422)
            refused = (await asyncio.to_thread(ran, *words)).json
            return clinic, refused["of"] - refused["passed"]

    clinic, failed = uvloop.run(play())
    first, again = clinic.requests[:2]
    assert first.headers["idempotency-key"] == again.headers["idempotency-key"]
    assert first.body == again.body
    assert first.body.split(b"|")[10:12] == [b"T", b"2.5.1"]
    assert failed == clinic.count / 2


def test_a_county_that_asks_for_the_kit_sends_nothing_before_it_was_passed_with_this_very_file(tmp_path: Path) -> None:
    async def play() -> None:
        async with http_sink() as clinic:
            config = asking(tmp_path, clinic.port)
            kit = ("partners", "kit", "B1", "--admit", "--config", str(config))
            async with running(load(config)) as hub:
                await county.took(hub, county.message(1, veteran="N"))
                await asyncio.sleep(0.3)
                assert clinic.count == 0
                said = await asyncio.to_thread(ran, *kit)
                assert said.status == 0, said.whole
                hub.front.nudge({"B1"})
                async with asyncio.timeout(10):
                    while clinic.count == 0:  # noqa: ASYNC110 - what comes last is somebody else's socket
                        await asyncio.sleep(0.02)
            assert "Nothing is sent to B1" not in ran("doctor", "--config", str(config)).whole
            file = config / "partners" / "b1.yaml"
            file.write_text(file.read_text().replace("Test B1", "Test clinic B1"))
            assert (
                "Nothing is sent to B1: its present file has not passed the kit."
                in ran("doctor", "--config", str(config)).whole
            )

    uvloop.run(play())


def test_a_word_that_somebody_else_wrote_lets_nobody_in(tmp_path: Path) -> None:
    config = asking(tmp_path, 9)
    assert ran("partners", "kit", "B1", "--admit", "--config", str(config)).status == 0
    note = tmp_path / "data" / "admissions" / "B1.note"
    for forged in (note.read_text().replace("cases passed", "cases Passed"), "B1 is fine\n", ""):
        note.write_text(forged)

        assert "Nothing is sent to B1" in ran("doctor", "--config", str(config)).whole


def asking(folder: Path, clinic: int) -> Path:
    """A county with keys that asks for the kit."""
    config = county.write(folder, clinic=clinic)
    file = config / "county.yaml"
    file.write_text(json.dumps({**json.loads(file.read_text()), "admission": "kit"}))
    ran("keys", "init", "--config", str(config))
    return config
