"""Mobile crisis requests and encounters as JSON: our own published schema."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from adapters.wire.own_json import OwnJson, View, guarded, listed
from hub.model.crisis import CrisisContact
from hub.model.event import CrisisEvent

LISTS: Final = ("capacity", "diversion")
# What a message holds beside the encounter itself.
APART: Final = frozenset(
    (
        "schema",
        "message_id",
        "sent_at",
        "handling",
        "person",
        "anonymous",
        "approach",
        "legal_hold",
        "bed_request",
        *LISTS,
    )
)


class MobileCrisis(OwnJson):
    """One team's requests and encounters. The encounter is the message itself; lenses see it as the one item of `visit`."""

    name = "mobile_crisis"
    kind = "mobile-crisis"
    lenses = "lifeline988/mobile_crisis.yaml"
    fields = "lifeline988/field_list_mct"
    schema = "crisis-hub/mobile-crisis/1"
    any_of = (
        "encounter_id",
        "source_contact_ref",
        "request_source",
        "status",
        "approach",
        "bed_request",
        "capacity",
        "diversion",
    )
    marks = (b'"encounter_id"',)
    lists = LISTS
    numbers = ("encounter_id", "source_contact_ref")

    @staticmethod
    def shown(record: View) -> View:
        """The encounter as an item of its own."""
        record = guarded(record)
        apart = {name: part for name, part in record.items() if name in APART}
        return listed(apart, LISTS) | {"visit": [{name: part for name, part in record.items() if name not in APART}]}

    def told(self, events: Sequence[CrisisEvent]) -> Sequence[CrisisEvent]:
        """A contact names one place to go to: where the person wants to be met, else, where it is a rescue, where they are."""
        return [_met(event) for event in events]

    def written(self, record: View) -> View:
        """The encounter as the message itself. A second one has no place here."""
        visits = record.pop("visit", None)
        return {**visits[0], **record} if visits else record


def _met(event: CrisisEvent) -> CrisisEvent:
    body = event.body
    if not isinstance(body, CrisisContact) or (body.meeting_point is None and body.active_rescue is not False):
        return event
    return msgspec.structs.replace(event, body=msgspec.structs.replace(body, place=None))
