"""Threads of pages and reports wait here for the loop they came from, where the way to the one writer is."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

import anyio.from_thread

from hub.app.hatch import Writer, carry_out
from hub.intake.arrival import Again
from hub.model.commands import Command
from hub.store.result import Result


@dataclass(frozen=True, slots=True)
class Pen:
    """The one writer, for code that runs in a thread of the loop that knows the way to it."""

    desk: Writer

    def ask(self, commands: Sequence[Command]) -> Sequence[Result]:
        """Have these committed; one result each, in order."""
        return waited(self._asked, list(commands)) if commands else []

    def keep(self, what: Again | Sequence[Command]) -> None:
        """Have it kept. Raises what the writer refused."""
        waited(carry_out, self.desk, what)

    async def _asked(self, commands: list[Command]) -> Sequence[Result]:
        return await self.desk.ask(commands)


def waited(act: Callable[..., Coroutine[Any, Any, Any]], *with_: Any) -> Any:
    """Do something on the loop that this thread came from, and wait for it."""
    return anyio.from_thread.run(act, *with_)
