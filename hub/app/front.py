"""The other process: the courier's lanes, the HTTP door and the watched folders. It reads the database and asks the writer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

import structlog

import adapters
from hub.access.callers import Callers
from hub.access.rates import Rates
from hub.access.responders import Responders
from hub.app import oauth, proofs
from hub.app.alerts import Bellman
from hub.app.board import Board
from hub.app.bulk import EVERY_S as JOBS_S
from hub.app.bulk import Runner
from hub.app.card import Cards
from hub.app.channels import channels
from hub.app.console import console
from hub.app.facade.facade import Facade
from hub.app.facade.wiring import wired
from hub.app.glass import Glass
from hub.app.handing import EVERY_S as HANDOVERS_S
from hub.app.handing import Handing
from hub.app.hatch import Writer
from hub.app.house import Household
from hub.app.incident import Incidents
from hub.app.keepers import rounds_of
from hub.app.lanes import SUBSCRIBED, lanes_of
from hub.app.look import Look
from hub.app.metrics import exposition, registry
from hub.app.result import Results
from hub.app.rounds import Round, every, kept
from hub.app.vault import Outward, Vault
from hub.app.waiting import Pen
from hub.app.watch import Watch
from hub.app.workspace.room import workspace
from hub.courier import prepare
from hub.courier.dispatch import Dispatch
from hub.courier.lane import Lane
from hub.courier.prepare import Preparer
from hub.courier.recover import recover
from hub.doors import desk as doorstep
from hub.doors.cards import CardDoor
from hub.doors.drop import DropDoor
from hub.doors.fhir import BASE as FHIR_BASE
from hub.doors.gate import Gate
from hub.doors.glass import GlassDoor
from hub.doors.http import HttpDoor, Limits
from hub.doors.incidents import IncidentDoor
from hub.doors.library import LibraryDoor
from hub.doors.openapi import OpenApiDoor
from hub.doors.reference import References
from hub.doors.scrape import Scrape
from hub.doors.server import HttpServer
from hub.doors.subscribers import SubscriberDoor, Subscribers
from hub.doors.subscription import SubscriptionDoor
from hub.doors.token import TokenDoor
from hub.doors.watched import Watched
from hub.errors import Misconfigured
from hub.settings import Settings
from hub.store.outbox import Outbox

log = structlog.get_logger(__name__)
_PAUSE_S = 1.0


class Desk(prepare.Desk, doorstep.Desk, Writer, Protocol):
    """The way to the one writer, as the courier, the doors and the console use it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """Running lanes and doors."""

    courier: Dispatch
    http: HttpServer
    watch: Watch

    def nudge(self, destinations: tuple[str, ...] | set[str]) -> None:
        """Something may be due for these destinations; "*" means any."""
        self.courier.wake(destinations)


@asynccontextmanager
async def front(settings: Settings, known: Household, vault: Vault, desk: Desk) -> AsyncIterator[Front]:
    """Settle what a crash left in the air, then start lanes and doors."""
    outbox = Outbox(vault.database, vault.keys, vault.origin)
    await recover(outbox, desk, known.county.partners)
    subscribers = Subscribers()
    lanes = lanes_of(settings, known, subscribers)
    courier = Dispatch(lanes, outbox, _preparer(known, vault, outbox), desk, partial(proofs.travelling, vault))
    subscribers.moved = lambda partner: courier.wake((partner,))
    callers = Callers(known.county.partners.values())
    listening: list[HttpServer] = []
    here = oauth.address(settings, lambda: listening[0].port)
    audience = oauth.audience(here)
    tokens = oauth.clients(known.county, desk, audience)
    watch = Watch(
        known=known,
        vault=vault,
        desk=desk,
        lanes=lanes,
        bellman=Bellman(desk=desk, channels=tuple(channels(settings))),
    )
    watch.hold()
    gate = Gate(callers, tokens=tokens.bearer, rates=Rates.of(known.county.partners.values()), alarm=watch.heard)
    ending: list[bool] = []
    board = Board(known=known, vault=vault, desk=desk)
    names = _names(known, vault)
    look = Look(known=known, vault=vault)
    pages = console(
        settings,
        look,
        desk,
        {name: lane.breaker for name, lane in lanes.items()},
        workspace(known, vault, names, desk),
        beds=lambda: board.rows,
        ending=lambda: bool(ending),
    )
    emergencies = GlassDoor(gate, Glass(known=known, vault=vault, desk=desk, names=names), rest=pages)
    cards = Cards(known=known, vault=vault, desk=desk)
    officers = CardDoor(
        gate,
        Responders(names.responder),
        cards,
        rest=emergencies,
        results=Results(known=known, vault=vault, desk=desk),
    )
    states = Incidents(known=known, vault=vault, desk=desk, names=names)
    incidents = IncidentDoor(gate, states, here, rest=LibraryDoor(gate, known.county.library, rest=officers))
    subscriptions = SubscriberDoor(gate, partial(_subscribes, known), subscribers, rest=incidents)
    fhir = wired(_facade(known, vault, desk, _preparer(known, vault, outbox), here), gate, subscriptions)
    rest = TokenDoor(
        tokens, audience=audience, alarm=lambda kind, _: watch.heard(kind, ""), rest=OpenApiDoor(rest=fhir.door)
    )
    door = HttpDoor(
        gate,
        desk,
        ready=watch.ready,
        rest=Scrape(partial(exposition, registry(watch)), settings.http.metrics_sha256, rest=rest),
        limits=Limits(message=settings.limits.message_bytes),
        references=References(callers.origins, settings.secret, limit=settings.limits.message_bytes),
    )
    http = _http_server(settings, door, pinned=callers.pinned)
    listening.append(http)
    folders = list(_watched(settings, known, callers, desk))
    await http.start()
    for folder in folders:
        await folder.start()
    runners = {"courier": courier.run, **{f"lane {name}": lane.run for name, lane in lanes.items()}}
    running = [asyncio.create_task(_kept_running(name, run), name=name) for name, run in runners.items()]
    handing = Handing(known=known, vault=vault, desk=desk)
    watch.unanswered = lambda: handing.unanswered
    handovers = Round(name="handovers", look=handing.look, pace=every(HANDOVERS_S))
    watch.rounds = (handovers, fhir.round, _releases(look, desk), *rounds_of(settings, known, vault, desk, board))
    try:
        async with kept((Round(name="watch", look=watch.look, pace=watch.pace), *watch.rounds)):
            yield Front(courier=courier, http=http, watch=watch)
    finally:
        ending.append(True)
        await asyncio.gather(subscribers.close(), fhir.close())
        await http.stop()
        await _ended(folders, running, lanes)


