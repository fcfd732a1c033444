"""988 contacts that a counsellor types: taken in as bytes of the centre's own format, like any message that a door brings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from hub import clock
from hub.access.accounts import Known as Somebody
from hub.app.workspace.shelf import Seen, Shelves, looked
from hub.app.workspace.writing import DOOR, Keep
from hub.errors import Lasting, StoreUnavailable
from hub.flow.contact_form import contact
from hub.flow.rooms import Contact
from hub.intake import Answer, Arrival
from hub.model.crisis import CrisisContact, MobileCrisisVisit
from hub.spans import DAY, SECOND
from hub.store.asking.shelf import Own
from hub.store.ids import new_id

FORMAT: Final = "lifeline988"
BODIES: Final = ("mobile_crisis_visit",)
RECENT: Final = 2 * DAY
_STEPS: Final = {
    "accepted_at": "team accepted",
    "en_route_at": "team under way",
    "arrived_at": "team there",
    "cleared_at": "team cleared",
}
_json = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Contacts:
    """What a centre records. `taken` hands bytes to the one writer, as a door does, and waits for the commit."""

    shelves: Shelves
    keep: Keep
    taken: Callable[[Arrival], Answer]

    def open_to(self, who: Somebody) -> bool:
        """Whether this partner sends 988 contacts at all."""
        source = self.shelves.partner(who.account.partner).source
        return source is not None and source.format == FORMAT

    def phones(self, who: Somebody) -> tuple[tuple[str, str], ...]:
        """The 911 centres, by name and ten-digit number."""
        partners = self.shelves.known.county.partners.values()
        return tuple((one.name, one.phone) for one in partners if one.kind == "PSAP" and one.id != who.account.partner)

    def recorded(self, who: Somebody) -> tuple[Contact, ...]:
        """Contacts of the last two days, the newest first, and how their teams do. The leaf is durable when this returns."""
        now, partner = clock.now(), self.shelves.partner(who.account.partner)
        seen = self.shelves.seen(partner.id, BODIES, now)
        own = self.shelves.own(partner.id, now - RECENT)
        self.keep(looked(partner, who.actor, seen, "988 contacts", now))
        return tuple(_contacts(own, seen))

    def record(self, who: Somebody, form: Mapping[str, str]) -> str:
        """Take a contact in; its number. Raises Lasting for what is missing, Passing while nothing can be kept."""
        if not self.open_to(who):
            raise Lasting(
                "Your partner file does not say that you send 988 contacts.", cure="Ask whoever runs the hub."
            )
        now, partner = clock.now(), who.account.partner
        journal = new_id()
        number = f"W{journal[4:16].upper()}"
        body = _json(contact(form, number=number, center=partner, at=self._spelled(now)))
        answer = self.taken(Arrival(journal=journal, partner=partner, body=body, door=DOOR, at=now, message_id=number))
        if answer.state == "unavailable":
            raise StoreUnavailable(
                "The hub cannot keep this now. Your entry is still below: send it again, or use the telephone."
            )
        return number

    def _spelled(self, at: int) -> str:
        zone = ZoneInfo(self.shelves.known.county.zone)
        return datetime.fromtimestamp(at // SECOND, UTC).astimezone(zone).isoformat()


def _contacts(own: Iterable[Own], seen: Iterable[Seen]) -> Iterable[Contact]:
    steps = _steps(seen)
    for message in own:
        for event in message.events:
            body = event.body
            if isinstance(body, CrisisContact) and body.contact:
                yield Contact(
                    number=body.contact, at=message.at, team=bool(body.mobile_team_requested),
                    rescue=bool(body.active_rescue), steps=tuple(steps.get(body.contact, {}).items()),
                )  # fmt: skip


def _steps(seen: Iterable[Seen]) -> dict[str, dict[str, int]]:
    """By contact, what its team told, in order."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for one in sorted(seen, key=lambda each: each.due.at):
        for event in one.disclosure.events:
            if isinstance(event.body, MobileCrisisVisit):
                told = {name: at.at for field, name in _STEPS.items() if (at := getattr(event.body, field)) is not None}
                for based in event.body.based_on:
                    found[based.value] |= told
    return found
