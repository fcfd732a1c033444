"""Whether a crisis was kept out of hospital: said a day after it began, from what hospitals told, and taken back by a late word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal

from hub.flow.story import Milestone
from hub.model.plan import Fact
from hub.spans import DAY

# Somebody outside a hospital answered: an episode that began at a hospital's own door was never on its way anywhere else.
_ANSWERED: Final = frozenset({"call", "on scene", "988 contact", "team asked for", "team arrived", "police contact"})
HOSPITALS: Final = frozenset({"HOSP_ED", "HOSP_INPT"})
WORDS: Final = {
    "waits": "Whether it stayed out of hospital is said a day after it began.",
    "diverted": "Diverted: no hospital saw them within a day.",
    "hospital": "Not diverted: a hospital saw them within a day, or they were brought to one.",
}


class Diversion(Fact, frozen=True):
    """How it stands, with the instant (UTC microseconds) from which that holds; `waits` until a day is over.

    `words` say it to a person.
    """

    state: Literal["waits", "diverted", "hospital"]
    at: int
    words: str


def diversion(told: Sequence[Milestone], now: int, kinds: Mapping[str, str]) -> Diversion | None:
    """The mark of an episode at `now` (UTC microseconds), or None where nobody but a hospital told of it.

    `kinds` are the partners by id, each with its kind: an admission counts at a hospital, and a stabilisation centre is none.

    >>> call = Milestone(at=0, what="call", source="C1")
    >>> diversion([call], DAY, {}).state, diversion([call], DAY - 1, {}).state
    ('diverted', 'waits')
    """
    began = min((each.at for each in told if each.what in _ANSWERED), default=None)
    if began is None:
        return None
    until = began + DAY
    seen = min((each.at for each in told if _hospital(each, kinds) and began <= each.at < until), default=None)
    if seen is not None and seen <= now:
        return Diversion(state="hospital", at=seen, words=WORDS["hospital"])
    state: Literal["waits", "diverted"] = "waits" if now < until else "diverted"
    return Diversion(state=state, at=until, words=WORDS[state])


def _hospital(each: Milestone, kinds: Mapping[str, str]) -> bool:
    return each.what in ("ED arrival", "sent to hospital") or (
        each.what == "admitted" and kinds.get(each.source) in HOSPITALS
    )
