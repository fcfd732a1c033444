"""Kept, but not understood: AA, parked with file, line and path; read again once the cause is mended, never over newer news."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.badinput.place import Place, arrived, place
from tests.chaos import traffic
from tests.chaos.served import COMMAND

pytestmark = pytest.mark.slow

# The hospital's own mapping: its third line wants what some messages lack.
STRICT = """extends: ehr/hl7v2/set.yaml
lenses: {encounter: {lines: {
  encounter.number: PV1-19 required}}}
"""
MENDED = STRICT.replace(" required", "")


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[Place]:
    """A hub whose hospital has a mapping of its own."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "genhosp.yaml").write_text(STRICT)
    with place(tmp_path, source={"mapping": "genhosp.yaml"}) as found:
        yield found


def lacking(number: int) -> bytes:
    """A message without the visit number that the mapping requires."""
    return traffic.message(number).replace(f"V{number:07d}^^^GENHOSP^VN".encode(), b"")


def send(here: Place, body: bytes) -> str:
    with here.wire() as wire:
        return wire.ask(body).code


def parked(here: Place) -> list[str]:
    """The journal ids of the messages that are parked, the oldest first."""
    with here.evidence() as found:
        return [one.message.journal for one in reversed(found.journal()) if one.message.state == "parked"]


def replay(here: Place, journal: str, *more: str) -> subprocess.CompletedProcess[str]:
    """`crisis-hub replay`, as an operator types it."""
    asked = [*COMMAND, "replay", journal, "--reason", "mended", "--config", str(here.hub.config), *more]
    return subprocess.run(asked, capture_output=True, text=True, timeout=60, check=False)


def test_an_unknown_kind_is_taken_and_parked_and_the_feed_goes_on(here: Place) -> None:
    number = next(here.numbers)
    before = parked(here)
    with here.wire() as wire:
        odd = wire.ask(traffic.message(number).replace(b"ADT^A0", b"ZZZ^Z0"))
        good = wire.ask(traffic.message(next(here.numbers)))

    (journal,) = set(parked(here)) - set(before)
    with here.evidence() as found:
        message = next(one.message for one in found.journal() if one.message.journal == journal)

    assert (odd.code, good.code) == ("CA", "CA")
    assert message.cause.startswith("ehr/hl7v2/set.yaml line ")
    assert "ZZZ^Z0" in message.cause


def test_what_breaks_a_mapping_is_parked_by_file_line_and_path_and_read_again_once_mended(strict: Place) -> None:
    assert [send(strict, body) for body in (lacking(1), traffic.message(2))] == ["CA", "CA"]
    arrived(lambda: strict.told(2))

    (journal,) = parked(strict)
    with strict.evidence() as found:
        (message,) = [one.message for one in found.journal() if one.message.journal == journal]
    too_early = replay(strict, journal)

    assert "genhosp.yaml line 3" in message.cause
    assert "PV1-19" in message.cause
    assert too_early.returncode != 0
    assert "genhosp.yaml line 3" in too_early.stderr
    assert strict.told(1) == 0

    (strict.hub.config / "genhosp.yaml").write_text(MENDED)
    mended, twice = replay(strict, journal), replay(strict, journal)
    arrived(lambda: strict.told(1))

    assert mended.returncode == 0, mended.stderr
    assert twice.returncode != 0
    assert strict.told(1) == 1
    assert parked(strict) == []


def test_what_is_read_again_never_goes_out_behind_newer_news_of_the_person(strict: Place) -> None:
    # The same person, an hour and more apart: the older message waits, the newer one is told.
    older, newer = 1, 1 + traffic.PEOPLE
    assert send(strict, lacking(older)) == "CA"
    assert send(strict, traffic.message(newer)) == "CA"
    arrived(lambda: strict.told(newer))
    (journal,) = parked(strict)
    (strict.hub.config / "genhosp.yaml").write_text(MENDED)

    refused = replay(strict, journal)

    assert refused.returncode != 0
    assert "newer" in refused.stderr
    assert parked(strict) == [journal]
    assert strict.told(older) == 0

    late = replay(strict, journal, "--late", "--json")
    arrived(lambda: strict.told(older))

    assert late.returncode == 0, late.stderr
    assert json.loads(late.stdout)["message"] == journal
