"""Every rule set this hub ever decided under, kept by its hash, so that a decision can be derived again as it was made."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from consent import engine
from consent.engine import RuleSet
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

    def hashes(self) -> list[str]:
        """The hashes of all that are kept."""
        return sorted(place.name for place in self.folder.glob("*") if place.is_dir() and "." not in place.name)

    def rules(self, wanted: str) -> RuleSet | None:
        """The rule set of a hash; None when it is not here. Raises ProofFailed when its files are not what they were."""
        place = self.folder / wanted
        if not place.is_dir():
            return None
        found = RuleSet.load(place)
        if found.hash != wanted:
            raise ProofFailed("The archived rules are not those that were kept.", at=str(place))
        return found
