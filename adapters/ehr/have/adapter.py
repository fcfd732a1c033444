"""The HAVE adapter: what hospitals say they have room for, and what we tell others of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Final

import msgspec

from adapters.ehr.have.fold import fold, found
from adapters.ehr.have.unfold import shared, unfold
from adapters.wire import xml, xml_shape
from adapters.wire.json_nodes import marked
from adapters.wire.own_json import HOME, labels
from adapters.wire.xml_lens import Xml, shown
from adapters.wire.xml_nodes import tree, view
from hub.contracts import Loss, Losses, Reading, Received, Target, Writing
from hub.errors import Unmapped, Unreadable
from hub.lens.load import load
from hub.lens.losses import kept
from hub.lens.times import write_iso
from hub.lens.translate import Translator
from hub.model.disclosure import Disclosure
from hub.model.event import CrisisEvent
from hub.model.values import Instant

DEFAULT: Final = HOME / "ehr" / "have" / "set.yaml"
SHAPE: Final = HOME / "ehr" / "have" / "shape.csv"
SPACES: Final = {
    "": "urn:oasis:names:tc:emergency:EDXL:HAVE:1.0",
    "xnl": "urn:oasis:names:tc:ciq:xnl:3",
    "xpil": "urn:oasis:names:tc:ciq:xpil:3",
    "xal": "urn:oasis:names:tc:ciq:xal:3",
    "geo": "urn:oasis:names:tc:emergency:EDXL:HAVE:1.0:geo-oasis",
    "gml": "http://www.opengis.net/gml",
}
DRAFT: Final = "urn:oasis:names:tc:emergency:edxl:have:2.0"
KIND: Final = "HospitalStatus"
HAVE: Final = Xml({space: prefix for prefix, space in SPACES.items()}, unfold)
SHARED: Final = "several bed types share this count"


class Have:
    """One partner's HAVE. The profile may name `mapping`, a set of its own."""

    name = "have"
    media_type = "application/xml"

    def __init__(self, profile: Mapping[str, str] | None = None) -> None:
        """Compile the partner's lenses. Raises Misconfigured naming file and line."""
        self.profile = dict(profile or {})
        self.translator = translator(self.profile.get("mapping") or str(DEFAULT))

    def recognises(self, body: bytes) -> bool:
        """Whether it is XML that begins with a HospitalStatus, or with the HAVE of the draft that is refused."""
        return xml.opens(body, b"HospitalStatus") or xml.opens(body, b"HAVE")

    def split(self, body: bytes) -> Iterator[bytes]:
        """One piece: there are no persons in it."""
        return iter((body,))

    def read(self, body: bytes, received: Received) -> Reading:
        """Bed counts and diversions. Raises Unreadable naming line and rule, or Unmapped."""
        whole = view(checked(body), HAVE.prefixes)
        reading = self.translator.reading(unfold(whole), KIND, "", received, again=partial(_view, body))
        odd = {shown(at) for at in shared(marked(whole))}
        if not odd:
            return reading
        told = partial(_account, reading, odd)
        return msgspec.structs.replace(
            reading, invalid=tuple(loss for loss in told().items if loss.outcome == "invalid"), account=told
        )

    def write(self, disclosure: Disclosure, target: Target) -> Writing:
        """Beds and diversions as a HospitalStatus. Raises Unmapped when HAVE has no place for any of it."""
        parts = self.translator.write(disclosure.events, KIND, target.zone, {}, target.at)
        now = write_iso(Instant(at=target.at), target.zone)
        shape = xml_shape.load(SHAPE)
        whole = fold(found(parts), labels(disclosure.handling), now, shape)
        if not whole:
            raise Unmapped("HAVE has no place for any of this.", cure="Take it out of what this partner wants.")
        body = xml.write(tree(KIND, whole, SPACES, shape.order))
        back = Received(journal="", partner=target.partner, as_of=target.at, zone=target.zone)
        events = disclosure.events
        return Writing(body=body, media_type=self.media_type, kind=KIND, losses=partial(self._kept, events, body, back))

    def _kept(self, events: Sequence[CrisisEvent], body: bytes, back: Received) -> Losses:
        return kept(events, self.read(body, back).events)


@lru_cache(maxsize=256)
def translator(path: str) -> Translator:
    """The compiled lenses of a set file. Partners with the same file share them."""
    return Translator(load(Path(path), home=HOME), HAVE)


def checked(body: bytes) -> xml.Element:
    """A document that has the shape of HAVE 1.0. Raises Unreadable at the first line that has not."""
    root = xml.read(body)
    if str(root.tag).startswith(f"{{{DRAFT}}}"):
        raise Unreadable(
            "This is HAVE 2.0, of which only a draft is to be had.", at=xml.place(root), cure="Send HAVE 1.0."
        )
    if root.tag != f"{{{SPACES['']}}}{KIND}":
        raise Unreadable(f"A {KIND} of {SPACES['']} belongs here.", at=xml.place(root))
    xml_shape.load(SHAPE).check(root)
    return root


def _view(body: bytes) -> Any:
    return view(xml.read(body), HAVE.prefixes)


def _account(reading: Reading, odd: set[str]) -> Losses:
    return Losses(
        items=tuple(
            Loss(path=loss.path, outcome="invalid", why=SHARED) if loss.path in odd else loss
            for loss in reading.account().items
        )
    )
