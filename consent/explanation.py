"""Says a decision in sentences that a compliance officer reads aloud, and as data for machines. Near misses are for audit only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import msgspec

from consent.engine import RuleSet
from consent.obligation import obligations
from consent.question import Question, Scope
from consent.vocabulary import Vocabulary, vocabulary
from hub.model.category import Category
from hub.model.decision import Decision, Duty, NearMiss, Reason
from hub.model.registry import paths

# Who asks, what for, and whose law it is are the question itself, not facts that could have been otherwise.
GIVEN = frozenset({"recipient", "purpose", "state", "subject", "capacity", "origin", "cj_status"})


def explain(decision: Decision, *, audit: bool = False) -> list[str]:
    """The decision in sentences. `audit` adds near misses, which 42 CFR 2.13(c)(2) keeps from everyone else."""
    d = decision
    purpose = vocabulary().say("purpose", d.purpose)
    return [
        f"{d.partner} asked for {purpose} and may see {_counts(d.granted)}, as of {_when(d.as_of)}.",
        *_settled(d.because, d.withheld, d.obligations, d.duties),
        *((f"Near miss: {miss.words}" for miss in d.near_miss) if audit and d.near_miss else ()),
        _relied(d),
    ]


@lru_cache(maxsize=8192)
def _settled(
    because: tuple[Reason, ...], withheld: tuple[Reason, ...], owed: tuple[str, ...], duties: tuple[Duty, ...]
) -> tuple[str, ...]:
    """The sentences that many decisions share."""
    words = vocabulary()
    return (
        *(f"Sent: {line}" for line in _grouped(because, words)),
        *(f"Withheld: {line}" for line in _grouped(withheld, words)),
        *(f"In return: {obligations()[name].words} ({obligations()[name].citation})." for name in owed),
        *(
            f"Must be told: {_list(words.say('recipient', t) for t in d.tell)}. {d.words} ({d.citation})."
            for d in duties
        ),
    )


def as_data(decision: Decision, *, audit: bool = False) -> dict[str, Any]:
    """The decision as plain data: granted paths by name, event by event."""
    found: dict[str, Any] = msgspec.to_builtins(decision)
    found["granted"] = [list(paths(bits)) for bits in decision.granted]
    if not audit:
        del found["near_miss"]
    return found


def audited(rules: RuleSet, question: Question) -> Decision:
    """The decision with its near misses."""
    return msgspec.structs.replace(rules.decide(question), near_miss=near_misses(rules, question))


def near_misses(rules: RuleSet, question: Question) -> tuple[NearMiss, ...]:
    """Each single fact that would have let more through; found by asking again, so it is true by construction."""
    had = rules.decide(question).granted
    return tuple(
        NearMiss(rule=name, missing=((fact, value),), words=_would(rules.vocabulary, fact, value))
        for fact, value in _others(rules.vocabulary, question)
        if (name := _gained(rules, question, fact, value, had))
    )


def _others(words: Vocabulary, question: Question) -> Iterator[tuple[str, str]]:
    for fact in words.context:
        if fact not in GIVEN:
            held = getattr(question.facts, fact)
            yield from ((fact, value) for value in words.dimensions[fact].values if value != held)


def _gained(rules: RuleSet, question: Question, fact: str, value: str, had: tuple[int, ...]) -> str:
    """The rule that would show more, or nothing. A consent or order that is not there yet is imagined to name everything."""
    signed = () if fact == "consent" else question.signed
    facts = msgspec.structs.replace(question.facts, **{fact: value})
    asked = msgspec.structs.replace(question, facts=facts, signed=signed)
    if fact in ("consent", "legal", "research"):
        scope = Scope(
            actors=frozenset({question.partner}),
            purposes=frozenset({question.facts.purpose}),
            categories=frozenset(Category),
        )
        asked = msgspec.structs.replace(asked, consent=scope, order=scope)
    would = rules.decide(asked)
    if not any(more & ~less for more, less in zip(would.granted, had, strict=True)):
        return ""
    before = {reason.rule for reason in rules.decide(question).because}
    new = [reason.rule for reason in would.because if reason.rule not in before and reason.rule != "any.admin"]
    return new[0] if new else would.because[0].rule


def _would(words: Vocabulary, fact: str, value: str) -> str:
    return f"More would have gone with this fact: {words.say(fact, value)}."


def _grouped(reasons: Iterable[Reason], words: Vocabulary) -> Iterator[str]:
    """One sentence a rule, naming the kinds of information that it settled."""
    found: dict[tuple[str, str, str, str], set[str]] = {}
    for reason in reasons:
        key = (reason.rule, reason.effect, reason.citation, reason.words)
        # What is not for one kind of information is for all of it.
        found.setdefault(key, set()).add(words.say("category", reason.category) if reason.category else "everything")
    for (rule, _, citation, said), kinds in found.items():
        law = f" ({citation}; rule {rule})." if citation else ""
        yield f"{_list(sorted(kinds))}. {said}{law}"


def _relied(decision: Decision) -> str:
    consents = f"consent {', '.join(decision.consents)}" if decision.consents else "no consent"
    agreement = f"agreement {decision.agreement}" if decision.agreement else "no agreement"
    until = f", good until {_when(decision.valid_until)}" if decision.valid_until is not None else ""
    return f"Relied on {agreement}, {consents}, rule set {decision.rule_set[:12]}{until}."


def _counts(granted: tuple[int, ...]) -> str:
    shown = sum(1 for bits in granted if bits)
    return f"something of {shown} of {len(granted)} events" if shown else "nothing"


def _list(names: Iterable[str]) -> str:
    *most, last = list(names)
    return f"{', '.join(most)} and {last}" if most else last


def _when(at: int) -> str:
    return f"{datetime.fromtimestamp(at // 1_000_000, UTC).replace(tzinfo=None)} UTC"


def consented(decision: Decision) -> str:
    """The scope of the consents that a decision relies on, as it travels along (42 CFR 2.32(b)).

    >>> consented(Decision(partner="B1", purpose="TREAT", granted=(1,), consents=("C@3",), scope=frozenset({"MEDS"})))
    'C@3: the person consented that B1 receives medication and allergies for treatment.'
    """
    words = vocabulary()
    kinds = ", ".join(words.say("category", one) for one in sorted(decision.scope)) or "what is needed"
    names, purpose = ", ".join(decision.consents), words.say("purpose", decision.purpose)
    return f"{names}: the person consented that {decision.partner} receives {kinds} for {purpose}."
