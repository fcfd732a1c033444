"""The way to the one writer from another process."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from typing import Any, cast

import pytest

from hub.intake.desk import Desk
from hub.intake.link import Client, Server
from hub.model import registry
from hub.model.commands import Command, Note
from hub.model.entry import Kind, LedgerEntry
from hub.store.result import Result


class _Reader:
    """A desk that looks up the names behind every entry, as the writer does."""

    def __init__(self) -> None:
        self.names: list[tuple[str, ...]] = []

    def ask(self, commands: Sequence[Command]) -> asyncio.Future[Sequence[Result]]:
        self.names += [registry.named(cast("Note", each).entry.paths) for each in commands]
        done: asyncio.Future[Sequence[Result]] = asyncio.get_running_loop().create_future()
        done.set_result([Result()] * len(commands))
        return done


def test_the_writer_knows_the_paths_that_only_the_other_process_has_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """An alias, a query or a narrowed decision is granted in the process that delivers, and nowhere else."""
    there: dict[str, tuple[str, ...]] = {}
    paths = registry.path_set(registry.mask(["person.names.family", "encounter.reason"]))
    note = Note(at=1, entry=LedgerEntry(kind=Kind.QUERY, at=1, partner="B1", paths=paths))

    async def talk() -> list[tuple[str, ...]]:
        ours, theirs = socket.socketpair()
        desk, client = _Reader(), Client(lambda _: None)
        await Server(cast("Desk", desk)).start(theirs)
        await client.start(ours)
        asked: list[Any] = [client.ask([note]), client.ask([note])]
        # From here on this is the writer's process, which has named nothing yet.
        monkeypatch.setattr(registry, "_NAMED", there)
        await asyncio.wait_for(asyncio.gather(*asked), 5)
        client.close()
        return desk.names

    assert asyncio.run(talk()) == [("person.names.family", "encounter.reason")] * 2


def test_what_was_named_travels_once() -> None:
    known = len(registry.learnt())

    assert registry.learnt(after=known) == ()
    assert len(registry.learnt(after=known - 1)) == 1
