"""A person is handed over: to a mobile team, to a 911 centre for a rescue, from 911 to 988. Somebody there accepts, or it is told.

    asking ──accepted──▶ taken ──cleared──▶ over          a rescue or a transfer is over when a human accepted it
      │ ▲                  │
      │ └── the next one ──┤ declined, then or afterwards, or silent for too long
      └── nobody is left: a named role is told, then the next one, then every day; accepting, withdrawing, closing still end it

INVARIANT: how it stands depends on what was said and when, not on the order in which it came. An acknowledgement of a machine is
no acceptance. Instants are UTC microseconds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal

from msgspec.structs import replace

from hub.model.plan import Fact
from hub.spans import DAY, HOUR, MINUTE, SECOND

Kind = Literal["team", "rescue", "transfer"]
What = Literal["asked", "accepted", "declined", "en route", "on scene", "cleared", "withdrawn", "closed"]
State = Literal["asking", "taken", "over"]

# Within so long somebody answers, or the next one is asked.
PATIENCE: Final[dict[str, int]] = {"team": 5 * MINUTE, "rescue": 60 * SECOND, "transfer": 5 * MINUTE}
# Who is told when nobody took it: at once, and so much later.
CHAINS: Final[dict[str, tuple[tuple[int, str], ...]]] = {
    "team": ((0, "988 supervisor"), (15 * MINUTE, "county lead")),
    "rescue": ((0, "988 supervisor"), (2 * MINUTE, "county lead")),
    "transfer": ((0, "911 supervisor"), (15 * MINUTE, "county lead")),
}
THERE_WITHIN: Final = HOUR
DONE_WITHIN: Final = 8 * HOUR
_ENDS: Final = ("withdrawn", "closed")
_GOES: Final = ("accepted", "en route", "on scene", "cleared")


class Word(Fact, frozen=True):
    """One word: `who` is the partner it is about or from, `by` the human there. Answers need not know the `source`.

    `heard_at` is when the hub heard it asked: nobody can answer before.
    """

    kind: str
    number: str
    what: str
    at: int
    source: str = ""
    who: str = ""
    by: str = ""
    journal: str = ""
    heard_at: int = 0


class Turn(Fact, frozen=True):
    """One partner's turn: when it was asked, when the hub could ask it, and what it said when; 0 where it did not."""

    partner: str
    asked_at: int
    heard_at: int = 0
    accepted_at: int = 0
    declined_at: int = 0
    en_route_at: int = 0
    on_scene_at: int = 0
    cleared_at: int = 0
    by: str = ""

    @property
    def took(self) -> bool:
        """Whether it accepted, and did not take that back since."""
        return bool(self.cleared_at) or self.accepted_at > self.declined_at


class Handover(Fact, frozen=True):
    """One handover as it stands: since when, and since when the hub knew it.

    `journal` is the message that asked first; `taken_by` the partner that accepted first.
    """

    kind: str
    source: str
    number: str
    opened_at: int
    state: str
    heard_at: int = 0
    journal: str = ""
    turns: tuple[Turn, ...] = ()
    taken_by: str = ""

    def late_at(self, turn: Turn) -> int:
        """From when on a partner that says nothing is silent for too long.

        Nobody can answer before the hub heard of it. A rescue does not wait for that: one that was told late is late.
        """
        asked = turn.asked_at if self.kind == "rescue" else max(turn.asked_at, turn.heard_at)
        return asked + PATIENCE[self.kind]

    @property
    def taken(self) -> Turn | None:
        """The turn that was accepted first."""
        return next((turn for turn in self.turns if turn.partner == self.taken_by), None)


class Due(Fact, frozen=True):
    """What is to be done by now: ask a partner, or tell a role. `once` names it, so that it is done once."""

    what: Literal["ask", "tell"]
    once: str
    partner: str = ""
    role: str = ""
    words: str = ""


def handovers(words: Iterable[Word]) -> tuple[Handover, ...]:
    """Every handover that was asked for, by what was said of it so far.

    >>> asked = Word(kind="rescue", number="C-10", what="asked", at=0, source="L1", who="C1")
    >>> said = Word(kind="rescue", number="C-10", what="accepted", at=5, who="C1", by="operator 12")
    >>> [(one.state, one.taken_by) for one in handovers([said, asked])]
    [('over', 'C1')]
    """
    ordered = sorted(set(words), key=lambda word: (word.at, _RANK.index(word.what), word.who, word.by, word.journal))
    asks: dict[tuple[str, str, str], list[Word]] = defaultdict(list)
    for word in ordered:
        if word.what == "asked":
            asks[word.kind, word.source, word.number].append(word)
    answers = [word for word in ordered if word.what != "asked"]
    return tuple(_handover(asked, _about(asked, answers, asks)) for asked in asks.values())


