"""Somebody whom many agencies meet again and again: what is a contact in crisis, who may count it, and what a clinic is asked.

A clinic is asked by what it may hear of alone: what else is known about the person changes no word of it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from hub.model.category import Regime
from hub.model.crisis import CrisisContact
from hub.model.decision import Decision
from hub.model.event import CrisisEvent
from hub.model.label import Label
from hub.model.plan import Fact
from hub.model.registry import BIT, body_of
from hub.model.service import Referral
from hub.model.values import Code, Instant
from hub.partners import Interest, Partner

ROLE: Final = "care coordinator"
# What a clinic is asked for. Whoever takes it wants `referral.service: [coordinate]` by its partner file.
SERVICE: Final = Code(code="coordinate", system="urn:crisis-hub:service", display="Coordinate care")
# Whose messages are a contact in crisis, in the words of the task. A clinic's appointments and a shelter's nights are none.
MET_BY: Final[Mapping[str, str]] = {
    "PSAP": "911",
    "LE": "police",
    "EMS": "ambulance",
    "CORESPONDER": "co-responder",
    "MOBILE_CRISIS": "mobile team",
    "LIFELINE": "988",
    "HOSP_ED": "emergency department",
    "HOSP_INPT": "hospital",
    "STABILISATION": "stabilisation centre",
}
# That there was a contact, by kind of event: when it was, of 988 its number. Who may not see that may not count it either.
_SHOWN: Final[Mapping[str, int]] = {
    path.partition(".")[0]: BIT[path]
    for path in (
        "call_for_service.received_at",
        "field_contact.started_at",
        "custody_hold.started_at",
        "crisis_contact.contact",
        "mobile_crisis_visit.arrived_at",
        "encounter.admitted_at",
    )
}
# What stands under a law that follows it wherever it goes, as Part 2 does, or beside one that hides it, is no part of a number.
_COUNTABLE: Final = frozenset({Regime.HIPAA, Regime.CJIS, Regime.L988, Regime.OPEN})
# Without who it is and what is asked, with the numbers, there is no task.
_NAMED: Final = BIT["person.names.family"]
_ASKED: Final = BIT["referral.service"] | BIT["referral.note"]
# A partner, and an episode it told of.
Contact = tuple[str, str]


class Bounds(Fact, frozen=True):
    """How often is often: so many contacts, by so many partners at least, within so many days."""

    contacts: int
    partners: int
    days: int


def counted(contacts: Iterable[Contact], kinds: Mapping[str, str], bounds: Bounds) -> Counter[str] | None:
    """How often each kind of agency met somebody, when it was often enough and more than one of them did; `kinds` of partners.

    >>> met = [("C1", "a"), ("C1", "b"), ("H1", "b"), ("B1", "c")]
    >>> kinds = {"C1": "PSAP", "H1": "HOSP_ED", "B1": "BH_PROVIDER"}
    >>> counted(met, kinds, Bounds(contacts=3, partners=2, days=90))
    Counter({'911': 2, 'emergency department': 1})
    """
    crises = {(partner, episode) for partner, episode in contacts if kinds.get(partner) in MET_BY}
    if len(crises) < bounds.contacts or len({partner for partner, _ in crises}) < bounds.partners:
        return None
    return Counter(MET_BY[kinds[partner]] for partner, _ in crises)


def words(counts: Counter[str], bounds: Bounds) -> str:
    """The counts as people read them.

    >>> words(Counter({"police": 1, "911": 4}), Bounds(contacts=5, partners=2, days=90))
    '5 contacts in 90 days: 911 4, police 1. Who coordinates the care?'
    """
    each = ", ".join(f"{kind} {number}" for kind, number in sorted(counts.items()))
    return f"{counts.total()} contacts in {bounds.days} days: {each}. Who coordinates the care?"


class Heard(Fact, frozen=True):
    """One message of a contact: what it says, what that stands under, and what the clinic may see of it."""

    contact: Contact
    events: tuple[CrisisEvent, ...]
    labels: tuple[Label, ...]
    decision: Decision


def hears(clinic: str, messages: Iterable[Heard]) -> frozenset[Contact]:
    """The contacts that a clinic may count: its own, and those of which it may know that they were.

    INVARIANT: what any message of a contact stands under, the whole contact does. One that is withheld withholds it.
    """
    told: dict[Contact, list[Heard]] = defaultdict(list)
    for one in messages:
        told[one.contact].append(one)
    return frozenset(
        contact
        for contact, several in told.items()
        if contact[0] == clinic or (all(map(_open, several)) and any(map(_shown, several)))
    )


def _open(one: Heard) -> bool:
    return one.decision.permits and all(label.regimes <= _COUNTABLE for label in one.labels)


def _shown(one: Heard) -> bool:
    """Whether it shows that there was a contact, and no anonymous one."""
    return any(
        granted & _SHOWN.get(body_of(event.body), 0)
        and not (isinstance(event.body, CrisisContact) and event.body.anonymous)
        for event, granted in zip(one.events, one.decision.granted, strict=True)
    )


def wish(partner: Partner) -> Interest | None:
    """The interest by which a partner wants to be asked to coordinate; None where its file names none."""
    wanted = (want for want in partner.wants if "referral" in want.bodies)
    return next((want for want in wanted if any(map(_coordinates, want.when))), None)


def _coordinates(conditions: Mapping[str, object]) -> bool:
    accepted = conditions.get("referral.service")
    return isinstance(accepted, list | tuple) and SERVICE.code in accepted


def asked_of(partners: Iterable[Partner], homes: Collection[str]) -> tuple[tuple[Partner, Interest], ...]:
    """Whom to ask: those who treat the person (`homes`), else the only one who wants it; where several do, nobody is guessed."""
    willing = tuple((one, want) for one in partners if one.delivery and (want := wish(one)))
    treating = tuple((one, want) for one, want in willing if one.id in homes)
    return treating or (willing if len(willing) == 1 else ())


def request(number: str, said: str, clinic: str, county: str, now: int) -> Referral:
    """What a clinic is asked, as of an instant (UTC microseconds). The county asks: no agency that met the person does."""
    return Referral(
        number=number,
        status=Code(code="requested"),
        intent=Code(code="order"),
        priority=Code(code="routine"),
        service=SERVICE,
        authored_at=Instant(at=now),
        requester=f"{ROLE} of {county}",
        performer=clinic,
        note=said,
    )


def whole(decision: Decision) -> bool:
    """Whether a clinic may see who it is about and all that is asked: the person first, the request last."""
    granted: Sequence[int] = decision.granted
    return bool(granted[0] & _NAMED) and granted[-1] & _ASKED == _ASKED
