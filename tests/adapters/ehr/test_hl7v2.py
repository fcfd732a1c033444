"""What hospitals send becomes events, and what the hub sends is HL7 v2 that hospitals can read."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TypeVar

import pytest

from adapters.ehr.fhir import Fhir
from adapters.ehr.hl7v2 import Hl7v2, addressed
from adapters.ehr.hl7v2_frame import complete, labels
from adapters.ehr.hl7v2_kinds import kind_of
from adapters.wire.hl7v2_nodes import Piece, grouped
from hub.bench.messages import message
from hub.contracts import Reading, Received
from hub.errors import Misconfigured, Unmapped, Unreadable
from hub.lens.explain import page as tables
from hub.model.care import Allergy, Condition, Coverage, Encounter, Observation
from hub.model.crisis import RiskAssessment
from hub.model.event import Body, CrisisEvent
from hub.model.label import Handling
from hub.model.person import Person, PersonMerge
from tests.disclosing import TARGET, disclose

RECEIVED = Received(journal="j1", partner="genhosp", as_of=1_772_379_000_000_000, zone="America/Chicago")
HEAD = r"MSH|^~\&|EHR|GENHOSP|HUB|CRISIS|20260301093000-0600||{kind}|C1|P|2.5.1"


def said(*segments: str, kind: str = "ADT^A01", received: Received = RECEIVED) -> Reading:
    return Hl7v2().read("\r".join((HEAD.format(kind=kind), *segments, "")).encode(), received)


T = TypeVar("T")


def body(reading: Reading, kind: type[T]) -> T:
    (found,) = [event.body for event in reading.events if isinstance(event.body, kind)]
    return found


def test_an_admission_becomes_nine_events_with_the_person_first() -> None:
    reading = Hl7v2().read(message("A", 3), RECEIVED)

    kinds = [type(event.body) for event in reading.events]
    assert kinds == [
        Person,
        Encounter,
        Condition,
        Allergy,
        RiskAssessment,
        Observation,
        Observation,
        Observation,
        Coverage,
    ]
    assert (reading.kind, reading.message_id) == ("ADT^A13", "A-3")
    assert reading.invalid == ()
    assert reading.unmapped_codes == ()


def test_the_census_finds_what_it_is_folded_from() -> None:
    reading = said(
        "EVN|A02|20260301093000|||X|20260301092500",
        "PID|1||M1^^^GENHOSP^MR",
        "PV1|1|I|PSY^101^2^GENHOSP|E||ED^3^1||||||||||||||||||||||||||||||||||||||20260301080000-0600|20260302",
        kind="ADT^A02",
    )

    encounter = body(reading, Encounter)
    assert encounter.trigger == "A02"
    assert encounter.patient_class is not None
    assert encounter.patient_class.code == "IMP"
    assert encounter.location is not None
    assert (encounter.location.unit, encounter.location.room, encounter.location.bed) == ("PSY", "101", "2")
    assert encounter.prior_location is not None
    assert encounter.prior_location.unit == "ED"
    # No zone was sent: the partner's counts. 09:25 in Chicago is 15:25 UTC.
    assert encounter.event_at is not None
    assert (encounter.event_at.at, encounter.event_at.zone) == (1_772_378_700_000_000, "partner")
    assert encounter.admitted_at is not None
    assert encounter.admitted_at.zone == "sent"
    assert encounter.discharged_at is not None
    assert encounter.discharged_at.precision == "day"


@pytest.mark.parametrize(
    ("spelled", "iso"),
    [("19900314", "1990-03-14"), ("199003", "1990-03"), ("1990", "1990"), ("199003140915", "1990-03-14")],
)
def test_a_birth_date_stays_as_partial_as_it_was_sent(spelled: str, iso: str) -> None:
    person = body(said(f"PID|1||M1||Doe||{spelled}"), Person)

    assert person.birth_date is not None
    assert person.birth_date.iso == iso


@pytest.mark.parametrize("impossible", ["19891411", "19761325", "19900230", "1990-03-14", "unknown"])
def test_an_impossible_date_is_counted_and_not_invented(impossible: str) -> None:
    reading = said(f"PID|1||M1||Doe||{impossible}")

    person = body(reading, Person)
    assert person.birth_date is None
    assert [(loss.path, loss.outcome) for loss in reading.invalid] == [("PID-7", "invalid")]
    assert impossible not in repr(reading.invalid)


def test_two_quotes_clear_and_silence_does_not() -> None:
    reading = said('PID|1||M1||Doe^""||""|||""')

    assert reading.events[0].cleared == ("person.names.given", "person.birth_date", "person.race")
    assert body(reading, Person).birth_date is None


@pytest.mark.parametrize(
    ("obx", "field", "value"),
    [
        ("OBX|1|NM|8867-4^Heart rate^LN||63.50|/min", "quantity", "63.50"),
        ("OBX|1|SN|8867-4^Heart rate^LN||>^100|/min", "quantity", ">100"),
        ("OBX|1|CE|8867-4^Heart rate^LN||LA1^Low^LN", "coded", "LA1"),
        ("OBX|1|CWE|8867-4^Heart rate^LN||LA1^Low^LN", "coded", "LA1"),
        ("OBX|1|ST|8867-4^Heart rate^LN||calm\\T\\quiet", "text", "calm&quiet"),
        ("OBX|1|TX|8867-4^Heart rate^LN||one\\.br\\two", "text", "one\ntwo"),
        ("OBX|1|DT|8867-4^Heart rate^LN||20260301", "instant", "20260301"),
        ("OBX|1|TS|8867-4^Heart rate^LN||202603010930", "instant", "202603010930"),
    ],
)
def test_obx_2_says_what_obx_5_is(obx: str, field: str, value: str) -> None:
    found = body(said("PID|1||M1", obx, kind="ORU^R01"), Observation)

    held = getattr(found, field)
    assert (getattr(held, "value", "") or getattr(held, "code", "") or getattr(held, "text", "") or held) == value
    others = {"quantity", "coded", "text", "instant"} - {field}
    assert not any(getattr(found, other) for other in others)


@pytest.mark.parametrize(
    ("sent", "kept"), [("F", "final"), ("C", "corrected"), ("W", "entered-in-error"), ("D", "entered-in-error")]
)
def test_a_judgement_of_risk_that_was_posted_as_wrong_is_one_that_was_taken_back(sent: str, kept: str) -> None:
    judged = body(said("PID|1||M1", f"OBX|1|CWE|93374-7^^LN||high||||||{sent}", kind="ORU^R01"), RiskAssessment)

    assert judged.status is not None
    assert judged.status.code == kept


def test_an_obx_belongs_to_the_obr_before_it() -> None:
    reading = said(
        "PID|1||M1",
        "OBR|1||A1|PANEL^One^L|||202603010900",
        "OBX|1|ST|A^a^L||x",
        "OBR|2||A2|OTHER^Two^L",
        "OBX|1|ST|B^b^L||y",
        "OBX|2|ST|C^c^L||z",
        kind="ORU^R01",
    )

    found = [event.body for event in reading.events if isinstance(event.body, Observation)]
    assert [o.order_number for o in found] == ["A1", "A2", "A2"]
    assert [o.order_code.local for o in found if o.order_code] == ["PANEL", "OTHER", "OTHER"]
    assert found[0].observed_at is not None


def test_a_risk_score_is_a_risk_assessment_and_a_pulse_is_not() -> None:
    reading = said(
        "PID|1||M1", "OBX|1|NM|RISK^Suicide risk screen^L||8", "OBX|2|NM|8867-4^Heart rate^LN||80", kind="ORU^R01"
    )

    risk, pulse = body(reading, RiskAssessment), body(reading, Observation)
    assert risk.score == "8"
    assert pulse.code is not None
    assert pulse.code.code == "8867-4"


def test_a_merge_names_who_stays_and_who_goes() -> None:
    reading = said("EVN|A40|20260301", "PID|1||M1^^^GENHOSP^MR", "MRG|M2^^^GENHOSP^MR~M3", kind="ADT^A40^ADT_A39")

    merge = body(reading, PersonMerge)
    assert [i.value for i in merge.survivor] == ["M1"]
    assert [i.value for i in merge.merged] == ["M2", "M3"]


def test_a_merge_of_several_persons_is_split_by_person() -> None:
    adapter = Hl7v2()
    body_ = "\r".join(
        (HEAD.format(kind="ADT^A40"), "EVN|A40", "PID|1||M1", "MRG|M2", "PID|2||M3", "MRG|M4", "")
    ).encode()

    pieces = list(adapter.split(body_))

    merges = [body(adapter.read(piece, RECEIVED), PersonMerge) for piece in pieces]
    assert [(m.survivor[0].value, m.merged[0].value) for m in merges] == [("M1", "M2"), ("M3", "M4")]


def test_other_delimiters_say_the_same() -> None:
    standard = b"MSH|^~\\&|E|||||||A|P|2.5.1\rPID|1||M1^^^H&1.2&ISO^MR~M2||Doe^Jo\\T\\Lee\r".replace(
        b"|A|P", b"ADT^A08|A|P"
    )
    other = b"MSH!@*%$!E!!!!!!ADT@A08!A!P!2.5.1\rPID!1!!M1@@@H$1.2$ISO@MR*M2!!Doe@Jo&Lee\r"

    first, second = (Hl7v2().read(b, RECEIVED) for b in (standard.replace(b"|||||||ADT", b"||||||ADT"), other))

    assert [e.body for e in first.events] == [e.body for e in second.events]


def test_labels_in_are_labels_we_know_of() -> None:
    reading = said("PID|1||M1||Doe", "ARV|1|A|PSY", "ZHB|R|ETH~PSY|PART2|NORDSCLCD|||")

    assert reading.inherited == ("PSY", "R", "ETH", "42CFRPart2", "NORDSCLCD")


def test_an_unknown_kind_is_parked_and_says_where() -> None:
    with pytest.raises(Unmapped, match=r"ehr/hl7v2/set.yaml line 2: no lens reads \"ORM\^O01\""):
        said("PID|1||M1", kind="ORM^O01")


def test_a_message_that_says_nothing_we_know_is_parked() -> None:
    with pytest.raises(Unmapped, match="found anything"):
        said("ZZZ|1")


def test_what_is_not_hl7_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        Hl7v2().read(b'{"resourceType": "Patient"}', RECEIVED)


def test_a_missing_mapping_stops_the_start() -> None:
    with pytest.raises(Misconfigured, match="there is no such file"):
        Hl7v2({"mapping": "no/such.yaml"})


def test_the_recipient_knows_the_person_by_its_own_id() -> None:
    person = CrisisEvent(id="e", source="s", recorded_at=0, body=Person())
    pulse = CrisisEvent(id="f", source="s", recorded_at=0, body=Observation())

    for events in ((person, pulse), (pulse,)):
        first = addressed(events, "px1", "CRISISHUB")[0].body
        assert isinstance(first, Person)
        assert (first.identifiers[0].value, first.identifiers[0].assigner) == ("px1", "CRISISHUB")
    assert addressed((pulse,), "", "CRISISHUB") == (pulse,)


@pytest.mark.parametrize(
    ("bodies", "kind"),
    [
        ((Person(), PersonMerge()), "ADT^A40"),
        ((Encounter(trigger="A03"), Observation()), "ADT^A03"),
        ((Encounter(trigger="visit"),), "ADT^A08"),
        ((Person(), Observation()), "ORU^R01"),
        ((Person(), Condition()), "ADT^A31"),
    ],
)
def test_the_events_decide_the_message(bodies: tuple[Body, ...], kind: str) -> None:
    events = tuple(CrisisEvent(id="e", source="s", recorded_at=0, body=b) for b in bodies)

    assert kind_of(events) == kind


@pytest.mark.parametrize(
    ("version", "segments"), [("2.3", ["ZHB"]), ("2.5.1", ["ZHB"]), ("2.6", ["ZHB", "ARV", "ARV"])]
)
def test_labels_go_out_in_the_segments_of_the_version(version: str, segments: list[str]) -> None:
    handling = Handling(confidentiality="R", sensitivities=("ETH", "PSY"), notice_id="n|1", notice_text="by law")

    found = labels(handling, version)

    assert [name for name, _ in found] == segments
    assert found[0][1] == r"ZHB|R|ETH~PSY||||n\F\1^^by law"


def test_what_receivers_require_is_there_though_nothing_was_disclosed_for_it() -> None:
    pieces = complete([("PID", "PID|1||px1")], "ADT^A31", "20260301")
    merge = complete([("PID", "PID|1||px1"), ("MRG", "MRG|px2")], "ADT^A40", "20260301")
    findings = complete([("OBX", "OBX|1"), ("OBX", "OBX|2")], "ORU^R01", "20260301")

    assert [text for _, text in pieces] == ["PID|1||px1", "EVN|A31|20260301", "PV1|1|N"]
    assert [name for name, _ in merge] == ["PID", "MRG", "EVN"]
    assert [text.split("|")[0] for text in findings[0][1].split("\r")] == ["OBR", "OBX"]
    assert findings[1] == ("OBX", "OBX|2")


def test_a_finding_that_nobody_ordered_does_not_join_the_order_before_it() -> None:
    written: list[Piece] = []

    for head, item in (("|1||A1", "|a"), ("|1||A1", "|b"), ("", "|c"), ("|2||A2", "|d")):
        grouped(written, "OBR", head, "OBX", item)

    texts = [text for _, text in written]
    assert texts == ["OBR|1||A1\rOBX|a\rOBX|b", "OBR\rOBX|c", "OBR|2||A2\rOBX|d"]


def test_the_page_shows_the_lines_there_are() -> None:
    page = Path(__file__).parents[3] / "docs" / "formats" / "ehr-hl7v2.md"
    before, found, _ = page.read_text(encoding="utf-8").partition("Below ↔ both ways, ← read only, → written only.\n\n")
    wanted = before + found + tables(Hl7v2().translator.lenses)
    if os.environ.get("CRISIS_HUB_GOLDEN") == "anew":
        page.write_text(wanted, encoding="utf-8")

    assert found
    assert page.read_text(encoding="utf-8") == wanted, "CRISIS_HUB_GOLDEN=anew writes it anew"


NOTED = (
    "MSH|^~\\&|E|G|||20260301||ORU^R01|1|P|2.5.1\rPID|1||M1||Doe^J\rNTE|1||of the person\rOBR|1|||X\rNTE|1||of the order\r"
    "OBX|1|ST|A^a^L||said\rNTE|1||first~second\rNTE|2||third\rOBX|2|NM|B^b^L||7\rOBX|2|NM|B\rNTE|1||of a short one\r"
)


def test_what_is_noted_of_a_finding_stays_with_it_both_ways() -> None:
    adapter = Hl7v2()

    found = adapter.read(NOTED.encode(), RECEIVED)
    written = adapter.write(disclose(event.body for event in found.events), TARGET)
    again = adapter.read(written.body, RECEIVED)

    notes = [event.body.comments for event in found.events if isinstance(event.body, Observation)]
    assert notes == [("first", "second", "third"), (), ("of a short one",)]
    assert [event.body.comments for event in again.events if isinstance(event.body, Observation)] == notes
    assert b"said\rNTE|||first\rNTE|||second\rNTE|||third\rOBX|2" in written.body
    told = {loss.path: loss.outcome for loss in found.account().items}
    assert [told[f"NTE[{n}]-3"] for n in range(1, 6)] == ["unmapped", "mapped", "mapped", "mapped", "mapped"]
    orders = [[e.body.order_notes for e in one.events if isinstance(e.body, Observation)] for one in (found, again)]
    assert orders == [[("of the order",)] * 3] * 2


def test_what_is_noted_of_a_diagnosis_is_free_text_of_it() -> None:
    message = NOTED.partition("PID")[0].replace("ORU^R01", "ADT^A01")

    found = Hl7v2().read(f"{message}PID|1||M1||Doe^J\rDG1|1||F32.9^x^I10\rNTE|1||one\rNTE|2||two\r".encode(), RECEIVED)

    assert [event.body.text for event in found.events if isinstance(event.body, Condition)] == ["one\ntwo"]


def test_whoever_takes_part_in_a_visit_has_their_role_and_whoever_was_taken_out_has_none() -> None:
    found = body(
        said(
            "PV1|1|I" + "|" * 50 + "31^Aide^Noor",
            "PV2||||||||||||Brought by a crisis team|7^Ref^Ann",
            "ROL|1|AD|CM^Case Manager^HL70443|12^House^Gregory^^^Dr^MD^^NPI",
            "ROL|2|DE|CP^Consulting^HL70443|13^Gone^X",
        ),
        Encounter,
    )

    (manager, aide) = found.participants
    assert manager.role
    assert (manager.role.local, manager.id, manager.assigner, aide.id) == ("CM", "12", "NPI", "31")
    assert (found.narrative, found.referring[0].id) == ("Brought by a crisis team", "7")
    written = Hl7v2().write(disclose([found]), TARGET).body
    assert b"\rROL||UP|CM^Case Manager^HL70443|12^House^Gregory^^^Dr^MD^^NPI\r" in written
    assert body(Hl7v2().read(written, RECEIVED), Encounter).participants == found.participants


def row(name: str, fields: dict[int, str]) -> str:
    """A segment by the numbers of its fields."""
    return "|".join((name, *(fields.get(n, "") for n in range(1, max(fields) + 1))))


ARRIVED = {2: "E", 3: "ED^H2^^GENHOSP^^^Main^1", 5: "PRE-7^^^GENHOSP", 11: "HALL^3^^GENHOSP", 13: "R", 15: "A2~A7"}
VISIT = (
    row("PID", {3: "M1^^^&2.16.840.1.113883.19.5&ISO^MR", 5: "Doe^Jordan", 7: "19900314", 12: "453", 24: "Y", 25: "2"}),
    row("PV1", ARRIVED | {19: "V9", 50: "ALT-1^^^CLINIC", 54: "EP-4"}),
    row("PV2", {8: "20260304", 9: "20260309", 25: "1", 38: "A"}),
    row("IN1", {2: "PLAN^Medicaid", 3: "TXMCD", 16: "Doe^Robin", 17: "SPO"}),
)


def test_how_they_came_what_they_need_and_when_a_bed_is_free_again() -> None:
    found = said(*VISIT, kind="ADT^A04")

    visit, person, coverage = body(found, Encounter), body(found, Person), body(found, Coverage)
    codes = (visit.arrival_mode, visit.priority, visit.readmission, *visit.arrangements)
    assert [code and code.code for code in codes] == ["A", "EM", "R", "A2", "A7"]
    assert visit.expected_discharge_at
    assert visit.expected_discharge_at.text.startswith("20260309")
    assert visit.location
    assert (visit.location.building, visit.location.floor) == ("Main", "1")
    assert visit.temporary_location
    assert visit.temporary_location.unit == "HALL"
    numbers = (visit.preadmit_number, *visit.other_numbers, visit.episode_number)
    assert [one and one.value for one in numbers] == ["PRE-7", "ALT-1", "EP-4"]
    assert (person.multiple_birth, person.birth_order) == (True, 2)
    assert person.identifiers[0].assigner == "urn:oid:2.16.840.1.113883.19.5"
    assert [address.county for address in person.addresses] == ["453"]
    assert coverage.subscriber
    assert coverage.subscriber.given == ("Robin",)


@pytest.mark.parametrize("way", [Hl7v2(), Fhir()], ids=["hl7v2", "fhir"])
def test_all_of_it_is_written_and_read_again(way: Hl7v2 | Fhir) -> None:
    found = said(*VISIT, kind="ADT^A04")

    written = way.write(disclose([event.body for event in found.events]), TARGET).body
    again = way.read(written, RECEIVED)

    before, after = (body(one, Encounter) for one in (found, again))
    for field in ("temporary_location", "location", "other_numbers", "preadmit_number", "episode_number"):
        assert getattr(before, field) == getattr(after, field), field
    coded = [(one.arrival_mode, one.priority, one.readmission, *one.arrangements) for one in (before, after)]
    told = [[(code.code, code.system) for code in codes if code] for codes in coded]
    assert (len(told[0]), told[0]) == (5, told[1])
    ends = [one.expected_discharge_at and one.expected_discharge_at.at for one in (before, after)]
    assert ends[0] == ends[1]
    assert body(again, Person).birth_order == 2
    assert body(again, Coverage).subscriber == body(found, Coverage).subscriber


def test_receivers_are_shown_which_kind_a_number_is_and_which_part_somebody_took() -> None:
    message = said(
        row("PID", {3: "M1^^^H1^MR", 15: "es", 19: "000-00-0000"}), row("PV1", {2: "E", 7: "7^Osei^Ama", 19: "V9"})
    )

    entries = json.loads(Fhir().write(disclose([event.body for event in message.events]), TARGET).body)["entry"]
    patient, visit = (entry["resource"] for entry in entries[:2])

    kinds = [one["type"]["coding"][0] for one in (*patient["identifier"], visit["identifier"][0]) if "type" in one]
    assert [(one["code"], one["display"]) for one in kinds] == [
        ("MR", "Medical record number"),
        ("SB", "Social Beneficiary Identifier"),
        ("VN", "Visit number"),
    ]
    assert patient["communication"][0]["preferred"] is True
    assert visit["participant"][0]["type"][0]["text"] == "attender"
