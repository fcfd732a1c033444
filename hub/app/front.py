"""The other process: the courier's lanes, the HTTP door and the watched folders. It reads the database and asks the writer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

import structlog

from hub.app.acts.bulk import EVERY_S as JOBS_S
from hub.app.acts.bulk import Runner
from hub.app.asking.look import Look
from hub.app.care.board import Board
from hub.app.care.handing import EVERY_S as HANDOVERS_S
from hub.app.care.handing import Handing
from hub.app.folders import watched
from hub.app.house import Household
from hub.app.keepers import rounds_of
from hub.app.keeping import proofs
from hub.app.lanes import lanes_of
from hub.app.porch import Desk, Inside, porch
from hub.app.rounds import Round, every, kept
from hub.app.vault import Outward, Vault
from hub.app.waiting import Pen
from hub.app.watching.alerts import Bellman
from hub.app.watching.channels import channels
from hub.app.watching.watch import Watch
from hub.courier.dispatch import Dispatch
from hub.courier.lane import Lane
from hub.courier.prepare import Preparer
from hub.courier.recover import recover
from hub.doors.server import HttpServer
from hub.doors.subscribers import Subscribers
from hub.doors.subscription import SubscriptionDoor
from hub.doors.watched import Watched
from hub.errors import Misconfigured
from hub.settings import Settings
from hub.store.asking.outbox import Outbox

log = structlog.get_logger(__name__)
_PAUSE_S = 1.0


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
    subscribers, ending = Subscribers(), list[bool]()
    lanes = lanes_of(settings, known, subscribers)
    preparer = _preparer(known, vault, outbox)
    courier = Dispatch(lanes, outbox, preparer, desk, partial(proofs.travelling, vault))
    subscribers.moved = lambda partner: courier.wake((partner,))
    watch = _watch(settings, known, vault, desk, lanes)
    board = Board(known=known, vault=vault, desk=desk)
    inside = Inside(
        settings=settings,
        known=known,
        vault=vault,
        desk=desk,
        look=Look(known=known, vault=vault),
        watch=watch,
        lanes=lanes,
        subscribers=subscribers,
        preparer=preparer,
        beds=lambda: board.rows,
        ending=lambda: bool(ending),
    )
    asked = porch(inside)
    watch.rounds = (*_rounds(inside), asked.fhir.round, *rounds_of(settings, known, vault, desk, board))
    folders = list(watched(settings, known, asked.callers, desk))
    await _started(asked.server, folders)
    running = _running(courier, lanes)
    try:
        async with kept((Round(name="watch", look=watch.look, pace=watch.pace), *watch.rounds)):
            yield Front(courier=courier, http=asked.server, watch=watch)
    finally:
        ending.append(True)
        await asyncio.gather(subscribers.close(), asked.fhir.close())
        await asked.server.stop()
        await _ended(folders, running, lanes)


def _watch(settings: Settings, known: Household, vault: Vault, desk: Desk, lanes: Mapping[str, Lane]) -> Watch:
    bellman = Bellman(desk=desk, channels=tuple(channels(settings)))
    watch = Watch(known=known, vault=vault, desk=desk, lanes=lanes, bellman=bellman)
    watch.hold()
    return watch


def _rounds(inside: Inside) -> tuple[Round, Round]:
    """Handovers that nobody answers, and the release of many parked messages at a pace."""
    handing = Handing(known=inside.known, vault=inside.vault, desk=inside.desk)
    inside.watch.unanswered = lambda: handing.unanswered
    jobs = Runner(look=inside.look, pen=Pen(inside.desk))
    return (
        Round(name="handovers", look=handing.look, pace=every(HANDOVERS_S)),
        Round(name="jobs", look=jobs.work, pace=every(JOBS_S)),
    )


async def _started(server: HttpServer, folders: Sequence[Watched | SubscriptionDoor]) -> None:
    await server.start()
    try:
        for folder in folders:
            await folder.start()
    except Misconfigured:
        await server.stop()
        raise


def _running(courier: Dispatch, lanes: Mapping[str, Lane]) -> list[asyncio.Task[None]]:
    runners = {"courier": courier.run, **{f"lane {name}": lane.run for name, lane in lanes.items()}}
    return [asyncio.create_task(_kept_running(name, run), name=name) for name, run in runners.items()]


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


def _preparer(known: Household, vault: Vault, outbox: Outbox) -> Preparer:
    return Preparer(
        house=known.house,
        adapters=known.writers,
        names=Outward(vault.keys, known.county.partners),
        allowed=outbox.allowed,
        akin=outbox.akin,
        own=outbox.own,
        since=outbox.since,
        zone=known.county.zone,
    )
