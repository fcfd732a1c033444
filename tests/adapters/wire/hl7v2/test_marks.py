"""Escapes: what they mean, what stays as it is, and that nothing we write can break out of its place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.wire.hl7v2 import NULL, STANDARD, escape, marks, unescape
from hub.errors import Unmapped


@pytest.mark.parametrize(
    ("spelled", "meant"),
    [
        (r"a\F\b", "a|b"),
        (r"a\S\b", "a^b"),
        (r"a\R\b", "a~b"),
        (r"a\T\b", "a&b"),
        (r"a\E\b", "a\\b"),
        (r"\E\F\E\ ", "\\F\\ "),
        (r"one\.br\two\.BR\three", "one\ntwo\nthree"),
        (r"\X0D\\X0A\ ", "\r\n "),
        (r"Zo\XC3AB\ ", "Zoë "),
        (r"Zo\Xeb\ ", "Zoë "),
        (r"\M2442\;3ED\C2842\ Taro", "山田 Taro"),
        (r"\M2442\;3ED", "山田"),
        (r"\M2442\9\F\\C2842\!", "骨!"),
    ],
)
def test_escapes_are_resolved(spelled: str, meant: str) -> None:
    assert unescape(spelled, STANDARD) == meant


@pytest.mark.parametrize(
    "spelled",
    [
        r"C:\temp\x",
        r"\H\loud\N\ ",
        r"\.sp3\ ",
        r"\Zvendor\ ",
        r"\P\ ",
        r"\X0\ ",
        r"\X\ ",
        r"\X00\ ",
        r"\C2842\ ",
        r"\M24\ ",
        r"\M2442\ ".strip(),
        r"\M2442\é",
        "\\",
        "\\\\",
        r"5 \ 6",
    ],
)
def test_an_escape_that_is_unknown_or_no_text_stays_as_it_is_spelled(spelled: str) -> None:
    assert unescape(spelled, STANDARD) == spelled


def test_a_lone_backslash_does_not_hide_the_escape_after_it() -> None:
    assert unescape(r"5\ 6\T\7", STANDARD) == r"5\ 6&7"


def test_truncation_is_an_escape_where_msh_2_names_it() -> None:
    assert unescape(r"a\P\b", marks("|", "^~\\&#")) == "a#b"
    assert escape("a#b", marks("|", "^~\\&#")) == r"a\P\b"
    assert escape("a#b", STANDARD) == "a#b"


@given(st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])))
def test_what_we_escape_is_read_back_as_it_was(text: str) -> None:
    assert unescape(escape(text, STANDARD), STANDARD) == text


@given(st.text())
def test_nothing_that_is_escaped_can_end_a_field_a_segment_or_a_frame(text: str) -> None:
    spelled = escape(text, STANDARD)

    assert not any(mark in spelled for mark in "|^~&\r\n\x0b\x1c\x00")
    assert spelled != NULL


@given(st.text(alphabet='|^~\\&#FSTREPXMC.br0123456789ABCDEF \r\n"$B(é', max_size=60))
def test_any_text_can_be_unescaped_and_what_is_plain_is_untouched(text: str) -> None:
    meant = unescape(text, STANDARD)

    assert meant == text or "\\" in text


def test_without_an_escape_character_a_delimiter_in_text_is_refused() -> None:
    bare = marks("|", "^~")

    assert escape("plain", bare) == "plain"
    assert unescape("a\\F\\b", bare) == "a\\F\\b"
    with pytest.raises(Unmapped, match="no escape character"):
        escape("a|b", bare)
