"""988 contacts as JSON: our own published schema, because no 988 platform has one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from adapters.wire.own_json import YES, OwnJson, View, guarded, listed
from hub.contracts import Reading
from hub.model.crisis import CrisisContact
from hub.model.event import CrisisEvent
from hub.model.public_safety import CallForService

RESCUE: Final = ("active_rescue_voluntary", "active_rescue_involuntary")
LISTS: Final = ("mobile_crisis", "capacity", "diversion", "referrals")
COARSE: Final = "47 CFR 52.202: outside an active rescue a 988 contact has no precise place"


class Contact(OwnJson):
    """One centre's contacts. A precise place belongs to an active rescue: outside one it is neither taken up nor written."""

    name = "lifeline988"
    kind = "988-contact"
    lenses = "lifeline988/lifeline988.yaml"
    fields = "lifeline988/field_list_contact"
    schema = "crisis-hub/988-contact/1"
    any_of = ("contact_id", "transfer", "mobile_crisis", "capacity", "diversion")
    marks = (b'"contact_id"',)
    lists = LISTS
    numbers = ("contact_id",)
    withheld: Mapping[str, str] = {"location.": COARSE}

    @staticmethod
    def shown(record: View) -> View:
        """One team, count or diversion may come as an object; a precise place outside a rescue is not there at all."""
        return listed(coarse(guarded(record)), LISTS)

    def told(self, events: Sequence[CrisisEvent]) -> Sequence[CrisisEvent]:
        """Without the call that a contact tells of beside itself: by itself it would be another contact, with times of its own."""
        if not any(isinstance(event.body, CrisisContact) for event in events):
            return events
        return [event for event in events if not isinstance(event.body, CallForService)]

    def accounted(self, reading: Reading, field: Callable[[str], str]) -> Reading:
        """The account, in which a place is withheld outside a rescue and nowhere else."""
        rescue = any(isinstance(event.body, CrisisContact) and event.body.active_rescue for event in reading.events)
        return reading if rescue else super().accounted(reading, field)

    def written(self, record: View) -> View:
        """Without a precise place, unless help is being sent.

        A 911 centre in a rescue is told number, place, risk and attempt, and not what kind of contact it was: the danger says it.
        """
        untold = not record.keys() & {"active_rescue", "intervention_type"}
        danger = any(record.get(name) in YES for name in ("imminent_risk", "attempt_in_progress"))
        return record if untold and danger else coarse(record)


def coarse(record: View) -> View:
    """A contact without its precise place, unless help is being sent.

    >>> coarse({"location": {"city": "X"}, "active_rescue": False})
    {'active_rescue': False}
    """
    rescue = record.get("active_rescue") in YES or record.get("intervention_type") in RESCUE
    return record if rescue else {name: part for name, part in record.items() if name != "location"}
