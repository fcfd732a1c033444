"""How well the code sets find what is sensitive: measured on facts of our own making, labelled by hand.

Half of them were looked at when the sets were written (`tuned`), half were held back (`held`): only those say how the sets do on
what nobody has seen. They are invented, short, and in English; a county should add its own.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec

from consent.codeset import codesets
from hub.errors import Misconfigured
from hub.model.values import Code

FACTS: Final = Path(__file__).parent / "labelled" / "facts.csv"
HELD: Final = "held"


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """One fact as a partner would send it, and the sets it belongs to."""

    line: int
    sets: frozenset[str]
    system: str
    code: str
    text: str
    part: str

    @property
    def found(self) -> frozenset[str]:
        """The sets that it is found to be in."""
        sets = codesets()
        return sets.of_text(self.text) if self.text else sets.of_code(Code(code=self.code, system=self.system))

    def __str__(self) -> str:
        """How it is told."""
        return f"line {self.line}: {self.text or f'{self.system} {self.code}'}"


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """How one set did: facts that belong to it, those of them found, those found that do not belong, and the words for both."""

    name: str
    facts: int
    found: int
    wrong: int
    missed: tuple[str, ...]
    mistaken: tuple[str, ...]

    @property
    def recall(self) -> float:
        """The share of what belongs to the set that was found."""
        return self.found / self.facts if self.facts else 1.0

    @property
    def precision(self) -> float:
        """The share of what was found that belongs to the set."""
        return self.found / (self.found + self.wrong) if self.found else 1.0


def facts(path: Path = FACTS) -> tuple[Fact, ...]:
    """The labelled facts. Raises Misconfigured naming file and line where a set is unknown."""
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(_fact(n, row, path.name) for n, row in enumerate(csv.DictReader(file), 2))


def _fact(line: int, row: dict[str, str], file: str) -> Fact:
    sets = frozenset(row["sets"].split())
    if odd := sets - codesets().sensitivities.keys():
        raise Misconfigured(f"no set {', '.join(sorted(odd))}.", at=f"{file} line {line}", cure="Correct the row.")
    if bool(row["text"]) == bool(row["code"]):
        raise Misconfigured("a fact is a code or a text.", at=f"{file} line {line}", cure="Fill one of them.")
    return Fact(line=line, sets=sets, system=row["system"], code=row["code"], text=row["text"], part=row["part"])


def measured(known: Iterable[Fact]) -> tuple[Score, ...]:
    """How each set does on some facts, and all of them together as `any`: whether it is found to be sensitive at all."""
    every = [(fact, fact.found) for fact in known]
    scores = [
        _score(name, [(fact, name in fact.sets, name in found) for fact, found in every])
        for name in codesets().sensitivities
    ]
    return (*scores, _score("any", [(fact, bool(fact.sets), bool(found)) for fact, found in every]))


def _score(name: str, judged: list[tuple[Fact, bool, bool]]) -> Score:
    return Score(
        name=name,
        facts=sum(belongs for _, belongs, _ in judged),
        found=sum(belongs and found for _, belongs, found in judged),
        wrong=sum(found and not belongs for _, belongs, found in judged),
        missed=tuple(str(fact) for fact, belongs, found in judged if belongs and not found),
        mistaken=tuple(str(fact) for fact, belongs, found in judged if found and not belongs),
    )
