"""Whether a partner passed the conformance kit with the very file and mappings that are in force: a signed word, kept with the hub's data.

A county that writes `admission: kit` sends nothing to a partner without one: what is due waits. Change a word of the file, or a
mapping, and the word is for another file.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from hub.app.formats.mappings import in_force
from hub.app.vault import signer
from hub.errors import ProofFailed
from hub.partners import Partner
from hub.settings import Settings
from hub.tlog.notes import parse_note, sign_note, verify_note

FOLDER: Final = "admissions"
HEAD: Final = "crisis-hub conformance kit"


def digest(settings: Settings, partner: Partner) -> str:
    """SHA-256, in hex, of everything a partner's file says and of the mappings it names."""
    found = hashlib.sha256(msgspec.json.encode(partner, order="sorted"))
    for named in (
        partner.source.mapping if partner.source else "",
        partner.delivery.mapping if partner.delivery else "",
    ):
        found.update(hashlib.sha256(Path(in_force(settings, named)).read_bytes() if named else b"").digest())
    return found.hexdigest()


def admit(settings: Settings, partner: Partner, cases: int) -> Path:
    """Sign that a partner passed so many cases, which are all there are, and say where that lies."""
    path = _path(settings, partner)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    said = f"{HEAD}\n{partner.id}\n{digest(settings, partner)}\n{cases} cases passed\n"
    fresh = path.with_suffix(".new")
    fresh.write_bytes(bytes(sign_note(said, [signer(settings)])))
    fresh.replace(path)
    return path


def admitted(settings: Settings, partner: Partner) -> bool:
    """Whether a sound word lies there, and is for this partner's present file."""
    try:
        note = parse_note(_path(settings, partner).read_bytes())
        verify_note(note, [signer(settings).verifier])
    except (FileNotFoundError, ProofFailed):
        return False
    return note.text.split("\n")[:3] == [HEAD, partner.id, digest(settings, partner)]


def _path(settings: Settings, partner: Partner) -> Path:
    return Path(settings.data) / FOLDER / f"{partner.id}.note"


@dataclass(slots=True)
class Admission:
    """Asked before each group of deliveries; looks again where the word was written anew."""

    settings: Settings
    partner: Partner
    _seen: int = -1
    _found: bool = field(default=False)

    def __call__(self) -> bool:
        """Whether deliveries may go."""
        try:
            at = os.stat(_path(self.settings, self.partner)).st_mtime_ns  # noqa: PTH116 - Path.stat costs twice as much, and this runs before each unit of work
        except FileNotFoundError:
            at = 0
        if at != self._seen:
            self._seen, self._found = at, admitted(self.settings, self.partner)
        return self._found
