"""Who is told what of the same thing: clinicians, officers, peers and relatives, each by the law that fits them."""

from __future__ import annotations

import json
from pathlib import Path

from hub.model.entry import Kind
from tests.capabilities.phrases import ME, adt, bundle, medicine, patient, referral, release, score
from tests.capabilities.town import TRAFFIC, Town

GOLDEN = Path(__file__).parents[1] / "golden"
SERTRALINE = medicine("36437", "sertraline")
BUPRENORPHINE = medicine("1819", "buprenorphine")

# What the rules answered for a destination: that something may be seen, or that nothing may.
DECISIONS = {Kind.DECIDED, Kind.REFUSED}


def test_medicines_reach_the_clinician_who_rides_along_and_no_officer(county: Town) -> None:
    county.tell("B1", bundle(patient("B1", "SA03"), SERTRALINE))
    told = county.delivered()

    assert "sertraline" in told["RIDE"][0]
    assert "PD2" not in told


def test_a_medicine_of_a_substance_use_programme_reaches_nobody_without_consent(county: Town) -> None:
    county.tell("B1-S", bundle(patient("B1-S", "SA03-S"), BUPRENORPHINE))

    assert not [text for texts in county.delivered().values() for text in texts if "buprenorphine" in text]


def test_a_screening_before_the_programme_is_health_information_and_after_it_is_part_2(county: Town) -> None:
    audit = score("75626-2", "Total score AUDIT-C", 9)
    county.tell("B1", bundle(patient("B1", "SA42"), audit))
    before = county.delivered()["RIDE"]
    county.tell("B1-S", bundle(patient("B1-S", "SA42-S"), audit))
    after = county.delivered()

    assert "75626-2" in before[0]
    assert "42CFRPart2" not in before[0]
    assert not [text for texts in after.values() for text in texts if "75626-2" in text]


def test_one_arrival_is_told_to_the_clinician_and_not_to_the_officer(county: Town) -> None:
    county.tell("H1", adt("H1", "A04", "SA09-1", "SA09", "DG1|1||F32.9^Depressive episode^I10||20260310145500-0700|W"))
    told = county.delivered()

    assert "Encounter" in told["RIDE"][0]
    assert not {"PD", "PD2"} & told.keys()


def test_peers_see_a_first_name_a_wish_and_a_channel(county: Town) -> None:
    wish = referral(
        "CR1", "PEER-RF-1", "PEER1", service="peer support", reason="F32.9", note="Met after a police call."
    )
    let_go = release("CR1", "CO-PEER-1", "PEER1", "COC", "IDENT", "CONTACT", "REFERRAL", "APPROACH")
    county.tell("CR1", bundle(patient("CR1", "SA13"), *wish, let_go))
    (text,) = county.delivered()["PEER1"]

    assert "Imani" in text
    assert "602-555-0148" in text
    for hidden in ("Quarles", "F32.9", "police", "1987"):
        assert hidden not in text


def test_without_a_release_peers_hear_nothing(county: Town) -> None:
    wish = referral("CR1", "PEER-RF-2", "PEER1", service="peer support", reason="F32.9")
    county.tell("CR1", bundle(patient("CR1", "SA13-2", "Unreleased"), *wish))

    assert "PEER1" not in county.delivered()


def test_a_relative_is_heard_and_never_told_whether_anybody_is_known(county: Town) -> None:
    words = {
        "resourceType": "Communication",
        "status": "completed",
        "subject": {"reference": "urn:uuid:6f1d2c3b-0000-4000-8000-000000000001"},
        "payload": [{"contentString": "She stopped eating on Sunday."}],
    }
    county.tell("H1", adt("H1", "A01", "SA18-1", "SA18"))
    county.delivered()
    known = county.tell("KIN1", bundle(patient("H1", "SA18"), words))
    unknown = county.tell("KIN1", bundle(patient("H1", "NOBODY", "Nemo"), words))

    assert (known.state, known.cause) == (unknown.state, unknown.cause) == ("kept", "")
    assert "KIN1" not in county.delivered()


def test_a_language_travels_as_one_code_from_every_source(county: Town) -> None:
    county.tell("H1", adt("H1", "A04", "SA43-1", "SA43", pid="||spa^Spanish^ISO639"))
    (hospital,) = county.delivered()["B1"]
    contact = {"message_id": "PD-43", "template_id": "SA43", "person": {"language": "es"}, "ori": "XX0000100"}
    county.tell("PD", json.dumps(contact))
    (police,) = county.delivered()["B1"]
    caller = json.loads((TRAFFIC / "10-l1-contact-c9.json").read_text())
    county.tell("L1", json.dumps(caller | {"message_id": "L1-43", "contact_id": "C-43", "person": {"language": "es"}}))
    (team,) = county.delivered()["MCT1"]

    for told in (hospital, police):
        assert '"language":{"coding":[{"code":"es",' in told.replace(" ", "").partition('"communication":')[2]
    assert json.loads(team)["person"]["language"] == "es"


