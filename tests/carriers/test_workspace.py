"""What goes out when something waits on a partner's page: that it waits, and nothing about anybody."""

from __future__ import annotations

import json
import smtplib
from email.message import EmailMessage
from typing import Self

import pytest

from hub.carriers.telling import Hook, Mailer
from hub.carriers.workspace import ByHook, ByMail, WorkspaceCarrier
from hub.contracts import Parcel
from hub.errors import Misconfigured, PartnerUnreachable
from tests.sinks import http_sink, reply

PARCEL = Parcel(partner="B1", key="K1", body=b"Name: Riley Doe, born 1990-03-14", media_type="text/plain")
SECRET = "whsec_" + "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LTEyMzQ="
HERE = "https://hub.example"


class Server:
    """A mail server that keeps what it gets."""

    sent: list[EmailMessage]

    def __init__(self) -> None:
        self.sent = []

    def __call__(self, *_: object, **__: object) -> Server:
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def send_message(self, message: EmailMessage) -> None:
        self.sent.append(message)


async def test_a_mail_names_the_partner_and_where_to_sign_in_and_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server()
    monkeypatch.setattr(smtplib, "SMTP", server)
    mailer = Mailer(host="127.0.0.1", port=25, sender="hub@x.example", to=("desk@b1.example",), tls=False)
    carrier = WorkspaceCarrier((ByMail(mailer, "Clinic B1", HERE),))

    receipt = await carrier.send(PARCEL)

    (mail,) = server.sent
    assert (receipt.accepted, receipt.code) == (True, "on the page")
    assert mail["To"] == "desk@b1.example"
    assert mail["Subject"] == "[crisis-hub] Something waits for Clinic B1"
    assert HERE in mail.get_content()
    assert [word for word in ("Riley", "Doe", "1990", "K1") if word in str(mail)] == []


async def test_a_webhook_says_the_same_signed_and_under_the_deliverys_own_key() -> None:
    async with http_sink() as sink:
        carrier = WorkspaceCarrier((ByHook(Hook(url=sink.url, secret=SECRET), "B1", HERE),))
        await carrier.send(PARCEL)

    (request,) = sink.requests
    assert json.loads(request.body) == {"partner": "B1", "waits": True, "address": HERE}
    assert request.headers["webhook-id"] == "K1"
    assert request.headers["webhook-signature"].startswith("v1,")


async def test_a_notice_that_is_not_taken_is_tried_again_later() -> None:
    async with http_sink(otherwise=reply(500)) as sink:
        carrier = WorkspaceCarrier((ByHook(Hook(url=sink.url, secret=SECRET), "B1", HERE),))

        with pytest.raises(PartnerUnreachable):
            await carrier.send(PARCEL)


async def test_without_notices_it_stands_on_the_page_all_the_same() -> None:
    assert (await WorkspaceCarrier().send(PARCEL)).accepted


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
async def test_a_webhook_that_means_an_inside_address_is_not_called(host: str) -> None:
    async with http_sink() as sink:
        hook = Hook(url=f"http://{host}:{sink.port}/x", secret=SECRET, network="public")

        with pytest.raises(Misconfigured, match="has a loopback address"):
            await hook.post("K1", b"{}")

        assert sink.connections == 0
