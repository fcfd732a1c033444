"""The versions of everything that a message is read and decided by, kept by their digest, so that a difference has a name.

A decision is re-derived from its question, its labels, its agreement and its rule set, all of which are kept. What can differ
later is how a message is read and labelled: by the program, the model, the mappings, the code sets, and the meaning of consents.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from consent import codeset, provision
from hub.contracts import Adapter
from hub.model.registry import FIELDS
from hub.partners import Agreement

if TYPE_CHECKING:
    from hub.app.house import Household

_encode = msgspec.json.Encoder(order="sorted").encode


class Pins(msgspec.Struct, frozen=True, kw_only=True):
    """One state of the house. `mappings` are digests by sender, `agreements` are whole, by partner."""

    code: str
    model: str
    code_sets: str
    rules: str
    mappings: dict[str, str]
    agreements: dict[str, Agreement]
    # By what meaning consents are read; a state that was kept before this was named has none.
    profile: str = ""

    @property
    def id(self) -> str:
        """SHA-256 of all of it, in hex, shortened: two states that differ do not share it."""
        return hashlib.sha256(_encode(self)).hexdigest()[:16]

    def unlike(self, now: Pins, sender: str) -> Iterator[str]:
        """What is another version now, of what a message of a sender is read and labelled by."""
        mine, theirs = self.mappings.get(sender, "none"), now.mappings.get(sender, "none")
        pairs = {
            "program": (self.code, now.code),
            "model": (self.model, now.model),
            "code sets": (self.code_sets, now.code_sets),
            f"mapping of {sender}": (mine, theirs),
            "meaning of consents": (self.profile, now.profile),
        }
        yield from (f"{name}: then {was}, now {is_now}" for name, (was, is_now) in pairs.items() if was != is_now)


def pinned(known: Household) -> Pins:
    """The state of a house. Compiles every sender's mapping."""
    return Pins(
        code=version("crisis-hub"),
        model=_model(),
        code_sets=_code_sets(),
        rules=known.house.rules.hash,
        mappings={name: _mapping(way.adapter) for name, way in known.senders.items()},
        agreements={name: partner.agreement for name, partner in known.county.partners.items()},
        profile=f"{provision.PROFILE} {provision.VERSION}",
    )


def _mapping(adapter: Adapter) -> str:
    """The digest of the mapping that an adapter reads by; one without a mapping is part of the program."""
    lenses = getattr(getattr(adapter, "translator", None), "lenses", None)
    return str(lenses.digest)[:12] if lenses is not None else "none"


@cache
def _model() -> str:
    return _short(_encode([(field.path, field.category.value) for field in FIELDS]))


@cache
def _code_sets() -> str:
    return _short(b"".join(file.read_bytes() for file in sorted(Path(codeset.HERE).glob("*.csv"))))


def _short(said: bytes) -> str:
    return hashlib.sha256(said).hexdigest()[:12]
