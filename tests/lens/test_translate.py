"""One small format in JSON: what lenses read, they write, and they account for all of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from adapters.wire.json import read, write
from adapters.wire.json_lens import JSON
from hub.contracts import Reading, Received
from hub.lens.cases import cases, problems
from hub.lens.load import load
from hub.lens.translate import Translator
from hub.model.care import Medication, Observation
from hub.model.person import Person

HERE = Path(__file__).parent / "example"
JUNE = 1_780_272_000_000_000  # 2026-06-01T00:00:00Z
MESSAGE: dict[str, Any] = {
    "id": "m1",
    "said_at": "2026-03-01T09:30:00-06:00",
    "labels": ["R", "42CFRPart2"],
    "names": [{"family": "Doe", "given": ["Jo", "Q"]}, {"family": "Roe", "use": "maiden"}],
    "born": "1990-03",
    "sex": "F",
    "dead": False,
    "phones": {"home": [{"number": "555-0001"}], "other": [{"number": "555-0002", "kind": "work"}]},
    "extra": [{"url": "other", "value": 1}, {"url": "veteran", "value": {"text": "not said"}}],
    "numbers": [{"kind": "mrn", "value": "M1"}, {"kind": "ssn", "value": "S1"}],
    "findings": [
        {"type": "number", "code": {"coding": [{"code": "HR"}]}, "value": 63, "unit": "/min"},
        {
            "type": "text",
            "code": {"coding": [{"code": "8480-6", "system": "loinc"}]},
            "value": "calm",
            "at": "2026-02-30",
        },
        {"type": "picture", "value": "x"},
    ],
    "drugs": [
        {
            "code": {"coding": [{"code": "D1", "display": "Drug one"}]},
            "doses": [
                {"kind": "dose", "amount": 1.50, "status": "held"},
                {"kind": "dose", "amount": 2, "status": "odd"},
            ],
        }
    ],
}


@pytest.fixture(scope="module")
def translator() -> Translator:
    return Translator(load(HERE / "set.yaml"), JSON)


def reading(translator: Translator, message: Any = MESSAGE, at: int = 0) -> Reading:
    root = read(message if isinstance(message, bytes) else write(message))
    return translator.reading(
        root, "SMALL", "m1", Received(journal="j1", partner="p1", as_of=at, zone="America/Chicago")
    )


def leaves(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 1 if inner is None else sum(map(leaves, inner))


def bodies(found: Reading, kind: type) -> list[Any]:
    return [event.body for event in found.events if isinstance(event.body, kind)]


def test_a_person_is_read_from_everywhere(translator: Translator) -> None:
    found = reading(translator)

    (person,) = bodies(found, Person)
    assert [n.family for n in person.names] == ["Doe", "Roe"]
    assert person.names[0].given == ("Jo", "Q")
    assert person.birth_date.iso == "1990-03"
    assert (person.sex.code, person.sex.local) == ("female", "F")
    assert person.deceased is False
    assert [(t.value, t.use) for t in person.telecoms] == [("555-0001", "home"), ("555-0002", "work")]
    assert person.veteran.display == "not said"
    assert [i.value for i in person.identifiers] == ["M1"]


def test_the_envelope_knows_when_who_and_which_labels(translator: Translator) -> None:
    found = reading(translator)

    first = found.events[0]
    assert first.occurred_at is not None
    assert first.occurred_at.at == 1_772_379_000_000_000
    assert (first.source, first.source_message) == ("p1", "m1")
    assert found.inherited == ("R", "42CFRPart2")


def test_a_discriminator_decides_which_value_it_is(translator: Translator) -> None:
    number, text = bodies(reading(translator), Observation)

    assert (number.quantity.value, number.quantity.unit, number.text) == ("63", "/min", "")
    assert (text.quantity, text.text) == (None, "calm")


def test_a_local_code_stays_beside_the_common_one(translator: Translator) -> None:
    number, text = bodies(reading(translator), Observation)

    assert (number.code.code, number.code.system, number.code.local) == ("8867-4", "http://loinc.org", "HR")
    assert (text.code.code, text.code.system, text.code.local) == ("8480-6", "http://loinc.org", "")


def test_an_unknown_code_is_kept_and_becomes_a_work_item(translator: Translator) -> None:
    found = reading(translator)

    assert ("status", "odd") in found.unmapped_codes
    assert [(m.status.code, m.status.local) for m in bodies(found, Medication)] == [("on-hold", "held"), ("", "odd")]


def test_records_know_the_group_they_stand_in(translator: Translator) -> None:
    assert [m.code.display for m in bodies(reading(translator), Medication)] == ["Drug one", "Drug one"]


def test_a_table_changes_its_meaning_at_the_instant_it_says(translator: Translator) -> None:
    before, after = (bodies(reading(translator, at=at), Medication)[0] for at in (JUNE - 1, JUNE))

    assert (before.status.code, after.status.code) == ("on-hold", "stopped")


def test_the_same_message_gives_the_same_events(translator: Translator) -> None:
    assert reading(translator).events == reading(translator).events


def test_what_cannot_be_understood_is_named_and_not_invented(translator: Translator) -> None:
    found = reading(translator)

    assert bodies(found, Observation)[1].observed_at is None
    assert [loss.path for loss in found.invalid] == ["findings[1].at"]
    assert "2026-02-30" not in str(found.invalid)


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"born": {"year": 1990}}, "born.year"),
        ({"names": "Doe"}, "names"),
        ({"phones": ["555"]}, "phones[0]"),
        ({"findings": [{"type": "number", "value": {"a": 1}}]}, "findings[0].value.a"),
    ],
)
def test_a_wrong_type_is_an_invalid_element_and_never_a_crash(translator: Translator, wrong: Any, path: str) -> None:
    found = reading(translator, {"sex": "M", **wrong})

    assert [loss.path for loss in found.invalid] == [path]
    assert bodies(found, Person)[0].sex.code == "male"


def test_every_element_has_exactly_one_outcome(translator: Translator) -> None:
    told = reading(translator).account().items

    outcome = {loss.path: loss.outcome for loss in told}
    assert len(outcome) == len(told) == leaves(MESSAGE)
    assert outcome["id"] == "mapped"
    assert outcome["names[0].family"] == "mapped"
    assert outcome["sex"] == "transformed"
    assert outcome["findings[1].at"] == "invalid"
    assert outcome["findings[2].value"] == outcome["numbers[1].value"] == "unmapped"
    assert outcome["drugs[0].doses[0].kind"] == "mapped"


def test_the_account_reads_what_the_reader_reads(translator: Translator) -> None:
    root = read(write(MESSAGE))
    received = Received(journal="j1", partner="p1", as_of=0)

    plain, _ = translator.read(root, "SMALL", "m1", received, careful=False)
    noted, _ = translator.record(JSON.mark(root), "SMALL", "m1", received)

    assert plain == noted


def test_what_was_read_is_written_again(translator: Translator) -> None:
    first = reading(translator)

    parts = translator.write(first.events, "SMALL", "America/Chicago", {}, 0)
    root = JSON.reread(parts, "SMALL")
    again = reading(translator, write(root))

    assert [e.body for e in again.events] == [e.body for e in first.events]
    assert root["phones"] == {
        "home": [{"number": "555-0001", "kind": "home"}],
        "other": [MESSAGE["phones"]["other"][0]],
    }
    assert root["findings"][0]["type"] == "number"
    assert root["drugs"][0]["doses"][0] == {"kind": "dose", "amount": "1.5", "status": "held"}
    assert root["dead"] is False


@pytest.mark.parametrize("case", [*cases(load(HERE / "set.yaml").lenses)], ids=lambda case: case.name)
def test_the_cases_of_a_file_hold(translator: Translator, case: Any) -> None:
    assert problems(translator, case) == []


FLAGS = """
syntax: json
lenses:
  person:
    lines:
      person.deceased: dead as flag
      person.birth_place: place when dead = true
      person.telecoms[]:
        - phone as number
        - phones[] as number
      person.related[]: family[] as kin
