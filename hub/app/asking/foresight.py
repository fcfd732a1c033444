"""What a release of many would do, looked at before anybody does it: read again or decided again as of now, and nothing kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

import msgspec

from hub import clock
from hub.app.acts import replay
from hub.app.asking.look import Look
from hub.app.asking.stuck import Cause
from hub.app.house import household
from hub.app.vault import Outward
from hub.courier.prepare import Preparer
from hub.errors import HubError
from hub.store.asking.outbox import Outbox

# So many are looked at; of more, the first of them speak for the rest.
LOOKED: Final = 200


class Foreseen(msgspec.Struct, frozen=True, kw_only=True):
    """Of `looked` messages: how many would go on, how many would be withheld now, and what stands in the way of others, by words.

    `purposes` are those for which something would go.
    """

    looked: int
    would: int
    withheld: int
    wrong: tuple[tuple[str, int], ...]
    purposes: tuple[tuple[str, int], ...] = ()


def foreseen(look: Look, cause: Cause, names: Sequence[str]) -> Foreseen:
    """What a release of these messages of a cause would do now, with the files as they are on disk."""
    fresh = Look(known=household(look.vault.settings, ready=False), vault=look.vault)
    return (_read if cause.step == "read" else _sent)(fresh, cause, names[:LOOKED])


def _read(look: Look, _: Cause, names: Sequence[str]) -> Foreseen:
    wrong: Counter[str] = Counter()
    for name in names:
        try:
            replay.again(look, look.message(name), replay.Order(actor="", reason=""))
        except HubError as problem:
            wrong[problem.message] += 1
    return Foreseen(looked=len(names), would=len(names) - wrong.total(), withheld=0, wrong=tuple(wrong.most_common()))


def _sent(look: Look, cause: Cause, names: Sequence[str]) -> Foreseen:
    known, vault, now = look.known, look.vault, clock.now()
    partner = known.county.partners[cause.partner]
    outbox = Outbox(vault.database, vault.keys, vault.origin)
    names_out = Outward(vault.keys, known.county.partners)
    preparer = Preparer(
        house=known.house,
        adapters=known.writers,
        names=names_out,
        allowed=outbox.allowed,
        since=outbox.since,
        zone=known.county.zone,
    )
    rows = outbox.parked(partner.id, names)
    wrong = Counter(row.lost for row in rows if row.lost)
    decided = [
        preparer.decide(partner, row, known.house.label(row.events, row.source, row.inherited), now)
        for row in rows
        if not row.lost
    ]
    goes = Counter(one.purpose for one in decided if one.permits)
    return Foreseen(
        looked=len(rows),
        would=goes.total(),
        withheld=len(decided) - goes.total(),
        wrong=tuple(wrong.most_common()),
        purposes=tuple(goes.most_common()),
    )
