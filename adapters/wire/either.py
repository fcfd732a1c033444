"""One of our own formats from a partner that sends it as JSON and as a table alike: what came says which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from adapters.wire.own_csv import OwnCsv
from adapters.wire.own_json import OwnJson, opens
from hub.contracts import Reading, Received, Target, Writing
from hub.lens.translate import Translator
from hub.model.disclosure import Disclosure


class Either:
    """Reads both, and writes JSON. A body that opens as JSON is JSON; one whose first line names our columns is a table."""

    def __init__(self, ours: type[OwnJson], table: type[OwnCsv], profile: Mapping[str, str] | None = None) -> None:
        """Compile the partner's lenses for both. Raises Misconfigured naming file and line."""
        self.ours, self._table = ours(profile), table(profile)
        self.name, self.media_type = self.ours.name, self.ours.media_type
        self.profile = self.ours.profile

    @property
    def translator(self) -> Translator:
        """The lenses, whose tables both share."""
        return self.ours.translator

    def recognises(self, body: bytes) -> bool:
        """Whether it is JSON of this format: a table alone is known by its own name."""
        return self.ours.recognises(body)

    def split(self, body: bytes) -> Iterable[bytes]:
        """One piece a record."""
        return self._of(body).split(body)

    def read(self, body: bytes, received: Received) -> Reading:
        """The events of one record. Raises Unreadable naming path or line, or Unmapped."""
        return self._of(body).read(body, received)

    def write(self, disclosure: Disclosure, target: Target) -> Writing:
        """A record as JSON. Raises Unmapped when the format has no place for anything in it."""
        return self.ours.write(disclosure, target)

    def _of(self, body: bytes) -> OwnJson:
        return self.ours if opens(body) in (b"{", b"[") or not self._table.recognises(body) else self._table
