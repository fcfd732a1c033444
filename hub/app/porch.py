"""Everything that is asked over HTTP: messages, the doors of partners' programs, the pages of people, and the server before them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from hub.access.callers import Callers
from hub.access.rates import Rates
from hub.access.responders import Responders
from hub.app import oauth
from hub.app.asking.look import Look
from hub.app.care.card import Cards
from hub.app.care.custody import Custody
from hub.app.care.glass import Glass
from hub.app.care.incident import Incidents
from hub.app.care.result import Results
from hub.app.console import console
from hub.app.facade.facade import Facade
from hub.app.facade.wiring import Wired, wired
from hub.app.hatch import Writer
from hub.app.house import Household
from hub.app.lanes import SUBSCRIBED
from hub.app.vault import Outward, Vault
from hub.app.watching.metrics import exposition, registry
from hub.app.watching.watch import Watch
from hub.app.workspace.room import workspace
from hub.console.site import Site
from hub.courier import prepare
from hub.courier.lane import Lane
from hub.courier.prepare import Preparer
from hub.doors import desk as doorstep
from hub.doors.cards import CardDoor
from hub.doors.fhir import BASE as FHIR_BASE
from hub.doors.gate import Gate
from hub.doors.glass import GlassDoor
from hub.doors.http import App, HttpDoor, Limits
from hub.doors.incidents import IncidentDoor
from hub.doors.library import LibraryDoor
from hub.doors.openapi import OpenApiDoor
from hub.doors.porch import Door, Porch
from hub.doors.reference import References
from hub.doors.scrape import Scrape
from hub.doors.server import HttpServer
from hub.doors.subscribers import SubscriberDoor, Subscribers
from hub.doors.token import TokenDoor
from hub.errors import Misconfigured
from hub.flow.capacity.board import Row
from hub.settings import Settings


class Desk(prepare.Desk, doorstep.Desk, Writer, Protocol):
    """The way to the one writer, as the courier, the doors and the console use it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """What the doors open onto. `ending` says that the hub is about to stop."""

    settings: Settings
    known: Household
    vault: Vault
    desk: Desk
    look: Look
    watch: Watch
    lanes: Mapping[str, Lane]
    subscribers: Subscribers
    preparer: Preparer
    beds: Callable[[], Sequence[Row]]
    ending: Callable[[], bool]

    @property
    def names(self) -> Outward:
        """What partners call people and responders."""
        return Outward(self.vault.keys, self.known.county.partners)

    def subscribes(self, partner: str) -> bool:
        """Whether a partner is notified by subscription."""
        delivery = self.known.county.partners[partner].delivery
        return delivery is not None and delivery.carrier == SUBSCRIBED


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The server, those whom it knows, and the facade with its round."""

    server: HttpServer
    callers: Callers
    fhir: Wired


def porch(inside: Inside) -> Asked:
    """The doors of a hub, as they are named in `hub.doors`. Raises Misconfigured where a certificate is asked for without TLS."""
    county, listening = inside.known.county, list[HttpServer]()
    here = oauth.address(inside.settings, lambda: listening[0].port)
    callers, audience = Callers(county.partners.values()), oauth.audience(here)
    clients = oauth.clients(county, inside.desk, audience)
    alarm = inside.watch.heard
    gate = Gate(callers, tokens=clients.bearer, rates=Rates.of(county.partners.values()), alarm=alarm)
    fhir = wired(_facade(inside, here), gate)
    pages = _pages(inside)
    doors: tuple[Door, ...] = (
        _messages(inside, callers, gate, pages),
        Scrape(partial(exposition, registry(inside.watch)), inside.settings.http.metrics_sha256, rest=pages),
        TokenDoor(clients, audience=audience, alarm=lambda kind, _: alarm(kind, "")),
        OpenApiDoor(),
        *fhir.doors,
        *_asked(inside, gate, here),
    )
    server = _server(inside.settings, Porch(doors, pages), pinned=callers.pinned)
    listening.append(server)
    return Asked(server=server, callers=callers, fhir=fhir)


def _messages(inside: Inside, callers: Callers, gate: Gate, pages: App) -> HttpDoor:
    limit, secret = inside.settings.limits.message_bytes, inside.settings.secret
    references = References(callers.origins, secret, limit=limit)
    return HttpDoor(
        gate,
        inside.desk,
        ready=inside.watch.ready,
        limits=Limits(message=limit),
        references=references,
        rest=pages,
    )


def _asked(inside: Inside, gate: Gate, here: Callable[[], str]) -> Iterator[Door]:
    """What partners ask beside FHIR: each decided as deliveries are."""
    known, vault, desk, names = inside.known, inside.vault, inside.desk, inside.names
    results = Results(known=known, vault=vault, desk=desk)
    custody = Custody(known=known, vault=vault, desk=desk)
    cards = Cards(known=known, vault=vault, desk=desk)
    yield CardDoor(gate, Responders(names.responder), cards, results=results, custody=custody)
    yield GlassDoor(gate, Glass(known=known, vault=vault, desk=desk, names=names))
    yield IncidentDoor(gate, Incidents(known=known, vault=vault, desk=desk, names=names), here)
    yield LibraryDoor(gate, known.county.library)
    yield SubscriberDoor(gate, inside.subscribes, inside.subscribers)


def _facade(inside: Inside, here: Callable[[], str]) -> Facade:
    return Facade(
        known=inside.known,
        vault=inside.vault,
        desk=inside.desk,
        names=inside.names,
        preparer=inside.preparer,
        address=lambda: f"{here()}{FHIR_BASE}",
    )


def _pages(inside: Inside) -> Site:
    return console(
        inside.settings,
        inside.look,
        inside.desk,
        {name: lane.breaker for name, lane in inside.lanes.items()},
        workspace(inside.known, inside.vault, inside.names, inside.desk),
        beds=inside.beds,
        ending=inside.ending,
    )


def _server(settings: Settings, door: Porch, *, pinned: bool) -> HttpServer:
    ours = settings.tls
    if pinned and not (ours.certificate and ours.authority):
        cure = "Give tls.certificate, tls.key and tls.authority."
        raise Misconfigured(
            "A partner shows a certificate here, and there is no TLS to show it in.", at="http", cure=cure
        )
    return HttpServer(
        door,
        host=settings.http.host,
        port=settings.http.port,
        certificate=Path(ours.certificate) if ours.certificate else None,
        key=Path(ours.key) if ours.key else None,
        authority=Path(ours.authority) if pinned else None,
    )
