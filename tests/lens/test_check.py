"""What is wrong with a lens file is said at its line, with what was probably meant."""

from __future__ import annotations

from pathlib import Path

import pytest

import mappings
from adapters.wire.fhir_lens import FHIR
from adapters.wire.hl7v2_lens import HL7V2
from hub.errors import Misconfigured
from hub.lens.check import check
from hub.lens.load import load
from hub.lens.source import parse

HOME = Path(mappings.__file__).parent


def said(tmp_path: Path, lines: str) -> list[str]:
    """What `check` says of a partner's file: the given lines stand from line 5 on."""
    path = tmp_path / "ours.yaml"
    path.write_text(f"extends: ehr/hl7v2/set.yaml\nlenses:\n  person:\n    lines:\n{lines}\n", encoding="utf-8")
    return check(path, HL7V2, HOME)


def test_the_mappings_we_ship_are_right() -> None:
    for path in sorted(HOME.rglob("hl7v2/set.yaml")):
        assert check(path, HL7V2, HOME) == []


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (
            "person.birth_dat: PID-7",
            'line 5: "person.birth_dat" is not a path of the model. Did you mean "person.birth_date"?',
        ),
        ("persn.sex: PID-8", 'line 5: "persn" is not a body of the model. Did you mean "person"?'),
        ("person.names: PID-5 as xpn", 'line 5: "person.names" repeats in the model. Write "person.names[]".'),
        ("person.ssn[]: PID-19", 'line 5: "person.ssn[]" does not repeat in the model. Write "person.ssn".'),
        ("person.ssn: PID_19", 'line 5: "PID_19" is not a place in an HL7 v2 message. Write it like PID-3'),
        ("person.ssn: PID-19.1.2.3", 'line 5: "PID-19.1.2.3" is not a place in an HL7 v2 message.'),
        ("person.sex: PID-8 as code sexx", 'line 5: there is no code table "sexx". Did you mean "sex"?'),
        ("person.sex: PID-8 as code", 'line 5: "as code" needs the name of one code table.'),
        ("person.sex: PID-8 as cod sex", 'line 5: "cod" is neither a conversion nor a type. Did you mean "code"?'),
        ("person.sex: PID-8 as date", 'line 5: "date" makes a PartialDate; person.sex holds a Code.'),
        ("person.sex: PID-8 as xpn", 'line 5: "xpn" makes a HumanName; person.sex holds a Code.'),
        ("person.sex: PID-8", "line 5: person.sex holds a Code. Say `as` what."),
        ("person.sex: PID-8 as cwe sexx", 'line 5: there is no code table "sexx".'),
        ("person.ssn: PID-19 when PID-1 is 1", 'line 5: "PID-1 is 1" is not a condition.'),
        ("person.ssn: PID-19 when OBX-3 in table none", 'line 5: there is no code table "none".'),
        (
            "person.telecoms[]: PID-13[] as xtn where usage = home",
            'line 5: "usage" is not a path of the model. Did you mean "use"?',
        ),
        ("person.ssn: PID-19 default a default b", 'line 5: this line says "default" twice.'),
        (
            "person.ssn: [PID-19, PID-19]",
            "line 5: this line is never reached: line 5 takes PID-19 for person.ssn already.",
        ),
        ("Person.ssn: PID-19", "does not match"),
    ],
)
def test_a_wrong_line_is_named_with_its_cure(tmp_path: Path, line: str, problem: str) -> None:
    found = said(tmp_path, f"      {line}")

    assert len(found) == 1
    assert problem in found[0]
    assert "ours.yaml" in found[0]


def test_everything_wrong_is_said_at_once(tmp_path: Path) -> None:
    found = said(tmp_path, "      person.a: PID-1\n      person.b: PID-2\n      person.ssn: PIDD")

    assert [line.split(":")[0] for line in found] == ["ours.yaml line 5", "ours.yaml line 6", "ours.yaml line 7"]


