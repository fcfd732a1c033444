"""Police records as JSON: field contacts, holds, use of force. Our own published schema."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from adapters.wire.own_json import OwnJson, View, listed
from hub.contracts import Reading, Snapshot
from hub.model.event import CrisisEvent
from hub.model.person import Person
from hub.model.public_safety import FieldContact
from hub.model.registry import body_of

LISTS: Final = ("cautions", "charges", "units")
LONGEST_VERSION: Final = 9
# How records systems spell a time that nobody knows.
UNKNOWN: Final = ("1900-01-01", "1/1/1900", "01/01/1900")


class Record(OwnJson):
    """One agency's records. Charges and criminal history are read into fields that the model itself labels CHRI."""

    name = "rms"
    kind = "rms-record"
    lenses = "rms/rms.yaml"
    fields = "rms/field_list_record"
    schema = "crisis-hub/rms-record/1"
    any_of = ("template_id", "case_number", "legal_hold", "use_of_force", "call", "units", "care")
    marks = (b'"template_id"', b'"legal_hold"', b'"use_of_force"')
    lists = LISTS
    numbers = ("template_id", "case_number")

    @staticmethod
    def shown(record: View) -> View:
        """Without times that nobody knows; one caution, charge or unit may come as an object."""
        unknown = {n for n, p in record.items() if n.endswith("_at") and isinstance(p, str) and p.startswith(UNKNOWN)}
        known = {name: part for name, part in record.items() if name not in unknown}
        return listed(known, LISTS)

    def accounted(self, reading: Reading, field: Callable[[str], str]) -> Reading:
        """A version that comes after a newer one is kept, and nobody hears of it: what was sealed since must not leave unsealed."""
        return msgspec.structs.replace(super().accounted(reading, field), snapshot=_version(reading.events))


def _version(events: Sequence[CrisisEvent]) -> Snapshot | None:
    """That a record tells its whole state again, as of its version; None where it counts none."""
    contact = next((event.body for event in events if isinstance(event.body, FieldContact)), None)
    if contact is None or not contact.version.isdecimal() or len(contact.version) > LONGEST_VERSION:
        return None
    whose = (name for event in events if isinstance(event.body, Person) for name in _known(event.body))
    of = " ".join((contact.number, contact.case_number, contact.incident, *whose))
    return Snapshot(of=of, parts=tuple((body_of(event.body), int(contact.version)) for event in events))


def _known(person: Person) -> tuple[str, ...]:
    """What tells a person from others whom the same case may be about."""
    numbers = tuple(number.value for number in person.identifiers)
    return numbers or tuple(f"{name.family}, {' '.join(name.given)}" for name in person.names)
