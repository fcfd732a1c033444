"""Which rules this hub lives by, and when: what two people put in force, one after another, each step in the ledger.

Before the first such step the rules that came with the program are in force. From then on an upgrade of the program changes
nothing until two people put its rules in force (`crisis-hub policy activate current`).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from consent.engine import RuleSet
from consent.succession import Succession, succession
from hub.app.rules.archive import Archive
from hub.errors import Lasting, ProofFailed
from hub.settings import Settings

CURRENT: Final = "current"
BEFORE_ALL: Final = -(1 << 62)


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """That a rule set came into force at an instant instead of another. Instants are UTC microseconds."""

    rules: str
    before: str
    since: int
    at: int
    by: tuple[str, ...]
    reason: str


_decode = msgspec.json.Decoder(tuple[Step, ...]).decode


def archive(settings: Settings) -> Archive:
    """Every rule set that was ever in force here."""
    return Archive(Path(settings.data) / "rules")


def steps(settings: Settings) -> tuple[Step, ...]:
    """Every step ever taken, in the order they were taken."""
    file = place(settings)
    return _decode(file.read_bytes()) if file.is_file() else ()


def schedule(taken: tuple[Step, ...]) -> tuple[Step, ...]:
    """The steps that stand: a later one takes away every earlier one that was to begin at its instant or after."""
    standing: list[Step] = []
    for step in taken:
        standing = [one for one in standing if one.since < step.since]
        standing.append(step)
    return tuple(standing)


def lived_by(settings: Settings, now: int) -> Succession:
    """The rules of this hub, with those that are to come. Raises ProofFailed when the archive lacks one of them."""
    standing = schedule(steps(settings))
    if not standing:
        return succession([(BEFORE_ALL, RuleSet.load())], now)
    kept = archive(settings)
    return succession(
        [(BEFORE_ALL, _kept(kept, standing[0].before)), *((one.since, _kept(kept, one.rules)) for one in standing)], now
    )


def _kept(kept: Archive, wanted: str) -> RuleSet:
    found = kept.rules(wanted)
    if found is None:
        raise ProofFailed(
            "A rule set that is in force is not in the archive.", at=wanted[:12], cure="Restore the data folder."
        )
    return found


def in_force(settings: Settings, now: int) -> RuleSet:
    """The one rule set in force as of an instant (UTC microseconds)."""
    found = lived_by(settings, now)
    return found.named(found.hash) or found


def place(settings: Settings) -> Path:
    """The file of the steps."""
    return Path(settings.data) / "rules" / "in-force.json"


def matching(name: str, settings: Settings) -> Iterator[str]:
    """The hashes of archived rule sets that begin so."""
    yield from (known for known in archive(settings).hashes() if known.startswith(name))


def rule_set(name: str, settings: Settings | None = None) -> RuleSet:
    """The rule set of a name. Raises Lasting when there is none, and Misconfigured when its files are wrong."""
    if name == CURRENT:
        return RuleSet.load()
    if Path(name).is_dir():
        return RuleSet.load(Path(name))
    found = list(matching(name, settings)) if settings else []
    if settings is None or len(found) != 1:
        said = (
            f'"{name}" could be {", ".join(one[:12] for one in found)}.' if found else f'There is no rule set "{name}".'
        )
        raise Lasting(said, cure="Name a folder of rules, more of its hash, or `current`.")
    return _kept(archive(settings), found[0])
