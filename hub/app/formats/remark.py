"""The format `remark`: one comment appended to a call that a dispatch system has already, as JSON. Nothing reads it back."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import msgspec

from hub.console import times
from hub.contracts import Loss, Losses, Reading, Received, Target, Writing
from hub.errors import Unmapped, Unreadable
from hub.flow.remark import TOLD, remark
from hub.lens.losses import leaves
from hub.model.disclosure import Disclosure


class Remark:
    """A line for the dispatcher. What it leaves out is accounted for."""

    name, media_type = "remark", "application/json"

    def recognises(self, body: bytes) -> bool:
        """Nothing that comes in is one of these."""
        return False

    def split(self, body: bytes) -> Iterable[bytes]:
        """One piece."""
        return (body,)

    def read(self, body: bytes, received: Received) -> Reading:
        """A comment is for the dispatcher. Raises Unreadable."""
        raise Unreadable("A remark is written for dispatchers, and never read.")

    def write(self, disclosure: Disclosure, target: Target) -> Writing:
        """The incident and the line. Raises Unmapped where no incident of dispatch is told of."""
        incident, words = remark(disclosure.events, partial(times.stamp, zone=target.zone))
        if not words:
            raise Unmapped("a remark needs an incident of dispatch, and something that was reached.", at=self.name)
        body = msgspec.json.encode({"key": target.message_id, "incident": incident, "remark": words})
        told = tuple(_loss(path) for path, _ in leaves(disclosure.events))
        return Writing(body=body, media_type=self.media_type, kind=self.name, losses=lambda: Losses(items=told))


def _loss(path: str) -> Loss:
    """A line tells the incident, who comes, and how far they are; what else was disclosed has no place in it."""
    told = path.rpartition(".")[2] in TOLD or ".based_on" in path
    return Loss(path=path, outcome="transformed", why="one line") if told else Loss(path=path, outcome="unmapped")
