"""Deliveries to a partner's own pages: nothing travels but the word that something waits, and that word says nothing about anybody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec

from hub.carriers.telling import Hook, Mailer
from hub.contracts import Parcel, Receipt


class Notice(Protocol):
    """A way to say that something waits. Raises PartnerUnreachable: then it is said again later."""

    async def __call__(self, key: str) -> None:
        """Say it once more under this key; the same key is the same word."""
        ...


@dataclass(frozen=True, slots=True)
class WorkspaceCarrier:
    """What was decided for the partner stands on its pages, decided again whenever it is opened. `notices` say that it is there."""

    notices: Sequence[Notice] = ()

    async def send(self, parcel: Parcel) -> Receipt:
        """Tell those who want to be told. The parcel's bytes stay here: nothing that was decided is stored."""
        for notice in self.notices:
            await notice(parcel.key)
        return Receipt(accepted=True, code="on the page")

    async def close(self) -> None:
        """There is nothing to let go of."""


@dataclass(frozen=True, slots=True)
class ByMail:
    """A mail that names the partner and where to sign in."""

    mailer: Mailer
    partner: str
    address: str

    async def __call__(self, key: str) -> None:
        """Send it."""
        words = (
            f"Something waits for {self.partner} in the workspace of the crisis hub.\n\nSign in to read it: {self.address}\n\n"
            "This mail says nothing about anybody, on purpose. Please do not answer it.\n"
        )
        await self.mailer.mail(f"[crisis-hub] Something waits for {self.partner}", words)


@dataclass(frozen=True, slots=True)
class ByHook:
    """A signed webhook that names the partner and where to sign in."""

    hook: Hook
    partner: str
    address: str

    async def __call__(self, key: str) -> None:
        """Post it under the delivery's own key."""
        await self.hook.post(
            key, msgspec.json.encode({"partner": self.partner, "waits": True, "address": self.address})
        )
