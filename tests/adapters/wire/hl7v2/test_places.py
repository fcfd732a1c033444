"""Looking into a message: by place, by segment, by group, and every element of it."""

from __future__ import annotations

import hl7
import pytest

from adapters.wire.hl7v2 import EACH, NULL, Address, Message, address, count, elements, read
from hub.errors import Misconfigured
from tests.adapters.wire.hl7v2.letters import ADMISSION, message


@pytest.fixture(scope="module")
def admission() -> Message:
    return read(ADMISSION)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("MSH-1", "|"),
        ("MSH-2", "^~\\&"),
        ("MSH-3", "EHR"),
        ("MSH-9.3", "ADT_A01"),
        ("MSH-18", "UNICODE UTF-8"),
        ("PID-1", "1"),
        ("PID-2", ""),
        ("PID-3", "M7"),
        ("PID-3.4.1", "GENHOSP"),
        ("PID-3.4.2", "1.2.3"),
        ("PID-3[2].5", "SS"),
        ("PID-3[3]", None),
        ("PID-8[2]", None),
        ("PID-3.2", ""),
        ("PID-3.9", None),
        ("PID-3.4.9", None),
        ("PID-5.2", "Jordan"),
        ("PID-7.2", None),
        ("PID-7.1.2", None),
        ("PID-99", None),
        ("OBX[4]-5.2", "Withheld"),
        ("OBX[5]-5", None),
        ("ZZZ-1", None),
        ("PV1-44", "20260301070700-0600"),
    ],
)
def test_a_place_holds_what_the_sender_put_there(admission: Message, path: str, value: str | None) -> None:
    assert address(path).of(admission) == value


def test_zero_means_the_whole_with_its_marks(admission: Message) -> None:
    assert admission.value("PID", 3, 0) == "M7^^^GENHOSP&1.2.3&ISO^MR"
    assert admission.value("PID", 3, 4, 0) == "GENHOSP&1.2.3&ISO"
    assert admission.value("PID", 8, 0) == "F"


def test_absent_empty_and_delete_are_three_answers() -> None:
    person = message('PID|1||""||""^Jordan')

    assert (person.value("PID", 2), person.value("PID", 3), person.value("PID", 30)) == ("", NULL, None)
    assert (person.value("PID", 5), person.value("PID", 5, 3)) == (NULL, None)
    assert person.all("PID")[0].tree(5) == [[[NULL], ["Jordan"]]]


def test_a_field_is_read_in_one_go_as_a_tree(admission: Message) -> None:
    [pid] = admission.all("PID")

    assert pid.tree(3)[0] == [["M7"], [""], [""], ["GENHOSP", "1.2.3", "ISO"], ["MR"]]
    assert pid.tree(2) == pid.tree(99) == []
    assert pid.values(3, 5) == ["MR", "SS"]
    assert (pid.count(3), pid.count(8), pid.count(2), pid.count(99)) == (2, 1, 0, 0)


def test_the_delimiters_of_msh_are_never_cut(admission: Message) -> None:
    header = admission.header

    assert (header.tree(1), header.tree(2)) == ([[["|"]]], [[["^~\\&"]]])
    assert (header.count(1), header.count(2), header.count(3)) == (1, 1, 1)
    assert (header.value(2, 2), header.value(2, 1, 2), header.value(2, repetition=2)) == (None, None, None)


def test_escapes_are_resolved_where_text_is_read() -> None:
    note = message(r"NTE|1||R\T\D\S\x^y\.br\z")

    assert note.value("NTE", 3) == "R&D^x"
    assert note.all("NTE")[0].tree(3) == [[["R&D^x"], ["y\nz"]]]
    assert note.all("NTE")[0].fields[3] == r"R\T\D\S\x^y\.br\z"


def test_segments_come_in_order_and_by_number(admission: Message) -> None:
    assert [row.value(1) for row in admission.all("OBX")] == ["1", "2", "3", "4"]
    assert admission.segment("OBX", 2) is admission.all("OBX")[1]
    assert admission.segment("OBX", 5) is admission.segment("ZZZ") is None
    assert admission.all("ZZZ") == []


# --- groups -----------------------------------------------------------------------------------------

