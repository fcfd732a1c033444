"""Consents in FHIR R5: a decision and its exceptions, read for what they say and written so that nobody reads more into them."""

from __future__ import annotations

from typing import Any

import pytest
from fhir.resources.bundle import Bundle
from fhir.resources.consent import Consent
from fhir.resources.R4B.consent import Consent as ConsentR4B

from adapters.ehr.fhir import Fhir
from hub.errors import Misconfigured, Unmapped
from hub.flow.standing import standing
from hub.model.category import Category
from hub.model.consent import ConsentDirective, Provision
from hub.model.person import Person
from hub.model.values import Code, HumanName
from tests.adapters.ehr.fhir_talk import (
    ADAPTER,
    AT,
    RECEIVED,
    SUBJECT,
    TARGET,
    body,
    concept,
    disclosed,
    events,
    reading,
    resources,
)
from tests.adapters.ehr.test_fhir_consent import B1, RELEASE, TERMS, TPO, actor, consent, kind, purposes

R5 = Fhir({"version": "R5"})
PD = {"actor": [actor({"identifier": {"value": "PD"}})]}
CLINIC = {
    "actor": [actor(B1)],
    "purpose": purposes("TREAT", "HPAYMT", "HOPERAT"),
    "resourceType": [{"code": "MH_CLINICAL"}],
}


def said(decision: str, *exceptions: Any, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Consent",
        "id": "CO-5",
        "status": "active",
        "subject": SUBJECT,
        "grantor": [SUBJECT],
        "date": "2026-03-01",
        "period": {"start": "2026-03-01", "end": "2026-12-31"},
        "controller": [{"identifier": {"value": "H1"}}],
        "regulatoryBasis": [concept("42CFRPart2", f"{TERMS}/v3-ActCode")],
        "decision": decision,
        "provision": list(exceptions),
    } | more


def read(resource: dict[str, Any]) -> ConsentDirective:
    return body(reading(resource), ConsentDirective)


def stands(one: ConsentDirective, who: str = "B1", kind_: str = "BH_PROVIDER") -> tuple[str, frozenset[Category]]:
    found = standing([one], recipient=(who, kind_), purpose="TREAT", source="H1", as_of=AT)
    return found.state, found.signed[0].refused if found.signed else frozenset()


def test_what_a_refusal_excepts_is_granted_and_the_rest_stays_refused() -> None:
    one = read(said("deny", CLINIC))

    assert kind(one) == ("TPO", ("B1",), ())
    assert one.kind is not None
    assert one.kind.local == "42CFRPart2"
    assert stands(one) == ("TPO", frozenset(Category) - {Category.MH_CLINICAL})
    assert stands(one, "PD", "LE")[0] == "DENY"


def test_an_exception_to_an_exception_turns_back() -> None:
    one = read(said("deny", {**CLINIC, "provision": [{"purpose": purposes("TREAT")}]}))

    assert stands(one)[0] == "DENY"


def test_a_permit_to_everybody_names_nobody_and_what_it_excepts_is_refused() -> None:
    one = read(said("permit", PD))

    assert stands(one) == ("NONE", frozenset())
    assert stands(one, "PD", "LE")[0] == "DENY"


def test_who_must_comply_makes_no_refusal_smaller() -> None:
    one = read(said("deny", controller=[], grantee=[{"identifier": {"value": "S1"}}]))

    assert stands(one)[0] == "DENY"


@pytest.mark.parametrize(
    ("resource", "flaw"),
    [
        (said("perhaps", CLINIC), "it neither permits nor denies"),
        (said("deny", {**CLINIC, "expression": {"language": "text/cql"}}), "it says what nobody here understands"),
        (said("deny", CLINIC, status="unknown"), "it is not in force"),
        (said("deny", CLINIC, status="not-done"), "it is not in force"),
        (said("deny", CLINIC, period={"end": "whenever"}), "its period cannot be read"),
        (said("deny", {**CLINIC, "actor": [actor({})]}), "it names somebody nobody can tell"),
        (said("deny", {**CLINIC, "resourceType": [{"code": "Observation"}]}), "it names a kind of content nobody can tell"),
        (said("deny", CLINIC, category=[concept("research", f"{TERMS}/consentscope")]), "it is not about privacy"),
        (said("permit", provision={"actor": [actor(B1)]}), "it says what nobody here understands"),
    ],
)  # fmt: skip
def test_what_is_not_understood_grants_nothing(resource: dict[str, Any], flaw: str) -> None:
    one = read(resource)

    assert flaw in one.flaws
    assert stands(one)[0] in ("DENY", "DEFECTIVE", "NONE")


