"""What each trigger event of ADT does to person, visit and census, with PV1 and without it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from adapters.ehr.hl7v2 import Hl7v2
from hub.contracts import Received
from hub.flow.capacity.census import STILL, UPDATES, Census, Movement, census, movement
from hub.model.care import Encounter
from hub.model.person import Person, PersonMerge, PersonUnmerge
from hub.model.service import CapacityReport
from tests.adapters.ehr.test_hl7v2_kinds import ROW

ADAPTER = Hl7v2()
RECEIVED = Received(journal="j", partner="S1", as_of=1_772_400_000_000_000, zone="UTC")
NOW = RECEIVED.as_of
PSY, WEST = ("H1", "PSY"), ("H1", "4W")
# Somebody lies in PSY since nine; an hour later this is told of them in 4W. What it is about, where they lie, what is in doubt.
COMES = ("person visit", WEST, ())
GOES = ("person visit", None, ())
TAKES_BACK = ("person visit", PSY, ())
PLANS = ("person visit", PSY, ())
MERGES = ("person merge visit", PSY, ())
DOES: dict[str, tuple[str, tuple[str, str] | None, tuple[tuple[str, str], ...]]] = {
    **dict.fromkeys(("A01", "A02", "A04", "A06", "A07", "A08", "A17", "A31"), COMES),
    **dict.fromkeys(("A03", "A11"), GOES),
    **dict.fromkeys(("A12", "A13"), TAKES_BACK),
    **dict.fromkeys(("A05", "A09", "A10", "A14", "A21", "A22", "A25", "A26", "A27", "A28", "A29"), PLANS),
    **dict.fromkeys(("A35", "A44", "A45", "A50"), PLANS),
    **dict.fromkeys(("A24", "A30", "A34", "A36", "A40", "A47"), MERGES),
    "A20": ("bed", PSY, ()),
    # That a visit never was, and what nobody knows: whoever counts beds must look.
    **dict.fromkeys(("A23", "A99"), ("person visit", PSY, (WEST, PSY))),
}
# Without PV1: whoever moves nobody is about the person alone, whoever leaves is gone, and of the others nobody knows where they are.
LOST = ("person visit", PSY, (PSY,))
BARE = {
    **{trigger: (found[0].replace(" visit", ""), PSY, ()) for trigger, found in DOES.items()},
    **dict.fromkeys(("A01", "A02", "A04", "A06", "A07", "A11", "A12", "A13", "A17", "A23", "A99"), LOST),
    "A03": GOES,
    # An account or a visit that changes its number or its owner is one without PV1 as well.
    **dict.fromkeys(("A35", "A44", "A45", "A50"), PLANS),
    **dict.fromkeys(("A30", "A34", "A36", "A40", "A47"), MERGES),
}
NAMES = {Person: "person", PersonMerge: "merge", PersonUnmerge: "unmerge", Encounter: "visit", CapacityReport: "bed"}


def told(trigger: str, at: str, unit: str = "4W", visit: str = "V1") -> bytes:
    """A message about M1, in a unit of H1; in none it has no PV1."""
    found = [f"MSH|^~\\&|E|S1|HUB|C|20260301{at}||ADT^{trigger}|{at}|P|2.5.1", f"EVN|{trigger}|20260301{at}"]
    if trigger == "A20":
        return "\r".join([*found, "NPU|PSY^1^2^H1|O"]).encode()
    found.append("PID|1||M1^^^H1^MR||Doe^Jo||19900101|F")
    if trigger == "A24":
        found.append("PID|2||M2^^^H1^MR||Doe^J")
    if trigger in ("A30", "A34", "A35", "A36", "A40", "A44", "A45", "A47", "A50"):
        found.append("MRG|M2^^^H1^MR||AC2||V0")
    return "\r".join([*found, *([f"PV1|1|I|{unit}^1^2^H1{'|' * 16}{visit}"] if unit else [])]).encode()


def moves(*messages: bytes) -> Iterator[Movement]:
    for message in messages:
        for event in ADAPTER.read(message, RECEIVED).events:
            if found := movement(event, "M1"):
                yield found


def now(*messages: bytes) -> Census:
    return census(moves(told("A01", "0900", "PSY"), *messages), NOW)


def test_the_table_below_says_of_every_trigger_of_the_row_what_it_does() -> None:
    assert DOES.keys() == {*ROW, "A99"}


@pytest.mark.parametrize("trigger", DOES)
@pytest.mark.parametrize("bare", [False, True], ids=["with PV1", "without PV1"])
def test_what_a_trigger_does_to_person_visit_and_census(trigger: str, *, bare: bool) -> None:
    about, lies, doubted = (BARE if bare else DOES)[trigger]
    message = told(trigger, "1000", "" if bare else "4W")

    reading = ADAPTER.read(message, RECEIVED)
    found = now(message)

    assert " ".join(NAMES[type(event.body)] for event in reading.events) == about
    assert [patient.place for patient in found.patients] == ([lies] if lies else [])
    assert tuple(place for place, _ in found.doubted) == doubted
    assert found.strangers_left == ()
    assert reading.unmapped_codes == ((("adt_trigger", "A99"),) if trigger == "A99" else ())


def test_a_swap_moves_both_each_to_the_bed_of_the_other() -> None:
    other = b"PID|2||M2^^^H1^MR||Roe^Kim\rPV1|2|I|PSY^1^2^H1" + b"|" * 16 + b"V2"
    pieces = list(ADAPTER.split(told("A17", "1000") + b"\r" + other))
    found = [
        (event.body.number, event.body.location.unit if event.body.location else "")
        for piece in pieces
        for event in ADAPTER.read(piece, RECEIVED).events
        if isinstance(event.body, Encounter)
    ]

    assert found == [("V1", "4W"), ("V2", "PSY")]


@pytest.mark.parametrize("trigger", ["A35", "A50"])
def test_a_visit_that_changed_its_number_is_left_under_the_new_one_by_whoever_came_under_the_old(trigger: str) -> None:
    found = now(told(trigger, "1000", visit="V7"), told("A03", "1100", visit="V7"))

    assert (found.patients, found.strangers_left, found.doubted) == ((), (), ())


def test_what_is_read_without_pv1_is_what_the_census_asks_for() -> None:
    bare = {trigger for n in range(1, 63) if (trigger := f"A{n:02d}") and _visit(trigger)}

    assert bare.isdisjoint(STILL | UPDATES)
    assert bare | STILL | UPDATES >= {f"A{n:02d}" for n in range(1, 63)}


def _visit(trigger: str) -> bool:
    events = ADAPTER.read(told("A01", "0900", "").replace(b"A01", trigger.encode()), RECEIVED).events
    return any(isinstance(event.body, Encounter) for event in events)
