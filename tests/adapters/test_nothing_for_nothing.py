"""No format tells of a person beside news that it has no place for: the news is refused with a cure, and nobody is named for nothing."""

from __future__ import annotations

from typing import Any

import pytest

from adapters import cad, ehr, lifeline988, rms, social
from hub.errors import Unmapped
from hub.model.person import Person
from hub.model.service import Transport
from hub.model.values import HumanName, Identifier, PartialDate
from tests.disclosing import TARGET, disclose

ADAPTERS: dict[str, Any] = {
    name: make for room in (cad, ehr, lifeline988, rms, social) for name, make in room.ADAPTERS.items()
}
SOMEBODY = Person(
    names=(HumanName(family="Canaryson"),),
    identifiers=(Identifier(value="CANARY-7", assigner="H1", type="MR"),),
    birth_date=PartialDate(iso="1990-03-14"),
)


@pytest.mark.parametrize("name", ADAPTERS)
def test_a_ride_is_told_as_a_ride_or_refused_with_its_cure_and_nobody_is_named_for_nothing(name: str) -> None:
    adapter = ADAPTERS[name]({})
    disclosed = disclose([SOMEBODY, Transport(number="RIDE-1")])

    if name == "fhir":
        assert b"RIDE-1" in adapter.write(disclosed, TARGET).body
        return
    with pytest.raises(Unmapped) as refused:
        adapter.write(disclosed, TARGET)
    assert refused.value.cure
    assert "Canaryson" not in str(refused.value)
