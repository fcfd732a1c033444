"""Marks calls that are a crisis: by the type's code where a table knows it, else by what the call taker wrote, with the rule as reason.

The words themselves go no further: a mark holds the kind and the name of the rule, and a rule can be read and corrected.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import msgspec
import re2
from msgspec.structs import replace

import mappings
from hub.located import convert
from hub.located import load as read
from hub.model.event import CrisisEvent
from hub.model.public_safety import CallForService
from hub.model.values import Code

KINDS: Final = "urn:crisis-hub:crisis-kind"
BY_WORDS: Final = "urn:crisis-hub:crisis-words"
OURS: Final = Path(mappings.__file__).parent / "ours" / "crisis_words.yaml"
# So many words before it, a denial still belongs to what was said.
_NEAR: Final = 3
# A denial ends with its clause.
_CLAUSE: Final = re.compile(r"[.;!?,](?=\s|$)|\b(?:but|however|although)\b")
_END: Final = "|"
# RE2 knows no (?!).
_NOTHING: Final = r"[^\x00-\x{10FFFF}]"
_PUNCTUATION: Final = re.compile(r"[^a-z0-9*|\s]+")


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One rule: phrases that tell of a kind of crisis, unless others say that it is none."""

    id: str
    kind: str
    reason: str
    words: tuple[str, ...]
    unless: tuple[str, ...] = ()


class RuleFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the file says."""

    rules: tuple[Rule, ...]
    denials: tuple[str, ...] = ()


class Classifier:
    """The rules of one file, compiled: asked with words, it gives the first rule that holds."""

    def __init__(self, file: RuleFile) -> None:
        """Compile; the order of the rules is the order in which they are asked."""
        self._denials = frozenset(file.denials)
        self._rules = tuple((rule, _phrases(rule.words), _phrases(rule.unless)) for rule in file.rules)

    def rule(self, texts: Iterable[str]) -> Rule | None:
        """The rule that these words meet, or None.

        >>> classifier().rule(["Caller says her son wants to kill himself"]).kind
        'suicide'
        >>> classifier().rule(["Caller denies wanting to hurt himself"]) is None
        True
        """
        said = f" {_END} ".join(_plain(text) for text in texts)
        for rule, words, unless in self._rules:
            if any(self._meant(said, found.start()) for found in words.finditer(said)) and not unless.search(said):
                return rule
        return None

    def _meant(self, said: str, at: int) -> bool:
        before = said[:at].rpartition(_END)[2].split()[-_NEAR:]
        return self._denials.isdisjoint(before)


def classifier(path: Path = OURS) -> Classifier:
    """The classifier of a file. Raises Misconfigured naming file and line."""
    return _compiled(path)


@lru_cache(maxsize=16)
def _compiled(path: Path) -> Classifier:
    return Classifier(convert(read(path), RuleFile))


def marked(events: Sequence[CrisisEvent], by: Classifier) -> tuple[CrisisEvent, ...]:
    """The events, each call that no table knew for a crisis marked as one where its words say so."""
    if not any(isinstance(event.body, CallForService) for event in events):
        return tuple(events)
    return tuple(replace(e, body=_marked(e.body, by)) if isinstance(e.body, CallForService) else e for e in events)


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """How rules did on calls whose kind people agreed on: `missed` crises, `false` alarms, and those given `another` kind."""

    calls: int
    right: int
    missed: tuple[str, ...]
    false: tuple[str, ...]
    another: tuple[str, ...]


def evaluate(labelled: Iterable[tuple[str, str]], by: Classifier) -> Evaluation:
    """Ask about each call and compare: words, and the kind people gave it ("" for none)."""
    missed, false, another, right = [], [], [], 0
    for words, kind in labelled:
        rule = by.rule([words])
        found = rule.kind if rule else ""
        if found == kind:
            right += 1
        elif not found:
            missed.append(words)
        elif not kind:
            false.append(words)
        else:
            another.append(words)
    calls = right + len(missed) + len(false) + len(another)
    return Evaluation(calls=calls, right=right, missed=tuple(missed), false=tuple(false), another=tuple(another))


def _marked(call: CallForService, by: Classifier) -> CallForService:
    if call.crisis and call.crisis.code:
        return call
    rule = by.rule(_said(call))
    if rule is None:
        return call
    return replace(call, crisis=Code(code=rule.kind, system=KINDS, local=rule.id, local_system=BY_WORDS))


def _said(call: CallForService) -> Iterable[str]:
    types = (code for code in (call.final_type, call.initial_type) if code)
    return (*(text for code in types for text in (code.display, code.local)), *call.narrative)


def _plain(text: str) -> str:
    plain = text.casefold().replace("'", "").replace("’", "")
    return " ".join(_PUNCTUATION.sub(" ", _CLAUSE.sub(f" {_END} ", plain)).split())


def _phrases(words: Iterable[str]) -> Any:
    """What finds these phrases: in RE2, in a time that grows with the text alone, whatever somebody wrote into the file."""
    spelled = (re.escape(_plain(word)).replace(r"\*", r"\w*").replace(r"\ ", " ") for word in words)
    return re2.compile(rf"\b(?:{'|'.join(spelled) or _NOTHING})\b")
