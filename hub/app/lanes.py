"""The courier's lanes: one a partner, each with the carrier that its file names."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from hub.access import tls
from hub.app.acts.people import address
from hub.app.formats.admission import Admission
from hub.app.house import Household
from hub.app.watching.channels import mailer
from hub.carriers.drop import DropCarrier
from hub.carriers.grant import Grant, key_of
from hub.carriers.http import HttpCarrier
from hub.carriers.mllp import MllpCarrier
from hub.carriers.subscriber import SubscriberCarrier
from hub.carriers.telling import Hook
from hub.carriers.workspace import ByHook, ByMail, Notice, WorkspaceCarrier
from hub.contracts import Carrier
from hub.courier.lane import Lane
from hub.courier.pace import Pace
from hub.doors.subscribers import Subscribers
from hub.errors import Misconfigured
from hub.partners import Delivery, Partner
from hub.partners.words import NETWORKS
from hub.settings import Settings

# The carrier that waits for partners to come.
SUBSCRIBED: Final = "eido"


def lanes_of(settings: Settings, known: Household, subscribers: Subscribers) -> dict[str, Lane]:
    """One lane a partner; what is due to a subscriber waits until it is there."""
    return {
        partner.id: Lane(
            partner=partner,
            carrier=_carrier(settings, partner, partner.delivery, subscribers),
            pace=Pace.of(partner.delivery, known.county.zone),
            ready=_ready(settings, known, partner, partner.delivery, subscribers),
        )
        for partner in known.county.partners.values()
        if partner.delivery
    }


def _ready(
    settings: Settings, known: Household, partner: Partner, delivery: Delivery, subscribers: Subscribers
) -> Callable[[], bool]:
    """Whether what is due to a partner may be claimed: it is there, where it must come itself, and it was let in."""
    asked: list[Callable[[], bool]] = []
    if delivery.carrier == SUBSCRIBED:
        asked.append(partial(subscribers.has, partner.id))
    if known.county.admission == "kit":
        asked.append(Admission(settings, partner))
    return lambda: all(each() for each in asked)


def _carrier(settings: Settings, partner: Partner, delivery: Delivery, subscribers: Subscribers) -> Carrier:
    if delivery.carrier == SUBSCRIBED:
        return SubscriberCarrier(partner.id, delivery, subscribers)
    return _CARRIERS[delivery.carrier](settings, partner, delivery)


def _http(settings: Settings, partner: Partner, delivery: Delivery) -> Carrier:
    secret = settings.secret(delivery.secret) if delivery.secret else ""
    tls = _tls(settings)
    return HttpCarrier(
        partner.id,
        delivery,
        tls=tls,
        headers={"Authorization": f"Bearer {secret}"} if secret and not delivery.grant_url else {},
        signed_with=settings.secret(delivery.signed_with) if delivery.signed_with else "",
        tokens=Grant(partner.id, delivery, key_of(secret, delivery.secret), tls=tls) if delivery.grant_url else None,
    )


def hook(settings: Settings, known: Household, partner: str, url: str) -> Carrier:
    """The way to a partner's endpoint for notifications: as its HTTP deliveries go, to another address of the same host."""
    asker = known.county.partners[partner]
    if asker.delivery is None or asker.delivery.carrier != "http":
        raise Misconfigured("This partner is not reached over HTTP.", at=f"partner {partner}")
    return _http(settings, asker, replace(asker.delivery, url=url))


def _mllp(settings: Settings, partner: Partner, delivery: Delivery) -> Carrier:
    return MllpCarrier(partner.id, delivery, tls=_tls(settings))


def _sftp(settings: Settings, partner: Partner, delivery: Delivery) -> Carrier:
    from hub.carriers.sftp import SftpCarrier  # noqa: PLC0415 - SSH takes long to load, and few partners speak it

    return SftpCarrier(partner.id, delivery, private_key=settings.secret(delivery.secret))


def _pages(settings: Settings, partner: Partner, delivery: Delivery) -> Carrier:
    return WorkspaceCarrier(tuple(_notices(settings, partner, delivery)))


def _notices(settings: Settings, partner: Partner, delivery: Delivery) -> Iterator[Notice]:
    if delivery.mail:
        yield ByMail(mailer(settings, delivery.mail), partner.name, address(settings))
    if delivery.url:
        network = delivery.options.get("network", NETWORKS[0])
        hook = Hook(url=delivery.url, secret=settings.secret(delivery.secret), network=network)
        yield ByHook(hook, partner.id, address(settings))


_CARRIERS: dict[str, Callable[[Settings, Partner, Delivery], Carrier]] = {
    "http": _http,
    "mllp": _mllp,
    "folder": lambda _, partner, delivery: DropCarrier(partner.id, delivery),
    "sftp": _sftp,
    "workspace": _pages,
}


def _tls(settings: Settings) -> ssl.SSLContext | None:
    ours = settings.tls
    if not ours.certificate:
        return None
    return tls.client(Path(ours.certificate), Path(ours.key), Path(ours.authority) if ours.authority else None)
