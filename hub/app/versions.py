"""Versions of a partner's mapping: kept whole, put in force by one step that the ledger remembers, rolled back by another."""

from __future__ import annotations

from pathlib import Path

from hub import clock
from hub.app import mappings
from hub.app.hatch import Writer, carry_out, writer
from hub.errors import Lasting
from hub.lens import publish
from hub.located import near
from hub.model.commands import Note
from hub.model.entry import Kind, LedgerEntry
from hub.settings import Settings


def published(settings: Settings, file: Path) -> publish.Version:
    """A version of a mapping file, checked and kept; not in force yet. Raises Misconfigured with the first thing that is wrong."""
    place = mappings.store(settings, file.stem)
    place.mkdir(parents=True, exist_ok=True)
    return publish.publish(file, mappings.syntax(file.resolve()), place, mappings.HOME)


def present(settings: Settings, name: str) -> str:
    """The digest of the version in force; empty before the first."""
    history = publish.history(mappings.store(settings, name))
    return history[-1] if history else ""


async def put_in_force(settings: Settings, name: str, digest: str, *, instead_of: str, by: str, reason: str) -> None:
    """Put a published version in force, and say so in the ledger. Raises Conflict when another was put in force meanwhile."""
    async with writer(settings) as (desk, _):
        publish.activate(mappings.store(settings, name), digest, instead_of=instead_of)
        await _noted(desk, f"mapping {name} {digest[:12]} in force: {reason}", by)


async def roll_back(settings: Settings, name: str, *, by: str, reason: str) -> str:
    """Go back by one version, and say so in the ledger; gives its digest. Raises Lasting or Conflict where there is none."""
    folder = mappings.store(settings, name)
    if not folder.is_dir():
        known = [path.name for path in folder.parent.iterdir()] if folder.parent.is_dir() else []
        raise Lasting(f'No version of "{name}" is published here.', cure=near(name, known) if known else "Publish one.")
    async with writer(settings) as (desk, _):
        digest = publish.rollback(folder)
        await _noted(desk, f"mapping {name} {digest[:12]} in force again: {reason}", by)
    return digest


async def _noted(desk: Writer, words: str, by: str) -> None:
    at = clock.now()
    await carry_out(desk, [Note(at=at, entry=LedgerEntry(kind=Kind.CONFIG, at=at, outcome=words, actor=by))])
