"""What a hub must not keep, whoever sent it: employees' own wellness, and criminal history where the CJI profile is not met.

29 CFR 1630.14(c); 28 CFR 20.3 and 20.33, CJIS Security Policy. It is refused before anything of it is stored.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from hub.errors import Unreadable
from hub.model.category import Category
from hub.model.event import CrisisEvent
from hub.model.registry import BODIES, FIELDS

_WELLNESS: Final = (
    "An employee's own wellness is kept by nobody but the employer's clinician: nothing of this was kept."
)
_HISTORY: Final = (
    "Criminal history is kept only where the CJI profile is met, which it is not here: nothing of this was kept."
)
_WORDS: Final = {Category.WELLNESS: _WELLNESS, Category.CHRI: _HISTORY}
_CURE: Final = "Send the record without it."


def _table() -> dict[type, dict[str, Category]]:
    """The fields to look at, by kind of body: few bodies have any."""
    found: dict[type, dict[str, Category]] = defaultdict(dict)
    for field in FIELDS:
        if field.category in _WORDS:
            root, _, rest = field.path.partition(".")
            found[BODIES[root]][rest.partition(".")[0]] = field.category
    return dict(found)


_FIELDS: Final = _table()


def unkeepable(events: Iterable[CrisisEvent], *, history: bool) -> Unreadable | None:
    """Why a message with these events must not be kept, or None. `history`: criminal history may be.

    >>> unkeepable([], history=False) is None
    True
    """
    for event in events:
        for name, category in _FIELDS.get(type(event.body), {}).items():
            if getattr(event.body, name) and not (history and category is Category.CHRI):
                return Unreadable(_WORDS[category], at=f"{name}", cure=_CURE)
    return None
