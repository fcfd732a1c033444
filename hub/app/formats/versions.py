"""Versions of a partner's mapping: kept whole, put in force by one step that the ledger remembers, rolled back by another."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import msgspec

from hub import clock
from hub.app.asking.look import Look
from hub.app.formats import mappings
from hub.app.hatch import Writer, carry_out, writer
from hub.app.waiting import Pen
from hub.errors import Lasting
from hub.lens import publish
from hub.located import near
from hub.model.commands import Note
from hub.model.entry import Kind, LedgerEntry
from hub.partners import Partner
from hub.settings import Settings


class Mapped(msgspec.Struct, frozen=True, kw_only=True):
    """What a partner's messages are read or written with: `way` is from or to the partner.

    `name` is its own file, empty where the common mapping of the format serves. `versions` are the digests that were put in force
    and not rolled back, the one in force last; none where the file serves as it lies there.
    """

    partner: str
    way: str
    format: str
    name: str
    versions: tuple[str, ...] = ()


def mapped(look: Look) -> tuple[Mapped, ...]:
    """Every mapping that partners are read and written with."""
    return tuple(one for partner in look.known.county.partners.values() for one in _mapped(look, partner))


def _mapped(look: Look, partner: Partner) -> Iterator[Mapped]:
    for way, side in (("from", partner.source), ("to", partner.delivery)):
        if side is not None:
            settings, made = look.vault.settings, mappings.own(partner.id)
            name = Path(side.mapping).stem if side.mapping else ""
            if way == "from" and not name and mappings.store(settings, made).is_dir():
                name = made
            versions = publish.history(mappings.store(settings, name)) if name else ()
            yield Mapped(partner=partner.id, way=way, format=side.format, name=name, versions=versions)


def back(look: Look, pen: Pen, partner: str, *, by: str, reason: str) -> str:
    """Go back by one version of the mapping that a partner's messages are read with. Raises Lasting or Conflict where there is none."""
    one = next((each for each in mapped(look) if (each.partner, each.way) == (partner, "from") and each.name), None)
    if one is None:
        raise Lasting("This partner's messages are read with the common mapping.")
    place = mappings.store(look.vault.settings, one.name)
    pen.keep([note(f"mapping {one.name} {publish.earlier(place)[:12]} in force again: {reason}", by)])
    return publish.rollback(place)


class Turned(msgspec.Struct, frozen=True, kw_only=True):
    """What one file of a mapping said in the version before and says no more, and what it says since.

    `entry` is the file that the version is read from.
    """

    digest: str
    entry: str
    file: str
    gone: tuple[str, ...]
    new: tuple[str, ...]


def turned(settings: Settings, name: str) -> tuple[Turned, ...]:
    """What each version that was put in force changed, file by file and line by line, the newest first."""
    place = mappings.store(settings, name)
    steps = list(pairwise(publish.history(place)))
    return tuple(one for before, after in reversed(steps) for one in _turned(place, before, after))


def _turned(place: Path, before: str, after: str) -> Iterator[Turned]:
    old, new, entry = _files(place / before), _files(place / after), str(publish.version(place, after).path)
    for file in sorted(old.keys() | new.keys()):
        was, now = old.get(file, ()), new.get(file, ())
        gone, fresh = _without(was, now), _without(now, was)
        if gone or fresh:
            yield Turned(digest=after, entry=entry, file=file, gone=gone, new=fresh)


def _files(version: Path) -> dict[str, tuple[str, ...]]:
    parts = [file for name in (publish.OWN, publish.COMMON) for file in (version / name).rglob("*") if file.is_file()]
    return {str(file.relative_to(version)): tuple(file.read_text("utf-8").splitlines()) for file in parts}


def _without(lines: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    known = frozenset(others)
    return tuple(line for line in lines if line not in known and line.strip())


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
    """Put a published version in force, said in the ledger before it is so. Raises Conflict when another was put in force meanwhile."""
    async with writer(settings) as (desk, _):
        publish.require(mappings.store(settings, name), digest, instead_of)
        await _noted(desk, f"mapping {name} {digest[:12]} in force: {reason}", by)
        publish.activate(mappings.store(settings, name), digest, instead_of=instead_of)


async def roll_back(settings: Settings, name: str, *, by: str, reason: str) -> str:
    """Go back by one version, and say so in the ledger; gives its digest. Raises Lasting or Conflict where there is none."""
    folder = mappings.store(settings, name)
    if not folder.is_dir():
        known = [path.name for path in folder.parent.iterdir()] if folder.parent.is_dir() else []
        raise Lasting(f'No version of "{name}" is published here.', cure=near(name, known) if known else "Publish one.")
    async with writer(settings) as (desk, _):
        await _noted(desk, f"mapping {name} {publish.earlier(folder)[:12]} in force again: {reason}", by)
        return publish.rollback(folder)


async def _noted(desk: Writer, words: str, by: str) -> None:
    await carry_out(desk, [note(words, by)])


def note(words: str, by: str) -> Note:
    """The leaf of a change of mappings."""
    at = clock.now()
    return Note(at=at, entry=LedgerEntry(kind=Kind.CONFIG, at=at, outcome=words, actor=by))
