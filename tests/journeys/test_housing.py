"""J5, housing: somebody needs a bed; the shelter learns the need and a way to reach them, and police learn nothing of it."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest

from adapters.social.hmis.tables import read
from adapters.wire.archive import pack
from tests.journeys.town import Person, Town

pytestmark = pytest.mark.slow

EVA = Person(given="Eva", family="Novak", born="1979-12-12", street="21 Cholla Way", phone="602-555-0231", tag="-E")
GIL = Person(given="Gil", family="Lachlan", born="1972-10-05", street="9 Sotol Place", phone="602-555-0233", tag="-GL")
# Each export has a number of its own.
EXPORTS = itertools.count(1)
SSN = "512447311"
FAY = Person(given="Fay", family="Ruiz", born="1988-04-17", street="8 Sotol Place", phone="602-555-0232", tag="-F")


def test_beds_are_known_to_whoever_looks_for_one(county: Town) -> None:
    county.sends("SH1", EVA.told("18-sh1-capacity.json"), "beds.json")

    for partner in ("C1", "L1", "MCT1"):
        assert county.comes(lambda: county.holds(partner, "Emergency shelter beds"))  # noqa: B023 - called before the next


def test_with_a_release_the_shelter_learns_need_and_eligibility_and_nothing_clinical(county: Town) -> None:
    county.sends("CR1", EVA.told("19-cr1-release.json"))
    county.sends("CR1", EVA.told("20-cr1-shelter.json"))

    told = county.gets("SH1", "CR1-RF-6-E")
    assert all(word in told for word in ("Novak", "602-555-0231", "shelter", "Veteran"))
    assert not [word for word in ("depression", "police", "Cholla", "Z59.", "F32.", "R45.") if word in told]
    assert county.holds("PD", "Novak") == county.holds("C1", "Novak") == []


def test_without_a_release_the_shelter_hears_nothing_and_the_co_responder_can_see_why(county: Town) -> None:
    kept = county.sends("CR1", FAY.told("20-cr1-shelter.json"))

    assert county.holds("SH1", "CR1-RF-6-F") == []
    assert "may see nothing" in county.types("why", kept.journal, "SH1").out


def listed(*nights: str) -> bytes:
    """The continuum's by-name list: one client under its own number, and the nights in a bed that were given."""
    given = "".join(f"S{n},E-7,HM-7,{day},200,\n" for n, day in enumerate(nights))
    return export(
        Enrollment="EnrollmentID,PersonalID,EntryDate,LivingSituation\nE-7,HM-7,2026-01-02,116\n",
        Services=f"ServicesID,EnrollmentID,PersonalID,DateProvided,RecordType,TypeProvided\n{given}",
    )


def resulted(event: dict[str, str]) -> bytes:
    """The continuum says that the client took what was asked for."""
    day = event["EventDate"]
    row = f"{event['EventID']},E-7,HM-7,{day},10,1,{day}\n"
    return export(Event=f"EventID,EnrollmentID,PersonalID,EventDate,Event,ReferralResult,ResultDate\n{row}")


def export(**files: str) -> bytes:
    """An export about the one client, with these files beside."""
    client = "PersonalID,FirstName,LastName,SSN,SSNDataQuality,DOB,DOBDataQuality,Sex\n"
    always = {
        "Export": f"ExportID,CSVVersion,HashStatus\nX{next(EXPORTS)},2026 v1.0,1\n",
        "Client": f"{client}HM-7,{GIL.given},{GIL.family},{SSN},1,{GIL.born},1,0\n",
    }
    return pack({f"{name}.csv": text.encode() for name, text in (always | files).items()})


def asked(name: str) -> bytes:
    """What the co-responders send of somebody who goes to the continuum, with the number that both know."""
    bundle = json.loads(GIL.told(name).replace(b"SH1", b"COC1"))
    bundle["entry"][0]["resource"]["identifier"].append({"system": "http://hl7.org/fhir/sid/us-ssn", "value": SSN})
    return json.dumps(bundle).encode()


def answers_to(county: Town, folder: Path) -> None:
    """The client lets the continuum tell the co-responders what it gave."""
    paper = folder / "release.json"
    form = {"number": "HM-REL-7", "kind": "SPECIFIC", "signer": f"{GIL.given} {GIL.family}", "signed_at": "2026-03-01"}
    opens = {
        "recipients": ["CR1"],
        "purposes": ["COC"],
        "classes": ["HMIS_RECORD", "REFERRAL"],
        "expires_at": "2037-01-01",
    }
    paper.write_text(json.dumps(form | opens))
    number = ("--identifier", "HM-7", "--of", "COC1", "--assigner", "COC1", "--type", "")
    county.types("consent", "file", str(paper), *number)


def facts(told: str) -> dict[str, str]:
    """What an Observation of the hub's own says of a stay, by the path in the model."""
    (stay,) = [
        each["resource"] for each in json.loads(told)["entry"] if each["resource"]["resourceType"] == "Observation"
    ]
    return {part["code"]["coding"][0]["code"]: part["valueString"] for part in stay["component"]}


def test_a_continuum_is_asked_by_its_own_number_and_its_nights_and_its_answer_come_back_by_release(
    county: Town, tmp_path: Path
) -> None:
    county.sends("COC1", listed("2026-03-11"), "list.zip")
    county.sends("CR1", asked("19-cr1-release.json"))
    county.sends("CR1", asked("20-cr1-shelter.json"))

    (row,) = county.comes(lambda: county.copies("COC1"))
    files = read(row.body)
    (event,) = files["Event"]
    assert event["EventID"] == "CR1-RF-6-GL"
    assert [client["LastName"] for client in files["Client"]] == ["Lachlan"]
    # Their system knows him by its own number, which it gave in its list.
    assert {(name, row["PersonalID"]) for name in ("Client", "Event") for row in files[name]} == {
        ("Client", "HM-7"),
        ("Event", "HM-7"),
    }
    assert not [word for word in ("F32", "Z59", "depression", "Cholla") if word in str(files)]

    answers_to(county, tmp_path)
    county.sends("COC1", listed("2026-03-11", "2026-03-12", "2026-03-13"), "nights.zip")
    county.sends("COC1", resulted(event), "done.zip")

    told = county.gets("CR1", "urn:crisis-hub:body:housing_record")
    assert facts(told) == {"nights": "3"}
    answer = json.loads(county.gets("CR1", "CR1-RF-6-GL"))
    assert [
        each["resource"].get("status") for each in answer["entry"] if each["resource"]["resourceType"] == "Task"
    ] == ["completed"]
    assert county.holds("PD", "Lachlan") == county.holds("C1", "Lachlan") == []
