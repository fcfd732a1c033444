"""Consents in HL7 v2: what is refused binds, what is taken back ends, and what is granted without a recipient grants nothing."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from adapters.ehr.hl7v2 import Hl7v2
from adapters.ehr.hl7v2_consent import NAMELESS, OPEN, PENDING
from hub.flow.standing import standing
from hub.lens.times import compact_instant, until
from hub.model.consent import ConsentDirective
from hub.model.person import Person
from hub.model.values import Code, HumanName, Instant
from tests.disclosing import AT, RECEIVED, TARGET, disclose

SIGNED = ConsentDirective(
    directive="C-1", version="1", kind=Code(code="SPECIFIC"), recipients=(Code(code="B1"),), purposes=(Code(code="TREAT"),),
    signed_at=Instant(at=AT - 90_000_000), effective_at=Instant(at=AT - 90_000_000),
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


# --- what is written


def wire(*said: ConsentDirective) -> tuple[str, ...]:
    """The CON of a message that tells these directives."""
    body = Hl7v2({"version": "2.6"}).write(disclose([Person(names=(HumanName(family="Doe"),)), *said]), TARGET).body
    return tuple(line for line in body.decode().split("\r") if line.startswith("CON"))


def again(*said: ConsentDirective) -> list[ConsentDirective]:
    body = Hl7v2({"version": "2.6"}).write(disclose([Person(names=(HumanName(family="Doe"),)), *said]), TARGET).body
    return [event.body for event in Hl7v2().read(body, RECEIVED).events if isinstance(event.body, ConsentDirective)]


REFUSAL = msgspec.structs.replace(SIGNED, directive="C-2", kind=Code(code="DENY"), decision="deny")


def test_a_refusal_is_written_as_one_and_binds_whoever_reads_it() -> None:
    (found,) = again(REFUSAL)

    assert wire(REFUSAL)[0].split("|")[11] == "R"
    assert (found.directive, found.decision) == ("C-2", "deny")
    assert wire(REFUSAL)[0].split("|")[13] == "20260301092830-0600"
    assert state(found) == "DENY"


def test_what_was_taken_back_is_rescinded_under_its_number() -> None:
    ended = msgspec.structs.replace(SIGNED, revoked_at=Instant(at=AT - 1_000_000))

    assert wire(ended)[0].split("|")[11] == "X"
    assert state(SIGNED, *again(ended)) == "NONE"
    assert again(ended)[0].revoked_at == Instant(at=AT - 1_000_000, text="20260301092959-0600")


def test_a_permit_says_its_limits_in_words_and_grants_nothing_to_whoever_reads_its_state() -> None:
    fields = wire(SIGNED)[0].split("|")

    assert (fields[4], fields[9], fields[11]) == ("C-1", "to B1; for TREAT", "L")
    assert state(*again(SIGNED)) in ("NONE", "DEFECTIVE")


@pytest.mark.parametrize("not_in_force", [{"flaws": ("no signature",)}, {"status": Code(code="draft")}])
def test_what_is_not_in_force_is_not_written_as_if_it_were(not_in_force: dict[str, Any]) -> None:
    assert wire(msgspec.structs.replace(SIGNED, **not_in_force))[0].split("|")[11] == "P"


def test_a_court_order_is_no_consent() -> None:
    assert wire(msgspec.structs.replace(SIGNED, kind=Code(code="COURT_ORDER"))) == ()


def test_what_goes_by_no_field_is_told_as_lost() -> None:
    writing = Hl7v2({"version": "2.6"}).write(disclose([SIGNED]), TARGET)

    lost = {loss.path for loss in writing.losses().items if loss.outcome == "unmapped"}
    assert {"consent_directive.recipients[0]", "consent_directive.purposes[0]"} <= lost


def test_the_day_on_which_a_consent_ends_is_its_last_and_comes_back_as_it_was() -> None:
    said = con("A")

    assert said.expires_at is not None
    assert said.expires_at == until(compact_instant("20270101", RECEIVED.zone), RECEIVED.zone)
    assert wire(said)[0].split("|")[15] == "20270101"
