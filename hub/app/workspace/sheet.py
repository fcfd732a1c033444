"""The format `sheet`: what a partner may see as plain text, for its pages, a printer or a fax. Nothing reads it back."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from hub.console import times
from hub.contracts import Loss, Losses, Reading, Received, Target, Writing
from hub.errors import Unreadable
from hub.flow.paper import sheet
from hub.lens.losses import leaves
from hub.model.disclosure import Disclosure


class Sheet:
    """Words for people. It carries whatever it is given."""

    name, media_type = "sheet", "text/plain"

    def recognises(self, body: bytes) -> bool:
        """Nothing that comes in is one of these."""
        return False

    def split(self, body: bytes) -> Iterable[bytes]:
        """One piece."""
        return (body,)

    def read(self, body: bytes, received: Received) -> Reading:
        """Paper is for people. Raises Unreadable."""
        raise Unreadable("A sheet is written for people, and never read.")

    def write(self, disclosure: Disclosure, target: Target) -> Writing:
        """The sheet in UTF-8, its times in the county's zone."""
        words = sheet(disclosure, target.message_id, partial(times.stamp, zone=target.zone), target.at)
        carried = tuple(Loss(path=path, outcome="mapped") for path, _ in leaves(disclosure.events))
        return Writing(
            body=words.encode(),
            media_type="text/plain; charset=utf-8",
            kind="sheet",
            losses=lambda: Losses(items=carried),
        )
