"""HSDS 3.1 as a zip of CSV tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Final

from adapters.social.hsds import tables
from adapters.social.hsds.adapter import DEFAULT, KIND, Hsds, doubted, translator
from adapters.social.hsds.rooms import View, rooms
from adapters.wire.archive import ZIP
from hub.contracts import Reading, Received

MARKS: Final = (b"services.csv", b"service_capacity.csv", b"service_at_locations.csv", b"service.csv")
# How far into an archive the name of a file stands that tells it from others.
NEAR: Final = 4096


class HsdsCsv(Hsds):
    """One directory as tables: the same lenses, the same doubts."""

    name = "hsds_csv"
    media_type = "application/zip"
    # A door hands the archive over whole: what its files say, they say together.
    whole_archives = True

    def __init__(self, profile: Mapping[str, str] | None = None) -> None:
        """Compile the partner's lenses. Raises Misconfigured naming file and line."""
        super().__init__(profile)
        self.layout, self.translator = translator(self.profile.get("mapping") or str(DEFAULT), tables.joined)

    def recognises(self, body: bytes) -> bool:
        """Whether it is a zip in which a table of services or of their capacity stands, or one of the two by itself."""
        if body.startswith(ZIP):
            return any(mark in body[:NEAR] or mark in body[-NEAR:] for mark in MARKS)
        return bool(tables.lone(body))

    def split(self, body: bytes) -> Iterator[bytes]:
        """One piece: there are no persons in a directory."""
        return iter((body,))

    def read(self, body: bytes, received: Received) -> Reading:
        """Listings and capacities, by tables that their ids join. Raises Unreadable naming file and line, or Unmapped."""
        again = partial(tables.read, body, received.charset or self.profile.get("charset", ""))
        page = tables.joined(again())
        reading = self.translator.reading(self.layout(page), KIND, "", received, again=again)
        return doubted(reading, rooms(page), self.layout)

    @staticmethod
    def spelled(page: View) -> bytes:
        """A page as an archive of tables."""
        return tables.write(page)
