"""A Disclosure is the only thing that may leave the hub, and `hub.flow.project` is its only maker.

INVARIANT: the maker is handed out once per process, to `hub.flow.project`, when that module is first imported.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, final

from hub.errors import NotAllowed
from hub.model.decision import Decision
from hub.model.event import CrisisEvent
from hub.model.label import Handling

_KEY: Final = object()


@final
class Disclosure:
    """Events narrowed to what one partner may see, with the decision that narrowed them and the labels that travel along."""

    __slots__ = ("decision", "events", "handling", "partner")

    events: tuple[CrisisEvent, ...]
    decision: Decision
    handling: Handling
    partner: str

    def __init__(self, key: object, events: tuple[CrisisEvent, ...], decision: Decision, handling: Handling) -> None:
        """Only the holder of the key gets this far."""
        if key is not _KEY:
            raise NotAllowed("only project makes a Disclosure.")
        set_ = object.__setattr__
        set_(self, "events", events)
        set_(self, "decision", decision)
        set_(self, "handling", handling)
        set_(self, "partner", decision.partner)

    def __setattr__(self, name: str, value: object) -> None:
        """Nothing is changed after the decision."""
        raise NotAllowed("a Disclosure is never changed.")

    def __reduce__(self) -> str:
        """Nothing that carries a promise is stored: only what re-derives it."""
        raise NotAllowed("a Disclosure is never stored.")

    def __repr__(self) -> str:
        """Without values: reprs end up in logs."""
        return f"<Disclosure of {len(self.events)} events to {self.partner}>"


Maker = Callable[[tuple[CrisisEvent, ...], Decision, Handling], Disclosure]
_makers: list[Maker] = [lambda events, decision, handling: Disclosure(_KEY, events, decision, handling)]


def maker() -> Maker:
    """The one maker, once: a second asker is refused."""
    if not _makers:
        raise NotAllowed("the maker of Disclosures was handed out already.")
    return _makers.pop()