async def _ended(
    folders: list[Watched | SubscriptionDoor], running: list[asyncio.Task[None]], lanes: Mapping[str, Lane]
) -> None:
    """Nothing is watched, sent or kept open any more."""
    for folder in folders:
        await folder.stop()
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    await asyncio.gather(*(lane.carrier.close() for lane in lanes.values()))


def _releases(look: Look, desk: Desk) -> Round:
    """What releases many parked messages at a pace."""
    return Round(name="jobs", look=Runner(look=look, pen=Pen(desk)).work, pace=every(JOBS_S))


def _subscribes(known: Household, partner: str) -> bool:
    """Whether a partner is notified by subscription."""
    delivery = known.county.partners[partner].delivery
    return delivery is not None and delivery.carrier == SUBSCRIBED


def _watched(
    settings: Settings, known: Household, callers: Callers, desk: Desk
) -> Iterator[Watched | SubscriptionDoor]:
    """Every folder that is watched, here and on partners' servers, and every subscription that is held."""
    for feed in callers.feeds:
        yield SubscriptionDoor(feed, settings.secret(feed.secret), desk)
    for folder in callers.folders:
        yield DropDoor(folder, desk, whole=_whole(settings, known, folder.partner))
    for remote in callers.remotes:
        from hub.doors.sftp import SftpDoor  # noqa: PLC0415 - SSH takes long to load, and few partners speak it

        key = settings.secret(remote.secret)
        yield SftpDoor(remote, key, desk, whole=_whole(settings, known, remote.partner))


def _whole(settings: Settings, known: Household, partner: str) -> bool:
    """Whether an archive from a partner is one message: then its format says so."""
    source = known.county.partners[partner].source
    return bool(source and getattr(adapters.found(settings.adapters)[source.format], "whole_archives", False))


async def _kept_running(name: str, run: Callable[[], Awaitable[None]]) -> None:
    """A fault of ours in one lane is told, and the lane goes on from what the store says."""
    while True:
        try:
            await run()
        except Exception as fault:  # noqa: BLE001 - one lane's fault must not silence its partner for good
            log.error("the courier broke", where=name, fault=_named(fault))
            await asyncio.sleep(_PAUSE_S)
        else:
            return


def _named(fault: BaseException) -> str:
    inner = getattr(fault, "exceptions", ())
    return ", ".join(map(_named, inner)) if inner else type(fault).__name__


def _http_server(settings: Settings, door: HttpDoor, *, pinned: bool) -> HttpServer:
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


def _names(known: Household, vault: Vault) -> Outward:
    return Outward(vault.keys, known.county.partners)


def _facade(known: Household, vault: Vault, desk: Desk, preparer: Preparer, here: Callable[[], str]) -> Facade:
    """What partners ask by FHIR, decided as deliveries are."""
    return Facade(
        known=known,
        vault=vault,
        desk=desk,
        names=_names(known, vault),
        preparer=preparer,
        address=lambda: f"{here()}{FHIR_BASE}",
    )


def _preparer(known: Household, vault: Vault, outbox: Outbox) -> Preparer:
    return Preparer(
        house=known.house,
        adapters=known.writers,
        names=_names(known, vault),
        allowed=outbox.allowed,
        zone=known.county.zone,
    )
