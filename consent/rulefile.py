"""Reads files of rules. What is wrong in one is refused with its line and the nearest right word; nothing is half-loaded."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal

import msgspec

from consent.rule import ANY, Case, Rule, RuleFile
from consent.vocabulary import UNKNOWN, Vocabulary
from hub.errors import Misconfigured
from hub.located import Located, load, near, shaped
from hub.model.registry import branch

Place = tuple[str | int, ...]
Words = list[str] | str


class WrittenRule(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A rule as it stands in a file."""

    id: str
    version: int | str
    effective: date
    effect: Literal["permit", "forbid", "duty"]
    when: dict[str, Any]
    citation: str
    words: str
    cases: list[Case]
    until: date | None = None
    view: Words = []
    obligations: Words = []
    tell: list[str] = []
    within_minutes: int = 0
    row: str = ""
    note: str = ""


class WrittenFile(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A file of rules as it is written."""

    title: str
    about: str
    regimes: list[str]
    rules: list[WrittenRule]
    state: str = ""
    usual: dict[str, str] = {}


def load_rules(
    folder: Path, vocabulary: Vocabulary, views: frozenset[str], obligations: frozenset[str]
) -> tuple[RuleFile, ...]:
    """All rule files of a folder. Raises Misconfigured naming file, line and near match; nothing is half-loaded."""
    files = tuple(_Loader(load(p), vocabulary, views, obligations).file() for p in sorted(folder.glob("*.yaml")))
    seen: dict[str, str] = {}
    for rule in (r for f in files for r in f.rules):
        if rule.id in seen:
            raise Misconfigured(f'rule "{rule.id}" stands in {seen[rule.id]} too.', at=rule.file, cure="Rename one.")
        seen[rule.id] = rule.file
    return files


def instant(day: date) -> int:
    """Midnight UTC at the start of a day, in microseconds.

    >>> instant(date(1970, 1, 2))
    86400000000
    """
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1_000_000


class _Loader:
    """One file, with what its rules may name."""

    def __init__(
        self, source: Located, vocabulary: Vocabulary, views: frozenset[str], obligations: frozenset[str]
    ) -> None:
        self.source, self.vocabulary = source, vocabulary
        self.known = {"view": views, "obligations": obligations}
        self.written = shaped(source, WrittenFile)
        self._facts(self.written.usual, ("usual",))
        self.regimes = self._regimes(self.written.regimes, ("regimes",))

    def file(self) -> RuleFile:
        w = self.written
        return RuleFile(
            name=Path(self.source.file).stem,
            title=w.title,
            about=w.about,
            regimes=self.regimes,
            state=w.state,
            rules=tuple(self._rule(found, ("rules", n)) for n, found in enumerate(w.rules)),
        )

    def _rule(self, w: WrittenRule, place: Place) -> Rule:
        rule = Rule(
            id=w.id,
            version=str(w.version),
            effect=w.effect,
            when={"regime": self.regimes} | self._when(w.when, (*place, "when")),
            citation=w.citation,
            words=" ".join(w.words.split()),
            views=self._names("view", w.view, place),
            obligations=self._names("obligations", w.obligations, place),
            effective=instant(w.effective),
            until=instant(w.until) if w.until else None,
            tell=tuple(w.tell),
            within=w.within_minutes * 60_000_000,
            row=w.row,
            file=self.source.file,
            cases=tuple(self._case(found, (*place, "cases", n)) for n, found in enumerate(w.cases)),
        )
        self._sound(rule, place)
        return rule

    def _sound(self, rule: Rule, place: Place) -> None:
        """A rule has law, words and cases; a permit says what it shows and of what kind; a duty says whom to tell."""
        wrong = None
        if not (rule.id and rule.citation and rule.words and rule.cases):
            wrong = f'"{rule.id}" needs an id, a citation, words and cases.'
        elif rule.effect == "permit" and not (rule.views and "category" in rule.when):
            wrong = f'"{rule.id}" permits without view or category.'
        elif rule.effect != "permit" and (rule.views or rule.obligations):
            wrong = f'"{rule.id}" shows nothing, so it has no view and no obligations.'
        elif (rule.effect == "duty") != bool(rule.tell):
            wrong = f'"{rule.id}": a duty, and only a duty, says whom to tell.'
        elif rule.until is not None and rule.until <= rule.effective:
            wrong = f'"{rule.id}" ends before it begins.'
        if wrong:
            raise self.source.refuse(wrong, *place, cure="Mend the rule.")

    def _when(self, asked: dict[str, Any], place: Place) -> dict[str, frozenset[str]]:
        found = {}
        for name, values in asked.items():
            if name not in self.vocabulary.dimensions:
                cure = near(name, self.vocabulary.dimensions)
                raise self.source.refuse(f'no dimension "{name}".', *place, name, cure=cure)
            one = self._regimes if name == "regime" else self._values(name)
            found[name] = one(values, (*place, name))
        return found

    def _values(self, name: str) -> Any:
        return lambda values, place: self.vocabulary.dimensions[name].resolve(values, self.source, place)

    def _regimes(self, asked: Any, place: Place) -> frozenset[str]:
        return ANY if asked == "any" else self.vocabulary.dimensions["regime"].resolve(asked, self.source, place)

    def _names(self, key: str, found: Words, place: Place) -> tuple[str, ...]:
        names = (found,) if isinstance(found, str) else tuple(found)
        for name in names:
            if name not in self.known[key]:
                cure = near(name, self.known[key])
                raise self.source.refuse(f'"{name}" is not known as {key}.', *place, key, cure=cure)
        return names

    def _case(self, case: Case, place: Place) -> Case:
        """A case with the file's usual facts and regime filled in; its paths must be paths of the model."""
        if not (case.gives or case.hides or case.duty):
            raise self.source.refuse("a case gives, hides, or is a duty.", *place, cure="Say what is expected.")
        if not case.regimes and len(self.regimes) > 1:
            raise self.source.refuse(
                "this file has several regimes.", *place, cure="Name the case's own with `regimes`."
            )
        self._facts(case.ask, (*place, "ask"))
        self._known(case, place)
        return msgspec.structs.replace(
            case, ask={**self.written.usual, **case.ask}, regimes=case.regimes or tuple(self.regimes)
        )

    def _known(self, case: Case, place: Place) -> None:
        categories = self.vocabulary.dimensions["category"]
        if named := [*case.recast, *case.recast.values(), *(case.scope or ())]:
            categories.resolve(named, self.source, place)
        if case.regimes:
            self._regimes(list(case.regimes), (*place, "regimes"))
        for path in (*case.gives, *case.hides):
            try:
                branch(path)
            except Misconfigured as wrong:
                raise self.source.refuse(wrong.message, *place, cure=wrong.cure) from wrong

    def _facts(self, asked: dict[str, str], place: Place) -> None:
        """A case may ask with a value that nobody knows, written UNKNOWN."""
        for name, value in asked.items():
            dimension = self.vocabulary.dimensions.get(name)
            if dimension is None or name in ("regime", "category"):
                cure = near(name, self.vocabulary.context)
                raise self.source.refuse(f'no fact "{name}".', *place, name, cure=cure)
            if value not in dimension.values and value != UNKNOWN:
                cure = near(value, dimension.values)
                raise self.source.refuse(f'"{value}" is not a value of {name}.', *place, name, cure=cure)
