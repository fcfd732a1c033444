"""A shape is a table: what is missing, unknown, too much, out of order or of another form is found at its line, under a rule's name."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.wire.xml import read
from adapters.wire.xml_shape import Shape, holds, load
from hub.errors import Misconfigured, Unreadable

TABLE = """parent,child,least,most,holds
,a,1,1,
a,@id,1,1,digits 2
a,b,1,2,text 1 3
a,c|d,1,1,date
a,e,0,1,
e,f,1,,integer 0 10
"""
GOOD = '<a id="12">\n<b>x</b>\n<c>2026-03-01</c>\n<e><f>3</f><f>4</f></e></a>'


@pytest.fixture
def shape(tmp_path: Path) -> Shape:
    path = tmp_path / "shape.csv"
    path.write_text(TABLE, encoding="utf-8")
    return load(path)


def test_what_has_the_shape_passes(shape: Shape) -> None:
    shape.check(read(GOOD.encode()))


@pytest.mark.parametrize(
    ("old", "new", "at", "rule"),
    [
        ('id="12"', "", "line 1 a", "least"),
        ('id="12"', 'id="1"', "line 1 a", "form"),
        ("<b>x</b>", "", "line 1 a", "least"),
        ("<b>x</b>", "<b>x</b><b>x</b><b>x</b>", "line 2 b", "most"),
        ("<b>x</b>", "<b>xxxx</b>", "line 2 b", "form"),
        ("<c>2026-03-01</c>", "<c>2026-02-30</c>", "line 3 c", "form"),
        ("<c>2026-03-01</c>", "<c>2026-03-01</c><b>x</b>", "line 3 b", "order"),
        ("<c>2026-03-01</c>", "<d>2026-03-01</d><c>2026-03-01</c>", "line 3 c", "most"),
        ("<f>3</f><f>4</f>", "", "line 4 e", "least"),
        ("<f>4</f>", "<f>11</f>", "line 4 f", "form"),
        ("<f>4</f>", "<g>4</g>", "line 4 g", "unknown"),
    ],
)
def test_what_has_another_shape_is_refused_with_line_and_rule(
    shape: Shape, old: str, new: str, at: str, rule: str
) -> None:
    assert old in GOOD

    with pytest.raises(Unreadable) as refused:
        shape.check(read(GOOD.replace(old, new).encode()))

    assert refused.value.at == at
    assert f"[{rule}]" in str(refused.value)


def test_all_faults_are_found(shape: Shape) -> None:
    found = list(shape.faults(read(b"<a>\n<b/>\n<c>x</c></a>")))

    assert [fault.rule for fault in found] == ["least", "form", "form"]


@pytest.mark.parametrize(
    ("said", "text", "fits"),
    [
        ("datetime", "2026-03-10T14:00:00-07:00", True),
        ("datetime", "2026-03-10T14:00:00.5Z", True),
        ("datetime", "2026-13-10T14:00:00Z", False),
        ("datetime", "2026-03-10", False),
        ("decimal 0 50", "34.6", True),
        ("decimal 0 50", "51", False),
        ("decimal", "1e5", False),
        ("integer", "", False),
        ("one_of Y N", "Y", True),
        ("one_of Y N", "y", False),
        ("icd10", "T14.91", True),
        ("icd10", "14.91", False),
        ("uuid", "0a1b2c3d-0000-4000-8000-000000000091", True),
        ("text 1 3", "٣٣٣", True),
        ("digits 3", "٣٣٣", False),
    ],
)
def test_a_text_has_the_form_its_row_names(said: str, text: str, *, fits: bool) -> None:
    assert holds(said, text) is fits


def test_a_form_nobody_knows_stops_the_start(tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_text(TABLE.replace("date\n", "dat\n"), encoding="utf-8")

    with pytest.raises(Misconfigured, match="not a form"):
        load(path)
