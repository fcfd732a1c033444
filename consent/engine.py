"""The engine: may this partner see this, and why. A pure function of rule set, facts, consents and instant; never of the clock."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Iterable
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from consent.compiler import Compiled
from consent.obligation import Obligation, obligations
from consent.question import NOTHING, Facts, Question, Signed
from consent.rule import Rule, RuleFile
from consent.rulefile import load_rules
from consent.verdict import NO_RULE, Asked, Finding, Grant, Judge
from consent.view import View, load_views
from consent.vocabulary import Vocabulary, load_vocabulary
from hub.errors import Misconfigured
from hub.model.category import Regime
from hub.model.decision import Decision, Duty, Reason
from hub.model.label import Label

K = TypeVar("K")
V = TypeVar("V")
HERE: Final = Path(__file__).parent
# How many combinations are remembered (about a kilobyte each); a full memory starts anew.
ROOM: Final = 20_000
BEFORE_ALL_LAW: Final = -(1 << 62)

SILENT: Final = {
    "silence": "No rule lets this kind of information go to this recipient for this purpose.",
    "view": "The rule that lets this kind of information through shows less of it.",
    "agreement": "The agreement in force does not cover this kind of information or this purpose.",
    "undischarged": "The hub cannot do here what the rule demands in return.",
    "fault": "The rule could not be worked out, so it forbids.",
}


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """The timeless part of a decision: the same for every question that asks the same."""

    granted: tuple[int, ...]
    because: tuple[Reason, ...]
    withheld: tuple[Reason, ...]
    obligations: tuple[str, ...]
    views: tuple[str, ...]
    duties: tuple[Duty, ...]
    by_consent: bool


class Epoch:
    """A span of time in which the same rules are in force."""

    def __init__(
        self, starts: int, until: int | None, compiled: Compiled, views: dict[str, View], known: dict[str, Obligation]
    ) -> None:
        self.starts, self.until, self.compiled, self.views = starts, until, compiled, views
        self.afterwards = frozenset(name for name, found in known.items() if found.afterwards)
        self.judges: dict[Asked, Judge] = {}
        self.grants: dict[tuple[Asked, Label, str], Grant] = {}
        self.outcomes: dict[tuple[object, ...], Outcome] = {}
        self.reasons: dict[tuple[tuple[str, str, str, int], int], Reason] = {}
        self.raised: dict[tuple[Facts, tuple[Label, ...]], tuple[Duty, ...]] = {}

    def outcome(self, question: Question) -> Outcome:
        """The outcome, remembered."""
        q = question
        key = (q.facts, q.labels, q.bodies, q.partner, q.limits, q.consent, q.order, q.dischargeable, q.signed)
        found = self.outcomes.get(key)
        if found is None:
            found = _make_room(self.outcomes)[key] = self._settle(question)
        return found

    def _settle(self, question: Question) -> Outcome:
        q = question
        asked = Asked(
            partner=q.partner,
            facts=q.facts,
            limits=q.limits,
            consent=q.consent,
            order=q.order,
            dischargeable=q.dischargeable,
        )
        each = [_as_signed(asked, one) for one in q.signed] or [asked] * len(q.labels)
        grants = [self._grant(*one) for one in zip(each, q.labels, q.bodies, strict=True)]
        because = [f for grant in grants for f in grant.because]
        rules = self.compiled.rules
        binding = [rules[place] for place in _binding(because, rules)]
        relied = [rules[place] for place in {f.rule for f in because}]
        views = {name: self.views[name].version for rule in relied for name in rule.views}
        return Outcome(
            granted=tuple(grant.bits for grant in grants),
            because=self._reasons(because),
            withheld=self._reasons(f for grant in grants for f in grant.withheld),
            obligations=tuple(sorted({o for rule in binding for o in rule.obligations})),
            views=tuple(f"{name}@{version}" for name, version in sorted(views.items())),
            duties=self.duties(q.facts, q.labels),
            by_consent=any("consent" in rule.when and rule.effect == "permit" for rule in relied),
        )

    def _grant(self, asked: Asked, label: Label, body: str) -> Grant:
        key = (asked, label, body)
        found = self.grants.get(key)
        if found is None:
            judge = self.judges.get(asked)
            if judge is None:
                judge = _make_room(self.judges)[asked] = Judge(asked, self.compiled, self.views, self.afterwards)
            found = _make_room(self.grants)[key] = judge.grant(label, body)
        return found

    def _reasons(self, findings: Iterable[Finding]) -> tuple[Reason, ...]:
        summed: dict[tuple[str, str, str, int], int] = {}
        for f in findings:
            key = (f.kind.value, f.regime.value, f.effect, f.rule)
            summed[key] = summed.get(key, 0) + f.bits.bit_count()
        return tuple(self._reason(*item) for item in sorted(summed.items()))

    def _reason(self, key: tuple[str, str, str, int], paths: int) -> Reason:
        """The reason, remembered: many decisions share the few hundred that there are."""
        found = self.reasons.get((key, paths))
        if found is None:
            found = _make_room(self.reasons)[key, paths] = self._said(key, paths)
        return found

    def _said(self, key: tuple[str, str, str, int], paths: int) -> Reason:
        category, regime, effect, place = key
        rule = self.compiled.rules[place] if place != NO_RULE else None
        return Reason(
            rule=rule.id if rule else effect,
            effect=effect,
            citation=rule.citation if rule else "",
            words=rule.words if rule and effect in ("permit", "forbid") else SILENT[effect],
            category=category,
            regime=regime,
            paths=paths,
        )

    def duties(self, facts: Facts, labels: tuple[Label, ...]) -> tuple[Duty, ...]:
        """Who must be told. 42 CFR 2.20: Part 2 overrides a duty of state law, so its records raise none."""
        found = self.raised.get((facts, labels))
        if found is None:
            found = _make_room(self.raised)[facts, labels] = self._raised(facts, labels)
        return found

    def _raised(self, facts: Facts, labels: tuple[Label, ...]) -> tuple[Duty, ...]:
        free = [label.regimes for label in labels if not label.regimes & {Regime.PART2, Regime.PART2_RECEIVED}]
        compiled, hit = self.compiled, 0
        for regime in {regime for found in free for regime in found}:
            hit |= compiled.regime[regime]
        return tuple(
            Duty(rule=r.id, tell=r.tell, citation=r.citation, words=r.words, within=r.within)
            for _, r in compiled.named(hit & compiled.duties & compiled.applying(facts))
        )


class RuleSet:
    """All rules, of all times. `hash` names its content; `decide` chooses the rules in force at the question's instant."""

    def __init__(self, files: tuple[RuleFile, ...], views: dict[str, View], vocabulary: Vocabulary) -> None:
        self.files, self.views, self.vocabulary = files, views, vocabulary
        self.rules = tuple(sorted((r for f in files for r in f.rules), key=lambda rule: rule.id))
        self.hash = _digest(self.rules, views)
        self.turns = sorted(
            {0, *(r.effective for r in self.rules), *(r.until for r in self.rules if r.until is not None)}
        )
        self._epochs: dict[int, Epoch] = {}

    @classmethod
    def load(cls, folder: Path = HERE) -> RuleSet:
        """Read rules/ and views/ of a folder that also holds vocabulary.yaml. Raises Misconfigured naming file, line and near match."""
        words = load_vocabulary(folder / "vocabulary.yaml")
        views = load_views(folder / "views", words)
        files = load_rules(folder / "rules", words, frozenset(views), frozenset(obligations()))
        if not files:
            raise Misconfigured(
                "there is no rule file.", at=str(folder / "rules"), cure="Point it to the folder of rules."
            )
        return cls(files, views, words)

    @property
    def sets(self) -> tuple[RuleSet, ...]:
        """The rule sets that this consists of: itself."""
        return (self,)

    def named(self, wanted: str) -> RuleSet | None:
        """This rule set, where that is its hash."""
        return self if self.hash == wanted else None

    def at(self, as_of: int) -> Epoch:
        """The rules in force at an instant (UTC microseconds)."""
        place = bisect_right(self.turns, as_of)
        found = self._epochs.get(place)
        if found is None:
            found = self._epochs[place] = self._epoch(place)
        return found

    def decide(self, question: Question) -> Decision:
        """What the partner may see of each event, and why. Never raises for what is asked: whatever is unknown is withheld."""
        epoch = self.at(question.as_of)
        found = epoch.outcome(question)
        until = epoch.until
        if question.valid_until is not None and (until is None or question.valid_until < until):
            until = question.valid_until
        return Decision(
            partner=question.partner,
            purpose=question.facts.purpose,
            granted=found.granted,
            because=found.because,
            withheld=found.withheld,
            obligations=found.obligations,
            duties=found.duties,
            rule_set=self.hash,
            views=found.views,
            consents=question.consents if found.by_consent else (),
            scope=question.consent.categories if found.by_consent else NOTHING,
            agreement=question.limits.agreement,
            as_of=question.as_of,
            valid_until=until,
        )

    def duties(self, facts: Facts, labels: tuple[Label, ...], as_of: int) -> tuple[Duty, ...]:
        """Whom the law wants told of a message with these labels, whoever asks for it, as of an instant (UTC microseconds)."""
        return self.at(as_of).duties(facts, labels)

    def _epoch(self, place: int) -> Epoch:
        starts = self.turns[place - 1] if place else BEFORE_ALL_LAW
        until = self.turns[place] if place < len(self.turns) else None
        force = tuple(r for r in self.rules if r.effective <= starts and (r.until is None or starts < r.until))
        return Epoch(starts, until, Compiled(force, self.vocabulary), self.views, obligations())