@pytest.mark.parametrize(
    "resource",
    [
        said("deny"),
        said("deny", CLINIC),
        said("permit", PD),
        said("deny", {**CLINIC, "provision": [PD]}),
        said("deny", CLINIC, {**PD, "purpose": purposes("COC")}),
        consent(TPO),
        consent(RELEASE),
        consent(
            {**TPO, "period": {"end": "2027"}, "provision": [{"type": "deny", "securityLabel": [{"code": "ETH"}]}]}
        ),
        consent({"type": "deny"}),
    ],
)
def test_what_is_written_in_r5_is_valid_and_says_the_same_when_it_is_read(resource: dict[str, Any]) -> None:
    one = read(resource)

    written = R5.write(disclosed(events(one)), TARGET)

    Bundle.model_validate_json(written.body)
    (told,) = resources(written, "Consent")
    Consent.model_validate(told)
    assert body(ADAPTER.read(written.body, RECEIVED), ConsentDirective) == one


def test_a_refusal_of_some_is_written_as_one_of_all_and_the_loss_is_told() -> None:
    one = read(consent({"type": "deny", "actor": [actor(B1)]}))

    written = R5.write(disclosed(events(one)), TARGET)

    (told,) = resources(written, "Consent")
    assert (told["decision"], told.get("provision")) == ("deny", None)
    assert "consent_directive.recipients[0]" in {
        loss.path for loss in written.losses().items if loss.outcome == "unmapped"
    }


def test_whoever_does_not_know_our_extension_reads_less_and_never_more() -> None:
    written = R5.write(disclosed(events(read(consent(TPO)))), TARGET)
    (told,) = resources(written, "Consent")
    plain = {name: value for name, value in told.items() if name != "extension"}

    found = Consent.model_validate(plain)

    assert found.decision == "deny"
    assert len(found.provision) == 1
    assert stands(read(plain | {"subject": SUBJECT}), "PD", "LE")[0] == "DENY"


def test_every_word_of_it_is_accounted_for() -> None:
    found = reading(said("deny", {**CLINIC, "provision": [PD]}))

    outcomes = {loss.path: loss.outcome for loss in found.account().items}
    assert found.invalid == ()
    assert {outcome for path, outcome in outcomes.items() if "provision" in path or "decision" in path} == {"mapped"}
    assert [path for path, outcome in outcomes.items() if outcome == "invalid"] == []


def test_r4b_takes_what_r4_takes() -> None:
    written = Fhir({"version": "R4B"}).write(disclosed(events(read(consent(TPO)))), TARGET)
    (told,) = resources(written, "Consent")

    ConsentR4B.model_validate(told)
    assert body(ADAPTER.read(written.body, RECEIVED), ConsentDirective) == read(consent(TPO))


def test_nothing_but_consents_and_whose_they_are_is_written_in_r5() -> None:
    from hub.model.care import Condition

    with pytest.raises(Unmapped, match="only consents"):
        R5.write(
            disclosed(events(Person(names=(HumanName(family="Doe"),)), Condition(code=Code(code="F32.9")))), TARGET
        )


def test_an_unknown_version_is_refused() -> None:
    with pytest.raises(Misconfigured, match="R6"):
        Fhir({"version": "R6"})


def test_a_permit_within_a_permit_stands_beside_it() -> None:
    root = consent({**TPO, "provision": [{"type": "permit", **PD}]})

    again = ADAPTER.read(R5.write(disclosed(events(read(root))), TARGET).body, RECEIVED)

    (inner,) = (body(again, ConsentDirective).provision or Provision()).provisions
    assert [who.code for who in inner.actors] == ["PD"]
    assert [one.code for one in inner.purposes] == ["TREAT", "HPAYMT", "HOPERAT"]
