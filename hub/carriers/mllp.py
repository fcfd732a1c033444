"""Deliveries over MLLP: one message outstanding on a connection, and an acknowledgement counts only for the message it names."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from typing import Final, cast

import structlog

from adapters.wire.hl7v2 import Message, read
from hub.access.route import route
from hub.contracts import Parcel, Receipt
from hub.errors import Ambiguous, HubError, Misconfigured, PartnerBusy, PartnerRefused, PartnerUnreachable, Unreadable
from hub.partners import Delivery

log = structlog.get_logger(__name__)

ACCEPTED: Final = frozenset({"AA", "CA"})
# AE and CE with one of these conditions of HL7 table 0357 may work later. Any other, AR and CR need a person.
CONDITION: Final[Mapping[str, type[HubError]]] = {"206": PartnerBusy, "207": PartnerBusy}
_ERRORS: Final = frozenset({"AE", "CE"})
_CONNECT_S: Final = 10.0
# Firewalls forget quiet connections without telling anybody.
_IDLE_S: Final = 60.0
_ANSWER_BYTES: Final = 64 * 1024
_VT: Final = b"\x0b"
_FS: Final = b"\x1c"


class MllpCarrier:
    """Sends the messages of one partner over at most `in_flight` connections, and waits for each one's own acknowledgement."""

    def __init__(self, partner: str, delivery: Delivery, *, tls: ssl.SSLContext | None = None) -> None:
        """`delivery.certificate` is the name the partner's certificate must carry; without one it goes in the clear.

        Raises Misconfigured for an address of another kind than declared, or where there is no TLS to pin a certificate in.
        """
        self._route = route(partner, delivery, delivery.host, clear=not delivery.certificate)
        self._place = self._route.place
        if delivery.certificate and tls is None:
            raise Misconfigured(
                "The delivery pins a certificate, and there is no TLS to ask for it.",
                at=f"{self._place}.certificate",
                cure="Give the hub a certificate, a key and the partners' authority.",
            )
        self._host, self._port = delivery.host, delivery.port
        self._tls = tls if delivery.certificate else None
        self._name = delivery.certificate or None
        self._patience = delivery.timeout_s
        self._room = asyncio.Semaphore(delivery.in_flight)
        self._idle: list[_Line] = []

    async def send(self, parcel: Parcel) -> Receipt:
        """Send one message and wait for the acknowledgement whose MSA-2 is its MSH-10. Raises Passing or Lasting by what it says."""
        self._route.still_open()
        control_id = _control_id(parcel.body, self._place)
        async with self._room:
            line = self._waiting() or await self._connect()
            answer = await line.ask(parcel.body, control_id, self._patience)
            self._idle.append(line)
        return _receipt(answer, self._place)

    async def close(self) -> None:
        """Let go of the connections."""
        for line in self._idle:
            line.hang_up()
        self._idle.clear()

    def _waiting(self) -> _Line | None:
        """A connection that is open and was used lately."""
        while self._idle:
            line = self._idle.pop()
            if line.fresh():
                return line
            line.hang_up()
        return None

    async def _connect(self) -> _Line:
        problem = None
        for found in await self._route.look_up(self._host, self._port):
            try:
                return await self._dial(found)
            except OSError as error:  # a time-out and a failed handshake among them
                problem = error
        raise PartnerUnreachable(f"No connection ({type(problem).__name__}).", at=self._place) from problem

    async def _dial(self, found: str) -> _Line:
        async with asyncio.timeout(min(_CONNECT_S, self._patience)):
            _, line = await asyncio.get_running_loop().create_connection(
                lambda: _Line(self._place),
                found,
                self._port,
                ssl=self._tls,
                server_hostname=self._name,
            )
        return line


class _Line(asyncio.Protocol):
    """One connection: a question at a time."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._held = b""
        self._asked = ""
        self._answer: asyncio.Future[Message] | None = None
        self._used = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._loop = asyncio.get_running_loop()

    def fresh(self) -> bool:
        """Whether it can be used once more."""
        return not self._transport.is_closing() and self._loop.time() - self._used < _IDLE_S

    def hang_up(self) -> None:
        """Let go of it now."""
        self._transport.abort()

    async def ask(self, body: bytes, control_id: str, patience: float) -> Message:
        """Send `body` and wait for the answer to `control_id`. Whatever goes wrong, this connection is not used again."""
        self._asked = control_id
        self._answer = self._loop.create_future()
        late = self._loop.call_later(patience, self._fail, "No acknowledgement in time.")
        try:
            self._transport.write(b"".join((_VT, body, _FS, b"\r")))
            return await self._answer
        except BaseException:
            self.hang_up()
            raise
        finally:
            late.cancel()
            self._answer = None
            self._used = self._loop.time()

    def data_received(self, data: bytes) -> None:
        *frames, self._held = (self._held + data).split(_FS)
        for frame in frames:
            self._take(frame.rpartition(_VT)[2])
        if len(self._held) > _ANSWER_BYTES:
            self._fail("The acknowledgement has no end.")
            self.hang_up()

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail("The connection closed before the acknowledgement.")

    def _take(self, frame: bytes) -> None:
        try:
            found = read(frame)
        except Unreadable:
            found = None
        if found and self._answer and not self._answer.done() and found.value("MSA", 2, 0) == self._asked:
            self._answer.set_result(found)
        else:
            log.warning("stray acknowledgement dropped", place=self._place)

    def _fail(self, words: str) -> None:
        if self._answer and not self._answer.done():
            self._answer.set_exception(Ambiguous(words, at=self._place))


def _control_id(body: bytes, place: str) -> str:
    """MSH-10 of what is to be sent: without it no acknowledgement could ever be matched."""
    found = "" if _VT in body or _FS in body else read(body).control_id
    if not found:
        raise Misconfigured(
            "The message has no MSH-10, or bytes that end a frame.", at=place, cure="Correct the mapping that wrote it."
        )
    return found


def _receipt(answer: Message, place: str) -> Receipt:
    code = answer.value("MSA", 1) or ""
    if code in ACCEPTED:
        return Receipt(accepted=True, code=code, reference=answer.control_id)
    condition = _condition(answer)
    kind = CONDITION.get(condition, PartnerRefused) if code in _ERRORS else PartnerRefused
    raise kind(f"The partner answered {_word(code)}{f' ({condition})' if condition else ''}.", at=place)


def _condition(answer: Message) -> str:
    """The error condition: ERR-3 since 2.5, ERR-1.4 before, MSA-6 before that."""
    places = (("ERR", 3, 1), ("ERR", 1, 4), ("MSA", 6, 1))
    said = (answer.value(*place) or "" for place in places)
    return next((word for word in said if word.isdecimal() and len(word) == 3), "")


def _word(code: str) -> str:
    return code if code.isalpha() and code.isascii() and len(code) == 2 else "an unknown code"