types:
  number:
    makes: Telecom
    lines:
      value: .
  kin:
    makes: RelatedPerson
    lines:
      name.given[]: .given[]
      name.family: .family
      telecoms[]: .phones[] as number
"""


@pytest.fixture(scope="module")
def flags(tmp_path_factory: pytest.TempPathFactory) -> Translator:
    path = tmp_path_factory.mktemp("flags") / "set.yaml"
    path.write_text(FLAGS, encoding="utf-8")
    return Translator(load(path), JSON)


def rewritten(translator: Translator, message: Any) -> Any:
    """What is written of what a message says."""
    events = reading(translator, message).events
    return JSON.reread(translator.write(events, "SMALL", "UTC", {}, 0), "SMALL")


@pytest.mark.parametrize("dead", [True, False])
def test_a_condition_on_a_flag_is_checked_against_the_flag_that_is_written(flags: Translator, dead: bool) -> None:
    found = rewritten(flags, {"dead": dead, "place": "Texas"})

    assert found == ({"dead": True, "place": "Texas"} if dead else {"dead": False})


def test_a_repeating_place_does_not_write_again_what_a_single_one_took(flags: Translator) -> None:
    assert rewritten(flags, {"phone": "1", "phones": ["2", "3"]}) == {"phone": "1", "phones": ["2", "3"]}


def test_a_list_inside_what_is_absent_is_empty(flags: Translator) -> None:
    assert rewritten(flags, {"family": [{"family": "Doe"}]}) == {"family": [{"family": "Doe"}]}


def test_a_partners_own_code_is_the_one_that_is_written(tmp_path: Path) -> None:
    """Though the folders of both tables have the same name."""
    for folder, wire in (("common/codes", "LA9193-9"), ("mine/codes", "high")):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "level.csv").write_text(f"wire,canonical,system\n{wire},high,urn:x\n", encoding="utf-8")
    path = tmp_path / "set.yaml"
    path.write_text(
        "syntax: json\ntables: [common/codes, mine/codes]\nlenses: {p: {lines: {person.sex: level as code level}}}",
        encoding="utf-8",
    )

    found = rewritten(Translator(load(path), JSON), {"level": "LA9193-9"})

    assert found == {"level": "LA9193-9"}
    assert rewritten(Translator(load(path), JSON), {"level": "high"}) == {"level": "high"}
    assert load(path).tables["level"].wires(0) == {"high": "high"}