_RANK: Final = ("asked", "accepted", "en route", "on scene", "cleared", "declined", "withdrawn", "closed")


def _about(asked: list[Word], answers: list[Word], asks: dict[tuple[str, str, str], list[Word]]) -> list[Word]:
    """The answers about one handover: by its source where they name it, else by whom was asked, or by the number alone."""
    first = asked[0]
    alike = sum((kind, number) == (first.kind, first.number) for kind, _, number in asks)
    partners = {word.who for word in asked}
    return [
        word
        for word in answers
        if (word.kind, word.number) == (first.kind, first.number)
        and (word.source == first.source if word.source else word.who in partners or alike == 1)
    ]


def _handover(asked: list[Word], answers: list[Word]) -> Handover:
    first = asked[0]
    turns: dict[str, Turn] = {}
    for word in (*asked, *answers):
        if word.who:
            before = turns.setdefault(word.who, Turn(partner=word.who, asked_at=word.at, heard_at=word.heard_at))
            turns[word.who] = _told(before, word)
    took = sorted((turn.accepted_at, turn.partner) for turn in turns.values() if turn.took)
    taken = turns[took[0][1]] if took else None
    ended = max((word.at for word in answers if word.what in _ENDS), default=-1)
    over = ended >= asked[-1].at or (taken is not None and (first.kind != "team" or bool(taken.cleared_at)))
    return Handover(
        kind=first.kind, source=first.source, number=first.number, opened_at=first.at, journal=first.journal,
        heard_at=min(word.heard_at for word in asked),
        state="over" if over else "taken" if taken else "asking", turns=tuple(turns.values()),
        taken_by=taken.partner if taken else "",
    )  # fmt: skip


_KEEPS: Final = {"en route": "en_route_at", "on scene": "on_scene_at", "cleared": "cleared_at"}


def _told(turn: Turn, word: Word) -> Turn:
    """The turn after a word. Whoever is on the way has accepted, whether or not they said so.

    Who declined may still come, and who accepted may still decline: the next one is asked then.
    """
    if word.what == "declined":
        return replace(turn, declined_at=word.at)
    if word.what == "asked":
        # Who hears it again was asked no later for that, whichever came first.
        return replace(turn, heard_at=min(turn.heard_at, word.heard_at))
    if word.what not in _GOES:
        return turn
    known = {"accepted_at": turn.accepted_at if turn.took else word.at, "by": turn.by or word.by}
    if key := _KEEPS.get(word.what):
        known[key] = getattr(turn, key) or word.at
    return replace(turn, **known)


def due(handover: Handover, order: Sequence[str], now: int) -> tuple[Due, ...]:
    """What is to be done by now. `order` are the partners that may be asked, the first first; who was asked is not asked again."""
    if handover.state == "over":
        return ()
    return tuple(_asking(handover, order, now) if handover.state == "asking" else _coming(handover, now))


def _asking(handover: Handover, order: Sequence[str], now: int) -> Iterator[Due]:
    ends = [turn.declined_at or handover.late_at(turn) for turn in handover.turns]
    if any(end > now for end in ends):
        return
    known = {turn.partner for turn in handover.turns}
    if further := [name for name in order if name not in known]:
        yield Due(what="ask", once=f"ask {further[0]}", partner=further[0])
        return
    since = max(ends, default=handover.opened_at)
    yield from _up_the_chain(handover, since, now, "nobody")


def _coming(handover: Handover, now: int) -> Iterator[Due]:
    """A team took it: it is there within the hour and done within the shift. A second team that took it too is not needed."""
    turn = handover.taken
    if turn is None:
        return
    for other in handover.turns:
        if other.took and other.partner != turn.partner and not other.cleared_at:
            role = CHAINS[handover.kind][0][1]
            yield Due(what="tell", once=f"two {other.partner}", partner=other.partner, role=role, words="two")
    there = turn.on_scene_at or turn.cleared_at
    late, words = (
        (turn.on_scene_at + DONE_WITHIN, "not done") if there else (turn.accepted_at + THERE_WITHIN, "not there")
    )
    if late <= now:
        for each in _up_the_chain(handover, late, now, words):
            yield replace(each, partner=turn.partner)


def _up_the_chain(handover: Handover, since: int, now: int, words: str) -> Iterator[Due]:
    chain = CHAINS[handover.kind]
    for later, role in chain:
        if since + later <= now:
            yield Due(what="tell", once=f"{words} {since} {role}", role=role, words=words)
    # Silence is never the end: the last role hears of it again every day.
    told = max(since, handover.heard_at) + chain[-1][0]
    for day in range(1, (now - told) // DAY + 1):
        yield Due(what="tell", once=f"{words} {since} day {day}", role=chain[-1][1], words=words)
