"""Rule sets one after another: each in force from its instant until the next one's. Asked like one rule set."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence

import msgspec

from consent.engine import Epoch, RuleSet
from consent.question import Facts, Question
from hub.model.decision import Decision, Duty
from hub.model.label import Label


class Succession(RuleSet):
    """What is asked as of an instant is answered by the rule set in force then. In itself it is the one in force as of `now`."""

    def __init__(self, sets: Sequence[tuple[int, RuleSet]], now: int) -> None:
        """`sets` are (from when, UTC microseconds; which), the earliest first; the first holds of all time before it too."""
        self.starts = [start for start, _ in sets]
        self._sets = tuple(rules for _, rules in sets)
        present = self.of(now)
        super().__init__(present.files, present.views, present.vocabulary)

    def renew(self, found: Succession) -> None:
        """Become another one, for everybody who holds this, in one step: no question sees half of either."""
        self.__dict__ = found.__dict__

    def of(self, as_of: int) -> RuleSet:
        """The rule set in force at an instant (UTC microseconds)."""
        return self._sets[max(0, bisect_right(self.starts, as_of) - 1)]

    @property
    def sets(self) -> tuple[RuleSet, ...]:
        """All of them, the earliest first."""
        return self._sets

    def named(self, wanted: str) -> RuleSet | None:
        """The rule set of a hash, where it is one of these."""
        return next((rules for rules in self._sets if rules.hash == wanted), None)

    def at(self, as_of: int) -> Epoch:
        """The rules in force at an instant."""
        return self.of(as_of).at(as_of)

    def decide(self, question: Question) -> Decision:
        """The decision of the rule set in force at the question's instant; it stands no longer than that one does."""
        found = self.of(question.as_of).decide(question)
        ends = self._ends(question.as_of)
        if ends is None or (found.valid_until is not None and found.valid_until <= ends):
            return found
        return msgspec.structs.replace(found, valid_until=ends)

    def duties(self, facts: Facts, labels: tuple[Label, ...], as_of: int) -> tuple[Duty, ...]:
        """The duties by the rule set in force at an instant."""
        return self.of(as_of).duties(facts, labels, as_of)

    def _ends(self, as_of: int) -> int | None:
        place = bisect_right(self.starts, as_of)
        return self.starts[max(place, 1)] if max(place, 1) < len(self.starts) else None


def succession(sets: Iterable[tuple[int, RuleSet]], now: int) -> Succession:
    """Rule sets as one."""
    return Succession(list(sets), now)


def nothing(like: RuleSet) -> RuleSet:
    """The rule set without a rule: under it nobody gets anything."""
    return RuleSet((), like.views, like.vocabulary)
