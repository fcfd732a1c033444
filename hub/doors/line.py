"""One MLLP connection: frames in, arrivals to the desk, acknowledgements out in the order of the messages, and only after the commit."""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

import structlog

from adapters.wire.hl7v2 import Outcome, Problem, problem, split_batch
from hub import clock
from hub.access.callers import Refusal
from hub.doors.desk import settled
from hub.doors.framing import FS, Fault, Frame, Frames
from hub.doors.reply import CONDITIONS, FAULTS, OTHER, OUTCOMES, TEST, Header, glimpse, many, msh, spelled
from hub.errors import Unreadable
from hub.intake import Answer, Arrival, Rejected
from hub.store.ids import new_id

if TYPE_CHECKING:
    from hub.doors.mllp import MllpDoor

log = structlog.get_logger(__name__)

# Quiet for a minute, then four questions a quarter of a minute apart: a peer that lost its power is noticed in two minutes.
_KEEP_ALIVE: Final = ((socket.TCP_KEEPIDLE, 60), (socket.TCP_KEEPINTVL, 15), (socket.TCP_KEEPCNT, 4))
# Some senders pad what they send with blanks or line ends.
_TAIL: Final = 64


@dataclass(frozen=True, slots=True)
class Due:
    """An answer that is owed: to these bytes, in this mode, when the future is done. `otherwise` answers what is no message."""

    future: asyncio.Future[Answer]
    journal: str
    body: bytes
    header: Header
    cause: str = ""
    errors: tuple[Problem, ...] = ()
    outcome: Outcome | None = None


