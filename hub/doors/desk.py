"""What a door needs of the intake: somebody who keeps what came, and says so after the commit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from hub.intake import Answer, Arrival, Rejected

# Tells somebody about a caller who was turned away: a kind (network, certificate, sender, plain, crowd) and words without values.
Alarm = Callable[[str, str], None]


class Desk(Protocol):
    """Takes arrivals in the order they are handed over. Each answer comes on the loop, after the commit; none raises."""

    def take(self, arrival: Arrival) -> asyncio.Future[Answer]:
        """Keep a message. Once it is answered kept, parked or duplicate, it survives a power cut."""
        ...

    def reject(self, rejected: Rejected) -> asyncio.Future[Answer]:
        """Keep that something was turned away, and only a digest of it."""
        ...


def settled(future: asyncio.Future[Answer]) -> Answer:
    """The answer of a future that is done. One that failed means what a store that is gone means: send it again."""
    if future.cancelled() or future.exception() is not None:
        return Answer(journal="", state="unavailable", cause="the hub could not answer")
    return future.result()
