"""The HSDS adapter: directories of services, and what they have room for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Final

import msgspec

from adapters.social.hsds.fold import Facts, fold
from adapters.social.hsds.rooms import Layout, Room, View, doubts, rooms, unit_of
from adapters.wire import json
from adapters.wire.json_lens import united
from adapters.wire.laid_out import LaidOut
from adapters.wire.own_json import HOME, describes, items, labels, opens
from hub.contracts import Loss, Losses, Reading, Received, Target, Writing
from hub.errors import Unmapped
from hub.lens.load import load
from hub.lens.losses import kept
from hub.lens.translate import Translator
from hub.model.disclosure import Disclosure
from hub.model.event import CrisisEvent
from hub.model.service import ServiceListing

DEFAULT: Final = HOME / "social" / "hsds" / "set.yaml"
KIND: Final = "HSDS"
# What a directory lists beside services.
APART: Final = frozenset(("organization", "place", "professional", "person", "calendar", "time"))
MARKS: Final = tuple(
    f'"{name}"'.encode() for name in ("capacities", "available", "services", "service_areas", "total_pages")
)


class Hsds:
    """One directory. The profile may name `mapping`, a set of its own."""

    name = "hsds"
    media_type = "application/json"

    def __init__(self, profile: Mapping[str, str] | None = None) -> None:
        """Compile the partner's lenses. Raises Misconfigured naming file and line."""
        self.profile = dict(profile or {})
        self.layout, self.translator = translator(self.profile.get("mapping") or str(DEFAULT))

    def recognises(self, body: bytes) -> bool:
        """Whether it is JSON that names a field of a service or of a capacity."""
        return opens(body) in (b"{", b"[") and any(mark in body for mark in MARKS) and not describes(body)

    def split(self, body: bytes) -> Iterator[bytes]:
        """One piece an item of a list. There are no persons in a directory."""
        return items(body) if opens(body) == b"[" else iter((body,))

    def read(self, body: bytes, received: Received) -> Reading:
        """Listings and capacities. Counts that cannot be true are left out and said to be invalid. Raises Unreadable, Unmapped."""
        again = partial(json.read, body)
        whole = again()
        view, found = self.layout(whole), rooms(whole)
        number = str(whole.get("id") or "")
        return doubted(self.translator.reading(view, KIND, number, received, again=again), found, self.layout)

    def write(self, disclosure: Disclosure, target: Target) -> Writing:
        """A page of services, each with what it has room for. Raises Unmapped when nothing in it is either."""
        view = united(self.translator.write(_services(disclosure.events), KIND, target.zone, {}, target.at)) or {}
        facts = Facts(message=target.message_id, labels=labels(disclosure.handling))
        page = fold(view, facts)
        if not page["contents"]:
            raise Unmapped("HSDS has no place for any of this.", cure="Take it out of what this partner wants.")
        body = self.spelled(page)
        back = Received(journal="", partner=target.partner, as_of=target.at, zone=target.zone)
        kept_of = partial(self._kept, disclosure.events, body, back)
        return Writing(body=body, media_type=self.media_type, kind=KIND, losses=kept_of)

    @staticmethod
    def spelled(page: View) -> bytes:
        """A page as bytes."""
        return json.write(page)

    def _kept(self, events: Sequence[CrisisEvent], body: bytes, back: Received) -> Losses:
        return kept(events, self.read(body, back).events)


def _services(events: Sequence[CrisisEvent]) -> list[CrisisEvent]:
    """What HSDS has a page for: an organization, a professional or a bookable time by itself is no service."""
    return [event for event in events if not (isinstance(event.body, ServiceListing) and event.body.entry in APART)]


@lru_cache(maxsize=256)
def translator(path: str, joined: Callable[[Any], View] | None = None) -> tuple[Layout, Translator]:
    """The layout and the compiled lenses of a set file. Partners with the same file share them.

    `joined` makes a message of what was sent, where that is tables.
    """
    lenses = load(Path(path), home=HOME)
    layout = Layout(frozenset(row.wire for row in lenses.tables["capacity_unit"].rows))
    lay_out = layout if joined is None else lambda sent: layout(joined(sent))
    return layout, Translator(lenses, LaidOut(lay_out))


def doubted(reading: Reading, found: Sequence[Room], layout: Layout) -> Reading:
    """A reading that says what of its capacities cannot be true, and which units nobody counts."""
    odd = {loss.path: loss for room in found for loss in doubts(room, layout.units)}
    if not odd:
        return reading
    unknown = [name for room in found if (name := unit_of(room.capacity)) and name not in layout.units]
    told = partial(_account, reading, odd)
    return msgspec.structs.replace(
        reading,
        invalid=tuple(loss for loss in told().items if loss.outcome == "invalid"),
        unmapped_codes=(*reading.unmapped_codes, *(("capacity_unit", name) for name in unknown)),
        account=told,
    )


def _account(reading: Reading, odd: Mapping[str, Loss]) -> Losses:
    return Losses(items=tuple(odd.get(loss.path, loss) for loss in reading.account().items))
