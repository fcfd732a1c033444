"""What the analyst asks of many messages: what is covered, what a draft changes, which line it was."""

from __future__ import annotations

from pathlib import Path

import mappings
from adapters.ehr.hl7v2 import Hl7v2
from hub.bench.messages import message
from hub.contracts import Received
from hub.lens.compare import coverage, diff, respelled
from hub.lens.explain import explain
from hub.lens.load import load

HOME = Path(mappings.__file__).parent
RECEIVED = Received(journal="j1", partner="p1", as_of=1_772_379_000_000_000, zone="America/Chicago")
MESSAGES = [message("A", n) for n in range(5)]


def partner(tmp_path: Path, lines: str) -> Hl7v2:
    path = tmp_path / "ours.yaml"
    path.write_text(f"extends: ehr/hl7v2/set.yaml\nlenses: {{person: {{lines: {{{lines}}}}}}}\n", encoding="utf-8")
    return Hl7v2({"mapping": str(path)})


def test_coverage_counts_every_element_and_what_could_not_be_read() -> None:
    adapter = Hl7v2()
    orders = MESSAGES[0].replace(b"ADT^A01^ADT_A01", b"ORM^O01^ORM_O01")

    found = coverage(lambda body: adapter.read(body, RECEIVED), [*MESSAGES, orders, b"noise"])

    assert (found.messages, found.parked, found.unreadable) == (7, 1, 1)
    assert sum(found.counts.values()) == sum(len(adapter.read(m, RECEIVED).account().items) for m in MESSAGES)
    assert dict(found.unmapped)["EVN-5.1"] == 5
    assert round(sum(found.share(outcome) for outcome in found.counts), 6) == 100


def test_a_draft_shows_what_it_would_change(tmp_path: Path) -> None:
    old, new = Hl7v2(), partner(tmp_path, "person.ssn: ~, person.birth_place: PID-8")

    found = list(diff(lambda b: old.read(b, RECEIVED), lambda b: new.read(b, RECEIVED), MESSAGES[:1]))

    assert [(c.message, c.path, c.what) for c in found] == [
        ("A-0", "person.ssn", "lost"),
        ("A-0", "person.birth_place", "changed"),
    ]
    assert list(diff(lambda b: old.read(b, RECEIVED), lambda b: old.read(b, RECEIVED), MESSAGES)) == []


def test_a_draft_that_parks_a_message_says_so(tmp_path: Path) -> None:
    old, new = Hl7v2(), partner(tmp_path, "person.ssn: ZZZ-1 required")

    found = list(diff(lambda b: old.read(b, RECEIVED), lambda b: new.read(b, RECEIVED), MESSAGES[:1]))

    assert [(c.message, c.what) for c in found] == [("A-0", "parked")]


def test_a_canonical_path_is_explained_by_its_lines_and_back() -> None:
    lenses = load(HOME / "ehr/hl7v2/set.yaml", HOME)

    (name,) = [way for way in explain(lenses, "person.names.family") if way.wire.startswith("PID-5")]
    (sex,) = explain(lenses, "PID-8")

    assert (name.wire, name.place.split()[0]) == ("PID-5[].1", "ehr/hl7v2/types.yaml")
    assert (sex.canon, sex.how, sex.lens) == ("person.sex", "code sex", "person")
    assert {way.canon for way in explain(lenses, "PID-3[2].1")} == {
        "person.identifiers[].value",
        "person_merge.survivor[].value",
        "person_merge.merged[].value",
        "person_unmerge.survivor[].value",
        "person_unmerge.restored[].value",
    }


def test_what_is_understood_is_written_back_to_the_letter() -> None:
    from adapters.wire import hl7v2 as wire
    from adapters.wire.hl7v2_lens import root

    adapter = Hl7v2()
    same, changed = respelled(adapter.translator, root(wire.read(MESSAGES[3])), adapter.read(MESSAGES[3], RECEIVED))

    assert same > 90
    # A code system is written by its present name, and the time of the event in its own field.
    assert changed == ("AL1-3.3", "EVN-2")
