"""What became of each element that a partner sent: read once more from its newest messages, counted in five ways, never a value."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from hub.app.asking.look import Look
from hub.contracts import OUTCOMES, Loss, Losses, Outcome, Received
from hub.errors import HubError, KeyUnavailable, Lasting
from hub.store.asking.journal import Journal, Message, Wanted

# A page reads so many messages of a partner at most, and no longer than this.
NEWEST: Final = 100
_AT_ONCE: Final = 10
_S: Final = 0.08
_WHICH: Final = re.compile(r"\[\d+\]")


class Lost(msgspec.Struct, frozen=True, kw_only=True):
    """One place of the wire that was not understood: how often, in how many messages, why, and a message that shows it."""

    path: str
    outcome: Outcome
    why: str
    times: int
    messages: int
    message: str


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the elements of a partner's newest messages: the five counts add up to all there were.

    `before` are the counts of the older half of them, for comparison; `lost` the places, the most frequent first.
    """

    partner: str
    read: int
    destroyed: int
    counts: dict[Outcome, int]
    before: dict[Outcome, int]
    lost: tuple[Lost, ...]

    @property
    def elements(self) -> int:
        """How many there were."""
        return sum(self.counts.values())


def report(look: Look, partner: str, newest: int = NEWEST) -> Report:
    """The report of a partner. Raises Lasting for one that sends nothing."""
    if partner not in look.known.senders:
        raise Lasting(
            "This partner sends no messages.", cure=f"Those who send: {', '.join(sorted(look.known.senders))}."
        )
    tally = _Tally()
    until = time.monotonic() + _S
    with look.journal() as journal:
        for message, account in _accounts(look, journal, partner, newest):
            tally.add(message, account)
            # A mapping is compiled with the first message: some are read in any case.
            if tally.count >= _AT_ONCE and time.monotonic() > until:
                break
    return tally.report(partner)


class _Tally:
    """Counts, message by message, the newest first."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.each: list[dict[Outcome, int]] = []
        self.destroyed = 0
        self.times: Counter[tuple[str, Outcome]] = Counter()
        self.messages: Counter[tuple[str, Outcome]] = Counter()
        self.shows: dict[tuple[str, Outcome], tuple[str, str]] = {}

    def add(self, message: Message, account: Losses | None) -> None:
        """One message; without an account its content was destroyed."""
        if account is None:
            self.destroyed += 1
            return
        self.each.append(account.counts())
        missed = [loss for loss in account.items if loss.outcome in ("unmapped", "invalid")]
        places = Counter((_WHICH.sub("", loss.path), loss.outcome) for loss in missed)
        self.times.update(places)
        self.messages.update(places.keys())
        for loss in missed:
            self._show(loss, message)

    @property
    def count(self) -> int:
        """How many messages it has counted."""
        return len(self.each)

    def _show(self, loss: Loss, message: Message) -> None:
        self.shows.setdefault((_WHICH.sub("", loss.path), loss.outcome), (loss.why, message.journal))

    def report(self, partner: str) -> Report:
        """The sum."""
        lost = [
            Lost(
                path=path, outcome=outcome, why=self.shows[path, outcome][0], times=times,
                messages=self.messages[path, outcome], message=self.shows[path, outcome][1],
            )
            for (path, outcome), times in self.times.most_common()
        ]  # fmt: skip
        return Report(
            partner=partner, read=len(self.each), destroyed=self.destroyed, counts=_summed(self.each),
            before=_summed(self.each[len(self.each) // 2 :]), lost=tuple(lost),
        )  # fmt: skip


def _summed(each: Sequence[dict[Outcome, int]]) -> dict[Outcome, int]:
    return {outcome: sum(counts[outcome] for counts in each) for outcome in OUTCOMES}


def _accounts(look: Look, journal: Journal, partner: str, newest: int) -> Iterator[tuple[Message, Losses | None]]:
    before, left = 0, newest
    while left and (
        page := journal.search(Wanted(partner=partner, state="planned", before=before, limit=min(left, _AT_ONCE)))
    ):
        for message in page:
            yield message, account(look, journal, message)
        before, left = page[-1].seq, left - len(page)


def account(look: Look, journal: Journal, message: Message) -> Losses | None:
    """What became of each element of one message, read once more with the mapping of now; None where that cannot be."""
    sender = look.known.senders[message.partner]
    try:
        (kept,) = journal.kept([message.journal])
    except KeyUnavailable:
        return None
    received = Received(
        journal=message.journal, partner=message.partner, as_of=message.at, zone=sender.zone, charset=sender.charset
    )
    try:
        return sender.adapter.read(kept.body, received).account()
    except HubError:
        return None  # its mapping reads it no more: it is among those that cannot be counted