class Line(asyncio.Protocol):
    """One connection of a door's partner."""

    def __init__(self, door: MllpDoor) -> None:
        self._door = door
        self._limits = door.limits
        self._frames = Frames(door.limits.message)
        self._due: deque[Due] = deque()
        # Bytes of messages that wait for their commit.
        self._held = 0
        # Not reading: too much is outstanding, or the sender does not read its acknowledgements.
        self._full = False
        # Nothing more is taken; what is due is still answered, unless silent.
        self._ended = False
        self._silent = False
        # Loop times: when an unfinished frame began, since when acknowledgements lie unread, when bytes came last. 0 is never.
        self._begun = 0.0
        self._unread = 0.0
        self._heard = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let the partner in, or hang up on anybody else."""
        self._transport = cast("asyncio.Transport", transport)
        self._loop = asyncio.get_running_loop()
        self._heard = self._loop.time()
        if refusal := self._door.admits(self._transport):
            self._ended = self._silent = True
            self._door.turned_away(refusal)
            self._transport.abort()
            return
        self._door.lines.add(self)
        wire = self._transport.get_extra_info("socket")
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in _KEEP_ALIVE:
            wire.setsockopt(socket.IPPROTO_TCP, option, value)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody is there to be answered: the sender will send again what it was not answered."""
        self._door.lines.discard(self)
        self._cut()
        self._silent = True
        self._due.clear()

    def eof_received(self) -> bool:
        """The sender has said all. What is outstanding is still answered, except under TLS, which cannot close one way."""
        self._cut()
        return bool(self._due) and self._transport.get_extra_info("sslcontext") is None

    def data_received(self, data: bytes) -> None:
        """Hand over every message these bytes complete."""
        if self._ended:
            return
        self._heard = self._loop.time()
        events = self._frames.feed(data)
        if events or not self._begun:
            tail = data[-_TAIL:].rstrip()
            self._begun = self._heard if tail and not tail.endswith(FS) else 0.0
        self._handle(events)
        self._press()

    def pause_writing(self) -> None:
        """The sender does not read its acknowledgements."""
        self._unread = self._loop.time()
        self._press()

    def resume_writing(self) -> None:
        """It reads them again."""
        self._unread = 0.0
        self._press()

    def finish(self) -> list[asyncio.Future[Answer]]:
        """Take nothing more. Gives what is still owed."""
        self._cut()
        return [due.future for due in self._due]

    def hang_up(self, *, now: bool = False) -> None:
        """Close. What was written still leaves, if the sender reads it, unless this is to happen now."""
        if now:
            self._transport.abort()
        else:
            self._transport.close()

    def look(self, now: float) -> None:
        """Let go of a sender that hangs: inside a frame, before its acknowledgements, or for longer than anybody is idle."""
        limits = self._limits
        if self._begun and not self._full and now - self._begun > limits.begun_s:
            self._let_go("a frame was not finished")
        elif self._unread and now - self._unread > limits.unread_s:
            self._let_go("acknowledgements were not read")
        elif not self._due and now - self._heard > limits.idle_s:
            self._let_go("nothing was said for long")

    def _let_go(self, why: str) -> None:
        log.info("connection let go", partner=self._door.entrance.partner, door=self._door.name, why=why)
        self._transport.abort()

    def _cut(self) -> None:
        """No more bytes will come: account for an unfinished frame."""
        if not self._ended:
            self._ended = True
            self._handle(self._frames.close())

    def _press(self) -> None:
        """Stop reading while too much is outstanding; start again at half of it."""
        share = 2 if self._full else 1
        limits = self._limits
        full = (
            self._unread > 0
            or len(self._due) * share >= limits.outstanding
            or self._held * share >= limits.outstanding_bytes
        )
        if full is self._full or self._transport.is_closing():
            return
        self._full = full
        if full:
            self._transport.pause_reading()
        else:
            # The sender is not to blame for the time we did not read.
            self._begun = self._loop.time() if self._begun else 0.0
            self._transport.resume_reading()

    def _handle(self, events: Iterable[Frame | Fault]) -> None:
        at = clock.now()
        for event in events:
            if isinstance(event, Frame):
                self._take(event.body, at)
            elif event.kind in FAULTS and (event.kind != "noise" or glimpse(event.head).control):
                # Noise that names no message is not answered: the sender would take that for the answer to its next one.
                outcome, words = FAULTS[event.kind]
                self._reject(event.head, at, words, outcome=outcome)
            else:
                log.info(
                    "bytes passed over", partner=self._door.entrance.partner, door=self._door.name, kind=event.kind
                )

    def _take(self, frame: bytes, at: int) -> None:
        try:
            pieces = list(split_batch(frame, most=self._limits.batch)) if many(frame) else [frame]
        except Unreadable as error:
            self._reject(frame, at, str(error), found=problem(error, OTHER))
            return
        if not pieces:
            self._reject(frame, at, "The batch holds no message.")
        for piece in pieces:
            self._message(piece, at)

    def _message(self, body: bytes, at: int) -> None:
        door = self._door
        try:
            found = msh(body)
        except Unreadable as error:
            self._reject(body, at, str(error), found=problem(error, OTHER))
            return
        refusal = door.entrance.agrees(found.application, found.facility) or door.entrance.bears(found.kind, body)
        if refusal:
            self._turn_away(refusal, body, at, found)
            return
        journal = new_id()
        arrival = Arrival(journal=journal, partner=door.entrance.partner, body=body, door=door.name, at=at)
        self._owe(Due(door.desk.take(arrival), journal, body, found))

    def _turn_away(self, refusal: Refusal, body: bytes, at: int, header: Header) -> None:
        self._door.turned_away(refusal)
        place = refusal.words.partition(" ")[0] if refusal.kind == "sender" else "MSH-9"
        found = Problem(code=CONDITIONS[refusal.kind], at=place, text=refusal.words)
        self._reject(body, at, refusal.words, found=found, header=header)

    def _reject(
        self,
        body: bytes,
        at: int,
        cause: str,
        *,
        found: Problem | None = None,
        header: Header | None = None,
        outcome: Outcome = "refused",
    ) -> None:
        """Have it recorded that this was not kept, and say so afterwards."""
        door, journal = self._door, new_id()
        partner = door.entrance.partner
        rejected = Rejected(journal=journal, partner=partner, body=body, door=door.name, at=at, cause=cause)
        errors = (found or Problem(code=OTHER, text=cause),)
        self._owe(Due(door.desk.reject(rejected), journal, body, header or glimpse(body), cause, errors, outcome))

    def _owe(self, due: Due) -> None:
        self._due.append(due)
        self._held += len(due.body)
        due.future.add_done_callback(self._settle)

    def _settle(self, _: asyncio.Future[Answer]) -> None:
        """Answer as many as are settled, in the order in which they came."""
        if self._silent or self._transport.is_closing():
            return
        said: list[bytes] = []
        while self._due and self._due[0].future.done() and not self._silent:
            due = self._due.popleft()
            self._held -= len(due.body)
            said += self._answer(due, settled(due.future))
        if said:
            self._transport.write(b"".join(said))
        if self._ended and not self._due and not self._silent:
            self._transport.close()
        self._press()

    def _answer(self, due: Due, answer: Answer) -> list[bytes]:
        if answer.state == "unavailable" and self._limits.unavailable == "close":
            self._give_up()
            return []
        outcome = due.outcome if due.outcome and answer.state != "unavailable" else OUTCOMES[answer.state]
        cause = "" if outcome == "kept" else due.cause or answer.cause
        at = clock.now()
        errors = due.errors or ((Problem(code=TEST, at="MSH-11", text=cause),) if answer.test else ())
        return spelled(due.body, due.header, outcome, journal=due.journal, at=at, cause=cause, errors=errors)

    def _give_up(self) -> None:
        """The store is gone: say nothing more and hang up after a pause, so that the sender reconnects and sends all of it again."""
        log.error("no acknowledgement: the store is gone", partner=self._door.entrance.partner, door=self._door.name)
        self._ended = self._silent = True
        self._due.clear()
        self._transport.pause_reading()
        self._loop.call_later(self._limits.pause_s, self._transport.close)
