"""From bytes to segments: what is accepted, what is refused, and with which words."""

from __future__ import annotations

import time

import pytest

from adapters.wire.hl7v2 import Limits, looks_like, read
from adapters.wire.hl7v2.charset import candidates
from hub.errors import Unreadable
from tests.adapters.wire.hl7v2.letters import ADMISSION, SEGMENTS, message


def test_an_admission_is_read_and_given_back_to_the_byte() -> None:
    admission = read(ADMISSION)

    assert (admission.kind, admission.control_id, admission.version) == ("ADT^A01", "C-7", "2.5.1")
    assert [segment.text for segment in admission] == list(SEGMENTS)
    assert bytes(admission) == ADMISSION


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r\r", b"\n\n", b"\r\n\r\n", b"\r  "])
def test_any_line_end_is_repaired_and_the_bytes_stay(end: bytes) -> None:
    body = ADMISSION.replace(b"\r", end)

    assert [segment.text.rstrip() for segment in read(body)] == list(SEGMENTS)
    assert bytes(read(body)) == body


@pytest.mark.parametrize("before", [b"\x0b", b"\xef\xbb\xbf", b"\r\n\r\n", b"hello\r", b"\x00\x0b \t"])
@pytest.mark.parametrize("after", [b"\x1c", b"\x1c\r", b"\r\n\r\n", b"\x00"])
def test_noise_around_a_message_is_passed_over_and_kept_in_the_bytes(before: bytes, after: bytes) -> None:
    body = before + ADMISSION + after

    assert [segment.text for segment in read(body)] == list(SEGMENTS)
    assert bytes(read(body)) == body
    assert looks_like(body)


def test_a_message_without_its_last_line_end_is_whole() -> None:
    assert [segment.text for segment in read(ADMISSION[:-1])] == list(SEGMENTS)


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_a_line_that_cannot_be_a_segment_continues_the_text_before_it(end: str) -> None:
    note = message("NTE|1||He said:", "I will\nnot, and", "  then left|RE", "ZXX|1")

    assert [segment.id for segment in note] == ["MSH", "NTE", "ZXX"]
    assert note.value("NTE", 3) == "He said:\rI will\nnot, and\r  then left"
    assert note.value("NTE", 4) == "RE"


def test_a_segment_may_be_nothing_but_its_name() -> None:
    assert [segment.text for segment in message("EVN|A01", "PV1")][1:] == ["EVN|A01", "PV1"]


@pytest.mark.parametrize(
    ("body", "at", "words"),
    [
        (b"", "byte 0", "not HL7 v2"),
        (b'{"MSH": "|^~"}', "byte 0", "not HL7 v2"),
        (b"<MSH/>", "byte 0", "not HL7 v2"),
        (b"MSH", "byte 0", "not HL7 v2"),
        ("MSHä|".encode(), "byte 0", "not HL7 v2"),
        (b"PID|1||M1\r", "byte 0", "not HL7 v2"),
        (b"x" * 2000 + b"\rMSH|^~\\&|A\r", "byte 0", "not HL7 v2"),
        (b"BHS|^~\\&\rMSH|^~\\&|A\r", "byte 0", "a batch"),
        (b"\x0bFHS|^~\\&\rMSH|^~\\&|A\r", "byte 0", "a batch"),
        (ADMISSION + ADMISSION, "MSH[2]", "more than one MSH"),
        (ADMISSION.replace(b"\r", b"\n") * 2, "MSH[2]", "more than one MSH"),
        (b"MSH|EHR|GENHOSP|HUB\r", "MSH-2", "delimiters"),
        (b"MSH|^~\\&|A" + b"|" * 15 + b"UNICODE UTF-8\rPID|||\xfc\r", "MSH-18", "not the utf-8"),
        (b"MSH|^~\\&|A" + b"|" * 15 + b"klingon\rPID|||\xfc\r", "MSH-18", "unknown charset"),
    ],
)
def test_what_is_not_one_message_is_refused_naming_the_place(body: bytes, at: str, words: str) -> None:
    with pytest.raises(Unreadable, match=words) as refused:
        read(body)

    assert refused.value.at == at


def test_looks_like_tells_messages_from_batches_and_strangers() -> None:
    assert looks_like(ADMISSION)
    assert not any(looks_like(other) for other in (b"", b"BHS|^~\\&\rMSH|^~\\&|1", b'{"MSH":1}', b"\xff\xfe", b"SMSH|"))


