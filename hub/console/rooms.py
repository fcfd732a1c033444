"""What the pages of partners' own people need of the hub: one room a kind of work, each asked in the name of who is signed in.

Whatever comes back was decided for that partner now, and projected; the leaf of the look is durable before it comes back.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from hub.access.accounts import Known
from hub.flow.capacity.board import Setting
from hub.flow.inbox import Answer, Inbound
from hub.flow.paper import Part
from hub.flow.rooms import Beds, Question, Search, Searches
from hub.partners import Partner

# A message in words: when, from whom, what it says, and how to handle it.
Paper = tuple[int, str, Sequence[Part], Sequence[tuple[str, str]]]


class Referrals(Protocol):
    """What was referred to a partner."""

    def listed(self, who: Known) -> Sequence[Inbound]:
        """Its referrals, those that are due first, without anybody's name."""
        ...

    def opened(self, who: Known, name: str, *, sheet: bool = False) -> Opened:
        """One referral with all that the partner may see. Raises Lasting where it has no such referral."""
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
    def beds(self) -> Wards:
        """Beds."""
        ...
