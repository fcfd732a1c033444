"""A consent grants what it says in words we understand, and nothing else; a refusal refuses."""

from __future__ import annotations

from typing import Any

import pytest

from hub.model.consent import ConsentDirective
from tests.adapters.ehr.fhir_talk import ADAPTER, RECEIVED, SUBJECT, body, bundle, concept, reading, resources, written
from tests.samples import every

TERMS = "http://terminology.hl7.org/CodeSystem"
B1 = {"identifier": {"system": "https://hub.example.org/partners", "value": "B1"}, "display": "Clinic B1"}


def purposes(*codes: str) -> list[dict[str, str]]:
    return [{"system": f"{TERMS}/v3-ActReason", "code": code} for code in codes]


def actor(who: dict[str, Any], role: str = "IRCP") -> dict[str, Any]:
    return {"role": concept(role, f"{TERMS}/v3-ParticipationType"), "reference": who}


TPO = {"type": "permit", "actor": [actor(B1)], "purpose": purposes("TREAT", "HPAYMT", "HOPERAT")}
RELEASE = {"type": "permit", "actor": [actor(B1)], "purpose": purposes("COC")}


def consent(provision: Any = TPO, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Consent",
        "id": "CO-1",
        "status": "active",
        "scope": concept("patient-privacy", f"{TERMS}/consentscope"),
        "category": [concept("59284-0", "http://loinc.org")],
        "patient": SUBJECT,
        "performer": [SUBJECT],
        "dateTime": "2026-03-01T08:00:00-06:00",
        "policyRule": concept("42CFRPart2", f"{TERMS}/v3-ActCode"),
        "provision": provision,
    } | more


def directive(said: dict[str, Any]) -> ConsentDirective:
    return body(reading(said), ConsentDirective)


def kind(found: ConsentDirective) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    return found.kind.code if found.kind else "", tuple(who.code for who in found.recipients), found.flaws


def test_a_consent_to_treatment_payment_and_operations() -> None:
    found = directive(consent())

    assert kind(found) == ("TPO", ("B1",), ())
    assert found.profile == "ihe-pcf"
    assert found.directive == "CO-1"
    assert found.kind is not None
    assert found.kind.local == "42CFRPart2"
    assert found.signer_role is not None
    assert found.signer_role.code == "PERSON"


def test_a_release_names_recipient_and_purpose() -> None:
    assert kind(directive(consent(RELEASE))) == ("SPECIFIC", ("B1",), ())


def test_an_inactive_consent_is_revoked_at_its_time() -> None:
    found = directive(consent(status="inactive"))

    assert found.revoked_at == found.signed_at
    assert found.revoked_at is not None
    assert found.flaws == ()


@pytest.mark.parametrize(
    ("said", "flaw"),
    [
        (consent(status="draft"), "it is not in force"),
        (consent(status="entered-in-error"), "it is not in force"),
        (consent(scope=concept("research")), "it is not about privacy"),
        (consent({**TPO, "type": "perhaps"}), "it neither permits nor denies"),
        (consent({key: value for key, value in TPO.items() if key != "type"}), "it neither permits nor denies"),
        (consent(None), "it neither permits nor denies"),
        (consent([]), "it says what nobody here understands"),
        (consent({**TPO, "extension": [{"url": "urn:x"}]}), "it says what nobody here understands"),
        (consent({**TPO, "data": [{"meaning": "instance"}]}), "it is about single things, or about some time"),
        (consent({**TPO, "dataPeriod": {"end": "2022"}}), "it is about single things, or about some time"),
        (consent(modifierExtension=[{"url": "urn:x"}]), "it says what nobody here understands"),
        (consent({**TPO, "period": {"end": "whenever"}}), "its period cannot be read"),
        (consent({**TPO, "actor": [actor({"reference": "Organization/x"})]}), "it names somebody nobody can tell"),
        (consent({**TPO, "actor": [actor({})]}), "it names somebody nobody can tell"),
        (consent({**TPO, "actor": [actor(B1, "XYZ")]}), "it gives somebody an unknown role"),
        (consent({**RELEASE, "actor": []}), "it names no recipient"),
        (consent({**RELEASE, "actor": [actor(B1, "CST")]}), "it names no recipient"),
        (consent({**RELEASE, "purpose": []}), "its purpose cannot be read"),
        (consent({**TPO, "purpose": [*purposes("TREAT", "HPAYMT", "HOPERAT"), {}]}), "its purpose cannot be read"),
        (consent({**TPO, "class": [{"code": "Observation"}]}), "it names a kind of content nobody can tell"),
        (consent({**TPO, "code": [concept("1234-5")]}), "it is about single facts"),
        (consent(verification=[{"verified": False}]), "it was not verified"),
    ],
)
def test_what_is_not_understood_grants_nothing(said: dict[str, Any], flaw: str) -> None:
    assert flaw in directive(said).flaws


@pytest.mark.parametrize(
    "narrowed",
    [{"reference": "Organization/x"}, {"display": "my former employer"}, {}, []],
)
def test_a_refusal_is_not_made_smaller_by_what_we_cannot_read(narrowed: Any) -> None:
    found = directive(consent({"type": "deny", "actor": [actor(narrowed)], "purpose": purposes("TREAT")}))

    assert kind(found) == ("DENY", (), ())
    assert found.purposes == ()


