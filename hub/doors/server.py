"""Serves the HTTP door: TLS beyond this machine, headers within half a minute, no word about what runs here."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Generator
from pathlib import Path
from typing import Final

import uvicorn

from hub.doors.connection import HEADER_BYTES, Punctual
from hub.doors.http import App, Receive, Said, Scope, Send, told
from hub.doors.problem import Problem
from hub.errors import Misconfigured
from hub.partners.sheet import loopback

_IDLE_S: Final = 20
_CONNECTIONS: Final = 1024
# What a subscriber says is a request or an answer, never a message.
_NOTICE_BYTES: Final = 64 * 1024
_GRACE_S: Final = 5
_BACKLOG: Final = 256


def _unambiguous(app: App) -> App:
    """A request that says its length in two ways is refused, and hung up on: whoever stands before us may read it otherwise.

    RFC 9112, 6.1; h11 takes such a request, and the next one of the same connection.
    """

    async def answered(scope: Scope, receive: Receive, send: Send) -> None:
        if {b"content-length", b"transfer-encoding"} <= {name for name, _ in scope.get("headers", ())}:
            hang_up = ((b"connection", b"close"),)
            problem = Problem(status=400, detail="The request says its length in two ways.", headers=hang_up)
            await told(send, Said.refusal(problem, fhir=False))
            return
        await app(scope, receive, send)

    return answered


class _Quiet(uvicorn.Server):
    """Leaves signals to the application around it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Capture none."""
        yield


class HttpServer:
    """Listens for an ASGI application, inside the loop that is already running."""

    def __init__(
        self,
        app: App,
        *,
        host: str = "127.0.0.1",
        port: int,
        certificate: Path | None = None,
        key: Path | None = None,
        authority: Path | None = None,
    ) -> None:
        """Raises Misconfigured for an address beyond this machine without TLS: tokens would be read on the wire.

        With an `authority`, a caller may show a certificate that it signed; who must, the application says.
        """
        if certificate is None and not loopback(host):
            raise Misconfigured(
                "Tokens would cross the network in the clear.",
                at=f"http {host}:{port}",
                cure="Give certificate and key, or listen on 127.0.0.1 behind a proxy that has them.",
            )
        self._address = (host, port)
        self._socket: socket.socket | None = None
        self._serving: asyncio.Task[None] | None = None
        self._server = _Quiet(
            uvicorn.Config(
                _unambiguous(app),
                http=Punctual,
                ws="wsproto",
                ws_max_size=_NOTICE_BYTES,
                loop="none",
                lifespan="on",
                interface="asgi3",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                limit_concurrency=_CONNECTIONS,
                timeout_keep_alive=_IDLE_S,
                timeout_graceful_shutdown=_GRACE_S,
                h11_max_incomplete_event_size=HEADER_BYTES,
                ssl_certfile=certificate,
                ssl_keyfile=key,
                ssl_ca_certs=str(authority) if authority else None,
                ssl_cert_reqs=ssl.CERT_OPTIONAL if authority else ssl.CERT_NONE,
            )
        )

    @property
    def port(self) -> int:
        """The port it listens on: the one it was given, or the system's choice where that is 0."""
        return int(self._socket.getsockname()[1]) if self._socket else self._address[1]

    async def start(self) -> None:
        """Listen. Raises Misconfigured where certificate or address cannot be had, or the application does not come up."""
        try:
            self._server.config.load()
        except OSError as error:
            cure = "See tls.certificate, tls.key and tls.authority: PEM files, readable by the hub, the key of that certificate."
            raise self._wrong(
                f"Its certificate, key or authority cannot be used ({type(error).__name__}).", cure
            ) from error
        try:
            self._socket = socket.create_server(self._address, backlog=_BACKLOG, family=_family(self._address[0]))
        except OSError as error:
            raise self._wrong("Nobody can listen there.", "Choose a free port of this machine.") from error
        self._serving = asyncio.create_task(self._serve(self._socket))
        while not self._server.started:
            if self._serving.done():
                await self._serving
            await asyncio.sleep(0.001)

    async def stop(self) -> None:
        """Answer what is in hand, and hang up."""
        self._server.should_exit = True
        if self._serving:
            await self._serving

    async def _serve(self, listening: socket.socket) -> None:
        with listening:
            try:
                await self._server.serve([listening])
            except SystemExit as error:
                # uvicorn would end the whole process.
                raise self._wrong("The application behind this door did not start.", "The log says why.") from error

    def _wrong(self, words: str, cure: str) -> Misconfigured:
        host, port = self._address
        return Misconfigured(words, at=f"http {host}:{port}", cure=cure)


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
