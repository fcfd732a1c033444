"""The HTTP door on a real socket: what a served door adds, and what hostile connections get."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from hub.access import tls
from hub.doors.gate import Gate
from hub.doors.http import HttpDoor, Limits, Receive, Scope, Send
from hub.doors.porch import Porch
from hub.doors.server import HttpServer
from hub.errors import Misconfigured
from tests.access.authority import Authority
from tests.doors.desk import FakeDesk
from tests.doors.test_http import CALLERS

HEAD = b"POST /messages HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer secret\r\nContent-Type: application/json\r\n"


@asynccontextmanager
async def served(
    desk: FakeDesk | None = None, certificate: Path | None = None, key: Path | None = None
) -> AsyncIterator[HttpServer]:
    app = Porch((HttpDoor(Gate(CALLERS), desk or FakeDesk(), limits=Limits(body_s=0.05)),))
    server = HttpServer(app, port=0, certificate=certificate, key=key)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


async def raw(port: int, *parts: bytes) -> bytes:
    """What is answered to these packets, up to the end of the connection or a short silence."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    heard = b""
    try:
        for part in parts:
            writer.write(part)
            await asyncio.sleep(0.005)
        while part := await asyncio.wait_for(reader.read(65536), 0.15):
            heard += part
    except (TimeoutError, ConnectionError):
        pass
    finally:
        writer.transport.abort()
    return heard


async def test_conversations_that_go_wrong_are_answered_and_the_door_stays_up() -> None:
    desk = FakeDesk()
    async with served(desk=desk) as server:
        port = server.port
        said = await asyncio.gather(
            raw(port, HEAD + b"Content-Length: 2\r\n\r\n{}"),
            raw(port, HEAD + b"Content-Length: 20\r\n\r\n{}"),  # a body that never comes
            raw(port, HEAD + b"Content-Length: 99999999999\r\n\r\n"),
            raw(port, HEAD + b"Content-Length: x\r\n\r\n"),
            raw(port, HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}"),
            raw(port, HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"),
            raw(port, b"\x0bMSH|^~\\&|\x1c\r"),
            raw(port, b"GET / HTTP/1.1\r\nHost: hub\r\nX: " + b"y" * 100_000),  # headers without an end
            raw(port, b"GET /healthz HTTP/1.0\r\n\r\n"),
        )
        firsts = [answer[:12].decode() for answer in said]

        assert [first[9:] for first in firsts] == ["202", "408", "413", "400", "400", "202", "400", "400", "200"]
        assert not any(b"server:" in answer.lower() for answer in said)
        assert len(desk.kept) == 1


async def test_a_request_that_says_its_length_in_two_ways_smuggles_no_second_one() -> None:
    async with served() as server:
        two = b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        said = await raw(server.port, HEAD + two + b"GET /healthz HTTP/1.1\r\nHost: hub\r\n\r\n")

    assert said.startswith(b"HTTP/1.1 400 ")
    assert said.count(b"HTTP/1.1 ") == 1


async def test_a_caller_that_leaves_in_the_middle_leaves_nothing_behind() -> None:
    desk = FakeDesk()
    async with served(desk=desk) as server:
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(HEAD + b"Content-Length: 20\r\n\r\n{}")
        await asyncio.sleep(0.01)
        writer.transport.abort()
        await asyncio.sleep(0.01)

        assert b" 202 " in await raw(server.port, HEAD + b"Content-Length: 2\r\n\r\n{}")
        assert (len(desk.kept), desk.rejected) == (1, [])


async def test_headers_that_trickle_are_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.doors.connection._HEADERS_S", 0.03)
    async with served() as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        for byte in HEAD[:20]:
            if reader.at_eof() or writer.is_closing():
                break
            writer.write(bytes((byte,)))
            await asyncio.sleep(0.005)

        assert reader.at_eof() or writer.is_closing()
        writer.transport.abort()


async def test_a_crowd_that_says_nothing_keeps_nobody_from_being_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.doors.connection._CROWD", 4)
    monkeypatch.setattr("hub.doors.server._CONNECTIONS", 8)
    beginnings = (b"", b"GET / HT", HEAD, HEAD + b"Content-Length: 9\r\n\r\n{")
    async with served() as server:
        crowd = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(12)]
        for n, (_, writer) in enumerate(crowd):
            writer.write(beginnings[n % 4])
        said = await raw(server.port, HEAD + b"Content-Length: 2\r\n\r\n{}")
        for _, writer in crowd:
            writer.transport.abort()

    assert said.startswith(b"HTTP/1.1 202 ")


async def test_whoever_waits_for_an_answer_is_not_let_go_for_a_crowd(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.doors.connection._CROWD", 2)
    desk = FakeDesk(hold=True)
    async with served(desk=desk) as server:
        asking = asyncio.create_task(raw(server.port, HEAD + b"Content-Length: 2\r\n\r\n{}"))
        await desk.came.wait()
        crowd = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(8)]
        desk.commit()

        assert b" 202 " in await asking
        for _, writer in crowd:
            writer.transport.abort()


@pytest.mark.parametrize("token", [b"secret", b"nobody's"])
async def test_a_body_that_comes_in_crumbs_is_refused(token: bytes) -> None:
    head = HEAD.replace(b"secret", token) + b"Transfer-Encoding: chunked\r\n\r\n"
    async with served() as server:
        said = await raw(
            server.port, head, b"1\r\na\r\n" * 5000 + b"0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: hub\r\n\r\n"
        )

    assert said.startswith(b"HTTP/1.1 40")
    assert said.count(b"HTTP/1.1 ") == 1


async def test_a_request_in_hand_is_answered_before_the_door_closes() -> None:
    desk = FakeDesk(hold=True)
    async with served(desk=desk) as server:
        asking = asyncio.create_task(raw(server.port, HEAD + b"Content-Length: 2\r\n\r\n{}"))
        await desk.came.wait()
        stopping = asyncio.create_task(server.stop())
        await asyncio.sleep(0.01)
        desk.commit()

        assert b" 202 " in await asking
        await stopping


async def test_over_tls_beyond_this_machine(tmp_path: Path) -> None:
    ours = Authority(tmp_path)
    certificate, key = ours.issue("127.0.0.1")
    trust: ssl.SSLContext = tls.client(None, None, ours.pem)
    async with served(certificate=certificate, key=key) as server, httpx.AsyncClient(verify=trust) as http:
        assert (await http.get(f"https://127.0.0.1:{server.port}/healthz")).status_code == 200


def test_beyond_this_machine_without_tls_stops_the_start() -> None:
    with pytest.raises(Misconfigured, match="in the clear"):
        HttpServer(Porch((HttpDoor(Gate(CALLERS), FakeDesk()),)), host="::", port=0)


async def test_a_certificate_that_is_not_there_stops_the_start_and_says_what_to_look_at(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="cannot be used .FileNotFoundError.*See tls.certificate"):
        async with served(certificate=tmp_path / "none.pem", key=tmp_path / "none.key"):
            pass


async def test_a_port_that_is_taken_stops_the_start_and_not_the_process() -> None:
    async with served() as server:
        with pytest.raises(Misconfigured, match="Choose a free port"):
            await HttpServer(Porch((HttpDoor(Gate(CALLERS), FakeDesk()),)), port=server.port).start()


async def test_an_application_that_does_not_come_up_stops_the_start_and_not_the_process() -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise RuntimeError

    server = HttpServer(broken, port=0)

    with pytest.raises(Misconfigured):
        await server.start()
