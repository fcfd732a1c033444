"""HL7 v2: a message put together again from the pieces it was cut into."""

from __future__ import annotations

from adapters.wire.hl7v2 import Segment, read


def same(body: bytes) -> bool:
    r"""Whether the fields, repetitions, components and subcomponents of a message make its very bytes again.

    The ends of its segments, and what stands before the first, are as they stood. Raises Unreadable.

    >>> same(b"MSH|^~\\&|EHR||||||ADT^A01|7|P|2.5.1\r\nPID|1||M1^^^H&1.2~S2\r\n")
    True
    """
    message = read(body)
    text = body.decode(message.charset)
    parts, at = [], 0
    for row in message:
        start = text.index(row.text, at)
        parts += [text[at:start], _spelled(row)]
        at = start + len(row.text)
    return "".join((*parts, text[at:])).encode(message.charset) == body


def _spelled(row: Segment) -> str:
    """A segment from the leaves of its fields."""
    first = 3 if row.id == "MSH" else 1
    fields = [_field(raw, row) for raw in row.fields[first:]]
    head = f"{row.id}{row.marks.field}{row.fields[2]}" if first == 3 else row.id
    return row.marks.field.join((head, *fields))


def _field(raw: str, row: Segment) -> str:
    _, component, repetition, _, subcomponent, _ = row.marks
    turns = [[part.split(subcomponent) for part in turn.split(component)] for turn in raw.split(repetition)]
    return repetition.join(component.join(subcomponent.join(leaves) for leaves in parts) for parts in turns)
