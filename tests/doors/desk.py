"""A desk for door tests: it keeps the rules of the intake, complains when a door breaks them, and answers when it is told to."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from dataclasses import dataclass, field

from msgspec.structs import replace

from hub.doors.desk import Desk
from hub.intake import Answer, Arrival, Rejected


@dataclass
class FakeDesk:
    """Commits everything at once on the next turn of the loop, or, with `hold`, when `commit` is called.

    `states` says what becomes of bodies that hold certain bytes; the same (partner, id, bytes) twice is a duplicate.
    """

    hold: bool = False
    gone: bool = False
    states: dict[bytes, Answer] = field(default_factory=dict)
    kept: list[Arrival] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)
    _journals: set[str] = field(default_factory=set)
    _seen: dict[tuple[str, str, bytes], str] = field(default_factory=dict)
    _waiting: deque[tuple[asyncio.Future[Answer], Arrival | Rejected]] = field(default_factory=deque)

    def take(self, arrival: Arrival) -> asyncio.Future[Answer]:
        return self._queue(arrival)

    def reject(self, rejected: Rejected) -> asyncio.Future[Answer]:
        assert rejected.cause
        return self._queue(rejected)

    def waiting(self) -> int:
        return len(self._waiting)

    def commit(self, most: int = 1 << 30) -> None:
        """Answer so many of what is waiting, oldest first."""
        for _ in range(min(most, len(self._waiting))):
            future, what = self._waiting.popleft()
            future.set_result(self._answer(what))

    def _queue(self, what: Arrival | Rejected) -> asyncio.Future[Answer]:
        assert re.fullmatch(r"[0-9a-f]{32}", what.journal)
        assert what.journal not in self._journals
        assert what.partner
        assert what.door
        assert what.at > 0
        self._journals.add(what.journal)
        loop = asyncio.get_running_loop()
        self._waiting.append((loop.create_future(), what))
        self.came.set()
        future = self._waiting[-1][0]
        if not self.hold:
            loop.call_soon(self.commit)
        return future

    def _answer(self, what: Arrival | Rejected) -> Answer:
        if self.gone:
            return Answer(journal=what.journal, state="unavailable", cause="the store is gone")
        if isinstance(what, Rejected):
            self.rejected.append(what)
            return Answer(journal=what.journal, state="rejected", cause=what.cause)
        for part, answer in self.states.items():
            if part in what.body:
                return replace(answer, journal=what.journal)
        known = (what.partner, what.message_id, what.body)
        first = self._seen.setdefault(known, what.journal)
        if first != what.journal:
            return Answer(journal=first, state="duplicate")
        self.kept.append(what)
        return Answer(journal=what.journal, state="kept")

    def bodies(self) -> list[bytes]:
        return [arrival.body for arrival in self.kept]


def is_desk(fake: FakeDesk) -> Desk:
    """The type checker's word that the fake has the shape of the real one."""
    return fake
