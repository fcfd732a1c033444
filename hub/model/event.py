"""The canonical crisis event: an envelope and one body. Everything one message said about one person is a tuple of these."""

from __future__ import annotations

import hashlib
from typing import Annotated

import msgspec

from hub.model.care import (
    Allergy,
    ApproachCard,
    CarePlan,
    Condition,
    Coverage,
    Disposition,
    Document,
    EducationRecord,
    Encounter,
    Medication,
    Observation,
)
from hub.model.category import Category
from hub.model.consent import ConsentDirective
from hub.model.crisis import CrisisContact, MobileCrisisVisit, RiskAssessment
from hub.model.local import LocalFields
from hub.model.person import Person, PersonMerge, PersonUnmerge
from hub.model.public_safety import CallForService, CustodyHold, FieldContact, UnitStatus, UseOfForce
from hub.model.service import (
    Appointment,
    CapacityReport,
    Certificate,
    Communication,
    DiversionStatus,
    HousingRecord,
    Referral,
    Roster,
    ServiceListing,
    Transport,
    VictimService,
    WellnessNote,
)
from hub.model.values import Instant

Body = (
    Person
    | PersonMerge
    | PersonUnmerge
    | CallForService
    | UnitStatus
    | FieldContact
    | UseOfForce
    | CustodyHold
    | CrisisContact
    | MobileCrisisVisit
    | RiskAssessment
    | Encounter
    | Condition
    | Allergy
    | Medication
    | Observation
    | CarePlan
    | ApproachCard
    | Disposition
    | Document
    | Coverage
    | EducationRecord
    | Referral
    | Appointment
    | Transport
    | Communication
    | HousingRecord
    | VictimService
    | CapacityReport
    | DiversionStatus
    | ServiceListing
    | Certificate
    | Roster
    | WellnessNote
    | ConsentDirective
    | LocalFields
)


class CrisisEvent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One thing that happened or was said, by one source. `cleared` names paths the sender emptied on purpose (HL7 `""`).

    `recorded_at` and every `Instant.at` are UTC microseconds. The Person event, where there is one, comes first among the
    events of a message, and the others are about that person.
    """

    id: str
    body: Body
    source: str
    recorded_at: int
    source_message: str = ""
    occurred_at: Annotated[Instant | None, Category.ADMIN] = None
    provenance: str = ""
    cleared: tuple[str, ...] = ()


def event_id(journal: str, index: int) -> str:
    """The id of the `index`th event of a journalled message: 32 hex digits, the same whenever it is read again.

    >>> event_id("j1", 0) == event_id("j1", 0) != event_id("j1", 1)
    True
    """
    return hashlib.sha256(f"{journal}/{index}".encode()).hexdigest()[:32]


encode_events = msgspec.msgpack.Encoder().encode
decode_events = msgspec.msgpack.Decoder(tuple[CrisisEvent, ...]).decode
