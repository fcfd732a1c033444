"""What the pages of partners' own people need of the hub: one room a kind of work, each asked in the name of who is signed in.

Whatever comes back was decided for that partner now, and projected; the leaf of the look is durable before it comes back.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from hub.access.accounts import Known
from hub.flow.capacity.board import Setting
from hub.flow.card import Card
from hub.flow.inbox import Answer, Inbound
from hub.flow.paper import Part
from hub.flow.proposed import Proposed
from hub.flow.rooms import AskedBack, Beds, Call, Contact, Question, Record, Search, Searches, Team
from hub.partners import Partner

# A message in words: when, from whom, what it says, and how to handle it.
Paper = tuple[int, str, Sequence[Part], Sequence[tuple[str, str]]]


class Referrals(Protocol):
    """What was referred to a partner."""

    def listed(self, who: Known) -> tuple[Sequence[Inbound], int]:
        """Its referrals, those that are due first, without anybody's name; and since when they are all there, 0 for always."""
        ...

    def opened(self, who: Known, name: str, *, sheet: bool = False) -> Opened:
        """One referral with all that the partner may see. Raises Lasting where it has no such referral."""
        ...

    def course(self, who: Known, name: str, after: str = "") -> Opened:
        """A page of the crisis that it belongs to, behind a message of it, as far as the partner may know it now.

        Raises Lasting where it has no such referral.
        """
        ...

    def answer(self, who: Known, name: str, version: str, answer: Answer) -> None:
        """Answer it as it stood in that version. Raises Conflict where it changed meanwhile, Lasting for what is missing."""
        ...


class Opened(Protocol):
    """A referral that was opened."""

    @property
    def one(self) -> Inbound:
        """How it stands, and what may be answered."""
        ...

    @property
    def papers(self) -> Sequence[Paper]:
        """Its messages, the newest first: when, from whom, what it says in words, and how to handle it."""
        ...

    @property
    def further(self) -> str:
        """Behind which message the next page of it goes on; empty where this is the end."""
        ...


class Placements(Protocol):
    """What a partner is asked before anybody is named, and what it asks."""

    def listed(self, who: Known) -> Searches:
        """Questions and searches, open ones first."""
        ...

    def opened(self, who: Known, name: str) -> tuple[Question | Search, Sequence[Paper]]:
        """One of them, with the record where this partner was chosen. Raises Lasting where there is none of that name."""
        ...

    def answer(
        self, who: Known, name: str, act: str, *, clinician: str = "", reason: str = "", facility: str = ""
    ) -> None:
        """Offer, decline or choose. Raises Conflict where it is too late, Lasting for what is missing."""
        ...


class Wards(Protocol):
    """A partner's beds, and where others say that there is room."""

    def listed(self, who: Known) -> Beds:
        """All of them."""
        ...

    def set(self, who: Known, unit: str, version: int, given: Setting) -> None:
        """Set a unit as it stood in that version, 0 for a new one. Raises Conflict or Lasting."""
        ...


class Contacts(Protocol):
    """What a 988 centre records."""

    def open_to(self, who: Known) -> bool:
        """Whether this partner records 988 contacts here at all."""
        ...

    def phones(self, who: Known) -> Sequence[tuple[str, str]]:
        """Whom to telephone when a rescue is not answered: name and ten-digit number."""
        ...

    def recorded(self, who: Known) -> Sequence[Contact]:
        """Contacts of the last two days, the newest first."""
        ...

    def record(self, who: Known, form: Mapping[str, str]) -> str:
        """Take a contact in like any message; its number. Raises Lasting for what is missing, Passing while nothing can be kept."""
        ...


class Scenes(Protocol):
    """What dispatchers and responders ask for."""

    def may_ask(self, who: Known) -> bool:
        """Whether this partner sends anybody to a scene."""
        ...

    def calls(self, who: Known) -> Sequence[Call]:
        """The calls that the partner was told of, the newest first."""
        ...

    def teams(self, who: Known) -> Sequence[Team]:
        """Units as the partner was told of them in the last day, by their own events."""
        ...

    def proposals(self, who: Known, incidents: Collection[str]) -> Mapping[str, Proposed]:
        """The units that are proposed for each of these, or why none is; nothing for whoever sends nobody to a scene."""
        ...

    def begin(self, who: Known, incident: str, *, basis: str, judged_by: str) -> str:
        """A pass for the card of an incident; `basis` and `judged_by` report an imminent threat. Raises Lasting for what is missing."""
        ...

    def card(self, who: Known, name: str) -> Card:
        """The card of a pass: empty where the pass is over, somebody else's or none. The leaf is durable when this returns."""
        ...

    def call_me(self, who: Known, name: str, phone: str) -> None:
        """Ask a clinician to call. Raises Lasting without a number."""
        ...


class Entry(Protocol):
    """An entry for a partner's own records, opened."""

    @property
    def one(self) -> Record:
        """How it stands."""
        ...

    @property
    def papers(self) -> Sequence[Paper]:
        """What it says."""
        ...

    @property
    def changes(self) -> Sequence[tuple[str, str, str]]:
        """What reads otherwise than the version that was approved before: name, before, now."""
        ...


class Compared(Protocol):
    """A record's newest version beside the last one that was approved."""

    @property
    def newest(self) -> Record:
        """As the hub has it."""
        ...

    @property
    def approved(self) -> Record | None:
        """As it went into the partner's own system; None before."""
        ...

    @property
    def changes(self) -> Sequence[tuple[str, str, str]]:
        """What reads otherwise since: name, before, now."""
        ...


class Records(Protocol):
    """A records clerk's queue."""

    def listed(self, who: Known) -> Sequence[Record]:
        """What waits, then what was settled."""
        ...

    def opened(self, who: Known, name: str) -> Entry:
        """One entry. Raises Lasting where there is none of that name."""
        ...

    def differences(self, who: Known) -> Sequence[Compared]:
        """Of each record the newest version here beside the last one that was approved."""
        ...

    def settle(self, who: Known, name: str, act: str, *, reason: str = "", number: str = "") -> None:
        """Settle it. Raises Conflict where a colleague was faster, Lasting for what is missing."""
        ...


class Recalls(Protocol):
    """What a partner is asked to stop relying on."""

    def listed(self, who: Known) -> Sequence[AskedBack]:
        """Open ones first."""
        ...

    def done(self, who: Known, name: str) -> None:
        """Somebody's word that they stopped. Raises Lasting where no such recall is open."""
        ...


class Workspace(Protocol):
    """The rooms."""

    def partner(self, who: Known) -> Partner:
        """Whose people they are."""
        ...

    @property
    def referrals(self) -> Referrals:
        """Referrals."""
        ...

    @property
    def placements(self) -> Placements:
        """Placements."""
        ...

    @property
    def recalls(self) -> Recalls:
        """Recalls."""
        ...

    @property
    def records(self) -> Records:
        """Records."""
        ...

    @property
    def scenes(self) -> Scenes:
        """Calls and cards."""
        ...

    @property
    def contacts(self) -> Contacts:
        """988 contacts."""
        ...

    @property
    def beds(self) -> Wards:
        """Beds."""
        ...
