"""What people of a hub judge and follow up on its pages: tasks, recalls, emergencies, alarms; each act has its leaf."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from hub import clock
from hub.access.accounts import Known
from hub.app.acts import alarms, mislink, pairs
from hub.app.acts.recall import attested
from hub.app.asking.look import Look
from hub.app.care import frequent, glass
from hub.app.waiting import Pen
from hub.errors import Lasting, NotAllowed
from hub.model.commands import Tend
from hub.model.entry import Kind, LedgerEntry
from hub.store.asking.contacts import last_of
from hub.store.asking.recalls import Standing
from hub.store.sealing import Sealer
from hub.store.writing.lodged import Lodged
from hub.store.writing.work import Open, Work


def open_task(look: Look, number: int) -> Open:
    """An open task. Raises Lasting where there is none, or somebody saw to it."""
    vault = look.vault
    vault.keys.follow()
    with vault.database.read() as connection:
        found = Work(connection, Sealer(vault.keys, vault.origin)).task(number)
    if found is None:
        raise Lasting("Nothing is to be done there any more.", cure="Somebody saw to it, or it never was.")
    return found


def tended(task: Open, *, actor: str, words: str) -> Tend:
    """The command by which somebody says that a task is seen to, and how."""
    at, outcome = clock.now(), f"task {task.kind} seen to: {words}"
    entry = LedgerEntry(kind=Kind.OUTCOME, at=at, journal=task.journal, actor=actor, outcome=outcome)
    return Tend(task=task.seq, at=at, actor=actor, entry=entry)


@dataclass(frozen=True, slots=True)
class Reviews:
    """Reads, and writes by the one writer."""

    look: Look
    pen: Pen

    def task(self, number: int) -> Open:
        """An open task, as `open_task`; of somebody who is met often with the last message about them: that says who it is."""
        found = open_task(self.look, number)
        if found.kind != frequent.KIND or found.journal:
            return found
        with self.look.vault.database.read() as connection:
            return replace(found, journal=last_of(connection, found.about) if found.about else "")

    def tend(self, number: int, *, actor: str, words: str) -> None:
        """Somebody saw to a task, and says how. Raises Conflict where somebody was faster."""
        self.pen.keep([tended(open_task(self.look, number), actor=actor, words=words)])

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

    def alarms(self) -> Sequence[alarms.Alarm]:
        """What is alarmed and what cleared, the newest first."""
        return alarms.alarms(self.look.vault)

    def take(self, name: str, who: Known) -> None:
        """Somebody takes an alert on for a shift. Raises Lasting where it is not open any more."""
        self.pen.keep([alarms.take(self.look.vault, name, who, actor=who.actor, at=clock.now())])