def test_a_caution_reaches_officers_with_its_source_and_its_age_and_nothing_clinical(county: Town) -> None:
    contact = json.loads((TRAFFIC / "04-pd-field-contact.json").read_text()) | {"message_id": "05", "template_id": "05"}
    # A hub keeps criminal history only where its CJI profile is met.
    del contact["criminal_history"]
    county.tell("PD", json.dumps(contact))
    told = json.loads(county.delivered()["PD2"][0])

    assert told["cautions"] == [
        {"kind": "weapon", "severity": "normal", "source": "officer", "seen_at": "2026-03-10T14:16:00-07:00"}
    ]
    assert not {"narrative", "charges", "criminal_history", "mental_illness_factor"} & told.keys()


def test_a_record_for_another_department_names_its_agency_officer_and_case_and_an_edit_is_its_next_version(
    county: Town,
) -> None:
    contact = json.loads((TRAFFIC / "04-pd-field-contact.json").read_text()) | {
        "template_id": "J7",
        "case_number": "26-20931-J7",
    }
    del contact["criminal_history"]
    county.tell("PD", json.dumps(contact | {"message_id": "J7-1", "version": "1"}))
    county.tell("PD", json.dumps(contact | {"message_id": "J7-2", "version": "2", "disposition": "referral"}))
    first, edited = map(json.loads, county.delivered()["PD2"])

    for record in (first, edited):
        assert (record["ori"], record["case_number"], record["template_id"]) == (contact["ori"], "26-20931-J7", "J7")
        assert record["officer"]["id"] == contact["officer"]["id"]
    assert (first["version"], edited["version"], edited["disposition"]) == ("1", "2", "referral")


def test_a_shelter_sees_the_need_and_who_is_eligible(county: Town) -> None:
    county.tell("CR1", TRAFFIC / "19-cr1-release.json")
    county.tell("CR1", TRAFFIC / "20-cr1-shelter.json")
    (told,) = county.delivered()["SH1"]

    for shown in ("urn:crisis-hub:need", "urn:crisis-hub:eligibility", "veteran"):
        assert shown in told
    for hidden in ("Z59.", "depression", "police", "Cactus Wren"):
        assert hidden not in told


def test_a_mobile_teams_way_is_told_without_the_person(county: Town) -> None:
    county.tell("MCT1", TRAFFIC / "12-mct1-cleared.json")
    told = county.delivered()

    assert '"Cleared"' in told["C1"][0]
    for text in (*told["C1"], *told["L1"]):
        for hidden in ("narrative", '"risk"', "disposition", "personComponent", '"person"'):
            assert hidden not in text


def test_a_visit_by_video_is_told_and_the_video_is_not(county: Town) -> None:
    visit = {
        "resourceType": "Encounter",
        "identifier": [{"system": "https://b1.example-county.example/visits", "value": "TELE-1"}],
        "status": "finished",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "VR", "display": "virtual"},
        "subject": {"reference": ME},
        "period": {"start": "2026-03-10T15:00:00-07:00", "end": "2026-03-10T15:25:00-07:00"},
        "extension": [{"url": "urn:vendor:video", "valueUrl": "https://video.example/room/77?token=s3cret"}],
    }
    county.tell("B1", bundle(patient("B1", "SC09"), visit))
    (told,) = county.delivered()["RIDE"]

    assert '"code":"VR"' in told.replace(" ", "")
    assert "2026-03-10T15:25:00-07:00" in told
    assert "video.example" not in told


def test_every_sending_and_every_refusal_names_its_rules_and_their_version(county: Town) -> None:
    journals = [county.tell("H1", path).journal for path in sorted(TRAFFIC.glob("*-h1-*.hl7"))]
    before = len(county.entries)
    assert county.delivered()
    with county.journal() as journal:
        decided = [entry for plan in journal.plans(journals) for entry in plan.entries if entry.kind in DECISIONS]
    sent = county.entries[before:]

    assert {entry.kind for entry in decided} >= DECISIONS
    assert all(entry.rule_set and (entry.rules or entry.kind is Kind.REFUSED) for entry in (*decided, *sent))


def test_an_employees_wellness_is_refused_and_that_a_debrief_is_due_passes(county: Town) -> None:
    record = {"message_id": "SA29", "template_id": "SA29", "ori": "XX0000100", "debrief_due": True}
    refused = county.tell("PD", json.dumps(record | {"wellness": "has not slept since"}))

    assert refused.state == "rejected"
    assert "nothing of this was kept" in refused.cause
    assert "slept" not in refused.cause
    with county.journal() as journal:
        assert not journal.by_message_id("PD", "SA29")
    assert county.tell("PD", json.dumps(record)).state == "kept"


def test_an_ambulances_report_joins_the_call_that_it_was_sent_to(county: Town) -> None:
    call = county.tell("C1", (TRAFFIC / "01-c1-call.json").read_text().replace("118842", "118999"))
    report = (GOLDEN / "nemsis" / "symptoms-that-are-not-there" / "wire.xml").read_text()
    ride = county.tell("EMS1", report.replace("<eResponse.03>26-7<", "<eResponse.03>26-118999<"))
    with county.journal() as journal:
        episodes = {plan.episode.episode for plan in journal.plans([call.journal, ride.journal]) if plan.episode}

    assert (call.state, ride.state) == ("kept", "kept")
    assert len(episodes) == 1