def test_a_refusal_of_one_recipient_names_it() -> None:
    assert kind(directive(consent({"type": "deny", "actor": [actor(B1)]}))) == ("DENY", ("B1",), ())


def test_where_the_root_says_nothing_its_policy_does() -> None:
    out = consent({"actor": [actor(B1)]}, policyRule=concept("OPTOUT", f"{TERMS}/v3-ActCode"))

    assert kind(directive(out)) == ("DENY", ("B1",), ())


def test_an_actor_is_known_by_the_resource_it_points_at() -> None:
    pointing = consent({**TPO, "actor": [actor({"reference": "Organization/o1"})]})
    clinic = {"resourceType": "Organization", "id": "o1", "identifier": [{"value": "B1"}], "name": "Clinic B1"}

    found = body(reading(pointing, clinic), ConsentDirective)

    assert kind(found) == ("TPO", ("B1",), ())


def test_a_period_that_ends_with_a_day_ends_when_the_day_does() -> None:
    found = directive(consent({**TPO, "period": {"start": "2026-03-01", "end": "2026-03-01"}}))

    assert found.effective_at is not None
    assert found.expires_at is not None
    assert found.expires_at.at - found.effective_at.at == 24 * 3600 * 1_000_000
    assert resources(written(found), "Consent")[0]["provision"]["period"] == {
        "start": "2026-03-01",
        "end": "2026-03-01",
    }


def test_every_word_of_a_provision_is_accounted_for() -> None:
    found = reading(consent({**TPO, "data": [{"meaning": "instance"}], "extension": [{"url": "urn:x"}]}))

    outcomes = {loss.path: loss.outcome for loss in found.account().items}
    assert outcomes["Consent[2].provision.actor[0].reference.identifier.value"] == "mapped"
    assert outcomes["Consent[2].provision.data[0].meaning"] == "mapped"
    assert outcomes["Consent[2].provision.extension[0].url"] == "unmapped"


@pytest.mark.parametrize(
    "provision",
    [
        TPO,
        {
            **TPO,
            "securityLabel": [{"system": f"{TERMS}/v3-ActCode", "code": "ETH"}],
            "period": {"start": "2026-03", "end": "2027"},
        },
        {
            "type": "deny",
            "provision": [{"type": "permit", "actor": [actor({"reference": "Group/g1"})], "purpose": purposes("BTG")}],
        },
        {
            **TPO,
            "action": [concept("access")],
            "class": [{"code": "MEDS"}],
            "code": [concept("1234-5", "http://loinc.org")],
        },
    ],
)
def test_a_consent_written_and_read_again_says_the_same(provision: Any) -> None:
    said = directive(consent(provision))

    again = ADAPTER.read(written(said).body, RECEIVED)

    assert body(again, ConsentDirective) == said


@pytest.mark.parametrize("path", every("healthcare/ihe-pcf/Consent-*.json"))
def test_official_consents_are_read_and_only_plain_ones_grant(path: Any) -> None:
    """What each of the IHE cases says; those whose limits nobody weighs yet grant nothing."""
    found = body(ADAPTER.read(path.read_bytes(), RECEIVED), ConsentDirective)

    expected = {
        "Consent-ex-consent-advanced-normal-restricted": ("TPO", ()),
        "Consent-ex-consent-basic-ink": ("TPO", ()),
        "Consent-ex-consent-basic-treat-infant": ("TPO", ()),
        "Consent-ex-consent-expired-treat": ("TPO", ()),
        "Consent-ex-consent-intermediate-authoredby": ("TPO", ("it is about single things, or about some time",)),
        "Consent-ex-consent-intermediate-encounter": ("TPO", ("it is about single things, or about some time",)),
        "Consent-ex-consent-intermediate-timeframe": ("TPO", ("it is about single things, or about some time",)),
        "Consent-ex-consent-intermediate-not-data": (
            "TPO",
            (),
        ),
        "Consent-ex-consent-intermediate-purpose": ("SPECIFIC", ("it names somebody nobody can tell",)),
        "Consent-ex-dissent-intermediate-break-glass": ("DENY", ()),
    }
    assert (found.kind.code if found.kind else "", found.flaws) == expected[path.stem]


def test_a_written_consent_conforms() -> None:
    from adapters.ehr.fhir_conform import conform

    found = written(directive(consent()))

    assert conform(found.body) == []
    assert resources(found, "Consent")[0]["performer"] == [{"reference": resources_url(found)}]


def resources_url(found: Any) -> str:
    import msgspec

    return str(msgspec.json.decode(found.body)["entry"][0]["fullUrl"])


def test_a_consent_that_says_nothing_at_all_does_not_shift_the_others() -> None:
    found = ADAPTER.read(bundle({"resourceType": "Consent"}, consent()), RECEIVED)

    empty, full = (e.body for e in found.events if isinstance(e.body, ConsentDirective))
    assert empty.flaws
    assert full.flaws == ()
