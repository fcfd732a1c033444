"""Puts the FHIR facade together: doors in front of it, and the round that tells subscribers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from hub.access.callers import Callers
from hub.access.rates import Rates
from hub.app.facade import notifier
from hub.app.facade.boards import Boards
from hub.app.facade.facade import Facade
from hub.app.facade.notifier import Notifier
from hub.app.facade.subscriptions import Subscriptions
from hub.app.lanes import hook
from hub.app.rounds import Round, every
from hub.doors.boards import BoardDoor
from hub.doors.desk import Alarm
from hub.doors.fhir import FhirDoor
from hub.doors.http import App, Tokens
from hub.doors.listeners import ListenerDoor, Listening


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """Who knows partners by what they show, how often they may ask, and who hears of those who are turned away."""

    callers: Callers
    tokens: Tokens
    rates: Rates
    alarm: Alarm


@dataclass(frozen=True, slots=True, kw_only=True)
class Wired:
    """The facade as the front has it."""

    door: App
    round: Round
    close: Callable[[], Awaitable[None]]


def wired(facade: Facade, guard: Guard, rest: App) -> Wired:
    """Doors and round of a facade; `rest` gets what is not FHIR."""
    known, settings, listening = facade.known, facade.vault.settings, Listening()
    subscriptions = Subscriptions(facade=facade, origin=partial(_origin, facade))
    telling = Notifier(
        subscriptions=subscriptions, listeners=listening, hook=lambda name, url: hook(settings, known, name, url)
    )
    board = BoardDoor(guard.callers, guard.tokens, Boards(facade), rest=rest)
    door = FhirDoor(
        guard.callers,
        facade,
        subscriptions,
        alarm=guard.alarm,
        tokens=guard.tokens,
        rates=guard.rates,
        rest=ListenerDoor(subscriptions.bound, subscriptions.greeted, listening, rest=board),
    )

    async def close() -> None:
        board.close()
        await listening.close()
        await telling.close()

    return Wired(
        door=door, round=Round(name="subscribers", look=telling.look, pace=every(notifier.EVERY_S)), close=close
    )


def _origin(facade: Facade, partner: str) -> str:
    """Where a partner is reached over HTTP; empty where it is not."""
    delivery = facade.known.county.partners[partner].delivery
    return delivery.url if delivery and delivery.carrier == "http" else ""
