"""Puts the FHIR facade together: doors in front of it, and the round that tells subscribers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from hub.app.facade import notifier
from hub.app.facade.boards import Boards
from hub.app.facade.facade import Facade
from hub.app.facade.notifier import Notifier
from hub.app.facade.subscriptions import Subscriptions
from hub.app.lanes import hook
from hub.app.rounds import Round, every
from hub.doors.boards import BoardDoor
from hub.doors.fhir import FhirDoor
from hub.doors.gate import Gate
from hub.doors.listeners import ListenerDoor, Listening
from hub.doors.porch import Door


@dataclass(frozen=True, slots=True, kw_only=True)
class Wired:
    """The facade as the front has it."""

    doors: tuple[Door, ...]
    round: Round
    close: Callable[[], Awaitable[None]]


def wired(facade: Facade, gate: Gate) -> Wired:
    """Doors and round of a facade."""
    known, settings, listening = facade.known, facade.vault.settings, Listening()
    subscriptions = Subscriptions(facade=facade, origin=partial(_origin, facade))
    telling = Notifier(
        subscriptions=subscriptions, listeners=listening, hook=lambda name, url: hook(settings, known, name, url)
    )
    board = BoardDoor(gate, Boards(facade))
    doors = (
        FhirDoor(gate, facade, subscriptions),
        ListenerDoor(subscriptions.bound, subscriptions.greeted, listening),
        board,
    )

    async def close() -> None:
        board.close()
        await listening.close()
        await telling.close()

    return Wired(
        doors=doors, round=Round(name="subscribers", look=telling.look, pace=every(notifier.EVERY_S)), close=close
    )


def _origin(facade: Facade, partner: str) -> str:
    """Where a partner is reached over HTTP; empty where it is not."""
    delivery = facade.known.county.partners[partner].delivery
    return delivery.url if delivery and delivery.carrier == "http" else ""
