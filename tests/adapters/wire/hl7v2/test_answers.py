"""Acknowledgements: which one is due, what it says in each version, and what it never says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.wire.hl7v2 import CONDITIONS, Code, Outcome, Problem, acknowledge, answers, problem, read
from hub.errors import HubError, Unreadable
from tests.adapters.wire.hl7v2.letters import ADMISSION, message

NOON = 1_772_366_400_000_000
WORKING: tuple[Outcome, ...] = ("kept", "failed", "refused")


@pytest.mark.parametrize(
    ("msh15", "msh16", "kept", "failed", "refused"),
    [
        ("", "", ("AA",), ("AE",), ("AR",)),
        ("AL", "NE", ("CA",), ("CE",), ("CR",)),
        ("AL", "", ("CA",), ("CE",), ("CR",)),
        ("AL", "AL", ("CA", "AA"), ("CE",), ("CR",)),
        ("AL", "ER", ("CA",), ("CE",), ("CR",)),
        ("AL", "SU", ("CA", "AA"), ("CE",), ("CR",)),
        ("NE", "NE", (), (), ()),
        ("NE", "AL", ("AA",), ("AE",), ("AR",)),
        ("", "AL", ("AA",), ("AE",), ("AR",)),
        ("NE", "ER", (), ("AE",), ("AR",)),
        ("NE", "SU", ("AA",), (), ()),
        ("ER", "NE", (), ("CE",), ("CR",)),
        ("ER", "AL", ("AA",), ("CE",), ("CR",)),
        ("ER", "ER", (), ("CE",), ("CR",)),
        ("ER", "SU", ("AA",), ("CE",), ("CR",)),
        ("SU", "NE", ("CA",), (), ()),
        ("SU", "AL", ("CA", "AA"), ("AE",), ("AR",)),
        ("SU", "ER", ("CA",), ("AE",), ("AR",)),
        ("SU", "SU", ("CA", "AA"), (), ()),
        ("al", " ne ", ("CA",), ("CE",), ("CR",)),
        ("YES", "NE", ("CA",), ("CE",), ("CR",)),
    ],
)
def test_msh_15_and_msh_16_choose_the_answers(
    msh15: str, msh16: str, kept: tuple[Code, ...], failed: tuple[Code, ...], refused: tuple[Code, ...]
) -> None:
    assert tuple(answers(msh15, msh16, outcome) for outcome in WORKING) == (kept, failed, refused)


def test_an_answer_turns_the_letter_round_and_names_the_message_it_answers() -> None:
    ack = read(acknowledge(read(ADMISSION), "AA", control_id="H-1", at=NOON, text="Kept"))

    assert [ack.value("MSH", field, 0) for field in (3, 4, 5, 6, 7)] == [
        "HUB",
        "CRISIS",
        "EHR",
        "GENHOSP",
        "20260301120000+0000",
    ]
    assert [ack.value("MSH", field, 0) for field in (9, 10, 11, 12, 18)] == [
        "ACK^A01^ACK",
        "H-1",
        "P",
        "2.5.1",
        "UNICODE UTF-8",
    ]
    assert [ack.value("MSA", field) for field in (1, 2, 3)] == ["AA", "C-7", "Kept"]
    assert [segment.id for segment in ack] == ["MSH", "MSA"]


@pytest.mark.parametrize(
    ("version", "kind"),
    [
        ("2.1", "ACK"),
        ("2.2", "ACK^A01"),
        ("2.3", "ACK^A01"),
        ("2.3.1", "ACK^A01^ACK"),
        ("2.8.2", "ACK^A01^ACK"),
        ("2.5^FRA^2.11", "ACK^A01^ACK"),
        ("", "ACK^A01^ACK"),
    ],
)
def test_the_kind_is_spelled_as_the_version_knows_it(version: str, kind: str) -> None:
    ack = read(
        acknowledge(message(header=f"MSH|^~\\&|A||||||ADT^A01^ADT_A01|7|P|{version}"), "AA", control_id="1", at=0)
    )

    assert ack.value("MSH", 9, 0) == kind
    assert ack.value("MSH", 12, 0) == (version or "2.5.1")


def test_a_message_without_a_trigger_gets_an_ack_without_one() -> None:
    ack = acknowledge(message(header="MSH|^~\\&|A||||||ORU|7|P|2.5.1"), "AA", control_id="1", at=0)

    assert read(ack).value("MSH", 9, 0) == "ACK"


PROBLEMS = (
    Problem(code=101, at="PID-3[2].4.1", text="Who are they? a|b"),
    Problem(code=199, at="byte 0", severity="W"),
)


@pytest.mark.parametrize("version", ["2.5", "2.5.1", "2.7", ""])
def test_from_2_5_each_problem_has_its_own_err(version: str) -> None:
    nak = read(
        acknowledge(
            message(header=f"MSH|^~\\&|A||||||ADT^A01|7|P|{version}"), "AE", control_id="1", at=0, errors=PROBLEMS
        )
    )

    assert [segment.text for segment in nak.all("ERR")] == [
        "ERR||PID^1^3^2^4^1|101^Required field missing^HL70357|E||||Who are they? a\\F\\b",
        "ERR|||199^Other HL7 Error^HL70357|W",
    ]
    assert nak.value("ERR", 8) == "Who are they? a|b"


@pytest.mark.parametrize("version", ["2.1", "2.3.1", "2.4"])
def test_before_2_5_one_err_repeats_its_first_field(version: str) -> None:
    nak = read(
        acknowledge(
            message(header=f"MSH|^~\\&|A||||||ADT^A01|7|P|{version}"), "AR", control_id="1", at=0, errors=PROBLEMS
        )
    )

    [err] = nak.all("ERR")
    assert err.text == "ERR|PID^1^3^101&Required field missing&HL70357~^^^199&Other HL7 Error&HL70357"


def test_one_of_our_errors_becomes_a_problem_with_its_place() -> None:
    nak = read(
        acknowledge(ADMISSION, "AR", control_id="1", at=0, errors=[problem(Unreadable("Too much.", at="PID-3"), 198)])
    )

    assert nak.segment("ERR") is not None
    assert (nak.value("ERR", 2, 0), nak.value("ERR", 3), nak.value("ERR", 8)) == ("PID^1^3", "198", "Too much.")


@pytest.mark.parametrize(
    ("raw", "sender", "control_id"),
    [
        (b"", "", ""),
        (b"\x16\x03\x01\x02\x00", "", ""),
        (b"hello", "", ""),
        (b"MSH", "", ""),
        (b"MSH|^~\\&", "", ""),
        (b"noise\rMSH|^~\\&|EHR|H|HUB|C|||ADT^A01|C-9|P|2.4\rPID|", "EHR", "C-9"),
        (b"MSH|^~\\&|EHR|H|HUB|C|||ADT^A01|C-9|P|2.4", "EHR", "C-9"),
        (b"MSH|^~\\&|EHR|H|HUB|C|||ADT^A01|C-9", "EHR", ""),
        (b"MSH|ABC|EHR|H|HUB|C|||ADT^A01|C-9|P|2.4\r", "EHR", "C-9"),
        (b"MSH|\xd7\xa1|EHR|H|HUB|C|||ADT|C-9|P|2.4\r", "EHR", "C-9"),
        (b"MSH|^~\\&|EHR|H|HUB|C|||ADT^A01|C-9|P|2.4||||||klingon\rPID|\xff\r", "EHR", "C-9"),
        (b"MSH|^~\\&|EHR|||||" + b"x" * 5000 + b"|ADT^A01|C-9|P|2.4\r", "EHR", ""),
        (ADMISSION * 2, "EHR", "C-7"),
    ],
)
def test_what_cannot_be_read_is_answered_from_what_can(raw: bytes, sender: str, control_id: str) -> None:
    nak = read(acknowledge(raw, "AR", control_id="H-1", at=0))

    assert (nak.value("MSA", 1), nak.value("MSA", 2) or "") == ("AR", control_id)
    assert (nak.value("MSH", 5), nak.value("MSH", 10)) == (sender, "H-1")


def test_an_answer_uses_the_delimiters_and_the_bytes_of_the_sender() -> None:
    ack = acknowledge(
        read("MSH:*%!;:ÉHR:H*1.2:::::ADT*A01:7:P:2.5.1::::::8859/1\r".encode("latin-1")),
        "AE",
        control_id="1",
        at=0,
        text="a:b",
        errors=[Problem(at="PID-3")],
    )

    assert ack.decode("latin-1").split("\r") == [
        "MSH:*%!;:::ÉHR:H*1.2:19700101000000+0000::ACK*A01*ACK:1:P:2.5.1::::::8859/1",
        "MSA:AE:7:a!F!b",
        "ERR::PID*1*3:207*Application error*HL70357:E",
        "",
    ]


def test_without_an_escape_character_our_own_words_lose_their_delimiters() -> None:
    ack = acknowledge(message(header="MSH|^~|A||||||ADT^A01|7|P|2.4"), "AE", control_id="1", at=0, text="a|b^c")

    assert ack.endswith(b"MSA|AE|7|a b c\r")


def test_a_header_cannot_smuggle_a_segment_or_a_frame_end_into_the_answer() -> None:
    smuggled = b"MSH|^~\\&|A\nb|H|\x1c\x0b|C|||ADT^A01|7\n8|P|2.5.1\rPID|1\r"

    for raw in (smuggled, read(smuggled)):
        ack = acknowledge(raw, "AA", control_id="1", at=0)
        assert not any(mark in ack for mark in (b"\x0b", b"\x1c", b"\n"))
        assert [line[:3] for line in ack.split(b"\r")] == [b"MSH", b"MSA", b""]


def test_an_answer_holds_nothing_of_a_person() -> None:
    nak = acknowledge(read(ADMISSION), "AE", control_id="H-1", at=NOON, errors=[problem(HubError(at="PID-3"))])

    assert not any(word in nak for word in (b"Doe", b"Jordan", b"M7", b"19900314", b"900000007", b"Main St", b"F32"))


def test_the_conditions_are_those_of_table_0357() -> None:
    assert {0, 100, 101, 102, 103, 104, 198, 199, *range(200, 208)} == set(CONDITIONS)


@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_get_an_answer_that_can_be_read(junk: bytes, led: bool) -> None:
    raw = b"MSH|" * led + junk

    nak = read(acknowledge(raw, "AR", control_id="1", at=0, text="No.", errors=PROBLEMS))

    assert [nak.header.id, nak.rows[1].id, nak.rows[2].id] == ["MSH", "MSA", "ERR"]
