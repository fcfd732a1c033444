"""Every rule set and every state of the house this hub ever decided under, kept by hash, so that decisions can be derived again."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import msgspec

from consent import engine
from consent.engine import RuleSet
from hub.app.rules.pins import Pins
from hub.errors import ProofFailed

_PARTS = ("rules", "views", "vocabulary.yaml")


@dataclass(frozen=True, slots=True)
class Archive:
    """A folder in the data folder, with one folder for each rule set. Whoever alters one alters its hash, and is found."""

    folder: Path

    def keep(self, rules: RuleSet, source: Path = engine.HERE) -> None:
        """Keep the files of a rule set. Once this returns, decisions under it can be derived again after any upgrade."""
        place = self.folder / rules.hash
        if place.is_dir():
            return
        fresh = place.with_name(f"{rules.hash}.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        for part in _PARTS:
            (shutil.copytree if (source / part).is_dir() else shutil.copyfile)(source / part, fresh / part)
        fresh.rename(place)

    def pin(self, pins: Pins) -> None:
        """Keep a state of the house. Once this returns, a difference to it can be named after any upgrade."""
        place = self.folder / f"{pins.id}.pins.json"
        if not place.is_file():
            self.folder.mkdir(parents=True, exist_ok=True)
            fresh = place.with_suffix(".new")
            fresh.write_bytes(msgspec.json.encode(pins))
            fresh.rename(place)

    def pins(self, wanted: str) -> Pins | None:
        """The state of the house of an id; None when it is not here. Raises ProofFailed when it is not what was kept."""
        place = self.folder / f"{wanted}.pins.json"
        return _pinned(place, wanted) if wanted and place.is_file() else None

    def hashes(self) -> list[str]:
        """The hashes of all that are kept."""
        return sorted(place.name for place in self.folder.glob("*") if place.is_dir() and "." not in place.name)

    def rules(self, wanted: str) -> RuleSet | None:
        """The rule set of a hash; None when it is not here. Raises ProofFailed when its files are not what they were."""
        place = self.folder / wanted
        if not place.is_dir():
            return None
        return _loaded(place)


@lru_cache(maxsize=16)
def _loaded(place: Path) -> RuleSet:
    found = RuleSet.load(place)
    if found.hash != place.name:
        raise ProofFailed("The archived rules are not those that were kept.", at=str(place))
    return found


@lru_cache(maxsize=64)
def _pinned(place: Path, wanted: str) -> Pins:
    found = msgspec.json.decode(place.read_bytes(), type=Pins)
    if found.id != wanted:
        raise ProofFailed("The archived versions are not those that were kept.", at=str(place))
    return found
