"""A partner's own copy, said in a few words: facts with their names, plumbing left out."""

from __future__ import annotations

from hub.demo.copies import facts, title
from hub.demo.receivers import Copy
from tests.partners.desk import COUNTY


def held(name: str) -> Copy:
    body = (COUNTY / "traffic" / name).read_bytes()
    return Copy(key=name, body=body.replace(b"\n", b"\r") if name.endswith(".hl7") else body, media_type="")


def test_a_hospital_message_is_said_as_its_desk_would_read_it() -> None:
    copy = held("08-h1-a03.hl7")

    assert title(copy) == "ADT A03"
    assert facts(copy)[:3] == ["Riley Doe", "born 19900314", "class I"]
    assert {"discharged 16:40", "diagnosis Opioid dependence, uncomplicated"} <= set(facts(copy))


def test_a_bundle_is_called_by_what_is_in_it_and_says_names_codes_and_times() -> None:
    copy = held("15-cr1-referral.json")

    assert title(copy) == "ServiceRequest + Task"
    assert {"Riley Doe", "reason code Suicidal ideations", "authored on 08:15"} <= set(facts(copy))
    assert not any("urn:uuid" in fact or "http://" in fact for fact in facts(copy))


def test_a_finding_is_said_with_its_value() -> None:
    risk = b'{"resourceType": "Observation", "code": {"coding": [{}, {"code": "RISK", "display": "Risk screen"}]}, "valueInteger": 7}'
    parts = b'{"component": [{"code": {"coding": [{"code": "agency"}]}, "valueString": "PD"}]}'

    assert facts(Copy(key="k", body=risk, media_type="")) == ["Risk screen 7"]
    assert facts(Copy(key="k", body=parts, media_type="")) == ["agency PD"]


def test_vendor_json_says_yes_and_no_and_strips_markup() -> None:
    assert "attempt in progress yes" in facts(held("13-l1-contact-c10.json"))
    assert any("talks of dying" in fact and "<p>" not in fact for fact in facts(held("01-c1-call.json")))


def test_what_stands_twice_is_said_once() -> None:
    for name in ("01-c1-call.json", "16-b1s-referral.json", "04-pd-field-contact.json"):
        said = facts(held(name))
        assert len(said) == len(set(said)) > 5


def test_what_is_no_json_has_no_facts() -> None:
    assert facts(Copy(key="k", body=b"not json", media_type="")) == []
    assert title(Copy(key="k", body=b"[1]", media_type="")) == "record"
