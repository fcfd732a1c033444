"""People for linkage tests: Riley, and everybody who might be mistaken for Riley."""

from __future__ import annotations

from typing import Any

import msgspec

from hub.flow.linkage.traits import traits
from hub.model.person import Person
from hub.model.plan import Candidate, Sighting
from hub.model.traits import Traits
from hub.model.values import Address, Code, HumanName, Identifier, PartialDate, Telecom

RILEY = Person(
    identifiers=(Identifier(value="H1-77", assigner="H1", type="MR"),),
    names=(HumanName(family="Dorsett", given=("Riley",)),),
    birth_date=PartialDate(iso="1990-03-14"),
    sex=Code(code="female"),
    telecoms=(Telecom(value="+1 (555) 010-0177"),),
    addresses=(Address(lines=("12 Elm St",), postal_code="94000"),),
)
POLICE_NUMBER = (Identifier(value="R-42", assigner="PD", type="RMS"),)


def changed(**changes: Any) -> Person:
    return msgspec.structs.replace(RILEY, **changes)


def named(family: str, *given: str) -> tuple[HumanName, ...]:
    return (HumanName(family=family, given=given),)


def candidate(person: str, who: Person, *, partner: str = "PD", identity: str = "", strong: bool = False) -> Candidate:
    known = traits(who, partner)
    blocks = tuple(name for name, _ in known.numbers) if strong else ("given+birth_date",)
    return Candidate(
        identity=identity or f"i-{person}", person=person, partner=partner, blocks=blocks, strong=strong, traits=known
    )


def sighting(*candidates: Candidate, alone: bool = True) -> Sighting:
    return Sighting(candidates=candidates, alone=alone)


def riley(source: str = "H1") -> Traits:
    return traits(RILEY, source)
