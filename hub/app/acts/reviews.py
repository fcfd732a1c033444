"""What people of a hub judge and follow up on its pages: tasks, recalls, emergencies, alarms; each act has its leaf."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from hub import clock
from hub.app.acts import mislink, pairs
from hub.app.acts.recall import attested
from hub.app.asking.look import Look
from hub.app.care import glass
from hub.app.waiting import Pen
from hub.app.watching import alerts
from hub.errors import Lasting, NotAllowed
from hub.model.commands import Tend
from hub.model.entry import Kind, LedgerEntry
from hub.store.asking.recalls import Standing
from hub.store.living import Living, alarmed
from hub.store.sealing import Sealer
from hub.store.writing.lodged import Lodged
from hub.store.writing.work import Open, Work

_ALARMS = 200


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """An alert in words; instants are UTC microseconds, 0 for not yet."""

    kind: str
    about: str
    words: str
    opened_at: int
    told_at: int
    closed_at: int


@dataclass(frozen=True, slots=True)
class Reviews:
    """Reads, and writes by the one writer."""

    look: Look
    pen: Pen

    def task(self, number: int) -> Open:
        """An open task. Raises Lasting where there is none, or somebody saw to it."""
        vault = self.look.vault
        vault.keys.follow()
        with vault.database.read() as connection:
            found = Work(connection, Sealer(vault.keys, vault.origin)).task(number)
        if found is None:
            raise Lasting("Nothing is to be done there any more.", cure="Somebody saw to it, or it never was.")
        return found

    def tend(self, number: int, *, actor: str, words: str) -> None:
        """Somebody saw to a task, and says how. Raises Conflict where somebody was faster."""
        task, at = self.task(number), clock.now()
        entry = LedgerEntry(
            kind=Kind.OUTCOME, at=at, journal=task.journal, actor=actor, outcome=f"task {task.kind} seen to: {words}"
        )
        self.pen.keep([Tend(task=number, at=at, actor=actor, entry=entry)])

    def doubt(self, number: int) -> pairs.Doubt:
        """The records of a doubtful link, side by side."""
        return pairs.doubt(self.look, self.task(number))

    def answer(self, number: int, other: str, answer: str, *, actor: str, reason: str) -> None:
        """Somebody's word on a doubtful link: same, different or unsure. `other` names the record it was compared with."""
        asked = self.doubt(number)
        pair = next((each for each in asked.pairs if each.other.id == other), None)
        if answer not in pairs.ANSWERS or (pair is None and answer != "unsure"):
            raise Lasting("Choose which record, and what it is.", cure="Look again: somebody may have answered.")
        order = mislink.Order(actor=actor, reason=reason)
        self.pen.keep(pairs.answered(self.look, asked, pair, answer, order))

    def held(self, name: str) -> mislink.Held:
        """Who the person of a message is held to be."""
        return mislink.held(self.look, name)

    def radius(self, name: str) -> Sequence[mislink.Wrong]:
        """Who received what only because the person of a message is held to be one with others."""
        return mislink.radius(self.look, mislink.held(self.look, name))

    def unmerge(self, name: str, *, actor: str, reason: str) -> Sequence[mislink.Wrong]:
        """Take a wrong link back; says who received what because of it. Each of them gets a drafted correction."""
        what, found = mislink.unmerge(self.look, name, mislink.Order(actor=actor, reason=reason))
        self.pen.keep([what])
        return found

    def recalls(self) -> Sequence[Standing]:
        """Every recall as it stands, the newest first."""
        return self.look.recalls()

    def attest(self, journal: str, partner: str, *, actor: str) -> None:
        """A partner stopped relying on a message, as somebody says who asked there."""
        self.pen.keep(attested(self.look.recalls(), journal, partner, actor))

    def emergencies(self) -> Sequence[tuple[str, glass.Broken]]:
        """Every time the glass was broken, by name, the oldest first."""
        return self.look.glass()

    def judge_emergency(self, name: str, *, actor: str, known_as: str, verdict: str, words: str) -> None:
        """Somebody's judgement of one emergency. Raises NotAllowed for one's own, Conflict for one that was judged."""
        if verdict not in glass.VERDICTS:
            raise NotAllowed("Choose whether it was justified.")
        vault = self.look.vault
        with vault.database.read() as connection:
            standing = Lodged(connection, Sealer(vault.keys, vault.origin)).one(glass.KIND, name)
        self.pen.keep([glass.reviewed(standing, name, actor=actor, verdict=verdict, words=words, known_as=known_as)])

    def alarms(self) -> Sequence[Alarm]:
        """What is alarmed and what cleared, the newest first."""
        with self.look.vault.database.read() as connection:
            return [_alarm(each) for each in alarmed(connection, _ALARMS)]


def _alarm(each: Living) -> Alarm:
    return Alarm(
        kind=each.kind,
        about=each.about,
        # The command that looks into it is for mails: a page has a link there.
        words=alerts.WORDS[each.kind].format(about=each.about).partition(": crisis-hub")[0].rstrip(".") + ".",
        opened_at=each.opened_at,
        told_at=each.told_at,
        closed_at=each.closed_at,
    )
