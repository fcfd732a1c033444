"""A resolved set at work: its compiled readers and writers, by the instant whose tables count."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, lru_cache, partial
from typing import Any

from hub.contracts import Loss, Losses, Reading, Received
from hub.errors import Unmapped
from hub.lens.compile_read import Read, ReadCompiler, selected
from hub.lens.compile_write import Delivery, Write, WriteCompiler, writers
from hub.lens.losses import Accountant
from hub.lens.run import Context, Recording
from hub.lens.spec import Lenses
from hub.lens.syntax import Syntax
from hub.lens.tables import changes
from hub.model.event import CrisisEvent
from hub.model.registry import body_of

KINDS = 512
# How kinds of messages are written by those who write codes: ADT^A04, RRI_I12.
_CODE = re.compile(r"[A-Z0-9_]{1,8}(?:\^[A-Z0-9_]{1,8}){0,2}", re.ASCII)


class Edition:
    """A set as its tables stand between two changes of them. Compiled when first used."""

    def __init__(self, lenses: Lenses, syntax: Syntax, at: int) -> None:
        """The set, and an instant at which it counts."""
        self._lenses, self._syntax, self._at = lenses, syntax, at
        self.plain = lru_cache(KINDS)(self._plain)
        self.careful = lru_cache(KINDS)(self._careful)
        self.recording = lru_cache(KINDS)(self._recording)
        self.writing = lru_cache(KINDS)(self._writing)
        self.writing_careful = lru_cache(KINDS)(self._writing_careful)

    def compile(self) -> None:
        """Compile reader and writer now. Raises Misconfigured naming file and line."""
        _ = self._fast, self._writers

    def _plain(self, kind: str) -> tuple[Read, ...]:
        return tuple(self._fast[name] for name in selected(self._lenses.lenses, kind))

    def _careful(self, kind: str) -> tuple[Read, ...]:
        return tuple(self._wary[name] for name in selected(self._lenses.lenses, kind))

    def _recording(self, kind: str) -> tuple[Read, ...]:
        return tuple(self._noting[name] for name in selected(self._lenses.lenses, kind))

    def _writing(self, kind: str) -> tuple[Write, ...]:
        return tuple(self._writers[name] for name in writers(self._lenses.lenses, kind))

    def _writing_careful(self, kind: str) -> tuple[Write, ...]:
        return tuple(self._wary_writers[name] for name in writers(self._lenses.lenses, kind))

    @cached_property
    def _writers(self) -> dict[str, Write]:
        return WriteCompiler(self._lenses, self._syntax, self._at, careful=False).functions()

    @cached_property
    def _wary_writers(self) -> dict[str, Write]:
        return WriteCompiler(self._lenses, self._syntax, self._at, careful=True).functions()

    @cached_property
    def _fast(self) -> dict[str, Read]:
        return self._compile(recording=False, careful=False)

    @cached_property
    def _wary(self) -> dict[str, Read]:
        return self._compile(recording=False, careful=True)

    @cached_property
    def _noting(self) -> dict[str, Read]:
        return self._compile(recording=True, careful=True)

    def _compile(self, *, recording: bool, careful: bool) -> dict[str, Read]:
        return ReadCompiler(self._lenses, self._syntax, self._at, recording=recording, careful=careful).functions()


class Translator:
    """Reads and writes one format, after one resolved set. Holds no state of any message."""

    def __init__(self, lenses: Lenses, syntax: Syntax) -> None:
        """Compiles at once what the newest tables mean, so that a bad set is refused at start. Raises Misconfigured."""
        self.lenses, self.syntax = lenses, syntax
        self._changes = changes(lenses.tables)
        self._editions = [Edition(lenses, syntax, at) for at in (0, *self._changes)]
        self._editions[-1].compile()
        self._accountant = Accountant(lenses, syntax)

    def edition(self, at: int) -> Edition:
        """The set as its tables stand at an instant, UTC microseconds."""
        return self._editions[bisect_right(self._changes, at)]

    def read(
        self, root: Any, kind: str, message: str, received: Received, *, careful: bool
    ) -> tuple[list[CrisisEvent], Context]:
        """The events of a message. `careful` when something in it may be emptied on purpose. Raises Unmapped."""
        edition = self.edition(received.as_of)
        k = Context(received, message)
        out: list[CrisisEvent] = []
        for n, read in enumerate(edition.careful(kind) if careful else edition.plain(kind)):
            read(root, k, out)
            if k.bad:
                k.wrong.append(n)
                k.bad = False
        return out, k

    def write(
        self, events: Sequence[CrisisEvent], kind: str, zone: str, facts: Mapping[str, str], at: int
    ) -> list[Any]:
        """What each lens of a kind writes of some events, in the order of the set; the syntax puts it together."""
        edition = self.edition(at)
        by_root: dict[str, list[CrisisEvent]] = {}
        for event in events:
            by_root.setdefault(body_of(event.body), []).append(event)
        k = Delivery(zone, facts)
        careful = any(event.cleared for event in events)
        return [write(by_root, k) for write in (edition.writing_careful(kind) if careful else edition.writing(kind))]

    def reading(
        self,
        root: Any,
        kind: str,
        message: str,
        received: Received,
        *,
        careful: bool = False,
        again: Callable[[], Any] | None = None,
    ) -> Reading:
        """What an adapter answers: the events, what was not understood, and the account of all elements for who asks.

        `again` gives the root anew for the account, so that a Reading holds bytes and no tree. Raises Unmapped.
        """
        events, k = self.read(root, kind, message, received, careful=careful)
        if not events:
            raise self._silent(kind)
        again = again or partial(_same, root)
        told = partial(self.account, again, kind, message, received)
        invalid = self._invalid(again(), kind, k.wrong, received) if k.wrong else ()
        return Reading(
            kind=kind,
            events=tuple(events),
            message_id=message,
            inherited=tuple(dict.fromkeys(k.inherited)) if k.inherited else (),
            invalid=invalid,
            unmapped_codes=tuple(k.unmapped) if k.unmapped else (),
            account=told,
        )

    def _silent(self, kind: str) -> Unmapped:
        """Why a message gave no event at all."""
        if not selected(self.lenses.lenses, kind):
            cure = "Add the kind to `reads` of a lens, or ask the sender to leave it out."
            # A code is named; whatever else a sender wrote there may be about somebody.
            said = f'"{kind}"' if _CODE.fullmatch(kind) else "this kind of message, which is no code"
            return Unmapped(f"no lens reads {said}.", at=str(self.lenses.place), cure=cure)
        return Unmapped("none of the lenses found anything in this message.", at=str(self.lenses.place))

    def account(self, again: Callable[[], Any], kind: str, message: str, received: Received) -> Losses:
        """What became of every element of a message. Reads it again while noting every leaf."""
        marked = self.syntax.mark(again())
        _, recording = self.record(marked, kind, message, received)
        return self._accountant.account(marked, recording)

    def _invalid(self, root: Any, kind: str, wrong: list[int], received: Received) -> tuple[Loss, ...]:
        """What the lenses that stumbled could not understand: they alone read again, noting every leaf."""
        marked = self.syntax.mark(root)
        k = Recording(received, "")
        functions = self.edition(received.as_of).recording(kind)
        for n in wrong:
            functions[n](marked, k, [])
        return self._accountant.invalid(marked, k)

    def record(self, marked: Any, kind: str, message: str, received: Received) -> tuple[list[CrisisEvent], Recording]:
        """The same events, read from a marked message, and for every leaf what became of it."""
        k = Recording(received, message)
        out: list[CrisisEvent] = []
        for read in self.edition(received.as_of).recording(kind):
            read(marked, k, out)
        return out, k


def _same(root: Any) -> Any:
    return root
