"""Deliveries to partners that subscribed: each EIDO is a notification, and what the subscriber answers is the receipt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol

from hub.contracts import Parcel, Receipt
from hub.errors import HubError, PartnerBusy, PartnerRefused
from hub.partners import Delivery

# Status -> what it means for the retry. 2xx is accepted, any other is refused.
STATUS: Final[Mapping[int, type[HubError]]] = dict.fromkeys((408, 425, 429, 500, 502, 503, 504), PartnerBusy)


class Subscribers(Protocol):
    """Whoever holds the connections of subscribers."""

    async def notify(self, partner: str, key: str, eido: bytes, patience_s: float) -> int:
        """What a subscriber answers to one EIDO. Raises PartnerUnreachable, or Ambiguous for no answer."""
        ...


class SubscriberCarrier:
    """Notifies one partner."""

    def __init__(self, partner: str, delivery: Delivery, subscribers: Subscribers) -> None:
        """`delivery` says how long an answer may take."""
        self._partner, self._subscribers, self._patience = partner, subscribers, delivery.timeout_s

    async def send(self, parcel: Parcel) -> Receipt:
        """Notify, and wait for the answer. Raises Passing or Lasting by STATUS, or by what broke."""
        status = await self._subscribers.notify(self._partner, parcel.key, parcel.body, self._patience)
        if 200 <= status < 300:
            return Receipt(accepted=True, code=str(status))
        kind = STATUS.get(status, PartnerRefused)
        raise kind(f"The subscriber answered {status}.", at=f"{self._partner} delivery")

    async def close(self) -> None:
        """The door holds the connection."""
