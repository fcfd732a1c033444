"""How rules come into force by the console: what another rule set would change, a proposal of one person, the word of a second."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import anyio.from_thread
import msgspec

from consent.compare import Difference, difference
from consent.engine import RuleSet
from consent.prover import Report, check
from hub import clock
from hub.access.accounts import Known
from hub.access.registry import Registry
from hub.access.roles import Right, may
from hub.app.asking.look import Look
from hub.app.rules import activation
from hub.app.rules.following import LEAD
from hub.app.rules.impact import Impact
from hub.app.rules.rulesets import CURRENT, Step, archive, in_force, rule_set, schedule, steps
from hub.app.waiting import Pen
from hub.app.watching import changes as configured
from hub.errors import Conflict, Lasting, NotAllowed
from hub.model.commands import Lodge
from hub.model.entry import Kind, LedgerEntry
from hub.model.plan import Fact
from hub.spans import DAY
from hub.store.asking.journal import Wanted

KIND: Final = "proposal"
# A page replays so many messages at most: `crisis-hub policy impact` replays them all.
_REPLAYED: Final = 500


class Proposal(Fact, frozen=True):
    """That somebody wants a rule set in force from an instant on. Instants are UTC microseconds, `since` 0 for at once.

    `before` is what would be in force otherwise: the word of a second person is to this change, and to no other.
    """

    rules: str
    account: str
    actor: str
    since: int
    reason: str
    at: int
    before: str = ""


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A rule set that this hub knows: `standing` is in force, to come, earlier, draft, or program (what came with the program)."""

    rules: str
    standing: str
    count: int


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """A rule set beside the one in force: what it lets through that this does not and the other way round, and what is proved of it."""

    rules: str
    difference: Difference
    report: Report


