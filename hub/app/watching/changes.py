"""What changed in the configuration between two starts, by whom, with before and after: each change is a leaf of the ledger.

A snapshot of settings, county and partners lies in the data folder, one file a change; the leaf commits to its digest, so whoever
alters a file is found. No secret stands in settings or partner files, and none in here.
"""

from __future__ import annotations

import getpass
import hashlib
import os
import socket
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from hub import clock
from hub.app.asking.look import Look
from hub.app.house import Household
from hub.errors import Lasting, ProofFailed
from hub.intake.desk import Desk
from hub.model.commands import Command, Note
from hub.model.entry import Kind, LedgerEntry
from hub.settings import Settings
from hub.store.result import Result, all_kept

FOLDER: Final = "changes"
_encode = msgspec.json.Encoder(order="sorted").encode


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One change: its number, when (UTC microseconds), who started the hub under it, its leaf, and everything as it then stood.

    `rules` is the rule set's hash. `before` and `digest` are of the snapshots; the first change has no `before`.
    """

    number: int
    at: int
    actor: str
    before: str
    digest: str
    leaf: int
    rules: str
    values: dict[str, Any]


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One value that is another now; None where there was, or is, none."""

    path: str
    before: Any
    after: Any


def snapshot(settings: Settings, known: Household) -> dict[str, Any]:
    """Everything that is configured, by its path: `partners.B1.delivery.url`."""
    county = known.county
    whole = {
        "settings": msgspec.to_builtins(settings),
        "county": {"name": county.name, "zone": county.zone, "overlays": msgspec.to_builtins(county.overlays)},
        "partners": {name: msgspec.to_builtins(partner) for name, partner in county.partners.items()},
        "rules": known.house.rules.hash,
    }
    return dict(_flat(whole, ""))


async def note(settings: Settings, known: Household, desk: Desk) -> Change | None:
    """Enter into the ledger what changed since the last start, if anything did. Raises what the writer refused."""
    values, last = snapshot(settings, known), _last(settings)
    digest = _digest(values)
    if last is not None and last.digest == digest:
        return None
    made = Change(
        number=last.number + 1 if last else 1,
        at=clock.now(),
        actor=f"{getpass.getuser()}@{socket.gethostname()}",
        before=last.digest if last else "",
        digest=digest,
        leaf=-1,
        rules=known.house.rules.hash,
        values=values,
    )
    results = await desk.ask(list(_entries(made, last)))
    made = msgspec.structs.replace(made, leaf=_kept(results))
    _write(settings, made)
    return made


def log(look: Look) -> list[Change]:
    """Every change, the newest first, each compared with its leaf. Raises ProofFailed for one that somebody altered."""
    found = []
    for path in sorted(_folder(look.vault.settings).glob("*.json"), reverse=True):
        change = _read(path)
        if _digest(change.values) != change.digest or _said(change) != look.entry(change.leaf).outcome:
            raise ProofFailed("This change is not what was entered into the ledger.", at=path.name)
        found.append(change)
    return found


def differences(look: Look, number: int) -> list[Difference]:
    """What one change changed. Raises Lasting where there is no such change."""
    changes = {change.number: change for change in log(look)}
    if number not in changes:
        raise Lasting(f"There is no change {number}.", cure="crisis-hub changes lists them.")
    before = changes[number - 1].values if number - 1 in changes else {}
    return list(_differences(before, changes[number].values))


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    for path in sorted(before.keys() | after.keys()):
        was, now = before.get(path), after.get(path)
        if was != now:
            yield Difference(path=path, before=was, after=now)


def _entries(made: Change, last: Change | None) -> Iterator[Command]:
    entry = LedgerEntry(kind=Kind.CONFIG, at=made.at, actor=made.actor, outcome=_said(made))
    yield Note(at=made.at, entry=entry)
    if last is not None and last.rules != made.rules:
        words = f"rule set {last.rules[:12]} gave way to {made.rules[:12]}"
        rule = LedgerEntry(kind=Kind.RULE, at=made.at, actor=made.actor, rule_set=made.rules, outcome=words)
        yield Note(at=made.at, entry=rule)


def _said(change: Change) -> str:
    return f"configuration {change.number}: {change.digest} after {change.before or 'nothing'}"


def _kept(results: Sequence[Result]) -> int:
    all_kept(results)
    return results[0].leaf


def _flat(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """The leaves of nested values by their paths; what is empty stands for itself."""
    match value:
        case dict() if value:
            for name, inner in value.items():
                yield from _flat(inner, f"{path}.{name}" if path else str(name))
        case list() | tuple() if value and isinstance(value[0], dict):
            for number, inner in enumerate(value):
                name = inner.get("id", number) if isinstance(inner, dict) else number
                yield from _flat(inner, f"{path}[{name}]")
        case _:
            yield path, value


def _digest(values: Mapping[str, Any]) -> str:
    return hashlib.sha256(_encode(values)).hexdigest()


def _folder(settings: Settings) -> Path:
    return Path(settings.data) / FOLDER


def _last(settings: Settings) -> Change | None:
    paths = sorted(_folder(settings).glob("*.json"))
    return _read(paths[-1]) if paths else None


def _read(path: Path) -> Change:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Change)
    except (OSError, msgspec.DecodeError) as wrong:
        raise ProofFailed("This record of a change cannot be read.", at=path.name) from wrong


def _write(settings: Settings, change: Change) -> None:
    folder = _folder(settings)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = folder / f"{change.number:06}.new"
    with fresh.open("wb") as file:
        file.write(_encode(change))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(fresh.with_suffix(".json"))
