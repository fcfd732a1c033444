"""YAML with line numbers: every refusal names file, line and cure."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import Misconfigured
from hub.located import convert, load, parse, refusals


class Inner(msgspec.Struct, forbid_unknown_fields=True):
    port: int


class Door(msgspec.Struct):
    port: Annotated[Literal[1, 2], msgspec.Meta(description="Where to knock.")]


class Outer(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    doors: tuple[Inner, ...] = ()
    spare: Inner | None = None


def test_a_value_knows_its_line() -> None:
    found = parse("id: x\ndoors:\n  - port: 1\n  - port: 2\n", "p.yaml")

    assert found.at("doors", 1, "port") == "p.yaml line 4"
    assert convert(found, Outer).doors[1].port == 2


@pytest.mark.parametrize(
    ("text", "letter"),
    [
        ("id: x\ndoors:\n  - prot: 1\n", r'p.yaml line 3: "prot" is not a key here. Did you mean "port"\?'),
        ("id: x\ndoors:\n  - {}\n", r'p.yaml line 3: "port" is missing. Add port:'),
        ("id: x\ndoors:\n  - port: high\n", "p.yaml line 3: port: text stands here. Write a whole number."),
        ("id: x\nspare:\n  prot: 1\n", r'p.yaml line 3: "prot" is not a key here. Did you mean "port"\?'),
        ("id: x\nspare: none\n", "p.yaml line 2: spare: text stands here. Write a section"),
        ("id: true\n", "p.yaml line 1: id: true or false stands here. Write it in quotes"),
        ('id: x\ndoors:\n  - port: "1"\n', "p.yaml line 3: port: text stands here. Take the quotes away."),
        ("id: x\ndoors: [none]\n", "p.yaml line 2: doors, entry 1: text stands here. Write a section"),
        ("", "p.yaml line 1: the file: nothing stands here. Write a section"),
        ("id: x\n\tspare:\n", "p.yaml line 2: this is not YAML: .* Write spaces in the place of tabs."),
        (
            "id: x\ndoors:\n  - port: 1\n spare:\n",
            "p.yaml line 4: .* Begin the keys of one section in the same column.",
        ),
        ("id: x\nid: y\n", 'p.yaml line 2: "id" stands here and in line 1'),
        ("id: &a x\ndoors: *a\n", "p.yaml line 2: .*aliases are not used here"),
        ("id: !!python/object:os.system x\n", "p.yaml line 1: the tag"),
        ("id: [x\n", "p.yaml line 2: this is not YAML"),
        ("{{1: 2}: 3}\n", "p.yaml line 1: "),
    ],
)
def test_a_refusal_names_line_and_cure(text: str, letter: str) -> None:
    with pytest.raises(Misconfigured, match=letter):
        convert(parse(text, "p.yaml"), Outer)


def test_every_fault_of_a_file_is_told_and_a_misspelled_key_once() -> None:
    found = parse("ids: x\ndoors:\n  - port: high\n    prot: 1\n  - {}\nspare: {prot: 1}\n", "p.yaml")

    assert [str(refusal) for refusal in refusals(found, Outer)] == [
        'p.yaml line 1: "ids" is not a key here. Did you mean "id"?',
        "p.yaml line 3: port: text stands here. Write a whole number.",
        'p.yaml line 4: "prot" is not a key here. Did you mean "port"?',
        'p.yaml line 5: "port" is missing. Add port: to this section.',
        'p.yaml line 6: "prot" is not a key here. Did you mean "port"?',
    ]


def test_a_key_that_is_missing_says_what_it_is_for() -> None:
    with pytest.raises(Misconfigured, match=r"Add port: to this section \(Where to knock; one of 1, 2\)\.$"):
        convert(parse("{}", "p.yaml"), Door)


def test_dates_stay_as_they_were_spelled() -> None:
    assert parse("from: 1990-03\nto: 2026-01-01\n", "p.yaml").data == {"from": "1990-03", "to": "2026-01-01"}


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=f"{tmp_path}/absent.yaml: there is no such file. Write it."):
        load(tmp_path / "absent.yaml", cure="Write it.")


def test_a_folder_in_the_place_of_a_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="it cannot be read: Is a directory. See that it is a file"):
        load(tmp_path)


def test_text_that_is_not_utf_8_is_told_how_to_be(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_bytes("name: Hôpital".encode("latin-1"))

    with pytest.raises(Misconfigured, match="it is not readable text. Save it as UTF-8"):
        load(tmp_path / "p.yaml")


@given(st.text(max_size=200))
def test_no_text_gets_past_the_error_tree(text: str) -> None:
    with suppress(Misconfigured):
        parse(text, "p.yaml")


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "[" * 100_000 + "]" * 100_000,
        "{a: " * 100_000 + "}" * 100_000,
        "- " * 100_000,
        "? " * 100_000,
        "\n".join(" " * n + "a:" for n in range(1000)),
        '["]",' * 50_000,
    ],
    ids=["open", "lists", "maps", "items", "keys", "indents", "quoted"],
)
def test_deep_nesting_is_refused_and_does_not_crash(text: str) -> None:
    with pytest.raises(Misconfigured):
        parse(text, "p.yaml")
