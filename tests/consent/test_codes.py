"""No line of the code sets can be left out, added or moved unnoticed: what each holds stands in `codes.csv` once more."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from consent.codeset import CodeSets, codesets, phrases
from hub.model.values import Code

SETS = codesets()
# The wire names that a sender may write a system by, and a code that no set has.
OTHER = {"ICD10CM": "K35.80", "ICD9CM": "540.9", "SNOMED": "85189001", "RXNORM": "161", "LOINC": "8867-4"}


def listed() -> Iterator[tuple[str, str, str, str]]:
    """Set, system, how it is matched, and the code or the words."""
    with (Path(__file__).parent / "codes.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for code in row["codes"].split(";" if row["match"] == "word" else " "):
                yield row["set"], row["system"], row["match"], code


LISTED = sorted(listed())


def found(sets: CodeSets, system: str, match: str, code: str) -> frozenset[str]:
    """The sets that a code is found to be in, or a word in the middle of a sentence."""
    if match == "word":
        return sets.of_text(f"Patient, {code.upper()}: seen today.")
    return sets.of_code(Code(code=f"{code}9" if match == "prefix" else code, system=system))


def of(system: str, match: str, code: str) -> frozenset[str]:
    """The sets that the list says a code is in: its own, and those of each shorter prefix."""
    if match == "word":
        said = f" {code} {code.replace('-', ' ')} "
        return frozenset(s for s, _, m, word in LISTED if m == match and f" {word} " in said)
    bare = code.replace(".", "")
    return frozenset(
        s
        for s, y, m, known in LISTED
        if y == system and (bare.startswith(known.replace(".", "")) if m == "prefix" else m == match and known == code)
    )


def test_every_code_is_found_in_its_sets_and_in_no_other() -> None:
    odd = [one for one in LISTED if found(SETS, *one[1:]) != of(*one[1:])]

    assert odd == []


def test_the_list_and_the_sets_hold_the_same() -> None:
    held = {
        *((s, system, "exact", code) for (system, code), sets in SETS.exact.items() for s in sets),
        *((s, system, "prefix", code) for (system, code), sets in SETS.prefixes.items() for s in sets),
        *((s, "", "word", word) for word, sets in SETS.words.items() for s in sets),
    }

    assert {(s, y, m, c if m == "word" else c.upper().replace(".", "")) for s, y, m, c in LISTED} == held


def test_a_code_of_no_set_is_found_in_none() -> None:
    assert {system: SETS.of_code(Code(code=code, system=system)) for system, code in OTHER.items()} == dict.fromkeys(
        OTHER, frozenset()
    )


def without(one: tuple[str, str, str, str]) -> CodeSets:
    """The code sets without one line."""
    name, system, match, code = one
    table = {"exact": "exact", "prefix": "prefixes", "word": "words"}[match]
    key = code if match == "word" else (system, code.upper().replace(".", ""))
    whole = getattr(SETS, table)
    less = {**whole, key: whole[key] - {name}}
    return msgspec.structs.replace(SETS, **{table: less}, **({"phrases": phrases(less)} if match == "word" else {}))


def covered(one: tuple[str, str, str, str]) -> bool:
    """Whether a shorter prefix, or a word within the phrase, says the same."""
    name, system, match, code = one
    if match == "word":
        said = f" {code} {code.replace('-', ' ')} "
        return any(s == name and m == match and word != code and f" {word} " in said for s, _, m, word in LISTED)
    return any((s, y, m) == (name, system, "prefix") and c != code and code.startswith(c) for s, y, m, c in LISTED)


@pytest.mark.parametrize("match", ["exact", "prefix", "word"])
def test_no_line_can_be_left_out(match: str) -> None:
    mine = [one for one in LISTED if one[2] == match]
    survivors = [one for one in mine if found(without(one), *one[1:]) == of(*one[1:]) and not covered(one)]

    assert survivors == []


@pytest.mark.parametrize("name", sorted(SETS.sensitivities))
def test_what_a_set_means_is_what_the_table_of_meanings_says(name: str) -> None:
    meaning = SETS.sensitivities[name]

    assert (meaning.code, meaning.moves.value if meaning.moves else "") == MEANS[name]


# The HL7 v3 sensitivity, and the category that diagnoses and medication move to.
MEANS = {
    "SUD": ("ETH", ""),
    "HIV": ("HIV", "HIV"),
    "REPRODUCTIVE": ("SEX", "REPRODUCTIVE"),
    "IPV": ("SDV", ""),
    "PSY": ("PSY", ""),
}
