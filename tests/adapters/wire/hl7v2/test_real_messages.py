"""Messages that other people's systems sent: read, given back, taken apart and put together, compared with another reader."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import hl7
import pytest

from adapters.wire.hl7v2 import (
    Message,
    Row,
    Segment,
    acknowledge,
    count,
    cut,
    elements,
    moment,
    read,
    split_batch,
    write,
)
from adapters.wire.hl7v2.marks import OFF
from adapters.wire.hl7v2.message import Header
from hub.errors import Unreadable
from tests.samples import every, samples

FILES = [sample for suffix in ("hl7", "HL7", "txt", "hl7v2") for sample in every(f"healthcare/**/*.{suffix}")]
MESSAGE = re.compile(rb"(?:\A|[\r\n]|\xef\xbb\xbf)MSH[|]")
STANDARD_ESCAPES = re.compile(r"\\(?:[FSTRE]|\.br)\\")


def messages(path: Path) -> Iterator[Message]:
    """The messages of a file; none where it holds a list, a lone segment or something else altogether."""
    body = path.read_bytes()
    if MESSAGE.search(body):
        yield from map(read, split_batch(body))


@pytest.mark.parametrize("path", FILES)
def test_every_message_comes_back_to_the_byte(path: Path) -> None:
    body = path.read_bytes()
    found = list(messages(path))

    assert len(found) == len(MESSAGE.findall(body))
    assert b"".join(map(bytes, found)) in body
    assert len(found) != 1 or bytes(found[0]) == body


@pytest.mark.parametrize("path", FILES)
def test_every_message_says_the_same_after_being_taken_apart_and_put_together(path: Path) -> None:
    for message in messages(path):
        again = read(write([taken_apart(row) for row in message], charset=message.charset))

        assert list(elements(again)) == list(elements(message))
        pairs = [(row, other) for row, other in zip(message, again, strict=True) if not odd(row)]
        assert [other.text for _, other in pairs] == [without_tails(row) for row, _ in pairs]


def taken_apart(row: Segment) -> Row:
    return [*row.fields[: first(row)], *(row.tree(number) for number in range(first(row), len(row.fields)))]


def first(row: Segment) -> int:
    """Where the data begins: after the delimiters of a header."""
    return 3 if isinstance(row, Header) else 1


def odd(row: Segment) -> bool:
    """Whether there is text that the standard would spell otherwise: a bare backslash, a vendor's escape, a line end."""
    data = row.marks.field.join(row.fields[first(row) :])
    return bool(re.search(r"[\\\r\n]", STANDARD_ESCAPES.sub("", data)))


def without_tails(row: Segment) -> str:
    """A segment as it was spelled, without the delimiters that nothing follows."""
    field, component, repetition, _, subcomponent, _ = map(re.escape, row.marks)
    data = row.marks.field.join(row.fields[first(row) :])
    for mark, outer in [
        (subcomponent, component + repetition + field),
        (component, repetition + field),
        (repetition, field),
        (field, ""),
    ]:
        data = re.sub(rf"{mark}+(?=[{outer}\0]|\Z)", "", data)
    head = f"{row.id}{row.marks.field}{row.fields[2]}" if isinstance(row, Header) else row.id
    return f"{head}{row.marks.field}{data}" if data else head


@pytest.mark.parametrize("path", FILES)
def test_another_reader_finds_the_same_in_the_same_places(path: Path) -> None:
    for message in messages(path):
        if message.value("MSH", 2) not in ("^~\\&", "^~\\&#") or not message.value("MSH", 9):
            continue  # python-hl7 takes misspelt delimiters by the letter, and an MSH without fields for two.
        ours = [row for row in message if OFF not in row.text and "\n" not in row.text]
        # It strips the end of a message, so the end is made to be no data.
        theirs = hl7.parse("\r".join([*(row.text for row in ours), "ZZZ|"]))

        assert len(theirs) == len(ours) + 1
        for row, other in zip(ours, theirs, strict=False):
            raw = [cut(field, row.marks._replace(escape=OFF)) for field in row.fields[first(row) :]]
            assert raw == [nested(field) for field in list(other)[first(row) :]]


def nested(field: hl7.Field) -> list[list[list[str]]]:
    """One of python-hl7's fields, in the shape of ours."""
    turns = [list(turn) if isinstance(turn, hl7.Repetition) else [turn] for turn in field]
    parts = [[list(part) if isinstance(part, hl7.Component) else [part] for part in turn] for turn in turns]
    return [] if parts == [[[""]]] else parts


@pytest.mark.parametrize("path", FILES)
def test_every_message_can_be_counted_and_answered(path: Path) -> None:
    for message in messages(path):
        assert count(message) == sum(1 for _ in elements(message))

        ack = read(acknowledge(message, "AA", control_id="1", at=0))
        assert (ack.value("MSA", 2, 0) or "") == message.control_id


TIMES = {"MSH": (7,), "EVN": (2, 6), "PID": (7, 29), "PV1": (44, 45), "OBR": (7, 22), "OBX": (14,)}


def test_nearly_every_time_that_real_senders_send_is_understood() -> None:
    sent = [
        value
        for path in samples("healthcare").rglob("*.hl7")
        for message in messages(path)
        for name, fields in TIMES.items()
        for row in message.all(name)
        for field in fields
        if (value := row.value(field))
    ]

    understood = [text for text in sent if understands(text)]

    assert len(sent) > 1_500
    assert len(understood) / len(sent) > 0.98
    assert all((moment(text).micros is None) == (len(text.strip()) <= 8) for text in understood)


def understands(text: str) -> bool:
    try:
        moment(text)
    except Unreadable:
        return False
    return True