REFERRAL = message(
    "RF1|A", "PRD|RP|Osei", "CTD|PR", "CTD|BP", "PRD|RT|Silva", "PID|1", "DG1|1", "PRD|XX", "ZPR|1", "CTD|x"
)
RESULTS = message("PID|1", "OBR|1", "NTE|1", "OBX|1", "NTE|2", "ZBX|q", "OBX|2", "OBR|2", "OBX|1", "DG1|1", "OBX|9")
SCHEDULE = message("SCH|1", "PID|1", "RGS|1", "AIS|1", "AIP|1", "RGS|2", "AIS|1")
INSURANCE = message("PID|1", "IN1|1", "IN2|a", "IN1|2", "IN3|b", "IN1|3", "ACC|1", "IN2|stray")


@pytest.mark.parametrize(
    ("subject", "head", "takes", "groups"),
    [
        (REFERRAL, "PRD", {"CTD"}, [["PRD", "CTD", "CTD"], ["PRD"], ["PRD", "ZPR", "CTD"]]),
        (RESULTS, "OBR", {"NTE", "OBX"}, [["OBR", "NTE", "OBX", "NTE", "ZBX", "OBX"], ["OBR", "OBX"]]),
        (SCHEDULE, "RGS", set(), [["RGS", "AIS", "AIP"], ["RGS", "AIS"]]),
        (INSURANCE, "IN1", {"IN2", "IN3"}, [["IN1", "IN2"], ["IN1", "IN3"], ["IN1"]]),
        (INSURANCE, "NK1", set(), []),
    ],
)
def test_segments_are_grouped_by_what_they_follow(
    subject: Message, head: str, takes: set[str], groups: list[list[str]]
) -> None:
    found = subject.groups(head, frozenset(takes))

    assert [[row.id for row in group] for group in found] == groups


def test_a_group_can_be_looked_into_and_grouped_again() -> None:
    first, second = RESULTS.groups("OBR", frozenset({"NTE", "OBX"}))

    assert [len(group.rows) for group in first.groups("OBX", frozenset({"NTE"}))] == [3, 1]
    assert (second.value("OBR", 1), second.value("OBX", 1), second.value("PID", 1)) == ("2", "1", None)


# --- paths ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("PID-8", Address("PID", 0, 8)),
        ("PID-3[2].4.1", Address("PID", 0, 3, 2, 4, 1)),
        ("OBX[2]-5", Address("OBX", 2, 5)),
        ("OBX[]-5[].1", Address("OBX", EACH, 5, EACH, 1)),
        ("ZX9-12.3", Address("ZX9", 0, 12, 0, 3)),
    ],
)
def test_a_path_names_a_place(path: str, meant: Address) -> None:
    assert address(path) == meant


@pytest.mark.parametrize(
    "path", ["", "PID", "PID-", "PID-0", "PID-3[0]", "PID-3.0", "pid-3", "PID.3", "PID-3.1.1.1", "PI-3", "PID-3 "]
)
def test_a_path_that_names_no_place_is_refused(path: str) -> None:
    with pytest.raises(Misconfigured):
        address(path)


def test_elements_are_every_leaf_that_says_something_once_and_in_order() -> None:
    person = message('PID|1||M1^^^H&1.2~~S2||Doe^Jo\\T\\Lee|""', "OBX|1", "OBX|2||x", header="MSH|^~\\&|EHR")

    assert [(str(place), value) for place, value in elements(person)] == [
        ("MSH-3.1", "EHR"),
        ("PID-1.1", "1"),
        ("PID-3.1", "M1"),
        ("PID-3.4", "H"),
        ("PID-3.4.2", "1.2"),
        ("PID-3[3].1", "S2"),
        ("PID-5.1", "Doe"),
        ("PID-5.2", "Jo&Lee"),
        ("PID-6.1", '""'),
        ("OBX-1.1", "1"),
        ("OBX[2]-1.1", "2"),
        ("OBX[2]-3.1", "x"),
    ]


def test_every_element_is_found_again_at_its_own_path(admission: Message) -> None:
    for place, value in elements(admission):
        assert address(str(place)).leaf == place
        assert place.of(admission) == value
    assert count(admission) == sum(1 for _ in elements(admission))


def test_another_reader_finds_the_same_in_the_same_places(admission: Message) -> None:
    other = hl7.parse(ADMISSION.decode())

    for place, value in elements(admission):
        assert other.extract_field(*place) == value
