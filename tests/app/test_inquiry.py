"""Whoever asks is answered as a delivery would be: consents are weighed event by event, and what nobody agreed on is nothing."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest

from consent.question import Signed
from hub.app.house import Household
from hub.app.inquiry import Inquiry
from hub.model.care import Encounter
from hub.model.consent import ConsentDirective, Provision
from hub.model.event import CrisisEvent
from hub.model.label import Label
from hub.model.person import Person
from hub.model.values import Code, Instant
from hub.partners import Interest
from tests.houses import house, partner

NOW = 1_000_000
CLINIC, HOSPITAL = partner("B1", "BH_PROVIDER"), partner("H1", "HOSP_ED")
KNOWN = cast(
    "Household", SimpleNamespace(county=SimpleNamespace(partners={"B1": CLINIC, "H1": HOSPITAL}), house=house())
)
EVENTS = (
    CrisisEvent(id="0", body=Person(), source="H1", recorded_at=NOW),
    CrisisEvent(id="1", body=Encounter(), source="H1", recorded_at=NOW),
)
LABELS = (Label(), Label(sensitivities=frozenset({"HIV"})))


def _inquiry(*directives: ConsentDirective) -> Inquiry:
    return Inquiry(asker=CLINIC, interest=Interest(id="x", bodies=(), purpose="TREAT"), at=NOW, directives=directives)


def _release(provision: Provision) -> ConsentDirective:
    return ConsentDirective(
        directive="c1", version="1", kind=Code(code="TPO"), recipients=(Code(code="B1"),), purposes=(Code(code="TREAT"),),
        signed_at=Instant(at=1), provision=provision,
    )  # fmt: skip


def test_a_refusal_of_one_kind_of_fact_reaches_the_events_that_are_of_it() -> None:
    root = Provision(
        effect="permit", actors=(Code(code="B1"),), purposes=(Code(code="TREAT"),),
        provisions=(Provision(effect="deny", labels=(Code(code="HIV"),)),),
    )  # fmt: skip

    assert _inquiry(_release(root)).about(KNOWN, "H1", EVENTS, LABELS).signed == (
        Signed(state="TPO"),
        Signed(state="DENY"),
    )


def test_a_refusal_of_what_was_at_some_time_is_weighed_by_when_it_was() -> None:
    later = Provision(effect="deny", data_starts_at=Instant(at=NOW + 1))
    root = Provision(effect="permit", actors=(Code(code="B1"),), purposes=(Code(code="TREAT"),), provisions=(later,))
    asked = _inquiry(_release(root)).about(KNOWN, "H1", EVENTS, LABELS)

    # Who somebody is counts as of now; a stay of which nobody knows when it was may be of any time.
    assert [one.state for one in asked.signed] == ["TPO", "DENY"]


@pytest.mark.parametrize(("source", "capacity"), [("H1", "BUSINESS_ASSOCIATE"), ("nobody", "NONE")])
def test_what_the_hub_is_to_a_source_its_agreement_says(source: str, capacity: str) -> None:
    assert _inquiry().about(KNOWN, source, EVENTS, LABELS).facts["capacity"] == capacity


def test_what_is_known_of_the_case_counts_more_than_what_its_events_tell() -> None:
    asked = _inquiry().about(KNOWN, "H1", EVENTS, LABELS, subject="ADULT", emergency="THREAT")

    assert (asked.facts["subject"], asked.facts["emergency"]) == ("ADULT", "THREAT")
