"""Consents in HL7 v2: what is refused binds, what is taken back ends, and what is granted without a recipient grants nothing."""

from __future__ import annotations

import pytest

from adapters.ehr.hl7v2 import Hl7v2
from adapters.ehr.hl7v2_consent import NAMELESS, OPEN, PENDING
from hub.flow.standing import standing
from hub.model.consent import ConsentDirective
from hub.model.values import Code, Instant
from tests.disclosing import AT, RECEIVED

SIGNED = ConsentDirective(
    directive="C-1", version="1", kind=Code(code="SPECIFIC"), recipients=(Code(code="B1"),), purposes=(Code(code="TREAT"),),
    signed_at=Instant(at=AT - 2), effective_at=Instant(at=AT - 2),
)  # fmt: skip


def con(status: str, number: str = "C-1", decided: str = "20260301092900-0600") -> ConsentDirective:
    """The directive of an update with one CON."""
    wire = (
        "MSH|^~\\&|EHR|H1|HUB||20260301||ADT^A31|1|P|2.6\rPID|1||77^^^H1^MR||Doe^Riley\r"
        f"CON|1|001^Release^L||{number}|||||||{status}||{decided}|20260101|20270101\r"
    )
    reading = Hl7v2().read(wire.encode(), RECEIVED)
    (found,) = [event.body for event in reading.events if isinstance(event.body, ConsentDirective)]
    return found


def state(*directives: ConsentDirective) -> str:
    return standing(directives, recipient=("B1", "BH_PROVIDER"), purpose="TREAT", source="H1", as_of=AT).state


def test_a_refusal_binds_everybody() -> None:
    assert state(con("R")) == state(SIGNED, con("R", "C-2")) == state(con("R", "C-2"), SIGNED) == "DENY"


def test_what_is_rescinded_ends_the_consent_of_that_number_whatever_brought_it() -> None:
    assert state(SIGNED) == "SPECIFIC"
    assert state(SIGNED, con("X")) == state(con("X"), SIGNED) == "NONE"
    assert state(SIGNED, con("X", "C-2")) == "SPECIFIC"


def test_a_rescission_that_names_nothing_refuses_everything() -> None:
    made = con("X", "")

    assert made.flaws == (NAMELESS,)
    assert state(SIGNED, made) == "DENY"


@pytest.mark.parametrize(
    ("status", "flaw"), [("A", OPEN), ("L", OPEN), ("P", PENDING), ("B", PENDING), ("", PENDING), ("?", PENDING)]
)
def test_a_permit_names_nobody_and_grants_nothing(status: str, flaw: str) -> None:
    made = con(status)

    assert flaw in made.flaws
    assert state(made) in ("NONE", "DEFECTIVE")
    assert state(SIGNED, con(status, "C-2")) == "SPECIFIC"


def test_when_it_was_decided_is_when_it_ends() -> None:
    made = con("X")

    assert made.revoked_at == made.signed_at == Instant(at=AT - 60_000_000, text="20260301092900-0600")
    assert con("X", decided="").revoked_at == Instant(at=AT)
