"""An accounting as AuditEvents holds to IHE BALP, PrivacyDisclosure.Source: each constraint of the profile is a row that can fail."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from typing import Any, Final

import pytest

from adapters.ehr.fhir_conform import conform
from hub.app.disclosures import accounting_forms as forms
from hub.app.disclosures.accounting import Scope, accounting
from hub.spans import DAY
from tests.app.books import RULES, books
from tests.store.county import EVENING

Event = dict[str, Any]
_DCM: Final = "http://dicom.nema.org/resources/ontology/DCM"
_TERMS: Final = "http://terminology.hl7.org/CodeSystem"


def _agent(event: Event, code: str) -> Event:
    (found,) = [one for one in event["agent"] if _has(one["type"]["coding"], _DCM, code)]
    return dict(found)


def _patient(event: Event) -> Event:
    (found,) = [one for one in event["entity"] if one["type"]["code"] == "1"]
    return dict(found)


def _has(codings: list[Mapping[str, str]], system: str, code: str) -> bool:
    return any((one["system"], one["code"]) == (system, code) for one in codings)


# What the profile demands, in the order in which it says it. `val-audit-source` is the last row.
ROWS: Final[Mapping[str, Callable[[Event], bool]]] = {
    "meta.profile": lambda e: e["meta"]["profile"][0].endswith("IHE.BasicAudit.PrivacyDisclosure.Source"),
    "modifierExtension 0..0": lambda e: "modifierExtension" not in e,
    "type is export": lambda e: _has([e["type"]], _DCM, "110106"),
    "subtype is disclose": lambda e: _has(e["subtype"], f"{_TERMS}/iso-21089-lifecycle", "disclose"),
    "action is R": lambda e: e["action"] == "R",
    "recorded 1..1": lambda e: e["recorded"].endswith(("Z", "+00:00")),
    "outcome 1..1": lambda e: e["outcome"] in ("0", "4", "8", "12"),
    "outcomeDesc, must support": lambda e: bool(e["outcomeDesc"]),
    "purposeOfEvent, must support": lambda e: bool(e["purposeOfEvent"][0]["text"]),
    "source.observer 1..1": lambda e: bool(e["source"]["observer"]["display"]),
    "agent 2..*": lambda e: len(e["agent"]) >= 2 and all(one["requestor"] in (True, False) for one in e["agent"]),
    "agent source: who, network": lambda e: bool(
        _agent(e, "110153")["who"] and _agent(e, "110153")["network"]["address"]
    ),
    "agent recipient: who, network": lambda e: bool(
        _agent(e, "110152")["who"] and _agent(e, "110152")["network"]["address"]
    ),
    "entity 2..*": lambda e: len(e["entity"]) >= 2,
    "entity patient: role": lambda e: _has([_patient(e)["role"]], f"{_TERMS}/object-role", "1"),
    "entity patient: what is a Patient": lambda e: _patient(e)["what"]["type"] == "Patient",
    "val-audit-source": lambda e: _agent(e, "110153")["who"] == e["source"]["observer"],
}
# One event for each row that is wrong in just that.
BROKEN: Final[Mapping[str, Callable[[Event], object]]] = {
    "meta.profile": lambda e: e["meta"].update(profile=["http://example.org/else"]),
    "modifierExtension 0..0": lambda e: e.update(modifierExtension=[]),
    "type is export": lambda e: e["type"].update(code="110107"),
    "subtype is disclose": lambda e: e["subtype"][0].update(code="receive"),
    "action is R": lambda e: e.update(action="C"),
    "recorded 1..1": lambda e: e.update(recorded="2026-03-01T00:00:00"),
    "outcome 1..1": lambda e: e.update(outcome=""),
    "outcomeDesc, must support": lambda e: e.update(outcomeDesc=""),
    "purposeOfEvent, must support": lambda e: e["purposeOfEvent"][0].update(text=""),
    "source.observer 1..1": lambda e: e["source"]["observer"].update(display=""),
    "agent 2..*": lambda e: e["agent"].pop(),
    "agent source: who, network": lambda e: e["agent"][0]["network"].update(address=""),
    "agent recipient: who, network": lambda e: e["agent"][1].update(who={}),
    "entity 2..*": lambda e: e["entity"].pop(),
    "entity patient: role": lambda e: e["entity"][0]["role"].update(code="24"),
    "entity patient: what is a Patient": lambda e: e["entity"][0]["what"].update(type="Person"),
    "val-audit-source": lambda e: e["agent"][0].update(who={"display": "another"}),
}


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> list[Event]:
    """A disclosure by each of the laws of the books, to two partners, delivered."""
    with books(tmp_path_factory.mktemp("balp")) as kept:
        person = kept.person().at("H1", "77")
        for n, rule in enumerate(RULES.values()):
            kept.sent(person, "H1", ("B1", "PD")[n % 2], [rule], EVENING + n * DAY)
        who, now = tuple(person.identities.values()), EVENING + 50 * DAY
        made = accounting(kept.look, who, "all", Scope(verified="passport, seen by dana"), now)
        return [entry["resource"] for entry in forms.as_fhir(made)["entry"]]


@pytest.mark.parametrize("row", ROWS)
def test_every_event_holds_to_the_profile(row: str, events: list[Event]) -> None:
    assert events
    assert [event["id"] for event in events if not ROWS[row](event)] == []


def test_every_event_is_valid_fhir(events: list[Event]) -> None:
    assert [found for event in events for found in conform(json.dumps(event).encode())] == []


@pytest.mark.parametrize("row", ROWS)
def test_a_row_of_the_profile_notices_an_event_that_breaks_it(row: str, events: list[Event]) -> None:
    event = copy.deepcopy(events[0])

    BROKEN[row](event)

    assert not ROWS[row](event)


def test_every_event_is_about_one_row_and_one_leaf(events: list[Event]) -> None:
    assert len({event["id"] for event in events}) == len(events) == len(RULES)
