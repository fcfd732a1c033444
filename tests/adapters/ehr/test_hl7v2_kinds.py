"""Every kind of message: what it becomes, and which message says it again."""

from __future__ import annotations

import pytest
from msgspec import structs

from adapters.ehr.fhir import Fhir
from adapters.ehr.hl7v2 import TRIGGERS, Hl7v2
from adapters.ehr.hl7v2_kinds import MERGES, STRUCTURES, kind_of, structure
from adapters.wire import hl7v2 as wire
from hub.contracts import Target
from hub.errors import Misconfigured, Unmapped
from hub.model.care import Allergy, Condition, Document, Encounter, Observation
from hub.model.event import Body, CrisisEvent
from hub.model.person import Person, PersonMerge, PersonUnmerge
from hub.model.service import Appointment, CapacityReport, Referral
from hub.model.values import Code, HumanName, Identifier, Unit
from tests.adapters.ehr.test_hl7v2 import body, said
from tests.disclosing import AT, RECEIVED, TARGET, disclose

ANXIETY = Code(code="F41", system="http://hl7.org/fhir/sid/icd-10-cm")
PENICILLIN = Code(code="7980", system="http://www.nlm.nih.gov/research/umls/rxnorm")
ROW = [
    *(f"A{n:02d}" for n in range(1, 15)),
    "A17",
    *(f"A{n}" for n in range(20, 32)),
    *("A34", "A35", "A36", "A40", "A44", "A45", "A47", "A50"),
]


@pytest.mark.parametrize("trigger", ROW)
def test_every_trigger_of_the_row_is_known_read_and_written_again(trigger: str) -> None:
    segments = ["EVN|" + trigger, "PID|1||M1^^^H1^MR||Doe", "MRG|M2^^^H1^MR||AC2||V2", "PV1|1|I|PSY^1^2^H1"]
    if trigger in ("A24", "A37"):
        segments[2:3] = ["PID|2||M2^^^H1^MR"]
    if trigger == "A20":
        segments = ["EVN|A20", "NPU|PSY^1^2^H1|O"]

    reading = said(*segments, kind=f"ADT^{trigger}")

    assert reading.unmapped_codes == ()
    assert trigger in Hl7v2().triggers
    assert kind_of(reading.events) == f"ADT^{trigger}"
    assert structure(f"ADT^{trigger}").startswith("ADT_A")


def test_an_unknown_trigger_is_read_and_becomes_a_work_item() -> None:
    reading = said("EVN|A99", "PID|1||M1", "PV1|1|I|PSY", kind="ADT^A99")

    assert reading.unmapped_codes == ((TRIGGERS, "A99"),)
    assert body(reading, Encounter).trigger == "A99"


def test_the_header_names_the_trigger_and_evn_may_be_wrong() -> None:
    reading = said("EVN|A01", "PID|1||M1", "PV1|1|I|PSY", kind="ADT^A03")

    assert body(reading, Encounter).trigger == "A03"


def test_before_2_3_1_evn_alone_names_the_trigger() -> None:
    reading = said("EVN|A03", "PID|1||M1", "PV1|1|I|PSY", kind="ADT")

    assert reading.kind == "ADT^A03"
    assert body(reading, Encounter).trigger == "A03"


@pytest.mark.parametrize("trigger", ["A35", "A41", "A42", "A43", "A44", "A45", "A49", "A50"])
def test_what_moves_or_renames_a_visit_merges_nobody(trigger: str) -> None:
    reading = said("EVN|" + trigger, "PID|1||M1", "MRG|M2||AC2||V2", kind=f"ADT^{trigger}")

    assert not [event for event in reading.events if isinstance(event.body, PersonMerge)]
    encounter = body(reading, Encounter)
    assert (encounter.prior_account, encounter.prior_number) == ("AC2", "V2")
    assert bool(encounter.moved_from) == (trigger in ("A43", "A44", "A45"))


def test_linked_persons_are_one_and_unlinked_ones_are_not() -> None:
    both = ("PID|1||M1", "PV1|1|N", "PID|2||M2", "PV1|2|N")

    linked, unlinked = (said(*both, kind=kind) for kind in ("ADT^A24", "ADT^A37"))

    merge, unmerge = body(linked, PersonMerge), body(unlinked, PersonUnmerge)
    assert (merge.survivor[0].value, merge.merged[0].value) == ("M1", "M2")
    assert (unmerge.survivor[0].value, unmerge.restored[0].value) == ("M1", "M2")


