"""Rule sets by name: a folder, the beginning of the hash of one this hub decided under, or the current one."""

from __future__ import annotations

from pathlib import Path

from consent.engine import RuleSet
from hub.app.archive import Archive
from hub.errors import Lasting
from hub.settings import Settings

CURRENT = "current"


def rule_set(name: str, settings: Settings | None = None) -> RuleSet:
    """The rule set of a name. Raises Lasting when there is none, and Misconfigured when its files are wrong."""
    if name == CURRENT:
        return RuleSet.load()
    if Path(name).is_dir():
        return RuleSet.load(Path(name))
    archive = Archive(Path(settings.data) / "rules") if settings else None
    found = [known for known in archive.hashes() if known.startswith(name)] if archive else []
    if archive is None or len(found) != 1:
        said = (
            f'"{name}" could be {", ".join(one[:12] for one in found)}.' if found else f'There is no rule set "{name}".'
        )
        raise Lasting(said, cure="Name a folder of rules, more of its hash, or `current`.")
    rules = archive.rules(found[0])
    assert rules is not None  # noqa: S101 - it was there a moment ago
    return rules
