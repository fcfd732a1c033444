"""Lists that somebody asked for and is owed: sixty days, put off once for thirty with a written reason (45 CFR 164.528(c)(1))."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from hub.app.asking.look import Look
from hub.app.disclosures.accounting import identities
from hub.errors import Lasting, NotAllowed
from hub.model.commands import Note, Tend
from hub.model.entry import Kind, LedgerEntry
from hub.model.plan import Task
from hub.spans import DAY
from hub.store.writing.work import Open

WITHIN: Final = 60 * DAY
LONGER: Final = 30 * DAY
# A duty of the law among the tasks: when it is overdue, an alert opens.
KIND: Final = "duty"
ROLE: Final = "privacy officer"
ASKED: Final = "A person asked who got their data"
PUT_OFF: Final = "It was put off"


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """Who asked: the source identities of the person, a message about them, and until when the list is owed (UTC microseconds)."""

    identities: tuple[str, ...]
    message: str
    until: int


def asked(request: Request, *, at: int, actor: str, day: str) -> Note:
    """Note that a person asked, with the task that the list is owed by a day. Once kept, an alert holds when that has passed."""
    words = f"{ASKED}: the list is owed by {day}, 45 CFR 164.528(c)(1). The first in twelve months is free of charge."
    return _note(request, at, actor, f"accounting asked for, owed by {day}", words)


def put_off(request: Request, before: Open, *, at: int, actor: str, day: str, reason: str) -> tuple[Tend, Note]:
    """Put a list off, once, for thirty days. Raises NotAllowed without a reason, or a second time."""
    if not reason.strip():
        raise NotAllowed("A list is put off with a reason in writing: 164.528(c)(1)(ii).")
    if PUT_OFF in before.words:
        raise NotAllowed("A list is put off once: 164.528(c)(1)(ii)(B).")
    words = f"{ASKED}: the list is owed by {day}, 45 CFR 164.528(c)(1). {PUT_OFF} once, for a reason that the person was told."
    entry = _entry(request, at, actor, f"accounting put off until {day}: {reason}")
    tend = Tend(task=before.seq, at=at, actor=actor, entry=entry)
    return tend, _note(request, at, actor, f"accounting owed by {day}", words)


def outstanding(look: Look, who: Sequence[str]) -> Open:
    """The open task of a list that is owed to the person of these source identities. Raises Lasting where none is."""
    after = 0
    while found := look.tasks(after=after):
        for task in found:
            if task.kind == KIND and task.words.startswith(ASKED) and set(identities(look, task.about)) & set(who):
                return task
        after = found[-1].seq
    raise Lasting("No list is owed to this person.", cure="Note first that they asked: crisis-hub accounting asked.")


def _note(request: Request, at: int, actor: str, outcome: str, words: str) -> Note:
    task = Task(kind=KIND, about=request.message, words=words, role=ROLE, due_at=request.until)
    return Note(at=at, entry=_entry(request, at, actor, outcome), tasks=(task,))


def _entry(request: Request, at: int, actor: str, outcome: str) -> LedgerEntry:
    return LedgerEntry(kind=Kind.CONFIG, at=at, subject=request.identities[0], actor=actor, outcome=outcome)