# --- delimiters -------------------------------------------------------------------------------------


def test_a_sender_may_choose_its_own_delimiters() -> None:
    odd = read(b"MSH:*%!;:EHR:::::::7\rPID:1::M1*x*a;b%M2:Doe!S!Smith\r")

    assert odd.value("PID", 3, 3, 2) == "b"
    assert odd.value("PID", 3, repetition=2) == "M2"
    assert odd.value("PID", 4) == "Doe*Smith"
    assert odd.value("PID", 4, 2) is None


@pytest.mark.parametrize("spelled", ["^~\\&", "^~\\&#", "^~\\\\&", "~\\&", "", " ^~\\& ", "^~\\&#XYZ"])
def test_delimiters_are_understood_as_real_senders_misspell_them(spelled: str) -> None:
    odd = message("PID|1||M1^^^H&1.2~M2||A\\S\\B", header=f"MSH|{spelled}|EHR||||||ADT^A01|7")

    assert odd.kind == "ADT^A01"
    assert odd.value("MSH", 2) == spelled
    assert odd.value("PID", 3, 4, 2) == "1.2"
    assert odd.value("PID", 3, repetition=2) == "M2"
    assert odd.value("PID", 5) == "A^B"


def test_a_delimiter_named_twice_keeps_its_first_meaning() -> None:
    odd = message("PID|1||M1^^^H&M2||A\\S\\B", header="MSH|^&&^|EHR")

    assert odd.value("PID", 3, repetition=2) == "M2"
    assert odd.value("PID", 3, 4) == "H"
    assert odd.value("PID", 5) == "A\\S\\B"


def test_a_delimiter_that_is_not_named_is_text() -> None:
    assert message("PID|1||AT&T", header="MSH|^~\\|EHR").value("PID", 3) == "AT&T"


# --- charset ----------------------------------------------------------------------------------------


def in_charset(declared: str, name: bytes) -> bytes:
    return b"MSH|^~\\&|A" + b"|" * 15 + declared.encode() + b"\rPID|1||M1||" + name + b"\r"


@pytest.mark.parametrize(
    ("declared", "codec"),
    [
        ("UNICODE UTF-8", "utf-8"),
        ("unicode utf-8", "utf-8"),
        ("UTF-8", "utf-8"),
        ("utf8", "utf-8"),
        ("UTF-8~UNICODE", "utf-8"),
        ("UNICODE", "utf-8"),
        ("8859/1", "latin-1"),
        ("iso-8859-1", "latin-1"),
        ("ISO 8859/1", "latin-1"),
        ("8859/2", "iso8859_2"),
        ("ISO-8859-15", "iso8859_15"),
        ("WINDOWS-1250", "cp1250"),
        ("~ISO IR87", "iso2022_jp_ext"),
        ("ASCII~8859/2", "iso8859_2"),
        ("ASCII~ISO IR14~ISO IR87", "iso2022_jp_ext"),
        ("8859/1~8859/2", "latin-1"),
        ("GB 18030-2000", "gb18030"),
        ("BIG-5", "big5hkscs"),
        ("KS X 1001", "cp949"),
        ("Shift_JIS", "cp932"),
    ],
)
def test_charsets_go_by_their_names_in_table_0211_and_by_those_in_use(declared: str, codec: str) -> None:
    name = {
        "iso8859_2": "Łucja",
        "iso2022_jp_ext": "山田",
        "gb18030": "张伟",
        "big5hkscs": "張偉",
        "cp949": "김",
        "cp932": "ソ能",
    }.get(codec, "Zöe")
    body = in_charset(declared, name.encode(codec))

    assert read(body).value("PID", 5) == name
    assert bytes(read(body)) == body


@pytest.mark.parametrize("declared", ["", "ASCII", "ascii"])
@pytest.mark.parametrize(
    ("name", "codec"), [("Zoë", "utf-8"), ("Zoë", "cp1252"), ("Zo\x81ë", "latin-1"), ("O’Hara", "cp1252")]
)
def test_without_a_charset_the_bytes_decide_and_none_is_lost(declared: str, name: str, codec: str) -> None:
    read_back = read(in_charset(declared, name.encode(codec)))

    assert (read_back.value("PID", 5), read_back.charset) == (name, codec)
    assert name.encode(read_back.charset) == name.encode(codec)


