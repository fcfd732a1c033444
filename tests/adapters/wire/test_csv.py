"""CSV: what is read within limits, what is refused and where, and pieces that keep their spelling."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.wire import csv
from hub.errors import Misconfigured, Unreadable

WORDS = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=12)


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        (b"a,b\r\n1,2\r\n", [{"a": "1", "b": "2"}]),
        (b"a,b\n1,\n", [{"a": "1"}]),
        (b"a\tb\r1\t2\r", [{"a": "1", "b": "2"}]),
        (b'a|b\n"x|y"|"1\n2"\n', [{"a": "x|y", "b": "1\n2"}]),
        (b"\xef\xbb\xbfa,b\n1,2", [{"a": "1", "b": "2"}]),
        ("a,b\n1,é\n".encode("utf-16"), [{"a": "1", "b": "é"}]),
        (b"a,b,,\n1,2,,\n", [{"a": "1", "b": "2"}]),
        (b"a,,b\n1,2,3\n", [{"a": "1", "column 2": "2", "b": "3"}]),
        (b"a,b\n\n1,2\n\n", [{"a": "1", "b": "2"}]),
    ],
)
def test_tables_are_read_as_they_come(body: bytes, wanted: list[csv.Row]) -> None:
    assert csv.read(body) == wanted


def test_a_charset_that_is_named_is_taken() -> None:
    assert csv.read("a,b\n1,é\n".encode("cp1252"), charset="cp1252") == [{"a": "1", "b": "é"}]


@pytest.mark.parametrize(
    ("body", "at", "said"),
    [
        (b"", "line 1", "no first line"),
        (b"a,a\n1,2\n", "line 1 column 2", "A column stands twice."),
        (b"a,b\n1\n", "line 2", "This row has 1 cells, and the first line names 2."),
        (b"a,b\n1,2\n1,2,3\n", "line 3", "This row has 3 cells, and the first line names 2."),
        (b'a,b\n1,"2\n', "line 2", "This is not CSV"),
        (b'a,b\n1,"2"x\n', "line 2", "This is not CSV"),
        (b"a,b\n1,\xff\n", "byte 6", "not UTF-8"),
        (b"a,b\n1,\0\n", "character 6", "NUL"),
        (b"," * 3000 + b"x\n", "line 1", "more than 2000 columns"),
        (b"a,b\n1," + b"x" * 200_000 + b"\n", "line 2", "This is not CSV"),
    ],
)
def test_what_is_wrong_is_said_with_its_place_and_never_its_words(body: bytes, at: str, said: str) -> None:
    with pytest.raises(Unreadable) as refused:
        csv.read(body)

    assert refused.value.at == at
    assert said in refused.value.message


def test_a_file_may_be_so_large_and_no_larger(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv, "MOST_BYTES", 10)

    assert len(csv.read(b"a,b\n1,2\n")) == 1
    with pytest.raises(Unreadable, match="larger than 10 bytes"):
        csv.read(b"a,b\n1,2\n3,4\n")


def test_a_table_may_have_so_many_cells_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv, "MOST_CELLS", 4)

    assert len(csv.read(b"a,b\n1,2\n3,4\n")) == 2
    with pytest.raises(Unreadable, match="more than 4 cells"):
        csv.read(b"a,b\n1,2\n3,4\n5,6\n")


def test_a_charset_that_nobody_has_is_the_partner_files_mistake() -> None:
    with pytest.raises(Misconfigured, match='"cp9999" is no charset'):
        csv.read(b"a\n1\n", charset="cp9999")


@given(st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=5))
def test_what_is_written_is_read_again(cells: list[tuple[str, str]]) -> None:
    rows = [{"a": a, "b": b} for a, b in cells]

    # An empty cell is not there, and blanks around a word are not part of it.
    wanted = [{name: text.strip() for name, text in row.items() if text.strip()} for row in rows]
    assert csv.read(csv.write(["a", "b"], rows)) == [row for row in wanted if row]


def test_pieces_keep_every_byte_of_their_rows_in_any_charset() -> None:
    body = b'\xef\xbb\xbfid,who\r\n1,"a\r\nb"\r\n\r\n2,\xff\n3,"cut'

    found = list(csv.records(body))

    assert [first for first, _, _ in found] == [b"\xef\xbb\xbfid,who\r\n"] * 3
    assert [row for _, row, _ in found] == [b'1,"a\r\nb"\r\n', b"2,\xff\n", b'3,"cut']


@pytest.mark.parametrize(
    "body",
    [
        b'[{"id": 1}]',
        b'{"id": 1}',
        b'{"features": [{"attributes": {"id": 1}}]}',
        b'{"features": [{"type": "Feature", "properties": {"id": 1}}]}',
        b'{"result": {"records": [{"id": 1}]}}',
    ],
)
def test_portals_wrap_their_rows_in_many_ways(body: bytes) -> None:
    assert csv.objects(body) == [{"id": "1"}]


@pytest.mark.parametrize("body", [b"[1]", b'"x"', b'{"features": [1]}'])
def test_what_is_no_row_is_refused(body: bytes) -> None:
    with pytest.raises(Unreadable, match="an object belongs here"):
        csv.objects(body)


@given(st.binary(max_size=200))
def test_looking_at_a_first_line_never_raises(body: bytes) -> None:
    assert isinstance(csv.head(body), list)
