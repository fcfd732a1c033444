"""Writing: what we write is read back as we meant it, and what we do not touch stays as it was spelled."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.wire.hl7v2 import NULL, Draft, Row, Segment, address, elements, read, write
from hub.errors import Unmapped
from tests.adapters.wire.hl7v2.letters import ADMISSION, message

HEADER: Row = ["MSH", "|", "^~\\&", "HUB", "C"]
IN_UTF_8: Row = [*HEADER, *[None] * 13, "UNICODE UTF-8"]


@pytest.mark.parametrize(
    ("row", "spelled"),
    [
        (["PID", "1", None, "M1"], "PID|1||M1"),
        (["PID", "1", "", "", None, []], "PID|1"),
        (["PV1"], "PV1"),
        (["PID", ["M1", "M2"]], "PID|M1~M2"),
        (["PID", [["M1", "", "H"]]], "PID|M1^^H"),
        (["PID", [["M1", ["H", "1.2"], ""], "", ""]], "PID|M1^H&1.2"),
        (["PID", [["", ""], "M2"]], "PID|~M2"),
        (["PID", "a|b^c~d&e\\f"], r"PID|a\F\b\S\c\R\d\T\e\E\f"),
        (["PID", "a\rb\nc\x0bd\x1ce"], r"PID|a\X0D\b\.br\c\X0B\d\X1C\e"),
        (["PID", NULL, [["x", NULL]], '""'], r'PID|""|x^""|\X22\"'),
    ],
)
def test_a_row_is_spelled_without_anything_empty_at_its_end(row: Row, spelled: str) -> None:
    assert write([HEADER, row]) == f"MSH|^~\\&|HUB|C\r{spelled}\r".encode()


def test_a_header_names_the_delimiters_for_what_follows() -> None:
    rows: list[Row] = [["MSH", ":", "*%!;", "HUB"], ["PID", [["M1", ["a", "b:c"]], "M2"]]]

    assert write(rows) == b"MSH:*%!;:HUB\rPID:M1*a;b!F!c%M2\r"


def test_without_delimiters_the_recommended_ones_are_written() -> None:
    assert write([["MSH", None, None, "HUB"]]) == write([["MSH", "", "", "HUB"]]) == b"MSH|^~\\&|HUB\r"
    assert write([["MSH"], ["PID", "1"]]) == b"MSH|^~\\&\rPID|1\r"


def test_msh_18_chooses_the_bytes() -> None:
    person: Row = ["PID", "Zoë"]

    assert write([IN_UTF_8, person]).endswith("PID|Zoë\r".encode())
    assert write([HEADER, person]).endswith("PID|Zoë\r".encode())
    assert write([[*IN_UTF_8[:18], "8859/1"], person]).endswith("PID|Zoë\r".encode("latin-1"))
    assert write([IN_UTF_8, person], charset="latin-1").endswith("PID|Zoë\r".encode("latin-1"))


@pytest.mark.parametrize(
    ("rows", "at", "words"),
    [
        (
            [[*IN_UTF_8[:18], "8859/1"], ["NTE", "x\ny"], ["PID", "Łódź"]],
            "PID",
            "a character that cp1252 does not have",
        ),
        ([HEADER, ["PID", "\ud800"]], "PID", "a character that utf-8 does not have"),
        ([["MSH", "|", "^", "A"], ["PID", ["M1", "M2"]]], "PID", "names no delimiter"),
        ([["MSH", "|", "^~", "A"], ["PID", "a^b"]], "PID", "no escape character"),
        ([HEADER, ["PID", [[["a", ["too", "deep"]]]]]], "PID", "three deep"),
        ([HEADER, ["PID", 0]], "PID", "holds no int"),
        ([HEADER, ["PID", [["a", {"b": "c"}]]]], "PID", "holds no dict"),
    ],
)
def test_what_cannot_be_written_is_refused_naming_the_segment(rows: list[Row], at: str, words: str) -> None:
    with pytest.raises(Unmapped, match=words) as refused:
        write(rows)

    assert refused.value.at == at


# --- drafts -----------------------------------------------------------------------------------------


def test_a_draft_is_written_place_by_place() -> None:
    draft = Draft()
    for path, value in [
        ("MSH-3", "HUB"),
        ("MSH-9.1", "ADT"),
        ("MSH-9.2", "A08"),
        ("PID-3.1", "M1"),
        ("PID-3.4.2", "1.2"),
        ("PID-3[2]", "S|2"),
        ("PID-8", None),
        ("OBX-5", "9"),
        ("OBX[2]-5", NULL),
    ]:
        draft.put(address(path), value)

    assert bytes(draft) == b'MSH|^~\\&|HUB||||||ADT^A08\rPID|||M1^^^&1.2~S\\F\\2\rOBX|||||9\rOBX|||||""\r'


def test_a_draft_over_a_message_changes_only_the_place_that_is_put() -> None:
    before = message("PID|1||M1^^^H&1.2^MR~S2^||D\\Zx\\e^Jo|||", "ZXX|a^^|~", "OBX|1||y")
    draft = Draft(before)

    draft.put(address("PID-3.4.1"), "HUB")

    assert bytes(draft) == bytes(before).replace(b"H&1.2", b"HUB&1.2").replace(b"~S2^|", b"~S2|").replace(
        b"Jo|||", b"Jo"
    )


def test_a_draft_that_nobody_touched_is_the_message() -> None:
    assert bytes(Draft(read(ADMISSION))) == ADMISSION


def test_a_draft_over_a_message_keeps_its_delimiters_and_charset() -> None:
    body = b"MSH:*%!;:EHR::::::ADT*A01:7:P:2.5.1::::::8859/1\rPID:1::M1:Zo\xeb\r"
    draft = Draft(read(body))

    draft.put(address("PID-4.2"), "É:é")
    draft.put(address("NTE-3"), "new")

    assert bytes(draft) == body.replace(b"Zo\xeb", b"Zo\xeb*\xc9!F!\xe9") + b"NTE:::new\r"


def test_a_draft_can_empty_a_place_and_fill_one_beyond_the_end() -> None:
    draft = Draft(message("PID|1||M1~M2|x", "OBX|1"))

    draft.put(address("PID-3[2]"), "")
    draft.put(address("PID-4"), None)
    draft.put(address("OBX[2]-2[2].2.2"), "z")

    assert bytes(draft).split(b"\r")[1:] == [b"PID|1||M1", b"OBX|1", b"OBX||~^&z", b""]


@pytest.mark.parametrize("path", ["MSH-1", "MSH-2"])
def test_nobody_puts_delimiters(path: str) -> None:
    with pytest.raises(Unmapped, match="not ours to write"):
        Draft().put(address(path), "x")


# --- laws -------------------------------------------------------------------------------------------

TEXT = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=8).filter(
    lambda text: text != NULL
)
COMPONENT = st.one_of(TEXT, st.lists(TEXT, max_size=3))
FIELD = st.one_of(TEXT, st.lists(st.one_of(TEXT, st.lists(COMPONENT, max_size=3)), max_size=3))
ROWS = st.lists(st.lists(FIELD, max_size=4).map(lambda fields: ["OBX", *fields]), max_size=4)


@given(ROWS)
def test_what_we_wrote_is_what_we_read(rows: list[Row]) -> None:
    said = [[list(map(tree, row[1:])) for row in rows]]
    again = read(write([IN_UTF_8, *rows]))

    found = [[[segment.tree(number) for number in range(1, len(segment.fields))] for segment in again.all("OBX")]]

    assert trimmed(found) == trimmed(said)


@given(ROWS)
def test_writing_what_we_read_changes_nothing(rows: list[Row]) -> None:
    body = write([IN_UTF_8, *rows])
    again = read(body)
    draft = Draft(again)

    for place, value in elements(again):
        draft.put(place, value)

    assert write(list(again)) == bytes(draft) == body


def tree(field: object) -> object:
    """A field as a reader will see it: text is one repetition of one component of one subcomponent."""
    turns = field if isinstance(field, list) else [field]
    parts = [turn if isinstance(turn, list) else [turn] for turn in turns]
    return [[part if isinstance(part, list) else [part] for part in turn] for turn in parts]


def trimmed(value: object) -> object:
    """Without what is empty at any end, which HL7 does not distinguish."""
    if not isinstance(value, list):
        return value
    kept = [trimmed(part) for part in value]
    while kept and not kept[-1]:
        kept.pop()
    return kept


def test_segments_and_rows_can_be_mixed() -> None:
    rows: list[Row | Segment] = [*message("PID|1||M1^^|"), ["NTE", "1"]]

    assert write(rows).endswith(b"PID|1||M1^^|\rNTE|1\r")