def test_windows_quotes_under_the_name_of_8859_1_are_quotes() -> None:
    assert read(in_charset("8859/1", b"O\x92Hara")).value("PID", 5) == "O’Hara"


def test_the_partner_says_what_msh_18_does_not() -> None:
    body = in_charset("", "Łódź".encode("iso8859_2"))

    assert read(body, charset="8859/2").value("PID", 5) == "Łódź"


def test_a_partner_known_to_declare_the_wrong_charset_is_overruled() -> None:
    body = in_charset("UNICODE UTF-8", "Łódź".encode("iso8859_2"))

    assert read(body, charset="8859/2", insist=True).value("PID", 5) == "Łódź"
    with pytest.raises(Unreadable, match="not the utf-8"):
        read(body, charset="8859/2")


def test_an_unknown_charset_does_not_matter_to_ascii() -> None:
    assert read(in_charset("klingon", b"Doe")).value("PID", 5) == "Doe"


def test_plain_ascii_is_rewritten_in_the_charset_it_declares() -> None:
    assert read(in_charset("8859/2", b"Doe")).charset == "iso8859_2"


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_needs_its_byte_order_mark(codec: str) -> None:
    mark = {"utf-16": b"", "utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}[codec]
    body = mark + in_charset("UNICODE UTF-16", b"Zoe").decode().replace("Zoe", "Zoë").encode(codec)

    assert read(body).value("PID", 5) == "Zoë"
    assert looks_like(body)


def test_python_has_every_codec_that_the_table_names() -> None:
    names = ["", "UTF8", "88591", "ISO IR87", "GBK", "EUCKR", "BIG5", "SJIS", *(f"8859/{n}" for n in (2, 9, 15))]
    names += [f"WINDOWS-{page}" for page in range(1250, 1259)]

    assert all("".encode(codec) == b"" for name in names for codec in candidates(name, ""))
    assert all(candidates(name, "") for name in names)


# --- limits -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "limits", "at"),
    [
        (ADMISSION, Limits(bytes=100), "byte 100"),
        (ADMISSION, Limits(segments=10), "segment 11"),
        (ADMISSION, Limits(repetitions=1), "PID-3"),
        (ADMISSION, Limits(parts=30), "PID"),
    ],
)
def test_a_message_beyond_the_limits_is_refused_naming_the_place(body: bytes, limits: Limits, at: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read(body, limits=limits)

    assert refused.value.at == at


def test_limits_are_what_is_still_allowed() -> None:
    assert len(read(ADMISSION, limits=Limits(bytes=len(ADMISSION), segments=14, repetitions=2)).rows) == 14


FLOODS = {
    "repetitions": (b"PID|1||" + b"M1~" * 1_000_000, "PID-3"),
    "components": (b"PID|1||" + b"^" * 1_000_000, "PID"),
    "fields": (b"PID" + b"|" * 1_000_000, "PID"),
    "segments": (b"OBX|1\r" * 1_000_000, "segment 100001"),
    "blank lines": (b"PID|1" + b"\n \r" * 1_000_000 + b"x", "segment 100001"),
    "just as many blank lines as are allowed": (b"PID|1" + b"\n" * 99_000 + b"x", "nowhere"),
    "segments ended by LF": (b"OBX|1\n" * 1_000_000, "segment 100001"),
    "odd lines": (b"x\r" * 1_000_000, "segment 100001"),
    "spaces": (b" " * 3_000_000, "nowhere"),
    "MSH in text": (b"NTE|1||" + b"MSH " * 1_000_000, "nowhere"),
}


def refused_at(body: bytes) -> str:
    try:
        read(body)
    except Unreadable as refused:
        return refused.at
    return "nowhere"


@pytest.mark.parametrize("flood", FLOODS)
def test_a_flood_is_answered_quickly(flood: str) -> None:
    begun = time.process_time()
    body, at = FLOODS[flood]
    assert refused_at(b"MSH|^~\\&|A\r" + body) == at

    # A quadratic reader takes hours.
    assert time.process_time() - begun < 2


def test_nothing_of_a_person_is_shown_by_a_repr() -> None:
    admission = read(ADMISSION)
    shown = f"{admission!r} {admission.rows!r} {admission.groups('OBX')!r} {admission.header!r}"

    assert not any(word in shown for word in ("Doe", "M7", "1990", "EHR"))
