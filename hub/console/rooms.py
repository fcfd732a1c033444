"""What the pages of partners' own people need of the hub: one room a kind of work, each asked in the name of who is signed in.

Whatever comes back was decided for that partner now, and projected; the leaf of the look is durable before it comes back.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from hub.access.accounts import Known
from hub.flow.inbox import Answer, Inbound
from hub.flow.paper import Part
from hub.partners import Partner


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
    def papers(self) -> Sequence[tuple[int, str, Sequence[Part], Sequence[tuple[str, str]]]]:
        """Its messages, the newest first: when, from whom, what it says in words, and how to handle it."""
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
