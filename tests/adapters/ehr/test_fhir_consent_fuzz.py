"""Consents with anything anywhere in them, in R4 and R5: refused by name or kept whole, and nobody is let in who was not named."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import Unmapped, Unreadable
from hub.flow.named import known
from hub.flow.standing import standing
from hub.model.consent import ConsentDirective
from tests.adapters.ehr.fhir_talk import ADAPTER as FHIR
from tests.adapters.ehr.fhir_talk import AT, PATIENT, RECEIVED, bundle
from tests.adapters.ehr.test_fhir_consent import B1, RELEASE, TPO, actor, consent, purposes
from tests.adapters.ehr.test_fhir_consent_r5 import CLINIC, PD, said

PARTNERS = {"H1", "B1", "PD"}
JUNK: st.SearchStrategy[Any] = st.sampled_from(
    [None, 7, -1.5, "x", "", " ", [], {}, [None], [[]], {"a": 1}, True, "permit", "deny", ["permit"], "2026-13-45", {"code": "x"}]
)  # fmt: skip
NARROWED = {**TPO, "provision": [{"type": "deny", **PD}]}
REFUSAL = {"type": "deny", "actor": [actor(B1)], "purpose": purposes("TREAT")}
PERMITS = (
    consent(TPO),
    consent(RELEASE),
    consent(NARROWED),
    said("deny", CLINIC),
    said("deny", {**CLINIC, "provision": [PD]}),
)
REFUSALS = (consent(REFUSAL), consent({"type": "deny"}), said("deny"))


def places(data: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [place for key, value in inner for place in [(*here, key), *places(value, (*here, key))]]


def spoiled(resource: dict[str, Any], place: tuple[Any, ...], value: Any) -> dict[str, Any]:
    whole = copy.deepcopy(resource)
    target: Any = whole
    for step in place[:-1]:
        target = target[step]
    target[place[-1]] = value
    return whole


def directives(resource: dict[str, Any]) -> list[ConsentDirective] | None:
    """What is read of it, as the hub takes it up; None where it was refused by name."""
    try:
        found = FHIR.read(bundle(PATIENT, resource), RECEIVED)
    except (Unreadable, Unmapped):
        return None
    assert sum(found.account().counts().values()) > 0
    return [known(event.body, PARTNERS) for event in found.events if isinstance(event.body, ConsentDirective)]


def state(found: list[ConsentDirective], who: str, kind: str) -> str:
    return standing(found, recipient=(who, kind), purpose="TREAT", source="H1", as_of=AT).state


@pytest.mark.parametrize("n", range(len(PERMITS)))
@given(st.data())
def test_junk_in_a_permit_lets_nobody_else_in(n: int, data: st.DataObject) -> None:
    place = data.draw(st.sampled_from(places(PERMITS[n])))
    found = directives(spoiled(PERMITS[n], place, data.draw(JUNK)))

    assert found is None or state(found, "PD", "LE") in ("NONE", "DENY", "DEFECTIVE", "REVOKED", "EXPIRED"), place


# Where it says that it is in force, whose it is, and that it is a refusal at all: junk there makes it another thing.
ESSENTIAL = {("status",), ("resourceType",), ("provision",), ("provision", "type"), ("decision",), ("provision", "actor"),
             ("provision", "actor", 0), ("policyRule",)}  # fmt: skip


@pytest.mark.parametrize("n", range(len(REFUSALS)))
@given(st.data())
def test_junk_in_a_refusal_does_not_lift_it(n: int, data: st.DataObject) -> None:
    place = data.draw(st.sampled_from([one for one in places(REFUSALS[n]) if one not in ESSENTIAL]))
    found = directives(spoiled(REFUSALS[n], place, data.draw(JUNK)))

    assert found is None or state(found, "B1", "BH_PROVIDER") == "DENY", place
