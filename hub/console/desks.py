"""What pages need of the hub where somebody brings something in or answers it: consents on paper, codes, keys. Everything here blocks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from hub.flow.capture import Form
from hub.model.values import Identifier
from hub.store.asking.codes import Unmapped

# A value of the hub's reading rooms: a page hands it to its template as it is.
Told = Any


class Papers(Protocol):
    """Consents, refusals and orders on paper; acts raise HubError where they may not be."""

    def draft(self, form: Form) -> Told:
        """What a form says before it is filed: what is wrong with it, and the elements it must have."""
        ...

    def check(self, form: Form, number: Identifier, source: str) -> None:
        """Make sure that it is about one person who is known here. Raises Lasting where it is not."""
        ...

    def file(self, form: Form, number: Identifier, source: str, *, actor: str) -> Sequence[str]:
        """File it, with a leaf; what is wrong with it, in words."""
        ...

    def relying(self, identities: Sequence[str], message: str) -> Told:
        """Who was told something by the consent that a message brought. Raises Lasting where it does not hold any more."""
        ...

    def take_back(self, identities: Sequence[str], message: str, *, actor: str) -> None:
        """It holds no more from now on."""
        ...


class Coding(Protocol):
    """Codes that no table knows."""

    def unmapped(self) -> Sequence[tuple[str, Unmapped]]:
        """All of them, the most frequent first, each by its name in an address."""
        ...

    def asked(self, name: str) -> Told:
        """One of them, with what it can mean. Raises Lasting where it was answered."""
        ...

    def answer(self, name: str, meaning: str, *, actor: str, reason: str) -> int:
        """Give it its line; says how many messages ran again. Raises HubError where that may not be."""
        ...