def _as_signed(asked: Asked, signed: Signed) -> Asked:
    """The same for one event, by what the consents come to for it."""
    facts = msgspec.structs.replace(asked.facts, consent=signed.state)
    return msgspec.structs.replace(asked, facts=facts, refused=signed.refused)


def _binding(because: list[Finding], rules: tuple[Rule, ...]) -> set[int]:
    """The permits whose obligations bind: those that show something which no permit without obligations shows as well."""
    free: dict[tuple[str, str], int] = {}
    for f in because:
        if not rules[f.rule].obligations:
            key = (f.kind.value, f.regime.value)
            free[key] = free.get(key, 0) | f.bits
    return {f.rule for f in because if f.bits & ~free.get((f.kind.value, f.regime.value), 0)}


def _digest(rules: tuple[Rule, ...], views: dict[str, View]) -> str:
    """SHA-256 over everything that can change an answer; cases and file order cannot."""
    plain = [
        {
            **msgspec.to_builtins(msgspec.structs.replace(rule, cases=(), file="")),
            "when": {name: sorted(found) for name, found in sorted(rule.when.items())},
        }
        for rule in rules
    ]
    shown = [(v.name, v.version, v.named_by, v.paths) for _, v in sorted(views.items())]
    return hashlib.sha256(msgspec.json.encode((plain, shown), order="sorted")).hexdigest()


def _make_room(memory: dict[K, V]) -> dict[K, V]:
    if len(memory) >= ROOM:
        memory.clear()
    return memory
