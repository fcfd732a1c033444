"""Which message says some events, and which structure that message has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from hub.model.care import Allergy, Condition, Coverage, Document, Encounter, Observation
from hub.model.crisis import RiskAssessment
from hub.model.event import Body, CrisisEvent
from hub.model.person import PersonMerge, PersonUnmerge
from hub.model.service import Appointment, CapacityReport, Referral
from hub.model.values import WITHDRAWN, Code

# The kind of message that says a body, beside an encounter with some trigger event; nothing when it has none of its own.
Say = Callable[[Body, str], str]
# Which message structure a trigger event travels in (HL7 v2.5.1, table 0354); the others have one of their own name.
STRUCTURES: Final = {
    **dict.fromkeys(("A01", "A04", "A08", "A13"), "ADT_A01"),
    **dict.fromkeys(("A05", "A14", "A28", "A31"), "ADT_A05"),
    **dict.fromkeys(("A06", "A07"), "ADT_A06"),
    **dict.fromkeys(("A09", "A10", "A11", "A12"), "ADT_A09"),
    **dict.fromkeys(("A21", "A22", "A23", "A25", "A26", "A27", "A29", "A32", "A33"), "ADT_A21"),
    **dict.fromkeys(("A30", "A34", "A35", "A36", "A46", "A47", "A48", "A49"), "ADT_A30"),
    **dict.fromkeys(("A39", "A40", "A41", "A42"), "ADT_A39"),
    **dict.fromkeys(("A43", "A44"), "ADT_A43"),
    **dict.fromkeys(("A50", "A51"), "ADT_A50"),
    **dict.fromkeys(("A52", "A53"), "ADT_A52"),
    **dict.fromkeys(("A54", "A55"), "ADT_A54"),
    **dict.fromkeys(("A61", "A62"), "ADT_A61"),
    **{
        code: f"ADT_{code}"
        for code in ("A02", "A03", "A15", "A16", "A17", "A18", "A20", "A24", "A37", "A38", "A45", "A60")
    },
}
# Of these every trigger event has the same structure.
FAMILIES: Final = {"REF": "REF_I12", "RRI": "RRI_I12", "SIU": "SIU_S12", "MDM": "MDM_T02", "ORU": "ORU_R01"}
# Trigger events by which a merge is said, and those that an encounter cannot make alone.
MERGES: Final = frozenset({"A18", "A24", "A30", "A34", "A36", "A39", "A40", "A46", "A47"})
NOT_A_VISIT: Final = MERGES | {"A20", "A37", "A60"}
# A request that nobody has answered yet goes to who is asked; whatever else becomes of it goes back to who asked.
ASKED: Final = frozenset({"", "draft", "requested", "on-hold"})
ASKING: Final = frozenset({"I12", "I13", "I15"})
BOOKED: Final = {"cancelled": "S15", "entered-in-error": "S17", "noshow": "S26"}
BOOKING: Final = frozenset({"S12", "S13", "S14", "S15", "S16", "S17", "S26"})


def structure(kind: str) -> str:
    """The message structure of MSH-9.3.

    >>> structure("ADT^A08"), structure("RRI^I13"), structure("MDM^T04")
    ('ADT_A01', 'RRI_I12', 'MDM_T02')
    """
    family, _, trigger = kind.partition("^")
    return FAMILIES.get(family) or STRUCTURES.get(trigger) or kind.replace("^", "_")


def kind_of(events: Sequence[CrisisEvent]) -> str:
    """The message that says these events: the first of the bodies that have a message of their own, else an update.

    >>> kind_of(())
    'ADT^A31'
    """
    bodies = [event.body for event in events]
    trigger = next((body.trigger for body in bodies if isinstance(body, Encounter)), "")
    there = {type(body) for body in bodies}
    # ORU and MDM have no place for a diagnosis, an allergy or a coverage, and MDM none for a second document; ADT has for all of them.
    alone = there.isdisjoint((Condition, Allergy, Coverage))
    several = sum(isinstance(body, Document) for body in bodies) > 1
    said = (*SAID, *((SEVERAL if several else ALONE) if alone else ()), *UPDATE)
    found = (say(body, trigger) for made, say in said if made & there for body in bodies if type(body) in made)
    return next((kind for kind in found if kind), "ADT^A31")


def _always(kind: str) -> Say:
    return lambda *_: kind


def _merge(_: Body, trigger: str) -> str:
    return f"ADT^{trigger if trigger in MERGES else 'A40'}"


def _code(value: Code | None) -> Code:
    return value or Code()


def _referral(body: Body, _: str) -> str:
    """A request, or the answer to one: by the event it came with, or the one that its state leaves."""
    if not isinstance(body, Referral):
        return ""
    family, _, event = body.trigger.partition(" ")
    state = _code(body.status).code
    answers = family == "RRI" or state not in ASKED | WITHDRAWN
    number = "I14" if state in WITHDRAWN else event if event in ASKING else "I12"
    return f"{'RRI' if answers else 'REF'}^{number}"


def _appointment(body: Body, _: str) -> str:
    status = _code(body.status) if isinstance(body, Appointment) else Code()
    return f"SIU^{status.local if status.local in BOOKING else BOOKED.get(status.code, 'S12')}"


def _bed(body: Body, _: str) -> str:
    return "ADT^A20" if isinstance(body, CapacityReport) and body.bed else ""


def _visit(_: Body, trigger: str) -> str:
    return f"ADT^{trigger}" if trigger in STRUCTURES and trigger not in NOT_A_VISIT else ""


SAID: Final[Sequence[tuple[frozenset[type], Say]]] = (
    (frozenset({PersonMerge}), _merge),
    (frozenset({PersonUnmerge}), _always("ADT^A37")),
    (frozenset({Referral}), _referral),
    (frozenset({Appointment}), _appointment),
    (frozenset({CapacityReport}), _bed),
    (frozenset({Encounter}), _visit),
)
# What is said by a message that has a place for little else, and of several documents.
ALONE: Final[Sequence[tuple[frozenset[type], Say]]] = (
    (frozenset({Observation, RiskAssessment}), _always("ORU^R01")),
    (frozenset({Document}), _always("MDM^T02")),
)
SEVERAL: Final[Sequence[tuple[frozenset[type], Say]]] = ((frozenset({Document}), _always("ORU^R01")),)
UPDATE: Final[Sequence[tuple[frozenset[type], Say]]] = ((frozenset({Encounter}), _always("ADT^A08")),)
