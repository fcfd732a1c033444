"""Rules as data: a product of finite sets, an effect, a view, obligations, the law, and the same in plain words."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec

from consent.vocabulary import Vocabulary
from consent.yamlfile import File, near
from hub.model.category import Regime

EFFECTS = ("permit", "forbid", "duty")
NEEDS = ("id", "version", "effective", "effect", "when", "citation", "words", "cases")
KEYS = {*NEEDS, "until", "view", "obligations", "tell", "within_minutes", "row", "note"}
CASE_KEYS = {"why", "ask", "regimes", "recast", "gives", "hides", "scope", "duty"}

# Regimes under which one file's rules may stand without saying so; `any` in a rule means all of them.
ANY = frozenset(r.value for r in Regime) - {Regime.UNKNOWN.value}


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One example that a rule must settle: facts beside the usual ones, and paths that it gives or hides."""

    why: str = ""
    ask: dict[str, str] = msgspec.field(default_factory=dict)
    regimes: tuple[str, ...] = ()
    recast: dict[str, str] = msgspec.field(default_factory=dict)
    scope: tuple[str, ...] | None = None
    gives: tuple[str, ...] = ()
    hides: tuple[str, ...] = ()
    duty: bool = False


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule. `when` holds the dimensions it asks about; those it does not name are free. Instants are UTC microseconds.

    `views` narrow each other; `tell` and `within` (microseconds) belong to a duty; `row` names its line in the table of law.
    """

    id: str
    version: str
    effect: str
    when: dict[str, frozenset[str]]
    citation: str
    words: str
    views: tuple[str, ...] = ()
    obligations: tuple[str, ...] = ()
    effective: int = 0
    until: int | None = None
    tell: tuple[str, ...] = ()
    within: int = 0
    row: str = ""
    file: str = ""
    cases: tuple[Case, ...] = ()


class RuleFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file: the rules of one regime or overlay. `signed_off` is who of counsel answers for an overlay, and when."""

    name: str
    title: str
    about: str
    regimes: frozenset[str]
    state: str
    signed_off: str
    rules: tuple[Rule, ...]


def load_rules(
    folder: Path, vocabulary: Vocabulary, views: frozenset[str], obligations: frozenset[str]
) -> tuple[RuleFile, ...]:
    """All rule files of a folder. Raises Misconfigured naming file, line and near match; nothing is half-loaded."""
    files = tuple(_Loader(File(p), vocabulary, views, obligations).file() for p in sorted(folder.glob("*.yaml")))
    seen: dict[str, str] = {}
    for rule in (r for f in files for r in f.rules):
        if rule.id in seen:
            raise File(folder / rule.file).wrong(f'rule "{rule.id}" stands in {seen[rule.id]} too.', cure="Rename one.")
        seen[rule.id] = rule.file
    return files


def instant(day: date) -> int:
    """Midnight UTC at the start of a day, in microseconds.

    >>> instant(date(1970, 1, 2))
    86400000000
    """
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1_000_000


