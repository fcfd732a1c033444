"""The laws of lenses, over messages made of everything the HL7 v2 mappings know: any text, any repetition, dates that are none."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random

from hypothesis import given
from hypothesis import strategies as st

import mappings
from adapters.ehr.hl7v2 import Hl7v2
from adapters.wire import hl7v2 as wire
from adapters.wire.hl7v2_lens import HL7V2, root
from hub.contracts import Received
from hub.errors import Unmapped
from hub.lens.explain import ways
from hub.lens.load import load
from hub.lens.translate import Translator

HOME = Path(mappings.__file__).parent
LENSES = load(HOME / "ehr/hl7v2/set.yaml", HOME)
TRANSLATOR = Translator(LENSES, HL7V2)
RECEIVED = Received(journal="j1", partner="p1", as_of=1_772_379_000_000_000, zone="America/Chicago")
KINDS = ("ADT^A01", "ADT^A08", "ADT^A40", "ORU^R01")
REPEATED = ("NK1", "OBX", "DG1", "AL1", "IN1")
VALUE_TYPES = ("NM", "SN", "CWE", "CE", "ST", "TX", "DT", "TS", "XX", "")

TEXTS = (
    "Doe",
    "a b",
    "O'Neil",
    "x|y",
    "^",
    "~&~",
    "back\\slash",
    "\\F\\",
    "Łukasz 木",
    '"',
    '""x',
    "1\n2",
    "5550001",
    "+1 512 5550001",
    " ",
)
READ = {
    "date": ("1990", "199003", "19900314", "199003140915", "19891411", "soon"),
    "instant": ("20260301", "202603010930", "20260301093000-0600", "20260308023000", "20260301093000.25", "20269999"),
    "number": ("8", "63.50", "-1", "+2", "1e3", "many"),
    "flag": ("Y", "N", "?"),
}


def places() -> dict[tuple[str, int], set[tuple[int, str]]]:
    """The fields that lenses know: for each its components, and how they are read."""
    found: dict[tuple[str, int], set[tuple[int, str]]] = {}
    for way in ways(LENSES):
        parts = re.fullmatch(r"([A-Z][A-Z0-9]{2})(?:\[\])?[-.](\d+)(?:\[\])?(?:\.(\d+))?", way.wire)
        if parts and parts[1] not in ("MSH", "ARV", "ZHB"):
            found.setdefault((parts[1], int(parts[2])), set()).add((int(parts[3] or 1), way.how))
    return found


PLACES = places()


def leaf(dice: Random, hows: list[str]) -> str:
    """A text that a line could find, or could not understand, or nothing, or the order to delete."""
    word, _, table = dice.choice(hows).partition(" ")
    chance = dice.random()
    if chance < 0.3:
        return '""' if chance < 0.03 else ""
    if table in LENSES.tables and chance < 0.8:
        return wire.escape(dice.choice(LENSES.tables[table].rows).wire, wire.STANDARD)
    return wire.escape(dice.choice(READ.get(word, TEXTS)), wire.STANDARD)


def field(dice: Random, known: set[tuple[int, str]]) -> str:
    if dice.random() < 0.3:
        return ""
    by_component = [[how for n, how in known if n == at] or ["text"] for at in range(1, max(n for n, _ in known) + 1)]
    turns = dice.choice((1, 1, 1, 2, 3))
    return "~".join("^".join(leaf(dice, hows) for hows in by_component) for _ in range(turns))


def segment(dice: Random, name: str) -> str:
    known = {n: hows for (seg, n), hows in PLACES.items() if seg == name}
    fields = [field(dice, known[n]) if n in known else "" for n in range(1, max(known) + 1)]
    if name == "OBX":
        fields[1] = dice.choice(VALUE_TYPES)
    return "|".join((name, *fields))


def message(seed: int) -> bytes:
    """A message with any of the segments that lenses know, OBX under any OBR."""
    dice = Random(seed)
    rows = [f"MSH|^~\\&|EHR|H|||20260301||{dice.choice(KINDS)}|C1|P|2.5.1||||||UNICODE UTF-8"]
    for name in dict.fromkeys(seg for seg, _ in PLACES):
        for _ in range(dice.randint(0, 3 if name in REPEATED else 1) if name != "OBR" else 0):
            rows += [segment(dice, "OBR")] if name == "OBX" and dice.random() < 0.5 else []
            rows.append(segment(dice, name))
    return ("\r".join(rows) + "\r").encode()


# The seed is all that Hypothesis sees; messages are too large to be drawn leaf by leaf.
messages = st.integers(0, 1 << 32).map(message)


@given(messages)
def test_what_we_write_of_what_we_read_says_the_same(body: bytes) -> None:
    message = wire.read(body)
    try:
        events, _ = TRANSLATOR.read(root(message), message.kind, "C1", RECEIVED, careful=True)
    except Unmapped:
        return

    parts = TRANSLATOR.write(events, message.kind, "America/Chicago", {}, RECEIVED.as_of)
    again, _ = TRANSLATOR.read(HL7V2.reread(parts, message.kind), message.kind, "C1", RECEIVED, careful=True)

    assert [event.body for event in again] == [event.body for event in events]
    assert [set(event.cleared) for event in again] == [set(event.cleared) for event in events]


@given(messages)
def test_the_account_reads_what_the_reader_reads_and_leaves_nothing_out(body: bytes) -> None:
    adapter = Hl7v2()
    try:
        reading = adapter.read(body, RECEIVED)
    except Unmapped:
        return
    message = root(wire.read(body))
    noted, _ = TRANSLATOR.record(HL7V2.mark(message), reading.kind, reading.message_id, RECEIVED)

    losses = reading.account()

    assert tuple(noted) == reading.events
    assert sum(losses.counts().values()) == len({loss.path for loss in losses.items}) == len(HL7V2.elements(message))
    assert tuple(loss for loss in losses.items if loss.outcome == "invalid") == reading.invalid


@given(messages)
def test_looking_for_what_was_emptied_changes_nothing_else(body: bytes) -> None:
    message = wire.read(body.replace(b'""', b"").replace(b"MRG|", b"MRG|M9"))

    plain, careful = (
        TRANSLATOR.read(root(message), message.kind, "C1", RECEIVED, careful=wary)[0] for wary in (False, True)
    )

    assert plain == careful
