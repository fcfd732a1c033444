"""A message as segments in wire order: cut into fields only where somebody looks, and never rewritten."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from adapters.wire.hl7v2.marks import NULL, Marks, unescape

Tree = list[list[list[str]]]


def cut(raw: str, by: Marks) -> Tree:
    r"""A raw field as repetitions of components of subcomponents, unescaped; nothing for an empty one.

    >>> from adapters.wire.hl7v2 import STANDARD
    >>> cut("M1^^^H&1.2~S2", STANDARD)
    [[['M1'], [''], [''], ['H', '1.2']], [['S2']]]
    """
    if not raw:
        return []
    _, component, repetition, _, subcomponent, _ = by
    return [
        [[_leaf(leaf, by) for leaf in part.split(subcomponent)] for part in turn.split(component)]
        for turn in raw.split(repetition)
    ]


def _leaf(raw: str, by: Marks) -> str:
    if raw == NULL:
        return NULL
    return unescape(raw, by) if by.escape in raw else raw


class Segment(msgspec.Struct, eq=False, gc=False):
    """One segment. Fields, repetitions, components and subcomponents count from 1, as HL7 counts them.

    `text` is the segment as the sender spelled it. Values come back unescaped: None when the sender's segment ends
    before the place, "" when the place is empty, NULL when the sender asks to delete what we have.
    """

    text: str
    marks: Marks
    _fields: list[str] | None = None

    def __repr__(self) -> str:
        """Which segment; never what it says."""
        return f"<{type(self).__name__} {self.id}>"

    @property
    def id(self) -> str:
        """The three characters it starts with."""
        return self.text[:3]

    @property
    def fields(self) -> list[str]:
        """The raw fields, cut once; number 0 is the segment id."""
        return self._fields or self._cut()

    def _cut(self) -> list[str]:
        self._fields = self.text.split(self.marks.field)
        return self._fields

    def value(self, field: int, component: int = 1, subcomponent: int = 1, repetition: int = 1) -> str | None:
        r"""The text at a place. Component 0 means the whole repetition, subcomponent 0 the whole component, marks and all.

        >>> from adapters.wire.hl7v2 import STANDARD
        >>> pid = Segment("PID|1||M1^^^H&1.2&ISO~S2||Doe^Jo\\T\\Lee|\"\"", STANDARD)
        >>> pid.value(3), pid.value(3, 4, 2), pid.value(3, repetition=2), pid.value(5, 2), pid.value(5, 0)
        ('M1', '1.2', 'S2', 'Jo&Lee', 'Doe^Jo&Lee')
        >>> pid.value(2), pid.value(6) == NULL, pid.value(9)
        ('', True, None)
        """
        fields = self._fields or self._cut()
        _, component_mark, repetition_mark, escape_mark, subcomponent_mark, _ = self.marks
        try:
            found = fields[field]
            if repetition_mark in found:
                found = found.split(repetition_mark, repetition)[repetition - 1]
            elif repetition > 1:
                return None
            if component_mark in found:
                found = found.split(component_mark, component)[component - 1]
            elif component > 1:
                return None
            if subcomponent_mark in found:
                found = found.split(subcomponent_mark, subcomponent)[subcomponent - 1] if component else found
            elif subcomponent > 1:
                return None
        except IndexError:
            return None
        return unescape(found, self.marks) if escape_mark in found else found

    def values(self, field: int, component: int = 1, subcomponent: int = 1) -> list[str | None]:
        """The same place in every repetition of a field."""
        return [self.value(field, component, subcomponent, turn) for turn in range(1, self.count(field) + 1)]

    def count(self, field: int) -> int:
        """How many repetitions a field has: 0 when it is absent or empty."""
        fields = self.fields
        found = fields[field] if field < len(fields) else ""
        return found.count(self.marks.repetition) + 1 if found else 0

    def tree(self, field: int) -> Tree:
        """A whole field for composites that are read in one go: repetitions of components of subcomponents, as `cut` makes them."""
        fields = self.fields
        return cut(fields[field], self.marks) if field < len(fields) else []


class Header(Segment, eq=False, gc=False):
    """MSH, FHS or BHS: field 1 is the separator itself, field 2 the other marks, and neither can be cut or escaped."""

    def _cut(self) -> list[str]:
        fields = self.text.split(self.marks.field)
        fields.insert(1, self.marks.field)
        self._fields = fields
        return fields

    def value(self, field: int, component: int = 1, subcomponent: int = 1, repetition: int = 1) -> str | None:
        """As for any segment; the first two fields are whole."""
        if field > 2:
            return super().value(field, component, subcomponent, repetition)
        first = component < 2 and subcomponent < 2 and repetition < 2
        return self.fields[field] if first and field < len(self.fields) else None

    def count(self, field: int) -> int:
        """As for any segment; the first two fields do not repeat."""
        return super().count(field) if field > 2 else int(bool(self.value(field)))

    def tree(self, field: int) -> Tree:
        """As for any segment; the first two fields are whole."""
        return super().tree(field) if field > 2 else [[[self.value(field) or ""]]]


class Segments(msgspec.Struct, eq=False):
    """Segments in wire order: a whole message, or a part of it such as one OBR with its OBX."""

    rows: list[Segment]
    _by_id: dict[str, list[Segment]] | None = None

    def __repr__(self) -> str:
        """How much there is; never what it says."""
        return f"<{type(self).__name__} of {len(self.rows)} segments>"

    def __iter__(self) -> Iterator[Segment]:
        """Every segment, in wire order."""
        return iter(self.rows)

    def all(self, segment: str) -> list[Segment]:
        """Every segment with this id, in wire order."""
        return (self._by_id or self._sort()).get(segment, [])

    def segment(self, segment: str, occurrence: int = 1) -> Segment | None:
        """The nth segment with this id."""
        found = (self._by_id or self._sort()).get(segment)
        return found[occurrence - 1] if found and occurrence <= len(found) else None

    def value(  # noqa: PLR0917 - the six coordinates of HL7
        self,
        segment: str,
        field: int,
        component: int = 1,
        subcomponent: int = 1,
        repetition: int = 1,
        occurrence: int = 1,
    ) -> str | None:
        """The text at a place; None when there is no such segment. Otherwise as `Segment.value`."""
        found = (self._by_id or self._sort()).get(segment)
        if not found or occurrence > len(found):
            return None
        return found[occurrence - 1].value(field, component, subcomponent, repetition)

    def groups(self, head: str, takes: frozenset[str] = frozenset()) -> list[Segments]:
        """Each `head` segment with what follows it, up to the next head or the first segment it does not take.

        Without `takes` it takes everything. Z segments stay with the segment they follow.

        >>> from adapters.wire.hl7v2 import STANDARD
        >>> rows = [Segment(text, STANDARD) for text in ("OBR|1", "OBX|1", "ZXX|a", "OBX|2", "OBR|2", "DG1|1", "OBX|3")]
        >>> [len(group.rows) for group in Segments(rows).groups("OBR", frozenset({"OBX"}))]
        [4, 1]
        """
        found: list[Segments] = []
        opened = False
        for row in self.rows:
            name = row.id
            if name == head:
                found.append(Segments([row]))
                opened = True
            elif opened and (not takes or name in takes or name[0] == "Z"):
                found[-1].rows.append(row)
            else:
                opened = False
        return found

    def _sort(self) -> dict[str, list[Segment]]:
        found: dict[str, list[Segment]] = {}
        for row in self.rows:
            found.setdefault(row.text[:3], []).append(row)
        self._by_id = found
        return found


class Message(Segments, kw_only=True, eq=False):
    """One message. `bytes(message)` is what was received, to the byte; `charset` is the codec that read it."""

    body: bytes
    charset: str

    def __bytes__(self) -> bytes:
        """The very bytes that came in."""
        return self.body

    @property
    def header(self) -> Segment:
        """The MSH segment."""
        return self.rows[0]

    @property
    def marks(self) -> Marks:
        """The delimiters it was cut by."""
        return self.rows[0].marks

    @property
    def kind(self) -> str:
        """Message code and trigger event of MSH-9, such as `ADT^A01`, however the sender's marks spell it."""
        code, trigger = self.header.value(9) or "", self.header.value(9, 2)
        return f"{code}^{trigger}" if trigger else code

    @property
    def control_id(self) -> str:
        """MSH-10, the sender's id of this message; empty when it sent none."""
        return self.header.value(10, 0) or ""

    @property
    def version(self) -> str:
        """MSH-12, such as `2.5.1`; empty when the sender named none."""
        return self.header.value(12) or ""
