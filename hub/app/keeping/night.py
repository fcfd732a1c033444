"""What is done every night while the writer rests between two groups: retention, day keys, used assertions.

INVARIANT: nothing that waits for a person is destroyed, however old it is; and no night destroys more than the oldest month that is
due, so that a clock that was set years ahead is noticed before everything is gone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
import structlog

from hub import clock
from hub.app.keeping import orders
from hub.app.rounds import Round
from hub.intake.desk import Desk
from hub.model.commands import Note
from hub.model.entry import Kind, LedgerEntry
from hub.settings import Retention
from hub.spans import SECOND
from hub.store.seal import DAYS_KEPT, Keystore, Order, Use, drop_days, month_of
from hub.store.seal.names import REF_BYTES, period_of
from hub.store.seal.rewrite import rewrite
from hub.store.writing import prune
from hub.store.writing.writer import Writer

log = structlog.get_logger(__name__)
_AT: Final = time(3)


class Tended(msgspec.Struct, frozen=True, kw_only=True):
    """What one night did: keys destroyed by use, people whose records were spared, commits cleared, day keys dropped."""

    payload_keys: int
    account_keys: int
    spared: int
    cleared: int
    day_keys: int


def due(keys: Keystore, retention: Retention, spared: frozenset[bytes], now: int) -> tuple[Order, ...]:
    """The orders that retention asks for as of `now` (UTC microseconds), each for one month; none where no key is old enough."""
    month = month_of(now)
    wanted = (
        Order(
            why="payload retention",
            uses=frozenset({Use.PAYLOAD}),
            before=month - retention.payload_months,
            spared=spared,
        ),
        Order(
            why="accounting retention",
            uses=frozenset({Use.ACCOUNT}),
            before=month - retention.accounting_months,
            spared=spared,
        ),
    )
    oldest = ((order, min(map(period_of, filter(order.covers, _names(keys))), default=None)) for order in wanted)
    return tuple(replace(order, before=first + 1) for order, first in oldest if first is not None)


def tend(keys: Keystore, writer: Writer, retention: Retention, now: int) -> Tended:
    """One night's work, in the writer's own thread. Run again after a crash, it finishes.

    Backups of the keystore that were made earlier still open what they opened: renew them after a night that destroyed keys.
    """
    before = _month_begins(month_of(now) - retention.payload_months)
    spared = writer.tidy(lambda connection: prune.unresolved(connection, before))
    wanted = due(keys, retention, spared, now)
    gone = {}
    if wanted:
        orders.write(keys.path, wanted, now)
        gone = dict(rewrite(keys, lambda ref, _: any(order.covers(ref) for order in wanted), version=keys.version))
    until = min(
        (_month_begins(each.before) for each in wanted if each.before and Use.PAYLOAD in each.uses), default=before
    )
    cleared = writer.tidy(lambda connection: prune.clear(connection, until, spared))
    writer.tidy(lambda connection: prune.forget_assertions(connection, now))
    day_keys = drop_days(keys, clock.day(now) - DAYS_KEPT)
    made = Tended(
        payload_keys=gone.get(Use.PAYLOAD, 0),
        account_keys=gone.get(Use.ACCOUNT, 0),
        spared=len(spared),
        cleared=cleared,
        day_keys=day_keys,
    )
    if gone:
        writer.commit([_noted(made, now)])
    return made


def nights(desk: Desk, keys: Keystore, writer: Writer, retention: Retention, zone: str) -> Round:
    """Tend every night at three in the county's zone. A night that fails is told, and the next one tries again."""

    async def look(now: int) -> None:
        made = await desk.errand(lambda: tend(keys, writer, retention, now))
        log.info("tended", **msgspec.structs.asdict(made))

    return Round(name="nights", look=look, pace=lambda _: (_next(clock.now(), zone) - clock.now()) / SECOND, waits=True)


def _noted(made: Tended, now: int) -> Note:
    words = (
        f"retention: {made.payload_keys} payload and {made.account_keys} account keys destroyed, {made.spared} spared"
    )
    return Note(at=now, entry=LedgerEntry(kind=Kind.KEY, at=now, actor="the hub", outcome=words))


def _names(keys: Keystore) -> Iterable[bytes]:
    return (names[at : at + REF_BYTES] for names in keys.names() for at in range(0, len(names), REF_BYTES))


def _month_begins(month: int) -> int:
    """The first instant of a month, as `month_of` counts them."""
    return int(datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC).timestamp()) * SECOND


def _next(now: int, zone: str) -> int:
    """The next three o'clock in a zone.

    >>> (_next(1_773_576_000_000_000, "UTC") - 1_773_576_000_000_000) // 3_600_000_000  # from noon
    15
    """
    here = datetime.fromtimestamp(now / SECOND, UTC).astimezone(ZoneInfo(zone))
    day = here.date() + timedelta(days=1 if here.time() >= _AT else 0)
    return int(datetime.combine(day, _AT, ZoneInfo(zone)).timestamp()) * SECOND