def test_linked_persons_stay_in_one_message_and_swapped_ones_do_not() -> None:
    whole = "MSH|^~\\&|E||||||ADT^{}|1|P|2.5.1\rPID|1||M1\rPV1|1|I\rPID|2||M2\rPV1|2|I\r"

    assert [len([*Hl7v2().split(whole.format(kind).encode())]) for kind in ("A24", "A37", "A17")] == [1, 1, 2]


def test_a_bed_has_a_state_and_nobody_in_it() -> None:
    reading = said("EVN|A20", "NPU|PSY^101^2^H1|K", kind="ADT^A20")

    (report,) = [event.body for event in reading.events]
    assert isinstance(report, CapacityReport)
    assert report.bed == Unit(unit="PSY", room="101", bed="2", facility="H1")
    assert report.status is not None
    assert report.status.code == "K"


STATUS = "http://hl7.org/fhir/task-status"


@pytest.mark.parametrize(
    ("found", "kind"),
    [
        (PersonMerge(), "ADT^A40"),
        (PersonUnmerge(), "ADT^A37"),
        (Referral(), "REF^I12"),
        (Referral(status=Code(code="requested")), "REF^I12"),
        (Referral(status=Code(code="cancelled")), "REF^I14"),
        (Referral(status=Code(code="accepted")), "RRI^I12"),
        (Appointment(status=Code(code="booked", local="S13")), "SIU^S13"),
        (Appointment(status=Code(code="booked", local="A08")), "SIU^S12"),
        (Appointment(status=Code(code="noshow")), "SIU^S26"),
        (CapacityReport(bed=Unit(unit="PSY")), "ADT^A20"),
        (CapacityReport(unit="PSY"), "ADT^A31"),
        (Document(body="x"), "MDM^T02"),
        (Encounter(trigger="A40"), "ADT^A08"),
    ],
)
def test_each_body_has_its_message(found: Body, kind: str) -> None:
    person = Person(names=(HumanName(family="Doe"),))

    assert kind_of([CrisisEvent(id="e", body=one, source="s", recorded_at=0) for one in (person, found)]) == kind


@pytest.mark.parametrize("trigger", ["I12", "I13", "I14", "I15"])
def test_a_request_goes_out_by_the_event_it_came_with_until_it_is_answered(trigger: str) -> None:
    for state in ("RF1|P||||", "RF1|"):
        asked = said(f"{state}|RF-1", "PRD|RP|Roe^Dr", "PID|1||M1^^^H1^MR", kind=f"REF^{trigger}")
        assert kind_of(asked.events) == f"REF^{trigger}"

    for state in ("RF1|A|||||RF-1", "RF1|P|||||RF-1", "RF1||||||RF-1"):
        answered = said(state, "PRD|RP|Roe^Dr", "PID|1||M1^^^H1^MR", kind=f"RRI^{trigger}")
        assert kind_of(answered.events) == f"RRI^{trigger}"


@pytest.mark.parametrize("trigger", ["I12", "I13", "I14", "I15"])
@pytest.mark.parametrize("family", ["REF", "RRI"])
def test_a_referral_is_written_and_read_again_as_the_message_that_it_was(family: str, trigger: str) -> None:
    lines = ("RF1||R|||" + "|RF-1", "PRD|RT||||||77", "PID|1||M1^^^H1^MR||Roe^Jo")
    told = said(*lines, kind=f"{family}^{trigger}")

    written = Hl7v2().write(disclose([event.body for event in told.events]), TARGET)
    back = Hl7v2().read(written.body, RECEIVED)

    assert written.kind == f"{family}^{trigger}"
    assert f"|{family}^{trigger}^{family}_I12|".encode() in written.body
    assert body(back, Referral) == body(told, Referral)


def test_an_answer_by_another_way_answers_the_event_that_asked_last() -> None:
    asked = body(said("RF1|P|||||RF-1", "PRD|RP|Roe^Dr", "PID|1||M1^^^H1^MR", kind="REF^I13"), Referral)
    answer = structs.replace(asked, status=Code(code="accepted"))

    assert kind_of([CrisisEvent(id="e", body=answer, source="s", recorded_at=0)]) == "RRI^I13"


def test_a_withdrawal_that_is_not_taken_withdraws_nothing() -> None:
    lines = ("RF1|A|||||RF-1", "PRD|RP|Roe^Dr", "PID|1||M1^^^H1^MR")
    told = {code: said(f"MSA|{code}|REF-1", *lines, kind="RRI^I14") for code in ("AA", "CA", "AE", "AR")}
    states = [(body(one, Referral).status or Code()).code for one in told.values()]

    assert states == ["cancelled", "cancelled", "accepted", "accepted"]


