"""FHIR says no more than was granted: every leaf of every body carries a canary, and only granted ones may sing."""

from __future__ import annotations

from itertools import combinations

import msgspec
import pytest

from hub.model.category import Category
from hub.model.registry import BODIES, FIELDS
from tests.adapters.ehr.fhir_talk import ADAPTER
from tests.disclosing import TARGET, disclose
from tests.flow import canaries

# Packed documents would hide a canary; unpacked, everybody hears it.
PACKED = {"document.body", "document.psychotherapy", "document.sud_counselling"}


def sung(body: bytes) -> set[str]:
    """The paths whose canaries are in what was written."""
    whole = msgspec.json.decode(body)
    packed = [
        a["attachment"]["data"]
        for e in whole["entry"]
        for a in e["resource"].get("content", ())
        if "data" in a["attachment"]
    ]
    text = body + b"".join(msgspec.convert(one, bytes) for one in packed)
    return {path for path in canaries.PLACES if canaries.mark(path).encode() in text}


@pytest.mark.parametrize("root", sorted(BODIES))
def test_only_what_was_granted_is_written(root: str) -> None:
    body = canaries.body(root)
    categories = sorted({field.category for field in FIELDS if field.body == root})

    for few in (*combinations(categories, 1), *combinations(categories, 2), tuple(categories)):
        granted = tuple(f.path for f in FIELDS if f.body == root and f.category in few)
        writing = ADAPTER.write(disclose([body], granted), TARGET)

        assert sung(writing.body) <= set(granted), few


def test_each_leaf_is_granted_alone_and_alone_is_written() -> None:
    for field in FIELDS:
        writing = ADAPTER.write(disclose([canaries.body(field.body)], [field.path]), TARGET)

        assert sung(writing.body) <= {field.path}


# Where a canary cannot sing: codes that FHIR allows only its own of; what a reader works out itself; what a provision says already.
SILENT = {
    *("allergy.kind", "allergy.severity", "person.sex", "person.related.sex", "referral.intent", "referral.priority"),
    *("encounter.referral_status", "encounter.referral_priority", "appointment.priority"),
    *("observation.order_status", "observation.order_priority"),
    *(
        f"{root}.status"
        for root in (
            "appointment",
            "care_plan",
            "consent_directive",
            "encounter",
            "medication",
            "observation",
            "referral",
            "risk_assessment",
        )
    ),
    *(f"{root}.addresses.kind" for root in ("person", "person.related", "service_listing")),
    # What decides which resource it is.
    *("medication.intent", "observation.form", "risk_assessment.form"),
    *(f"consent_directive.{name}" for name in ("flaws", "kind", "profile", "decision", "signer_role")),
    *(f"consent_directive.{name}" for name in ("classes", "purposes", "recipients")),
}
SPELLED = ("use", "system")


def test_the_writer_does_write_what_was_granted() -> None:
    """So that silence above is a narrowing and not a stuck pen."""
    silent = {f.path for f in FIELDS if f.type not in ("bool", "int", "Instant", "PartialDate", "Provision")}
    for root in BODIES:
        silent -= sung(ADAPTER.write(disclose([canaries.body(root)]), TARGET).body)

    assert {path for path in silent if path.rpartition(".")[2] not in SPELLED} == SILENT


def test_a_packed_document_sings_too() -> None:
    assert sung(ADAPTER.write(disclose([canaries.body("document")]), TARGET).body) >= PACKED
    assert Category.PSYNOTES in {field.category for field in FIELDS if field.path in PACKED}
