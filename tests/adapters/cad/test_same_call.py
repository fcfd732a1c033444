"""The same call as an EIDO and as a row of a table is the same call."""

from __future__ import annotations

import pytest

from adapters.cad.eido import Eido
from adapters.cad.export import CadExport
from hub.model.public_safety import CallForService
from tests.adapters.cad.calls import GOLDEN, body, reading
from tests.disclosing import RECEIVED, TARGET, disclose

# What both have a place for.
SAME = (
    "incident",
    "agency",
    "final_type",
    "crisis",
    "status",
    "priority",
    "received_at",
    "entered_at",
    "dispatched_at",
    "en_route_at",
    "on_scene_at",
    "cleared_at",
    "place",
    "beat",
    "transfer_to",
    "transferred_at",
)


@pytest.mark.parametrize("case", ["a-person-who-talks-of-dying", "a-crisis-unit-arrives", "handed-to-988"])
def test_an_eido_and_a_row_of_the_same_call_say_the_same(case: str) -> None:
    read = reading((GOLDEN / case / "wire.json").read_bytes())

    row = CadExport().write(disclose(event.body for event in read.events), TARGET).body

    as_eido, as_row = body(read, CallForService), body(CadExport().read(row, RECEIVED), CallForService)
    told = [name for name in SAME if getattr(as_eido, name)]
    # Each has words of its own for these; the common code is the same.
    for name in ("weapon", "channel"):
        one, other = getattr(as_row, name), getattr(as_eido, name)
        assert (one and one.code) == (other and other.code)
    assert len(told) > 4
    assert {name: getattr(as_row, name) for name in told} == {name: getattr(as_eido, name) for name in told}


@pytest.mark.parametrize("case", ["a-person-who-talks-of-dying", "handed-to-988"])
def test_a_row_that_becomes_an_eido_says_the_same_again(case: str) -> None:
    read = reading((GOLDEN / case / "wire.json").read_bytes())
    row = CadExport().write(disclose(event.body for event in read.events), TARGET).body
    as_row = CadExport().read(row, RECEIVED)

    again = Eido().read(Eido().write(disclose(event.body for event in as_row.events), TARGET).body, RECEIVED)

    one, other = body(as_row, CallForService), body(again, CallForService)
    assert (other.incident, other.final_type, other.received_at) == (one.incident, one.final_type, one.received_at)