@pytest.mark.parametrize("trigger", ["S12", "S13", "S14", "S15", "S16", "S17", "S26"])
def test_a_booking_goes_out_by_the_event_it_came_with(trigger: str) -> None:
    for state in ("BOOKED", ""):
        told = said(f"SCH|AP1|AP1{'|' * 23}{state}", "PID|1||M1^^^H1^MR", "RGS|1", kind=f"SIU^{trigger}")
        assert kind_of(told.events) == f"SIU^{trigger}"

    done = said(f"SCH|AP1|AP1{'|' * 23}Complete", "PID|1||M1^^^H1^MR", "RGS|1", kind="SIU^S14")

    assert body(done, Appointment).status.code == "fulfilled"  # type: ignore[union-attr]  # every booking has one


def test_a_merge_goes_out_by_the_trigger_it_came_with() -> None:
    bodies: tuple[Body, ...] = (Encounter(trigger="A47"), PersonMerge(merged=(Identifier(value="M2"),)))

    assert kind_of([CrisisEvent(id="e", body=one, source="s", recorded_at=0) for one in bodies]) == "ADT^A47"
    assert set(STRUCTURES) > MERGES


def test_a_trigger_nobody_knows_is_not_passed_on() -> None:
    written = wire.read(Hl7v2().write(disclose([Encounter(trigger="A99", number="V1")]), target()).body)

    assert (written.kind, written.value("EVN", 1)) == ("ADT^A08", "A08")


def target(**options: str) -> Target:
    return Target(partner="p2", message_id="m1", person_id="", at=AT, options=options)


@pytest.mark.parametrize(
    ("version", "said_9"), [("2.3", "ADT^A31"), ("2.3.1", "ADT^A31^ADT_A05"), ("2.8", "ADT^A31^ADT_A05")]
)
def test_the_header_is_of_the_version_that_the_partner_takes(version: str, said_9: str) -> None:
    written = wire.read(Hl7v2().write(disclose([Person()]), target(version=version)).body)

    assert written.value("MSH", 9, 0) == said_9
    assert written.value("MSH", 12) == version


def test_a_partner_is_written_to_in_its_charset() -> None:
    zoe = disclose([Person(names=(HumanName(family="Zoë"),))])

    written = Hl7v2({"charset": "8859/1"}).write(zoe, target()).body

    assert "Zoë".encode("latin-1") in written
    message = wire.read(written)
    assert (message.value("MSH", 18), message.value("PID", 5)) == ("8859/1", "Zoë")


def test_a_character_the_partner_does_not_have_is_refused_without_showing_it() -> None:
    adapter = Hl7v2({"charset": "8859/1"})

    with pytest.raises(Unmapped, match="8859/1 does not have") as refused:
        adapter.write(disclose([Person(names=(HumanName(family="Ωmega"),))]), target())
    assert refused.value.at == "PID"
    assert "mega" not in str(refused.value)


def test_a_charset_nobody_knows_is_refused() -> None:
    with pytest.raises(Misconfigured, match="no charset"):
        Hl7v2({"charset": "klingon"}).write(disclose([Person()]), target())


@pytest.mark.parametrize(
    ("obx", "media", "text"),
    [
        ("OBX|1|ED|A||^text^plain^Base64^SGVsbG8=", "text/plain", "Hello"),
        ("OBX|1|ED|A||^application^PDF^Base64^JVBERi3//w==", "application/pdf", "data:;base64,JVBERi3//w=="),
        ("OBX|1|ED|A||^text^plain^A^Hello", "text/plain", "Hello"),
        ("OBX|1|ED|A||^text^plain^Hex^48656C6C6F", "text/plain", "Hello"),
        ("OBX|1|ED|A||^text^plain^Base64^not base64", "text/plain", ""),
        ("OBX|1|TX|A||first~second\rOBX|2|FT|A||third", "", "first\nsecond\nthird"),
    ],
)
def test_a_document_is_kept_whole(obx: str, media: str, text: str) -> None:
    reading = said("PID|1||M1", "TXA|1|PN|TX", *obx.split("\r"), kind="MDM^T02")

    found = body(reading, Document)
    assert (found.media_type, found.body) == (media, text)
    assert bool(reading.invalid) == (not text)


def test_notes_under_a_law_of_their_own_have_no_place_in_a_document_message() -> None:
    document = Document(kind=Code(local="PN"), psychotherapy="said in the session", sud_counselling="said in the group")

    assert b"said in" not in Hl7v2().write(disclose([document]), target()).body


def test_a_protected_visit_or_person_binds_whoever_has_it_from_us() -> None:
    visit = said("PID|1||M1", "PV1|1|I", f"PV2|{'|' * 21}Y")
    person = said("PID|1||M1", f"PD1|{'|' * 11}Y")
    neither = said("PID|1||M1", f"PD1|{'|' * 11}N", "PV1|1|I", f"PV2|{'|' * 21}N")

    assert (visit.inherited, person.inherited, neither.inherited) == (("R",), ("R",), ())


