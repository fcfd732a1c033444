"""The end of the day: what each partner holds, what it was not told and under which rule, one episode, the ledger, and the sum."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Protocol

from hub.app.keeping.proofs import Verified
from hub.demo import copies
from hub.demo.receivers import Copy, Mailbox
from hub.demo.script import Act, Script
from hub.demo.tell import Teller, counted
from hub.demo.window import Moment, Verdict
from hub.errors import ProofFailed
from hub.store.asking.journal import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A message that was sent: by which act, as the hub knows it, and what was decided about it for each partner."""

    act: Act
    message: Message
    verdicts: tuple[Verdict, ...]


@dataclass(slots=True, kw_only=True)
class Played:
    """What happened so far: what was sent, how many messages each partner must hold, and when each of them came."""

    mailboxes: dict[str, Mailbox]
    sent: list[Sent] = field(default_factory=list)
    expected: Counter[str] = field(default_factory=Counter)
    times: dict[str, list[str]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def arrived(self, partner: str, at: str) -> None:
        """Whatever is new in a partner's mailbox came at this hour of the story."""
        known = self.times.setdefault(partner, [])
        known += [at] * (len(self.mailboxes[partner].copies) - len(known))

    def verdicts(self, partner: str) -> list[tuple[str, Verdict]]:
        """Every decision for one partner, with the hour of its message."""
        return [(sent.act.at, v) for sent in self.sent for v in sent.verdicts if v.partner == partner]


class Look(Protocol):
    """What the end asks of the hub."""

    def episode(self, message: Message) -> tuple[Moment, ...]:
        """The crisis episode that a message belongs to."""
        ...

    def verified(self) -> Verified:
        """The whole ledger, derived again. Raises ProofFailed."""
        ...


def end(teller: Teller, window: Look, played: Played, script: Script, seconds: float) -> int:
    """Tell the end of the day, and give the exit status: 0 when everything held."""
    teller.heading("What each partner holds, and what it was not told")
    for partner in _as_they_came(played):
        _partner(teller, played, partner)
    _episode(teller, window, played, script)
    _ledger(teller, window, played)
    teller.heading("Did it hold?")
    for failure in played.failures:
        teller.say(f"No: {failure}", "bold red")
    if not played.failures:
        teller.say(
            f"Yes. The hub took {counted(len(played.sent), 'message')} and delivered {sum(played.expected.values())} to partners: none is "
            f"missing, none is one too many. It took {seconds:.0f} seconds.",
            "bold green",
        )
    return 1 if played.failures else 0


def _as_they_came(played: Played) -> list[str]:
    """Partners in the order in which the story reaches them, then those it never reached."""
    reached = [partner for sent in played.sent for partner in sent.act.reaches]
    return list(dict.fromkeys([*reached, *played.mailboxes]))


def _partner(teller: Teller, played: Played, partner: str) -> None:
    held, decided = played.mailboxes[partner].copies, played.verdicts(partner)
    teller.partner(partner, len(held), sum(v.sent for _, v in decided), sum(v.held for _, v in decided))
    _copies(teller, held, played.times.get(partner, []))
    for (words, law), (kinds, times) in _together(decided).items():
        teller.withheld(list(kinds), list(times), words, law)
    if len(held) != played.expected[partner]:
        played.failures.append(
            f"{partner} holds {len(held)} messages, and {played.expected[partner]} were meant for it"
        )


def _copies(teller: Teller, held: list[Copy], times: list[str]) -> None:
    """Every message the partner holds, each fact where it came first; a count of beds is told whole each time."""
    known: set[str] = set()
    for number, copy in enumerate(held):
        facts = copies.facts(copy)
        at = times[number] if number < len(times) else "later"
        counts = any(fact.startswith("facility ") for fact in facts)
        news = facts if counts else [fact for fact in facts if fact not in known]
        teller.received(at, copies.title(copy), news, copies.notice(copy))
        known.update(facts)


def _together(decided: list[tuple[str, Verdict]]) -> dict[tuple[str, str], tuple[dict[str, None], dict[str, None]]]:
    """What stood in a message and did not go: kinds and hours that have one reason, under it."""
    found: dict[tuple[str, str], tuple[dict[str, None], dict[str, None]]] = {}
    for at, verdict in decided:
        for kept in verdict.kept:
            kinds, times = found.setdefault((kept.words, kept.law), ({}, {}))
            kinds[kept.what] = times[at] = None
    return found


def _episode(teller: Teller, window: Look, played: Played, script: Script) -> None:
    chosen = next((sent for sent in played.sent if sent.act.message == script.episode), None)
    if chosen is None:
        played.failures.append(f"{script.episode} was not kept")
        return
    teller.heading("One crisis episode, from what everybody sent")
    for moment in window.episode(chosen.message):
        teller.moment(moment)


def _ledger(teller: Teller, window: Look, played: Played) -> None:
    teller.heading("The ledger")
    try:
        found = window.verified()
    except ProofFailed as broken:
        played.failures.append(f"the ledger does not verify: {broken}")
        return
    teller.say(
        f"The ledger verified: all {found.leaves} entries were derived again just now, and they are what the signed checkpoint "
        f"says, in this order, none missing, none changed. {found.opened} were opened, and each commits to the facts behind it. "
        f"The root begins with {found.root[:16]}; the ledger's name is {found.origin}."
    )