class _Loader:
    def __init__(self, file: File, vocabulary: Vocabulary, views: frozenset[str], obligations: frozenset[str]) -> None:
        self.source, self.vocabulary = file, vocabulary
        self.known = {"view": views, "obligations": obligations}
        data: Any = file.data
        if not isinstance(data, dict) or not {"regimes", "title", "about", "rules"} <= data.keys():
            raise file.wrong("a rule file needs regimes, title, about and rules.", cure="See rules/hipaa.yaml.")
        self.data: dict[str, Any] = data
        self.usual: dict[str, str] = data.get("usual", {})
        self._facts(self.usual, ("usual",))
        self.regimes = self._regimes(data["regimes"], ("regimes",))

    def file(self) -> RuleFile:
        return RuleFile(
            name=self.source.path.stem,
            title=self.data["title"],
            about=self.data["about"],
            regimes=self.regimes,
            state=self.data.get("state", ""),
            signed_off=self.data.get("signed_off", ""),
            rules=tuple(self.rule(n, found) for n, found in enumerate(self.data["rules"])),
        )

    def rule(self, n: int, data: dict[str, Any]) -> Rule:
        place = ("rules", n)
        self._shape(data, place)
        when = {"regime": self.regimes} | self._when(data["when"], (*place, "when"))
        rule = Rule(
            id=data["id"],
            version=str(data["version"]),
            effect=data["effect"],
            when=when,
            citation=data["citation"],
            words=" ".join(data["words"].split()),
            views=self._names("view", data, place),
            obligations=self._names("obligations", data, place),
            effective=self._day(data["effective"], (*place, "effective")),
            until=self._day(data["until"], (*place, "until")) if "until" in data else None,
            tell=tuple(data.get("tell", ())),
            within=int(data.get("within_minutes", 0)) * 60_000_000,
            row=data.get("row", ""),
            file=self.source.path.name,
            cases=tuple(self._case(found, (*place, "cases", k)) for k, found in enumerate(data["cases"])),
        )
        self._sound(rule, place)
        return rule

    def _shape(self, data: Any, place: tuple[str | int, ...]) -> None:
        if not isinstance(data, dict):
            raise self.source.wrong("a rule maps keys to values.", place, cure=f"It needs {', '.join(NEEDS)}.")
        for key in data.keys() - KEYS:
            raise self.source.wrong(f'a rule has no "{key}".', (*place, key), cure=near(key, KEYS))
        for key in NEEDS:
            if not data.get(key):
                raise self.source.wrong(f'rule "{data.get("id", "?")}" lacks "{key}".', place, cure=f"Add {key}.")
        if data["effect"] not in EFFECTS:
            raise self.source.wrong(
                f'no effect "{data["effect"]}".', (*place, "effect"), cure=near(data["effect"], EFFECTS)
            )

    def _sound(self, rule: Rule, place: tuple[str | int, ...]) -> None:
        """A permit says what it shows and of what kind; a duty says whom to tell."""
        if rule.effect == "permit" and (not rule.views or "category" not in rule.when):
            raise self.source.wrong(f'"{rule.id}" permits without view or category.', place, cure="Name both.")
        if rule.effect != "permit" and (rule.views or rule.obligations):
            raise self.source.wrong(
                f'"{rule.id}" shows nothing, so it has no view and no obligations.', place, cure="Remove."
            )
        if (rule.effect == "duty") != bool(rule.tell):
            raise self.source.wrong(
                f'"{rule.id}": a duty, and only a duty, says whom to tell.', place, cure="Mend `tell`."
            )
        if rule.until is not None and rule.until <= rule.effective:
            raise self.source.wrong(f'"{rule.id}" ends before it begins.', (*place, "until"), cure="Correct the dates.")

    def _when(self, data: dict[str, Any], place: tuple[str | int, ...]) -> dict[str, frozenset[str]]:
        found = {}
        for name, asked in data.items():
            if name == "regime":
                found[name] = self._regimes(asked, (*place, name))
                continue
            if name not in self.vocabulary.dimensions:
                raise self.source.wrong(
                    f'no dimension "{name}".', (*place, name), near(name, self.vocabulary.dimensions)
                )
            found[name] = self.vocabulary.dimensions[name].resolve(asked, self.source, (*place, name))
        return found

    def _regimes(self, asked: Any, place: tuple[str | int, ...]) -> frozenset[str]:
        if asked == "any":
            return ANY
        return self.vocabulary.dimensions["regime"].resolve(asked, self.source, place)

    def _names(self, key: str, data: dict[str, Any], place: tuple[str | int, ...]) -> tuple[str, ...]:
        found = data.get(key, [])
        names = (found,) if isinstance(found, str) else tuple(found)
        for name in names:
            if name not in self.known[key]:
                raise self.source.wrong(
                    f'"{name}" is not known as {key}.', (*place, key), cure=near(name, self.known[key])
                )
        return names

    def _day(self, found: Any, place: tuple[str | int, ...]) -> int:
        if not isinstance(found, date):
            raise self.source.wrong("a date is written 2024-04-16.", place, cure="Write year-month-day.")
        return instant(found)

    def _case(self, data: Any, place: tuple[str | int, ...]) -> Case:
        if not isinstance(data, dict):
            raise self.source.wrong("a case maps keys to values.", place, cure=near("ask", CASE_KEYS))
        for key in data.keys() - CASE_KEYS:
            raise self.source.wrong(f'a case has no "{key}".', (*place, key), cure=near(key, CASE_KEYS))
        if not any(data.get(key) for key in ("gives", "hides", "duty")):
            raise self.source.wrong("a case gives, hides, or is a duty.", place, cure="Say what is expected.")
        self._facts(data.get("ask", {}), (*place, "ask"))
        case = msgspec.convert(data, Case)
        if not case.regimes and len(self.regimes) > 1:
            raise self.source.wrong("this file has several regimes.", place, cure="Name the case's own with `regimes`.")
        regimes = case.regimes or tuple(self.regimes)
        return msgspec.structs.replace(case, ask={**self.usual, **case.ask}, regimes=regimes)

    def _facts(self, asked: dict[str, str], place: tuple[str | int, ...]) -> None:
        """A case may ask with a value nobody knows, written UNKNOWN."""
        for name, value in asked.items():
            dimension = self.vocabulary.dimensions.get(name)
            if dimension is None:
                raise self.source.wrong(
                    f'no fact "{name}".', (*place, name), cure=near(name, self.vocabulary.dimensions)
                )
            if value not in dimension.values and value != "UNKNOWN":
                raise self.source.wrong(
                    f'"{value}" is not a value of {name}.', (*place, name), near(value, dimension.values)
                )
