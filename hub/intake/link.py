"""The way to the one writer from another process: frames over a socket pair that both inherited, or over the hub's hatch.

A request is `[number, what]`, an answer `[number, outcome]`; number 0 is a nudge: these destinations have something due.
Nobody else can reach the pair: it has no address. The hatch (`hub.app.hatch`) has one that only the hub's own user opens.

Entries speak of sets of paths by an id. The writer keeps the names behind each, so with its first use they travel along.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable, Iterable, Sequence
from typing import Any, cast

import msgspec
import structlog

from hub import errors
from hub.errors import HubError, StoreUnavailable
from hub.intake.arrival import Again, Answer, Arrival, Rejected
from hub.intake.desk import Desk
from hub.model.commands import Command
from hub.model.registry import learn, learnt
from hub.store.result import Result

log = structlog.get_logger(__name__)
_HEAD = struct.Struct(">I")
NUDGE = 0
_GONE = "the process of the writer ended."


class Fault(msgspec.Struct, frozen=True, array_like=True):
    """An error on its way back: its class in the tree, and its letter."""

    kind: str
    message: str
    at: str = ""
    cure: str = ""


class Request(msgspec.Struct, frozen=True, array_like=True):
    """Something for the desk, exactly one of these; and the sets of paths that were named here since the last request."""

    number: int
    arrival: Arrival | None = None
    rejected: Rejected | None = None
    commands: tuple[Command, ...] = ()
    again: Again | None = None
    path_sets: tuple[tuple[str, ...], ...] = ()


class Outcome(msgspec.Struct, frozen=True, array_like=True):
    """A result on its way back."""

    seq: int
    leaf: int
    deliveries: tuple[int, ...] = ()
    fault: Fault | None = None


class Response(msgspec.Struct, frozen=True, array_like=True):
    """What the desk said: an answer, or an outcome for each command; or a nudge."""

    number: int
    answer: Answer | None = None
    outcomes: tuple[Outcome, ...] = ()
    nudge: tuple[str, ...] = ()
    # Somebody was turned away at a door of the writer's process: why, and at whose.
    alarm: tuple[str, str] | None = None


_encode = msgspec.msgpack.Encoder().encode
_request = msgspec.msgpack.Decoder(Request).decode
_response = msgspec.msgpack.Decoder(Response).decode


class _Frames(asyncio.Protocol):
    """Length-prefixed frames, each handed to `got`."""

    def __init__(self, got: Callable[[bytes], None], gone: Callable[[], None]) -> None:
        self._got, self._gone = got, gone
        self._buffer = bytearray()
        self.transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self.transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        """Hand over every whole frame."""
        self._buffer += data
        start = 0
        while len(self._buffer) - start >= _HEAD.size:
            (size,) = _HEAD.unpack_from(self._buffer, start)
            end = start + _HEAD.size + size
            if len(self._buffer) < end:
                break
            self._got(bytes(self._buffer[start + _HEAD.size : end]))
            start = end
        del self._buffer[:start]

    def connection_lost(self, exc: Exception | None) -> None:
        """The other process ended."""
        self._gone()

    def send(self, message: msgspec.Struct) -> bool:
        """One frame out; False when the other process is gone."""
        if self.transport is None or self.transport.is_closing():
            return False
        frame = _encode(message)
        self.transport.write(_HEAD.pack(len(frame)) + frame)
        return True


async def _connect(sock: socket.socket, frames: _Frames) -> None:
    sock.setblocking(False)
    await asyncio.get_running_loop().create_connection(lambda: frames, sock=sock)


class Server:
    """The writer's side: what arrives is laid on the desk; what was committed goes back."""

    def __init__(self, desk: Desk) -> None:
        """Serve one other process."""
        self._desk = desk
        self._frames = _Frames(self._got, lambda: None)

    @property
    def protocol(self) -> asyncio.Protocol:
        """What speaks on one connection."""
        return self._frames

    async def start(self, sock: socket.socket) -> None:
        """Listen on our half of the pair."""
        await _connect(sock, self._frames)

    def nudge(self, destinations: Iterable[str]) -> None:
        """Tell the other process that these destinations have something due."""
        self._frames.send(Response(NUDGE, nudge=tuple(destinations)))

    def alarm(self, kind: str, partner: str) -> None:
        """Tell the other process that somebody was turned away at a door here."""
        self._frames.send(Response(NUDGE, alarm=(kind, partner)))

    def _got(self, frame: bytes) -> None:
        request = _request(frame)
        for names in request.path_sets:
            learn(names)
        if request.arrival is not None:
            waiter: asyncio.Future[Any] = self._desk.take(request.arrival)
        elif request.rejected is not None:
            waiter = self._desk.reject(request.rejected)
        elif request.again is not None:
            waiter = self._desk.again(request.again)
        else:
            waiter = self._desk.ask(request.commands)
        waiter.add_done_callback(lambda done: self._answer(request.number, done))

    def _answer(self, number: int, done: asyncio.Future[Any]) -> None:
        self._frames.send(_answered(number, done))


