"""Codes that partners send and no table knows: which still wait for a line, and which messages may run again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from hub.app.house import Household
from hub.errors import HubError
from hub.intake.arrival import Again
from hub.lens.conversions import known
from hub.lens.run import IN_NO_TABLE
from hub.lens.translate import Translator
from hub.store.asking.codes import Unmapped
from hub.store.asking.journal import Message


def unanswered(household: Household, found: Sequence[Unmapped], at: int) -> tuple[Unmapped, ...]:
    """The codes that their sender's tables, as the files are now, still do not know `at` an instant, UTC microseconds."""
    return tuple(one for one in found if not _known(household, one, at))


def answered(household: Household, found: Sequence[Unmapped], at: int) -> frozenset[str]:
    """The partners one of whose codes has got its line."""
    return frozenset(one.partner for one in found if _known(household, one, at))


def _known(household: Household, one: Unmapped, at: int) -> bool:
    sender = household.senders.get(one.partner)
    translator = getattr(sender.adapter, "translator", None) if sender else None
    if not isinstance(translator, Translator) or one.table not in translator.lenses.tables:
        return False
    return known(translator.lenses.tables[one.table].codes(at), one.code) is not None


def waiting(messages: Iterable[Message], read: Callable[[Message], Again]) -> Iterator[Again]:
    """Those parked messages that waited for a code and can be read now. Whatever still stumbles stays where it is."""
    for message in (one for one in messages if IN_NO_TABLE in one.cause):
        try:
            yield read(message)
        except HubError:
            continue  # it waits for another code, or lacks something else: `crisis-hub dead` tells
