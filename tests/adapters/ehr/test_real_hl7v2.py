"""HL7 v2 that other people wrote: nothing crashes, every element is accounted for, and what is understood survives the way back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache

import pytest

from adapters.ehr.hl7v2 import Hl7v2
from adapters.wire.hl7v2_lens import HL7V2
from hub.contracts import Outcome, Reading, Received
from hub.errors import Unmapped, Unreadable
from hub.model.consent import ConsentDirective
from tests.samples import samples

RECEIVED = Received(journal="j1", partner="p1", as_of=1_772_379_000_000_000, zone="America/Chicago")
ADAPTER = Hl7v2()
HEADS = (b"MSH", b"FHS", b"BHS")


def pieces() -> Iterator[bytes]:
    """Every message in the samples: alone, in batches, split by person."""
    for path in sorted(samples("healthcare").rglob("*")):
        if path.is_file() and path.stat().st_size < 2_000_000:
            body = path.read_bytes()
            if body[:3] in HEADS or path.suffix.lower() == ".hl7":
                try:
                    yield from ADAPTER.split(body)
                except Unreadable:
                    continue


@cache
def read() -> tuple[list[Reading], Counter[str]]:
    """What could be read, and how often the others were refused."""
    readings, refused = [], Counter[str]()
    for piece in pieces():
        try:
            readings.append(ADAPTER.read(piece, RECEIVED))
        except (Unreadable, Unmapped) as error:
            refused[type(error).__name__] += 1
    return readings, refused


def test_admissions_and_results_are_read_and_nothing_crashes() -> None:
    readings, refused = read()

    kinds = Counter(reading.kind.partition("^")[0] for reading in readings)
    assert kinds["ADT"] >= 115
    assert kinds["ORU"] >= 119
    assert (kinds["SIU"], kinds["MDM"], kinds["REF"], kinds["OML"]) == (14, 9, 3, 22)
    # Other kinds of message, acknowledgements, templates, and some that say nothing about anybody.
    assert refused.total() <= 237


@pytest.mark.parametrize(
    ("kind", "floor"), [("ADT", 44.5), ("ORU", 59), ("SIU", 38.9), ("MDM", 36.6), ("REF", 32.5), ("OML", 32.9)]
)
def test_every_element_has_an_outcome_and_as_many_as_before_are_understood(kind: str, floor: float) -> None:
    """The rest is who operated the sender, specimens, insurance of relatives, guarantors: nothing that a crisis asks for."""
    counts: Counter[Outcome] = Counter()
    for reading in read()[0]:
        if reading.kind.startswith(kind):
            losses = reading.account()
            assert len({loss.path for loss in losses.items}) == len(losses.items)
            counts.update(losses.counts())

    understood = 100 * (counts["mapped"] + counts["transformed"]) / counts.total()
    assert understood >= floor
    assert counts["invalid"] <= counts.total() / 500


def test_what_is_understood_survives_the_way_back() -> None:
    translator = ADAPTER.translator

    for reading in read()[0]:
        parts = translator.write(reading.events, reading.kind, RECEIVED.zone, {}, RECEIVED.as_of)
        again, _ = translator.read(HL7V2.reread(parts, reading.kind), reading.kind, "C1", RECEIVED, careful=True)
        # A consent is read and never written: a permit in a CON would say more than was signed.
        kept = [event.body for event in reading.events if not isinstance(event.body, ConsentDirective)]
        assert [event.body for event in again] == kept