@dataclass(frozen=True, slots=True)
class Governance:
    """Reads the archive and the journal; acts by the one writer."""

    look: Look
    pen: Pen

    def steps(self) -> Sequence[Step]:
        """Every step by which rules came into force, the newest first."""
        return steps(self.look.vault.settings)[::-1]

    def standing(self) -> Sequence[Step]:
        """The steps that stand: each holds from its instant until the next."""
        return schedule(steps(self.look.vault.settings))

    def candidates(self) -> Sequence[Candidate]:
        """Every rule set in the archive, and the program's own."""
        return tuple(sorted(self._candidates(), key=lambda one: (one.standing != "in force", one.standing, one.rules)))

    def _candidates(self) -> Iterator[Candidate]:
        kept, current, at = archive(self.look.vault.settings), _program(), clock.now()
        standing, now = self.standing(), self._now(at)
        to_come = {step.rules for step in standing if step.since > at}
        earlier = {one.rules for one in self.steps()} | {one.before for one in self.steps()}
        for name in {*kept.hashes(), current.hash}:
            known = {now: "in force", **dict.fromkeys(to_come - {now}, "to come")}
            other = "earlier" if name in earlier else "program" if name == current.hash else "draft"
            found = current if name == current.hash else kept.rules(name)
            yield Candidate(rules=name, standing=known.get(name, other), count=len(found.rules) if found else 0)

    def _now(self, at: int) -> str:
        """The hash of the rule set in force as of an instant."""
        standing = self.standing()
        begun = [step.rules for step in standing if step.since <= at]
        return begun[-1] if begun else standing[0].before if standing else _program().hash

    def compared(self, name: str) -> Compared:
        """A rule set beside the one in force. Raises Lasting where there is none of that hash."""
        new, now = self._rules(name), clock.now()
        old = self._rules(self._now(now))
        return Compared(rules=new.hash, difference=difference(old, new, now), report=check(new, now))

    def impact(self, name: str, days: int) -> Impact:
        """What it would have made of the newest decisions of the last days."""
        now = clock.now()
        with self.look.journal() as journal:
            newest = journal.search(Wanted(state="planned", limit=_REPLAYED))
        first = newest[-1].at if len(newest) == _REPLAYED else 0
        return self.look.impact(self._rules(name), since=max(now - days * DAY, first), as_of=now)

    def proposals(self) -> Sequence[Proposal]:
        """What waits for the word of a second person, the oldest first."""
        found = [_proposal(one.value) for one in self._people.all(KIND)]
        return sorted(found, key=lambda one: one.at)

    def propose(self, name: str, *, who: Known, since: int, reason: str) -> None:
        """Propose a rule set. Raises Misconfigured where it is not sound, Conflict where it is in force or proposed."""
        step = activation.ready(
            self.look.vault.settings, self._named(name), since=since, by=(who.actor,), reason=reason
        )
        made = Proposal(
            rules=step.rules,
            account=who.id,
            actor=who.actor,
            since=since,
            reason=reason,
            at=clock.now(),
            before=self._otherwise(since),
        )
        self._lodge(made, made, 0, f"rule set {made.rules[:12]} proposed: {reason}", who.actor)

    def approve(self, name: str, *, who: Known) -> Step:
        """The word of the second person: it comes into force.

        Raises NotAllowed for the person who proposed it, Conflict where other rules came into force meanwhile, ProofFailed
        where its files are not what was proposed.
        """
        version, found = self._proposed(name)
        first = self._people.person(found.account)
        if found.account == who.id or first is None or not may(first.account.role, Right.RULES):
            raise NotAllowed(
                "It takes two different people, who both may do it today.",
                cure="Two people with the role compliance-officer or administrator do this together.",
            )
        settings = self.look.vault.settings
        step = activation.ready(
            settings, self._named(found.rules), since=found.since, by=(found.actor, who.actor), reason=found.reason
        )
        if found.before and self._otherwise(found.since) != found.before:
            raise Conflict(
                "Other rules came into force since it was proposed: this would be another change.",
                cure="Send it back, compare it anew, and propose it again.",
            )
        anyio.from_thread.run(activation.take, settings, step)
        self._lodge(found, None, version, f"rule set {found.rules[:12]} approved", who.actor)
        return step

    def send_back(self, name: str, *, actor: str, reason: str) -> None:
        """Take a proposal away, whoever made it."""
        version, found = self._proposed(name)
        self._lodge(found, None, version, f"rule set {found.rules[:12]} sent back: {reason}", actor)

    def roll_back(self, *, actor: str, reason: str) -> Step:
        """Take the last step back. Raises Lasting where there is none."""

        async def back() -> Step:
            return await activation.roll_back(self.look.vault.settings, by=actor, reason=reason)

        return anyio.from_thread.run(back)

    def changes(self) -> Sequence[configured.Change]:
        """What changed in the configuration, the newest first."""
        return configured.log(self.look)

    def differences(self, number: int) -> Sequence[configured.Difference]:
        """What one change changed."""
        return configured.differences(self.look, number)

    def _rules(self, name: str) -> RuleSet:
        named = self._named(name)
        return _program() if named == CURRENT else rule_set(named, self.look.vault.settings)

    def _named(self, name: str) -> str:
        """A hash as the archive takes it; the program's own rules may not be there yet. Never a place in the file system."""
        if _program().hash == name:
            return CURRENT
        if name not in archive(self.look.vault.settings).hashes():
            raise Lasting("There is no such rule set.")
        return name

    def _otherwise(self, since: int) -> str:
        """The rules that would hold at an instant, or as soon as any can, if nobody did anything."""
        return in_force(self.look.vault.settings, max(clock.now() + LEAD, since)).hash

    def _proposed(self, name: str) -> tuple[int, Proposal]:
        found = self._people.one(KIND, name)
        if found is None:
            raise Conflict("Nobody proposes it any more.", cure="Look again.")
        return found.version, _proposal(found.value)

    def _lodge(self, about: Proposal, value: Proposal | None, before: int, words: str, actor: str) -> None:
        at = clock.now()
        entry = LedgerEntry(kind=Kind.RULE, at=at, actor=actor, rule_set=about.rules, outcome=words)
        kept = msgspec.msgpack.encode(value) if value else b""
        self.pen.keep([Lodge(kind=KIND, name=about.rules, at=at, value=kept, before=before, entry=entry)])

    @property
    def _people(self) -> Registry:
        vault = self.look.vault
        return Registry(database=vault.database, keys=vault.keys, origin=vault.origin)


@cache
def _program() -> RuleSet:
    """The rules that came with the program: they do not change while it runs."""
    return RuleSet.load()


_proposal = msgspec.msgpack.Decoder(Proposal).decode
