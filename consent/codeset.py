"""The code sets that make an element sensitive: codes and prefixes by system, and words in text. What an analyst edits."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from unicodedata import combining, normalize

import msgspec

from hub.errors import Misconfigured
from hub.located import near
from hub.model.category import Category
from hub.model.values import Code

HERE = Path(__file__).parent / "codesets"
# How a code looks when nobody names its system. RxNorm has bare numbers, which mean something else everywhere.
SHAPES = {
    "ICD10CM": re.compile(r"[A-Z]\d[0-9A-Z](\.?[0-9A-Z]{1,4})?$"),
    "ICD9CM": re.compile(r"\d{3}\.\d{1,2}$|V\d{2}(\.\d)?$"),
    "SNOMED": re.compile(r"\d{6,18}$"),
    "LOINC": re.compile(r"\d{1,5}-\d$"),
}
# Everything but letters, digits and hyphens parts words; capitals fold.
_WORDS = {n: chr(n).lower() if chr(n).isalnum() or chr(n) == "-" else " " for n in range(128)}


def _plain(text: str) -> str:
    """Small letters without accents: who types Spanish on an English keyboard leaves them out."""
    if not text.isascii():
        text = "".join(one for one in normalize("NFD", text) if not combining(one))
    return text.translate(_WORDS)


class Sensitivity(msgspec.Struct, frozen=True, kw_only=True):
    """What being in a set means: the HL7 v3 sensitivity code, and the category that clinical facts move to, if any."""

    code: str
    moves: Category | None = None


class CodeSets(msgspec.Struct, frozen=True, kw_only=True):
    """All sets, ready to ask. `exact` and `prefixes` are keyed by (system, code); an absent system means any system."""

    sensitivities: dict[str, Sensitivity]
    systems: dict[str, str]
    exact: dict[tuple[str, str], frozenset[str]]
    prefixes: dict[tuple[str, str], frozenset[str]]
    words: dict[str, frozenset[str]]
    # By their first word, the phrases of three words and more, each between two spaces.
    phrases: dict[str, tuple[tuple[str, frozenset[str]], ...]]

    def of_code(self, code: Code) -> frozenset[str]:
        """The sets that a coded fact is in, by its common code, its local code or the words shown with it.

        >>> codesets().of_code(Code(code="F11.20", system="ICD10CM")) == {"SUD"}
        True
        """
        found = self.of_text(f"{code.display} {code.local} {code.text} {code.local_display}")
        for other in code.others:
            found |= self.of_code(other)
        for value, system in ((code.code, code.system), (code.local, code.local_system)):
            if value:
                found |= self._of(value.upper(), self.systems.get(system.upper(), ""))
        return found

    def of_text(self, text: str) -> frozenset[str]:
        """The sets whose words and phrases stand in a text, alone or as part of a hyphenated word.

        >>> codesets().of_text("HIV-positive, on methadone; DEPRESIÓN.") == {"HIV", "SUD", "PSY"}
        True
        """
        plain = _plain(text)
        said = plain.split()
        hits = self.words.keys() & (*said, *map(" ".join, pairwise(said)))
        if "-" in plain:
            hits |= self.words.keys() & plain.replace("-", " ").split()
        begun = self.phrases.keys() & said
        long = self._phrases(begun, f" {' '.join(said)} ") if begun else ()
        return NONE.union(*(self.words[word] for word in hits), *long)

    def _phrases(self, begun: Iterable[str], text: str) -> Iterator[frozenset[str]]:
        return (sets for first in begun for phrase, sets in self.phrases[first] if phrase in text)

    def codes_of(self, name: str) -> dict[str, list[str]]:
        """What a set holds: codes and prefixes (`F11*`) by system, and words."""
        found: dict[str, list[str]] = {}
        for table, star in ((self.exact, ""), (self.prefixes, "*")):
            for (system, code), sets in table.items():
                if name in sets:
                    found.setdefault(system, []).append(code + star)
        found["words"] = sorted(word for word, sets in self.words.items() if name in sets)
        return {system: codes for system, codes in found.items() if codes}

    def _of(self, value: str, system: str) -> frozenset[str]:
        """A code without a known system is looked for in every system whose codes look like it."""
        systems = (system,) if system in _known() else tuple(s for s, shape in SHAPES.items() if shape.match(value))
        return NONE.union(*self._found(value, systems))

    def _found(self, value: str, systems: Iterable[str]) -> Iterator[frozenset[str]]:
        for system in systems:
            bare = value.replace(".", "")
            yield self.exact.get((system, bare), NONE)
            for end in range(1, len(bare) + 1):
                yield self.prefixes.get((system, bare[:end]), NONE)


NONE: frozenset[str] = frozenset()


@cache
def _known() -> frozenset[str]:
    return frozenset(row["system"] for row in _rows("systems.csv"))


@cache
def codesets() -> CodeSets:
    """The code sets of this room. Raises Misconfigured naming file and line."""
    sensitivities = {row["set"]: _sensitivity(row) for row in _rows("sensitivities.csv")}
    tables: dict[str, dict[tuple[str, str], frozenset[str]]] = {"exact": {}, "prefix": {}}
    words: dict[str, frozenset[str]] = {}
    for n, row in enumerate(_rows("sensitive.csv"), 2):
        where = f"sensitive.csv line {n}"
        if row["set"] not in sensitivities:
            raise Misconfigured(f'no set "{row["set"]}".', at=where, cure=near(row["set"], sensitivities))
        if row["match"] == "word":
            said = " ".join(_plain(row["code"]).split())
            words[said] = words.get(said, NONE) | {row["set"]}
        elif row["match"] in tables and row["system"] in _known():
            key = (row["system"], row["code"].upper().replace(".", ""))
            tables[row["match"]][key] = tables[row["match"]].get(key, NONE) | {row["set"]}
        else:
            raise Misconfigured(
                "match is exact, prefix or word, of a system in systems.csv.", at=where, cure="Correct the row."
            )
    systems = {row["wire"].upper(): row["system"] for row in _rows("systems.csv")}
    return CodeSets(
        sensitivities=sensitivities,
        systems=systems,
        exact=tables["exact"],
        prefixes=tables["prefix"],
        words=words,
        phrases=phrases(words),
    )


def phrases(words: dict[str, frozenset[str]]) -> dict[str, tuple[tuple[str, frozenset[str]], ...]]:
    """The phrases that are longer than two words."""
    found: dict[str, tuple[tuple[str, frozenset[str]], ...]] = {}
    for said, sets in words.items():
        first, *rest = said.split()
        if len(rest) > 1:
            found[first] = (*found.get(first, ()), (f" {said} ", sets))
    return found


def _sensitivity(row: dict[str, str]) -> Sensitivity:
    return Sensitivity(code=row["sensitivity"], moves=Category(row["moves"]) if row["moves"] else None)


def _rows(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
