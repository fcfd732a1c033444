"""Ways to tell people about the hub itself: a mail, or a signed webhook. What is told has nothing about anybody in it."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage

import aiohttp
from yarl import URL

from hub import clock
from hub.access.route import Guarded, inside
from hub.carriers.signing import signed
from hub.errors import PartnerUnreachable

_PATIENCE_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailer:
    """Sends mails through one server, with STARTTLS unless it is this machine's own. `secret` is the password of `user`."""

    host: str
    port: int
    sender: str
    to: tuple[str, ...]
    user: str = ""
    secret: str = ""
    tls: bool = True

    async def mail(self, subject: str, words: str) -> None:
        """Send one mail to all. Raises PartnerUnreachable."""
        try:
            await asyncio.to_thread(self._send, subject, words)
        except (OSError, smtplib.SMTPException) as error:
            raise PartnerUnreachable(f"The mail was not sent ({type(error).__name__}).", at=self.host) from error

    def _send(self, subject: str, words: str) -> None:
        message = EmailMessage()
        message["Subject"], message["From"], message["To"] = subject, self.sender, ", ".join(self.to)
        message.set_content(words)
        with smtplib.SMTP(self.host, self.port, timeout=_PATIENCE_S) as server:
            if self.tls:
                server.starttls(context=ssl.create_default_context())
            if self.user:
                server.login(self.user, self.secret)
            server.send_message(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """POSTs JSON to one url, signed; redirects are not followed. `network`: the kind of address it may have; empty is any.

    A county's own webhook may be anywhere; a partner's only where its file says.
    """

    url: str
    secret: str
    network: str = ""

    async def post(self, message: str, body: bytes) -> None:
        """POST a body under an id. Raises PartnerUnreachable for anything but a 2xx."""
        headers = {"Content-Type": "application/json", **signed(self.secret, message, body, clock.now())}
        timeout = aiohttp.ClientTimeout(total=_PATIENCE_S)
        try:
            async with (
                aiohttp.ClientSession(connector=self._connector(), timeout=timeout, trust_env=False) as session,
                session.post(self.url, data=body, headers=headers, allow_redirects=False) as answer,
            ):
                status = answer.status
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise PartnerUnreachable(f"The webhook was not reached ({type(error).__name__}).") from error
        if not 200 <= status < 300:
            raise PartnerUnreachable(f"The webhook answered {status}.")

    def _connector(self) -> aiohttp.TCPConnector:
        if not self.network:
            return aiohttp.TCPConnector()
        return aiohttp.TCPConnector(resolver=Guarded(inside("delivery.url", self.network, URL(self.url).host or "")))
