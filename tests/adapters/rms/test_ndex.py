"""N-DEx: both layers judged as their schemas do, joined, about one person at a time; and what the owner allows binds who has it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import pytest
from lxml import etree

from adapters.rms.ndex.adapter import Ndex
from adapters.rms.ndex.names import PREFIXES, REPORTS, SPACES, tag
from adapters.rms.ndex.rules import FOLDER as LAYERS
from adapters.rms.ndex.rules import faults
from adapters.wire import xml, xml_shape
from hub.contracts import Reading
from hub.errors import Unmapped, Unreadable
from hub.model.person import Person
from hub.model.public_safety import CallForService, FieldContact, UnitStatus
from hub.model.service import Communication
from tests.adapters import schemas
from tests.adapters.spoiling import spoiled
from tests.disclosing import RECEIVED, TARGET, disclose
from tests.samples import samples

FOLDER = "public_safety/ndex_2_1_1"
GOLDEN = Path(__file__).parents[2] / "golden" / "ndex"
B = TypeVar("B")


def golden(case: str) -> bytes:
    """The wire of a golden case."""
    return (GOLDEN / case / "wire.xml").read_bytes()


def readings(body: bytes) -> list[Reading]:
    """What the adapter reads of each piece of a message."""
    adapter = Ndex()
    return [adapter.read(piece, RECEIVED) for piece in adapter.split(body)]


def reading(body: bytes) -> Reading:
    """The one reading of a message."""
    (one,) = readings(body)
    return one


def body(found: Reading, kind: type[B]) -> B:
    """The one body of a kind."""
    (one,) = [event.body for event in found.events if isinstance(event.body, kind)]
    return one


def changed(case: str, old: str, new: str) -> bytes:
    """A golden message in which something stands otherwise."""
    text = golden(case).decode()
    assert old in text
    return text.replace(old, new, 1).encode()


# -- what is read


def test_a_call_is_joined_from_both_layers() -> None:
    found = reading(golden("a-call-about-suicide"))

    call, person, unit = body(found, CallForService), body(found, Person), body(found, UnitStatus)
    assert call.final_type is not None
    assert call.initial_type is not None
    assert call.crisis is not None
    assert (call.incident, call.final_type.code, call.crisis.code) == ("26-7", "Suicide", "suicide")
    assert call.initial_type.local == "MHC - talks of dying"
    assert call.place is not None
    assert call.place.address is not None
    assert (call.place.address.lines, call.place.address.state) == (("1 Fountain Square",), "AZ")
    assert [phone.value for phone in call.caller_phone] == ["602-555-0119"]
    assert (person.names[0].prefix, person.names[0].family) == ("Ms.", "Doe")
    assert (unit.unit, unit.crew[0].id) == ("12A", "372")


def test_callers_witnesses_and_officers_are_not_whom_it_is_about() -> None:
    for case in ("a-call-about-suicide", "a-victim-and-the-one-accused"):
        names = [name.given for found in readings(golden(case)) for name in body(found, Person).names]

        assert ("Kim",) not in names
        assert ("Ash",) not in names


def test_what_one_is_accused_of_is_never_told_of_the_victim() -> None:
    accused, victim = readings(golden("a-victim-and-the-one-accused"))

    assert [code.code for code in body(accused, FieldContact).charges] == ["Assault"]
    assert body(accused, FieldContact).criminal_history == ("000000AA0", "AZ00000000")
    assert body(victim, FieldContact).charges == ()
    assert body(victim, FieldContact).criminal_history == ()
    assert body(accused, Person).names[0].given == ("Sam",)
    assert body(victim, Person).names[0].given == ("Alex",)


def test_a_number_of_a_criminal_record_is_no_identifier() -> None:
    accused, _ = readings(golden("a-victim-and-the-one-accused"))

    assert [one.value for one in body(accused, Person).identifiers] == ["RMS-9"]


def test_nothing_of_one_person_is_in_the_piece_of_another() -> None:
    first, second = Ndex().split(golden("a-victim-and-the-one-accused"))

    assert b">Alex<" not in first
    assert b">Sam<" not in second
    assert b"000000AA0" not in second


def test_several_reports_are_several_messages() -> None:
    found = readings(golden("two-reports-in-one-message"))

    assert [one.message_id for one in found] == ["AZ0130000 EX-26-8 RMS-4711", "AZ0130000 EX-26-7 RMS-4711"]


def test_who_may_see_it_travels_as_an_obligation() -> None:
    assert reading(golden("a-call-about-suicide")).inherited == ("dissemination:N-DEx:Green",)
    assert readings(golden("a-victim-and-the-one-accused"))[0].inherited == ("dissemination:N-DEx:Yellow", "NORDSCLCD")


def test_a_report_that_is_taken_back_is_a_notice_about_it() -> None:
    notice = body(reading(golden("taken-back")), Communication)

    assert notice.kind is not None
    assert (notice.kind.code, notice.text) == ("withdrawn", "Entered twice")
    assert [(one.type, one.assigner, one.value) for one in notice.about] == [("NDEX", "AZ0130000", "EX-26-7")]


def test_it_is_not_written() -> None:
    with pytest.raises(Unmapped):
        Ndex().write(disclose([Person(ssn="1")]), TARGET)


# -- what is refused


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("<lexs:DataItemID>EX-26-7</lexs:DataItemID>", "", "least"),
        ("<lexs:MessageSequenceNumber>7<", "<lexs:MessageSequenceNumber>seven<", "form"),
        (">Insert<", ">Update<", "form"),
        ('lexslib:ref="A1"', 'lexslib:ref="A9"', "reference"),
        ('<nc:LocationReference s:ref="L1"/>', '<nc:LocationReference s:ref="L9"/>', "reference"),
        ('s:id="L2"', 's:id="L1"', "id"),
        ('s:ref="L1"/>', 's:ref="L1">here</nc:LocationReference>', "form"),
        ("ndexia:ServiceCallReport", "ndexia:FieldContactReport", "unknown"),
        ("<ndexia:ServiceCallCategoryCode>Suicide<", "<ndexia:ServiceCallCategoryCode>Mental Health<", "form"),
    ],
)
def test_each_layer_refuses_with_line_and_rule(old: str, new: str, rule: str) -> None:
    text = golden("a-call-about-suicide").decode()
    assert old in text

    with pytest.raises(Unreadable) as refused:
        readings(text.replace(old, new).encode() if "Report" in old else text.replace(old, new, 1).encode())

    assert refused.value.at.startswith("line ")
    assert f"[{rule}]" in str(refused.value)


def test_a_payload_of_another_community_is_kept_and_counted() -> None:
    old = "          <ndexia:ServiceCallReport>"
    text = golden("a-call-about-suicide").decode()
    start, end = text.index(old), text.index("</ndexia:ServiceCallReport>") + len("</ndexia:ServiceCallReport>")

    found = reading((text[:start] + '<other xmlns="urn:other"><x>1</x></other>' + text[end:]).encode())

    assert body(found, CallForService).incident == "26-7"
    assert [loss.outcome for loss in found.account().items if loss.path.endswith("}x")] == ["unmapped"]


# -- the published schemas


def schema(layer: str) -> etree.XMLSchema:
    """The published schema of a layer."""
    return schemas.published(samples(FOLDER) / "xsd_full_validated.tar.xz", layer)


LEXS, REPORT = "lexs/publish-discover/3.1/publish-discover.xsd", "ndexia/ndexia/2.1/ndexia.xsd"


@pytest.mark.parametrize("name", ["service-call", "missing-person", "burglary-incident-w-arrest-basic", "N-DEx-delete"])
def test_messages_of_other_people_are_read(name: str) -> None:
    found = readings((samples(f"{FOLDER}/samples") / f"{name}.xml").read_bytes())

    assert found
    assert not any(one.invalid for one in found)
    for one in found:
        kinds = {type(event.body) for event in one.events}
        assert Communication in kinds or {Person, CallForService} <= kinds


@pytest.mark.parametrize("name", ["service-call", "all-fields", "burglary-incident-w-arrest-basic"])
def test_a_report_without_its_outer_layer_is_about_nobody_and_stays_here(name: str) -> None:
    (found,) = readings((samples(f"{FOLDER}/samples") / f"{name}-ndex.xml").read_bytes())

    assert {type(event.body) for event in found.events} == {CallForService, UnitStatus}
    assert found.inherited == ("NORDSCLCD",)
    assert found.invalid == ()


def test_a_report_without_its_outer_layer_is_judged_as_within_it() -> None:
    alone = f'<ServiceCallReport xmlns="{SPACES["ndexia"]}"><ServiceCall>\n<Odd/></ServiceCall></ServiceCallReport>'

    with pytest.raises(Unreadable, match=r"line 2 .*Odd"):
        Ndex().read(alone.encode(), RECEIVED)


@pytest.mark.parametrize("case", sorted(case.name for case in GOLDEN.iterdir()))
def test_the_golden_messages_and_their_pieces_are_valid_in_both_layers(case: str) -> None:
    for piece in (golden(case), *Ndex().split(golden(case))):
        assert schemas.faults(schema(LEXS), piece) == []
        for report in (one for name in REPORTS for one in xml.read(piece).iter(tag(f"ndexia:{name}"))):
            # Its references point into the digest: within the report alone they are but names.
            assert schemas.faults(schema(REPORT), etree.tostring(report)) == []


# Lists too long to carry: makes and models, languages, hazardous materials, features of bodies. Their codes are not judged.
UNJUDGED = ("MakeCode", "ModelCode", "LanguageCode", "HazardousMaterialCode", "PhysicalFeatureCategoryCode")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["service-call-lexs", "burglary-incident-w-arrest-basic"])
def test_our_rules_judge_the_outer_layer_as_the_published_schema_does(name: str) -> None:
    judge = schema(LEXS)
    tried = 0
    for path, whole in spoiled(
        xml.read((samples(f"{FOLDER}/samples") / f"{name}.xml").read_bytes()), {"odd": "~odd~"}, most=100
    ):
        if "StructuredPayload/" not in path:
            tried += 1
            # What a reference points at, the library does not ask; we do.
            ours = [fault for fault in faults(whole) if fault.rule != "reference"]
            assert judge.validate(whole) == (not ours), path
    assert tried > 200


@pytest.mark.slow
@pytest.mark.parametrize("name", ["all-fields-ndex", "service-call-ndex", "burglary-incident-w-arrest-basic-ndex"])
def test_our_shape_judges_the_inner_layer_as_the_published_schema_does(name: str) -> None:
    judge, shape = schema(REPORT), xml_shape.load(LAYERS / "report.csv", PREFIXES)
    tried = 0
    for path, whole in spoiled(
        xml.read((samples(f"{FOLDER}/samples") / f"{name}.xml").read_bytes()), {"odd": "~odd~"}, most=100
    ):
        if not path.endswith((*(f"{code} odd" for code in UNJUDGED), "Reference odd")):
            tried += 1
            twice = any("xs:ID" in one for one in said(judge, whole))
            assert (not said(judge, whole) or twice) == (next(shape.faults(whole), None) is None), path
    assert tried > 100


def said(judge: etree.XMLSchema, whole: Any) -> list[str]:
    """What the schema finds wrong."""
    judge.validate(whole)
    log: Any = judge.error_log
    return [error.message for error in log]