def test_a_case_that_does_not_hold_is_said(tmp_path: Path) -> None:
    found = said(
        tmp_path,
        "      person.ssn: PID-20\n    cases:\n      - {wire: PID|1||M1|||||||||||||||||S1, canon: {person: {ssn: S2}}}",
    )

    assert found == ['ours.yaml line 7: person.ssn should be "S2", and is "S1"']


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("extends: nowhere.yaml", 'line 1: there is no file "nowhere.yaml".'),
        ("extends: ours.yaml", "extends itself"),
        (
            "syntax: hl7v2\nlenses: {person: {lnes: {}}}",
            "line 2: Additional properties are not allowed ('lnes' was unexpected). Did you mean \"lines\"?",
        ),
        ("syntax: hl7v2\nlenses: {person: {each: [a]}}", "line 2"),
        ("lenses: {}", '"syntax" is a required property'),
        ("a: b: c", "line 1: this is not YAML"),
        ("a: 1\na: 2", 'line 2: "a" stands here and in line 1.'),
        ("- a", "line 1: this file is not a mapping"),
        ("? [a]\n: b", "line 1: a key must be plain text."),
        ("tables: [none]\nsyntax: hl7v2\nlenses: {}", "none: this folder of code tables does not exist."),
    ],
)
def test_a_wrong_file_is_named_with_its_cure(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "ours.yaml"
    path.write_text(text, encoding="utf-8")

    (found,) = check(path, HL7V2, HOME)

    assert problem in found


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        (
            "medication.intnt",
            'line 3: "medication.intnt" is not a path of the model. Did you mean "medication.intent"?',
        ),
        ("medication.sig", 'line 3: "medication.sig" is no code of medication.'),
        ("observation.code", 'line 3: "observation.code" is no code of medication.'),
    ],
)
def test_what_a_lens_writes_is_asked_of_a_code_in_its_own_body(tmp_path: Path, asked: str, problem: str) -> None:
    path = tmp_path / "ours.yaml"
    lens = f"{{each: Drug, writes: {asked}, lines: {{medication.sig: .a}}}}"
    path.write_text(f"syntax: fhir\nlenses:\n  drug:\n    {lens}\n", encoding="utf-8")

    (found,) = check(path, FHIR, HOME)

    assert problem in found


def test_aliases_of_aliases_are_refused() -> None:
    bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{this}: &{this} [{', '.join([f'*{last}'] * 10)}]\n" for last, this in zip("abcdefgh", "bcdefghi", strict=True)
    )

    with pytest.raises(Misconfigured, match="aliases are not used here"):
        parse(bomb, "bomb.yaml")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("wire,canon\nA,b\n", "line 1: the first line of a code table names its columns; 'canonical' is missing."),
        (
            "wire,canonical,extra\nA,b,c\n",
            "line 1: the first line of a code table names its columns; 'extra' is unknown.",
        ),
        ("wire,canonical\nA,b\nA,c\n", 'line 3: "A" stands here and in line 2.'),
        ("wire,canonical\nA\n", "line 2: this line has another number of columns than the first."),
        ("wire,canonical\n,b\n", "line 2: this line has no wire code."),
        ("wire,canonical,activated_at\nA,b,2026-03-01\n", 'line 2: "2026-03-01" is not an instant with its offset.'),
        ('wire,canonical\n"A,b\n', "this is not CSV"),
    ],
)
def test_a_wrong_table_is_named_with_its_line(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "codes").mkdir()
    (tmp_path / "codes" / "mine.csv").write_text(text, encoding="utf-8")
    path = tmp_path / "ours.yaml"
    path.write_text("extends: ehr/hl7v2/set.yaml\ntables: [codes]\n", encoding="utf-8")

    (found,) = check(path, HL7V2, HOME)

    assert found.startswith("codes/mine.csv")
    assert problem in found


def test_a_partner_extends_overrides_and_takes_away(tmp_path: Path) -> None:
    (tmp_path / "codes").mkdir()
    (tmp_path / "codes" / "sex.csv").write_text(
        "wire,canonical,system,display\n1,male,urn:s,Male\nA,,,\n", encoding="utf-8"
    )
    path = tmp_path / "ours.yaml"
    path.write_text(
        "extends: ehr/hl7v2/set.yaml\ntables: [codes]\nlenses:\n  coverage: ~\n"
        "  person: {lines: {person.ssn <: ZZZ-1, person.birth_place: ~}}\n",
        encoding="utf-8",
    )

    ours, common = load(path, HOME), load(HOME / "ehr/hl7v2/set.yaml", HOME)

    person = {line.canon: line for line in next(lens for lens in ours.lenses if lens.name == "person").lines}
    assert (person["person.ssn"].wire, person["person.ssn"].direction) == ("ZZZ-1", "read")
    assert "person.birth_place" not in person
    assert [lens.name for lens in common.lenses if lens.name not in {one.name for one in ours.lenses}] == ["coverage"]
    assert ours.tables["sex"].words(0)["1"] == "male"
    assert "A" not in ours.tables["sex"].words(0)
    assert ours.tables["sex"].wires(0)["male"] == "1"
    assert ours.digest != common.digest


def test_the_digest_is_of_what_a_set_says(tmp_path: Path) -> None:
    path = tmp_path / "ours.yaml"
    digests = []
    for text in (
        "extends: ehr/hl7v2/set.yaml",
        "# the same\nextends: ehr/hl7v2/set.yaml\n",
        "extends: ehr/hl7v2/set.yaml\nreads: ADT",
    ):
        path.write_text(text, encoding="utf-8")
        digests.append(load(path, HOME).digest)

    assert digests[0] == digests[1] != digests[2]
