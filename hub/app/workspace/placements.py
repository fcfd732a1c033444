"""Placement questions on a partner's pages: criteria without a name, an answer by a form, the record once the partner was chosen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from hub import clock
from hub.access.accounts import Known as Somebody
from hub.app.care.hearing import number
from hub.app.care.placing import Placing
from hub.app.workspace.shelf import Seen, Shelves, looked
from hub.app.workspace.writing import Keep
from hub.console import times
from hub.errors import Lasting
from hub.flow.paper import Part, notice, parts
from hub.flow.placement import OVER, Asked, Criteria, Placement, Step, choose, decline, offer
from hub.flow.rooms import Question, Search, Searches
from hub.model.service import Referral

BODIES: Final = ("referral",)
_WORDS: Final = {
    "age": "Age",
    "sex": "Sex",
    "payer": "Payer",
    "legal_status": "Legal status",
    "medical_clearance": "Medical clearance",
    "acuity": "Acuity",
    "mobility": "Mobility",
    "observation": "Observation",
    "language": "Language",
    "county": "County",
}
_NOT_HERE: Final = "This question is not here, or it is not for you."
Papers = tuple[tuple[int, str, tuple[Part, ...], tuple[tuple[str, str], ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Placements:
    """What a partner is asked, and what it asks. `waited` runs something of the hub's own loop from a page's thread."""

    shelves: Shelves
    placing: Placing
    keep: Keep
    waited: Callable[..., Any]

    def listed(self, who: Somebody) -> Searches:
        """Open questions first. The leaf is durable when this returns."""
        now = clock.now()
        seen = self._seen(who, now)
        self.keep(looked(self.shelves.partner(who.account.partner), who.actor, seen, "placement questions", now))
        return self._searches(who, seen)

    def opened(self, who: Somebody, name: str) -> tuple[Question | Search, Papers]:
        """One of them; with the record where this partner was chosen. Raises Lasting where there is none of that name."""
        now = clock.now()
        seen = self._seen(who, now)
        found = self._searches(who, seen)
        every: tuple[Question | Search, ...] = (*found.questions, *found.own)
        one = next((each for each in every if each.name == name), None)
        if one is None:
            raise Lasting(_NOT_HERE)
        mine = self._grouped(seen).get(name, [])
        records = [each for each in mine if _released(each)]
        self.keep(looked(self.shelves.partner(who.account.partner), who.actor, mine[:1], "placement question", now))
        return one, _papers(records, self.shelves.known.county.zone)

    def answer(
        self, who: Somebody, name: str, act: str, *, clinician: str = "", reason: str = "", facility: str = ""
    ) -> None:
        """Offer, decline or choose. Raises Conflict where it is too late, Lasting for what is missing."""
        now, actor = clock.now(), who.actor
        mine = who.account.partner
        steps: dict[str, Callable[[Placement], Step]] = {
            "offer": partial(offer, facility=mine, clinician=clinician.strip(), at=now),
            "decline": partial(decline, facility=mine, reason=reason, at=now),
        }
        kept = self._asked_of(who, name)
        if kept is None and (kept := self._own(who, name)) is not None:
            steps = {"choose": partial(choose, facility=facility, by=actor, at=now)}
        if kept is None:
            raise Lasting(_NOT_HERE)
        if act not in steps:
            raise Lasting("Choose what to answer.")
        self.waited(partial(self.placing.act, kept.id, steps[act], actor=actor))

    def _seen(self, who: Somebody, now: int) -> list[Seen]:
        """What asked this partner for a bed, or gave it the record of whom it offered one."""
        return [one for one in self.shelves.seen(who.account.partner, BODIES, now) if _asked(one) is not None]

    def _grouped(self, seen: Sequence[Seen]) -> dict[str, list[Seen]]:
        """By the name of the oldest message of each question, the newest first."""
        about: dict[str, list[Seen]] = defaultdict(list)
        for one in seen:
            body = _asked(one)
            if body is not None:
                about[body.number].append(one)
        return {group[-1].name: group for group in about.values()}

    def _searches(self, who: Somebody, seen: Sequence[Seen]) -> Searches:
        placements = self.placing.all()
        mine = who.account.partner
        by_number = {number(one.id, mine): one for one in placements if _part(one, mine)}
        questions = [
            _question(name, group, by_number[body.number], mine)
            for name, group in self._grouped(seen).items()
            if (body := _asked(group[-1])) is not None and body.number in by_number
        ]
        own = [self._search(one) for one in placements if one.source == mine]
        return Searches(
            questions=tuple(
                sorted(questions, key=lambda one: (one.over, one.until if not one.over else -one.asked_at))
            ),
            own=tuple(sorted(own, key=lambda one: (one.state in OVER, -one.opened_at))),
        )

    def _search(self, one: Placement) -> Search:
        return Search(
            name=self._name(one), need=one.criteria.service.replace("_", " "), criteria=tuple(_said(one.criteria)),
            opened_at=one.opened_at, until=one.until, state=one.state, hold_until=one.hold_until, ended=one.ended,
            asked=tuple((each.facility, each.answer, each.clinician, each.reason, each.at) for each in one.asked),
        )  # fmt: skip

    def _name(self, one: Placement) -> str:
        return self.shelves.names.message(one.source, f"placement/{one.id}")

    def _own(self, who: Somebody, name: str) -> Placement | None:
        mine = (one for one in self.placing.all() if one.source == who.account.partner)
        return next((one for one in mine if self._name(one) == name), None)

    def _asked_of(self, who: Somebody, name: str) -> Placement | None:
        group = self._grouped(self._seen(who, clock.now())).get(name)
        body = _asked(group[-1]) if group else None
        found = (one for one in self.placing.all() if body and number(one.id, who.account.partner) == body.number)
        return next(found, None)


def _asked(one: Seen) -> Referral | None:
    bodies = (event.body for event in one.disclosure.events if isinstance(event.body, Referral))
    return next((body for body in bodies if body.intent is not None and body.intent.code == "proposal"), None)


def _released(one: Seen) -> bool:
    body = _asked(one)
    return body is not None and body.status is not None and body.status.code == "accepted"


def _part(one: Placement, facility: str) -> Asked | None:
    return next((each for each in one.asked if each.facility == facility), None)


def _question(name: str, group: Sequence[Seen], kept: Placement, facility: str) -> Question:
    """What is shown of it stands in what was disclosed; what it answered, in the placement."""
    asked, first = _asked(group[-1]), group[-1]
    mine = _part(kept, facility)
    words = dict(code.code.partition(":")[::2] for code in (asked.criteria if asked else ()))
    return Question(
        name=name,
        source=first.due.source,
        need=asked.service.code.replace("_", " ") if asked and asked.service else "a bed",
        criteria=tuple((label, words[field]) for field, label in _WORDS.items() if words.get(field)),
        asked_at=first.due.at,
        until=kept.until,
        answer=mine.answer if mine else "asked",
        clinician=mine.clinician if mine else "",
        reason=mine.reason if mine else "",
        hold_until=kept.hold_until,
        arrived=kept.state == "arrived" and mine is not None and mine.answer == "chosen",
        over=kept.state != "asking" or mine is None or mine.answer in ("declined", "cancelled"),
    )


def _said(criteria: Criteria) -> Iterator[tuple[str, str]]:
    for field, label in _WORDS.items():
        if word := getattr(criteria, field):
            yield label, word


def _papers(seen: Sequence[Seen], zone: str) -> Papers:
    when = partial(times.stamp, zone=zone)
    return tuple(
        (s.due.at, s.due.source, parts(s.disclosure.events, when), notice(s.disclosure.handling)) for s in seen
    )