def test_a_street_in_parts_is_one_line_and_a_number_knows_what_it_is_for() -> None:
    pid = "PID|1||M1||||||||1000&Hospital Lane^Ste. 4^Ann Arbor^MI||^^PH^^^512^5550100|^^PH^^^512^5550199"

    person = body(said(pid), Person)

    assert person.addresses[0].lines == ("1000 Hospital Lane", "Ste. 4")
    assert [(one.value, one.use) for one in person.telecoms] == [("512 5550100", "home"), ("512 5550199", "work")]


def test_a_driving_licence_is_a_number_among_the_others() -> None:
    person = body(said("PID|1||M1^^^H1^MR|||||||||||||||||DL-1^TX"), Person)

    assert [(one.value, one.assigner, one.type) for one in person.identifiers][-1] == ("DL-1", "TX", "DL")


def test_whom_to_call_stands_beside_who_they_are() -> None:
    person = body(said("PID|1||M1", "NK1|1|Doe^Riley|SIB||||EC"), Person)

    (riley,) = person.related
    assert (riley.relationship and riley.relationship.code, riley.role and riley.role.code) == ("SIB", "C")


@pytest.mark.parametrize(
    "version", ["2.1", "2.2", "2.3", "2.3.1", "2.4", "2.5", "2.5.1", "2.6", "2.7", "2.8.2", "2.9", "2.5^FRA^2.11", ""]
)
def test_every_version_is_read_and_what_nobody_knows_is_counted(version: str) -> None:
    lines = (rf"MSH|^~\&|E|H|||20260301||ADT^A01|7|P|{version}", "EVN|A01", "PID|1||M1||Doe", "ZZZ|theirs", "QQQ|1|new")

    reading = Hl7v2().read("\r".join(lines).encode(), RECEIVED)

    assert body(reading, Person).names[0].family == "Doe"
    left = {loss.path for loss in reading.account().items if loss.outcome == "unmapped"}
    assert {"ZZZ-1", "QQQ-1", "QQQ-2"} <= left


@pytest.mark.parametrize("around", [("FHS|^~\\&\rBHS|^~\\&\r", "BTS|2\rFTS|1\r"), ("BHS|^~\\&\r", "BTS|2\r"), ("", "")])
def test_a_batch_with_and_without_its_header_gives_each_message(around: tuple[str, str]) -> None:
    one = "MSH|^~\\&|E||||||ADT^A04|{0}|P|2.3\rEVN|A04\rPID|1||M{0}\rPV1|1|E\r"
    batch = f"{around[0]}{one.format(1)}{one.format(2)}{around[1]}".encode()

    pieces = [*Hl7v2().split(batch)]

    assert Hl7v2().recognises(batch)
    assert [body(Hl7v2().read(piece, RECEIVED), Person).identifiers[0].value for piece in pieces] == ["M1", "M2"]


@pytest.mark.parametrize(
    "beside", [Observation(code=Code(code="8480-6")), Document(number="1", title="Summary", body="first")]
)
def test_a_diagnosis_and_an_allergy_are_not_lost_beside_findings_and_documents(beside: Body) -> None:
    said_of = (Condition(code=ANXIETY), Allergy(code=PENICILLIN), Document(number="2", body="second"))

    written = Hl7v2().write(disclose([Person(birth_date=None), *said_of, beside]), TARGET)

    assert written.kind == "ADT^A31"
    again = Hl7v2().read(written.body, RECEIVED)
    assert body(again, Condition).code == ANXIETY
    assert body(again, Allergy).code == PENICILLIN
    assert b"c2Vjb25k" in written.body
    assert {"DG1", "AL1", "OBX"} <= {line[:3].decode() for line in written.body.split(b"\r")}


def test_each_of_several_documents_goes_out() -> None:
    written = Hl7v2().write(
        disclose([Document(title="Summary"), Document(body="first"), Document(body="second")]), TARGET
    )

    assert written.kind == "ORU^R01"
    assert b"Zmlyc3Q=" in written.body
    assert b"c2Vjb25k" in written.body


def test_a_document_that_is_no_text_goes_out_to_fhir_as_the_bytes_that_it_is() -> None:
    reading = said("PID|1||M1", "TXA|1|PN|TX", "OBX|1|ED|A||^application^PDF^Base64^JVBERi3//w==", kind="MDM^T02")

    assert b'"data":"JVBERi3//w=="' in Fhir().write(disclose([body(reading, Document)]), TARGET).body.replace(
        b": ", b":"
    )
