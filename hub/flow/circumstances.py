"""What the events themselves tell about the case: age, death, a threat, a hold, a caller's permission. Facts for the rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

from hub.model.category import Regime
from hub.model.crisis import CrisisContact, MobileCrisisVisit, RiskAssessment
from hub.model.event import Body
from hub.model.label import Label
from hub.model.person import Person
from hub.model.public_safety import CustodyHold, FieldContact
from hub.model.values import WITHDRAWN

ADULT: Final = 18
# A judgement that its source took back is none: FHIR observation-status.
VICTIMS: Final = frozenset({Regime.VAWA, Regime.FVPSA})


def circumstances(bodies: Sequence[Body], as_of: int, known: Person | None = None) -> dict[str, str]:
    """The facts that one message tells about its person, as of an instant (UTC microseconds); the caller may know better.

    `known` is what earlier messages told of the same person: it answers where this one does not say how old they are.

    >>> circumstances([CrisisContact(active_rescue=True)], 0)
    {'subject': 'UNKNOWN', 'emergency': 'THREAT'}
    """
    found = {"subject": "UNKNOWN"}
    for body in bodies:
        tells = TELLS.get(type(body))
        if tells is not None:
            found |= tells(body, as_of)
    if found["subject"] == "UNKNOWN" and known is not None:
        found["subject"] = _remembered(known, as_of)
    return found


def suspected(labels: Iterable[Label]) -> dict[str, str]:
    """That somebody close may be the abuser, where a message tells of abuse or comes from a service for its victims.

    It never says who: 45 CFR 164.502(g)(5), 164.510(b) leave nothing for family then that nobody judged.

    >>> suspected([Label(sensitivities=frozenset({"SDV"}))]), suspected([Label()])
    ({'abuse': 'SUSPECTED'}, {})
    """
    told = any("SDV" in one.sensitivities or one.regimes & VICTIMS for one in labels)
    return {"abuse": "SUSPECTED"} if told else {}


def juvenile(contact: FieldContact, person: Person | None) -> bool:
    """Whether a police contact was with somebody who was no adult then, whatever its flag leaves unsaid.

    >>> juvenile(FieldContact(), Person(age="15")), juvenile(FieldContact(juvenile=True), None), juvenile(FieldContact(), None)
    (True, True, False)
    """
    when = contact.started_at or contact.ended_at or contact.reported_at
    if contact.juvenile or person is None:
        return bool(contact.juvenile)
    if person.birth_date and when:
        return _day(when.at) < _turns_adult(person.birth_date.iso)
    return person.age.isdecimal() and int(person.age) < ADULT


def ageless(bodies: Sequence[Body]) -> bool:
    """Whether a message is about a person of whom it does not say how old they are.

    >>> ageless([Person(age="44")]), ageless([Person()]), ageless([])
    (False, True, False)
    """
    return any(isinstance(body, Person) and _subject(body, 0) == "UNKNOWN" for body in bodies)


def _remembered(person: Person, as_of: int) -> str:
    """Years told once are not counted on: who was a minor then may be an adult now."""
    found = _subject(person, as_of)
    return found if person.birth_date or found != "MINOR" else "UNKNOWN"


def _of_person(person: Person, as_of: int) -> dict[str, str]:
    return {"subject": _subject(person, as_of)}


def _of_contact(contact: CrisisContact, _: int) -> dict[str, str]:
    # 988: an attempt in progress or an active rescue needs no consent; a high risk alone is no rescue.
    attempt = contact.risk is not None and contact.risk.attempt_in_progress
    rescue = {"emergency": "THREAT"} if contact.active_rescue or contact.emergency_rescue or attempt else {}
    # Whoever calls about somebody else permits what is their own.
    others = contact.contact_for is not None and contact.contact_for.code == "third_party"
    return rescue | ({"permission": "CALLER" if others else "YES"} if contact.shared_by_permission else {})


def _of_visit(visit: MobileCrisisVisit, as_of: int) -> dict[str, str]:
    return _threat(visit.risk, as_of) if visit.risk else {}


def _of_hold(hold: CustodyHold, as_of: int) -> dict[str, str]:
    return {"custody": "HOLD"} if hold.released_at is None or hold.released_at.at > as_of else {}


def _threat(risk: RiskAssessment, _: int) -> dict[str, str]:
    withdrawn = risk.status is not None and risk.status.code in WITHDRAWN
    if withdrawn or not (risk.imminent or risk.attempt_in_progress):
        return {}
    # A message never says whether somebody threatened can be identified; where others are in danger a person has to ask.
    others = {"victim": "POSSIBLE"} if risk.danger_to_others else {}
    return {"emergency": "THREAT", "judged_by": "CLINICIAN" if risk.assessor else "REPORT", **others}


def _subject(person: Person, as_of: int) -> str:
    if person.deceased or person.deceased_at:
        return "DECEASED"
    if person.birth_date:
        return "ADULT" if _turns_adult(person.birth_date.iso) <= _day(as_of) else "MINOR"
    if person.age.isdecimal():
        return "ADULT" if int(person.age) >= ADULT else "MINOR"
    return "UNKNOWN"


def _day(as_of: int) -> date:
    return datetime.fromtimestamp(as_of // 1_000_000, UTC).date()


def _turns_adult(iso: str) -> date:
    """The latest day on which somebody born then turns eighteen: a partial date counts as its last day."""
    year, month, day = (*(int(part) for part in iso.split("-")), 0, 0)[:3]
    if not month:
        return date(year + ADULT, 12, 31)
    if not day:
        return date(year + ADULT + month // 12, month % 12 + 1, 1)
    return date(year + ADULT, 3, 1) if (month, day) == (2, 29) else date(year + ADULT, month, day)


TELLS: Final[dict[type, Callable[[Any, int], dict[str, str]]]] = {
    Person: _of_person,
    CrisisContact: _of_contact,
    RiskAssessment: _threat,
    MobileCrisisVisit: _of_visit,
    CustodyHold: _of_hold,
}