def _answered(number: int, done: asyncio.Future[Any]) -> Response:
    result = done.result()
    if isinstance(result, Answer):
        return Response(number, answer=result)
    return Response(number, outcomes=tuple(Outcome(r.seq, r.leaf, r.deliveries, _fault(r.error)) for r in result))


def _fault(problem: HubError | None) -> Fault | None:
    return Fault(type(problem).__name__, problem.message, problem.at, problem.cure) if problem else None


class Client:
    """The other side: the same three questions as at the desk itself."""

    def __init__(
        self, nudged: Callable[[tuple[str, ...]], None], alarmed: Callable[[str, str], None] = lambda *_: None
    ) -> None:
        """`nudged` hears which destinations have something due, `alarmed` who was turned away at the writer's doors."""
        self._nudged, self._alarmed = nudged, alarmed
        self._waiting: dict[int, tuple[asyncio.Future[Any], Any]] = {}
        self._last, self._named = NUDGE, 0
        self._frames = _Frames(self._got, self._gone)
        self.gone: asyncio.Event = asyncio.Event()

    async def start(self, sock: socket.socket) -> None:
        """Use our half of the pair."""
        await _connect(sock, self._frames)

    def close(self) -> None:
        """Hang up."""
        if self._frames.transport is not None:
            self._frames.transport.close()

    def take(self, arrival: Arrival) -> asyncio.Future[Answer]:
        """Keep a message; the answer comes after the commit."""
        return self._ask(_unavailable(arrival.journal), arrival=arrival)

    def reject(self, rejected: Rejected) -> asyncio.Future[Answer]:
        """Keep that something was turned away."""
        return self._ask(_unavailable(rejected.journal), rejected=rejected)

    def again(self, again: Again) -> asyncio.Future[Answer]:
        """Plan a parked message anew."""
        return self._ask(_unavailable(again.journal), again=again)

    def ask(self, commands: Sequence[Command]) -> asyncio.Future[Sequence[Result]]:
        """Commit these commands; one result each, in order."""
        return self._ask([Result(error=StoreUnavailable(_GONE))] * len(commands), commands=tuple(commands))

    def _ask(self, otherwise: Any, **what: Any) -> asyncio.Future[Any]:
        """Send one request; `otherwise` is the answer when the writer's process ends before it answers."""
        self._last += 1
        waiter: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[self._last] = waiter, otherwise
        fresh = learnt(after=self._named)
        self._named += len(fresh)
        if not self._frames.send(Request(self._last, path_sets=fresh, **what)):
            self._gone()
        return waiter

    def _got(self, frame: bytes) -> None:
        response = _response(frame)
        if response.alarm:
            self._alarmed(*response.alarm)
            return
        if response.number == NUDGE:
            self._nudged(response.nudge)
            return
        waiter, _ = self._waiting.pop(response.number)
        if not waiter.done():
            waiter.set_result(response.answer or [_result(o) for o in response.outcomes])

    def _gone(self) -> None:
        self.gone.set()
        waiting, self._waiting = self._waiting, {}
        for waiter, otherwise in waiting.values():
            if not waiter.done():
                waiter.set_result(otherwise)


def _unavailable(journal: str) -> Answer:
    return Answer(journal=journal, state="unavailable", cause=_GONE)


def _result(outcome: Outcome) -> Result:
    return Result(seq=outcome.seq, leaf=outcome.leaf, deliveries=outcome.deliveries, error=_error(outcome.fault))


def _error(fault: Fault | None) -> HubError | None:
    if fault is None:
        return None
    kind: type[HubError] = getattr(errors, fault.kind, errors.Lasting)
    return kind(fault.message, at=fault.at, cure=fault.cure)
