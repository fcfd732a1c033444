"""A hospital of beds that fills and empties: it knows the truth, and tells it in messages that may come in any order."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime

from hub.flow.capacity.census import Movement, Place
from hub.spans import HOUR, MINUTE

MIDNIGHT = 1_795_000_000_000_000
UNITS = ("ED", "PSY", "ADOL", "DETOX")
# Who lies there already when the day begins, and of whom no message tells.
OPENING = {"PSY": 6, "DETOX": 2}


@dataclass
class Stay:
    """Somebody in hospital."""

    person: str
    visit: str
    unit: str
    bed: str
    boards: bool = False
    arrived: int = 0
    moved: int = 0


@dataclass
class Hospital:
    """One day. `told` are its messages; what it says is exactly what happened."""

    seed: int
    told: list[Movement] = field(default_factory=list)
    merged: dict[str, str] = field(default_factory=dict)

    def day(self, messages: int = 400) -> None:
        """Admissions, transfers, discharges, updates, cancellations and a few people registered twice."""
        dice = random.Random(self.seed)
        self.here: dict[str, Stay] = {}
        self.strangers = dict(OPENING)
        now, number = MIDNIGHT, 0
        while len(self.told) < messages:
            now += dice.randint(1, 6) * MINUTE
            number += 1
            act = dice.choices(ACTS, WEIGHTS)[0]
            getattr(self, f"_{act}")(dice, now, number)
        self.end = now

    def truth(self) -> tuple[Counter[Place], Counter[Place]]:
        """Who really lies where, and who boards in the emergency department."""
        occupied: Counter[Place] = Counter()
        boarding: Counter[Place] = Counter()
        for stay in self.here.values():
            (boarding if stay.boards else occupied)["H1", stay.unit] += 1
        for unit, count in self.strangers.items():
            occupied["H1", unit] += count
        return +occupied, +boarding

    def _say(self, now: int, trigger: str, stay: Stay, patient_class: str = "") -> None:
        self.told.append(
            Movement(
                person=stay.person, visit=stay.visit, at=now, trigger=trigger, facility="H1", unit=stay.unit,
                bed=stay.bed, patient_class=patient_class or ("EMER" if stay.unit == "ED" and not stay.boards else "IMP"),
            )
        )  # fmt: skip

    def _someone(self, dice: random.Random) -> Stay | None:
        return dice.choice(list(self.here.values())) if self.here else None

    def _admit(self, dice: random.Random, now: int, number: int) -> None:
        unit = dice.choice(UNITS)
        stay = Stay(f"p{number}", f"v{number}", unit, f"{unit}-{number}", arrived=now)
        self.here[stay.visit] = stay
        self._say(now, "A04" if unit == "ED" else "A01", stay)

    def _board(self, dice: random.Random, now: int, number: int) -> None:
        waiting = [s for s in self.here.values() if s.unit == "ED" and not s.boards]
        if waiting:
            stay = dice.choice(waiting)
            stay.boards = True
            self._say(now, "A06", stay)

    def _transfer(self, dice: random.Random, now: int, number: int) -> None:
        if stay := self._someone(dice):
            stay.unit, stay.boards, stay.moved = dice.choice(UNITS[1:]), False, now
            self._say(now, "A02", stay)

    def _discharge(self, dice: random.Random, now: int, number: int) -> None:
        if stay := self._someone(dice):
            del self.here[stay.visit]
            self._say(now, "A03", stay)

    def _update(self, dice: random.Random, now: int, number: int) -> None:
        if stay := self._someone(dice):
            self._say(now, "A08", stay)

    def _mistaken_discharge(self, dice: random.Random, now: int, number: int) -> None:
        if stay := self._someone(dice):
            self._say(now, "A03", stay)
            self._say(now + MINUTE // 2, "A13", stay)

    def _mistaken_transfer(self, dice: random.Random, now: int, number: int) -> None:
        stay = self._someone(dice)
        if stay and not stay.boards:
            wrong = Stay(stay.person, stay.visit, dice.choice(UNITS[1:]), "X")
            self._say(now, "A02", wrong, "IMP" if stay.unit != "ED" else "EMER")
            self._say(now + MINUTE // 2, "A12", stay)

    def _mistaken_admission(self, dice: random.Random, now: int, number: int) -> None:
        ghost = Stay(f"p{number}", f"v{number}", "PSY", "PSY-X")
        self._say(now, "A01", ghost)
        self._say(now + MINUTE // 2, "A11", ghost)

    def _twice(self, dice: random.Random, now: int, number: int) -> None:
        """Somebody who is here is registered again under another number; then the two numbers are merged."""
        stay = self._someone(dice)
        if stay and not stay.boards:
            other = Stay(f"q{number}", f"w{number}", stay.unit, stay.bed)
            self._say(now, "A01", other, "EMER" if stay.unit == "ED" else "IMP")
            self.merged[stay.person] = other.person
            del self.here[stay.visit]
            self.here[other.visit] = other
            self._say(now + MINUTE // 2, "A08", other)

    def _stranger_leaves(self, dice: random.Random, now: int, number: int) -> None:
        if self.strangers["PSY"]:
            self.strangers["PSY"] -= 1
            self._say(now, "A03", Stay(f"s{number}", f"u{number}", "PSY", ""))


ACTS = (
    "admit", "board", "transfer", "discharge", "update", "mistaken_discharge", "mistaken_transfer",
    "mistaken_admission", "twice", "stranger_leaves",
)  # fmt: skip
WEIGHTS = (30, 8, 14, 18, 12, 4, 4, 3, 3, 2)
OPENED = MIDNIGHT - HOUR


def shuffled(told: list[Movement], dice: random.Random) -> list[Movement]:
    """In another order, with one message in twenty told twice."""
    several = [*told, *dice.sample(told, len(told) // 20)]
    dice.shuffle(several)
    return several


def hl7(number: int, told: Movement) -> bytes:
    """A movement as the hospital's engine sends it."""
    at = _stamp(told.at)
    segments = (
        f"MSH|^~\\&|ADT|{told.facility}|HUB|CRISIS|{at}||ADT^{told.trigger}|H{number}|P|2.5.1",
        f"EVN|{told.trigger}|{at}||||{at}",
        f"PID|1||{told.person}^^^{told.facility}^MR||Roe{told.person}^Avery",
        f"PV1|1|{told.patient_class[0]}|{told.unit}^^{told.bed}^{told.facility}{'|' * 16}{told.visit}",
    )
    return "\r".join((*segments, "")).encode()


def merge(number: int, facility: str, at: int, stays: str, goes: str) -> bytes:
    """Two numbers turned out to be one person's, says the hospital's engine."""
    segments = (
        f"MSH|^~\\&|ADT|{facility}|HUB|CRISIS|{_stamp(at)}||ADT^A40|M{number}|P|2.5.1",
        f"EVN|A40|{_stamp(at)}||||{_stamp(at)}",
        f"PID|1||{stays}^^^{facility}^MR||Roe{goes}^Avery",
        f"MRG|{goes}^^^{facility}^MR",
    )
    return "\r".join((*segments, "")).encode()


def _stamp(at: int) -> str:
    return datetime.fromtimestamp(at / 1_000_000, UTC).strftime("%Y%m%d%H%M%S+0000")
