"""Keys renewed: the blind index under its next key, every data key wrapped under the next key-encryption key, the older ones destroyed.

A renewal that was cut short is run again, and goes on where it was. No hub runs meanwhile: whoever renews is the writer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from hub import clock
from hub.app.vault import Vault, opened
from hub.errors import Misconfigured
from hub.flow import episode, followed
from hub.flow.linkage.finders import finders, numbers
from hub.model.commands import Note
from hub.model.entry import Kind, LedgerEntry
from hub.model.plan import Block
from hub.model.traits import Traits
from hub.settings import Settings
from hub.store.result import all_kept
from hub.store.seal import Certificate, Order, destroy, index_wanted
from hub.store.sealing import Sealer
from hub.store.tokens import Tokens
from hub.store.writing.reindex import Blocks, Reindex
from hub.store.writing.writer import Writer

Progress = Callable[[int, int], None]


def blocks_of(traits: Traits) -> tuple[Block, ...]:
    """Under which blocks somebody stands in the index."""
    return (*numbers(traits), *finders(traits))


def renew(settings: Settings, *, actor: str, reason: str, backup: Path, progress: Progress) -> Certificate:
    """Renew all keys of a hub that does not run, and say so in its ledger. `backup` is the keystore's one backup.

    Raises Conflict where a hub runs, Misconfigured where the backup would lie with the data or over the keystore.
    """
    with opened(settings, writing=True) as vault, vault.writer() as writer:
        made = renewed(vault, writer, (), backup=backup, at=clock.now(), progress=progress)
        words = f"keys renewed under version {made.version}, {made.remaining} data keys wrapped anew: {reason}"
        entry = LedgerEntry(kind=Kind.KEY, at=made.at, actor=actor, outcome=words)
        noted(writer, Note(at=made.at, entry=entry))
    return made


def renewed(
    vault: Vault,
    writer: Writer,
    orders: Sequence[Order],
    *,
    backup: Path,
    at: int,
    progress: Progress,
    renamed: Mapping[bytes, bytes] = MappingProxyType({}),
) -> Certificate:
    """The same with the writer at hand, and orders that are carried out with it: what is to go is not wrapped again."""
    apart(vault.settings, backup)
    keys = vault.keys
    version = index_wanted(keys)
    known = Blocks(of_traits=blocks_of, of_events=episode.keys, of_told=followed.blocks)
    index = Reindex(writer.tidy, Sealer(keys, vault.origin), Tokens(keys), known)
    index.run(version, progress)
    made = destroy(keys, orders, index_version=version, backup=backup, at=at, renamed=renamed)
    writer.tidy(index.finished)
    return made


def noted(writer: Writer, note: Note) -> int:
    """Say it in the ledger; gives the leaf. Raises what the writer refused."""
    (result,) = all_kept(writer.commit([note]))
    return result.leaf


def apart(settings: Settings, backup: Path) -> None:
    """Refuse a backup that would lie with the data, or be the keystore itself."""
    place, data = backup.resolve(), Path(settings.data).resolve()
    if place.is_relative_to(data) or place == Path(settings.keys.keystore).resolve():
        raise Misconfigured(
            "The keystore's backup lies apart from the data and from the keystore.",
            at=str(backup),
            cure="Name another place.",
        )
