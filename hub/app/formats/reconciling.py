"""Each day the hub holds every partner's own export against what it has of that partner, says in words what differs, and tells a person.

Of each partner the newest report is kept; what differs is a task for the records clerk, and an alert that holds until an export
agrees again. An export that did not come is looked for until it does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
import structlog

from hub.access.callers import Origin
from hub.app.asking.look import Look
from hub.app.formats.reconcile import reconcile, words
from hub.app.house import Household
from hub.app.vault import Vault
from hub.courier.prepare import Desk
from hub.doors.reference import References
from hub.errors import HubError, Lasting
from hub.model.commands import Command, Lodge, Note
from hub.model.entry import Kind, LedgerEntry
from hub.model.plan import Fact, Task
from hub.partners import Export, Partner
from hub.settings import Settings
from hub.spans import DAY, SECOND
from hub.store.result import all_kept
from hub.store.sealing import Sealer
from hub.store.writing.lodged import Lodged, Lodging

log = structlog.get_logger(__name__)
EVERY_S: Final = 60.0
KIND: Final = "reconciled"
ROLE: Final = "records clerk"
# A day's records of one department are some megabytes.
_LIMIT: Final = 64 * 1024 * 1024


class Report(Fact, frozen=True):
    """One comparison: of which day, in words, and whether all agreed. `came` is whether there was an export at all."""

    day: str
    agrees: bool
    words: tuple[str, ...]
    came: bool = True


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Report).decode


def newest(look: Look, partner: str) -> Report:
    """The newest report of a partner. Raises Lasting where there is none."""
    with look.vault.database.read() as connection:
        kept = Lodged(connection, Sealer(look.vault.keys, look.vault.origin)).one(KIND, partner)
    if kept is None:
        cure = "Name a file, or write export: into the partner's file and wait for its hour."
        raise Lasting("No export of this partner was compared by the hub itself.", at=partner, cure=cure)
    return _decode(kept.value)


def differing(lodged: Lodged) -> tuple[str, ...]:
    """The partners whose newest export does not agree with what the hub holds, or did not come."""
    return tuple(kept.name for kept in lodged.all(KIND) if not _decode(kept.value).agrees)


@dataclass(slots=True, kw_only=True)
class Reconciling:
    """Looked at once in a while; compares each export once a day, after its hour."""

    known: Household
    vault: Vault
    desk: Desk
    exports: dict[str, Export] = field(init=False)
    references: References = field(init=False)
    settings: Settings

    def __post_init__(self) -> None:
        """Raises Misconfigured where a token is missing."""
        self.exports = dict(_declared(self.known.county.partners.values()))
        fetched = [(name, export) for name, export in self.exports.items() if export.url]
        origins = [
            Origin(partner=name, url=export.url.rpartition("/")[0] + "/", network=export.network, secret=export.secret)
            for name, export in fetched
        ]
        self.references = References(origins, self.settings.secret, limit=_LIMIT, accepts="*/*")

    async def look(self, now: int) -> int:
        """Look once, as of `now` (UTC microseconds); says how many exports were compared."""
        compared = 0
        for partner, export in self.exports.items():
            local = datetime.fromtimestamp(now / SECOND, ZoneInfo(self.known.county.zone))
            last = await asyncio.to_thread(self._last, partner)
            done = _decode(last.value) if last else None
            if f"{local:%H:%M}" < export.at or (done and done.came and done.day == str(local.date())):
                continue
            report = await self._made(partner, export, local, now)
            if report != done:
                all_kept(await self.desk.ask(list(_told(partner, report, last, now))))
                log.info("reconciled", partner=partner, day=report.day, agrees=report.agrees, came=report.came)
                compared += 1
        return compared

    def _last(self, partner: str) -> Lodging | None:
        self.vault.keys.follow()
        with self.vault.database.read() as connection:
            return Lodged(connection, Sealer(self.vault.keys, self.vault.origin)).one(KIND, partner)

    async def _made(self, partner: str, export: Export, local: datetime, now: int) -> Report:
        day = str(local.date())
        try:
            body = await self._fetched(partner, export, local, now)
            since = now - export.days * DAY if export.days else 0
            found = await asyncio.to_thread(reconcile, Look(known=self.known, vault=self.vault), partner, body, since)
        except HubError as problem:
            return Report(day=day, agrees=False, came=False, words=(f"The export of {partner}: {problem.message}",))
        agrees = all(record.standing == "same" for record in found.records)
        return Report(day=day, agrees=agrees, words=tuple(words(found)))

    async def _fetched(self, partner: str, export: Export, local: datetime, now: int) -> bytes:
        if export.path:
            return await asyncio.to_thread(_newest_file, Path(export.path), now)
        url = export.url.replace("{day}", str(local.date() - timedelta(days=1)))
        return await self.references.follow(partner, url.encode())


def _declared(partners: Iterable[Partner]) -> Iterator[tuple[str, Export]]:
    for partner in partners:
        if partner.source and partner.source.export:
            yield partner.id, partner.source.export


def _newest_file(folder: Path, now: int) -> bytes:
    """The newest file of a folder, of the last day. Raises Lasting where there is none."""
    try:
        files = [path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")]
        newest_ = max(files, key=lambda path: path.stat().st_mtime, default=None)
        if newest_ is None or newest_.stat().st_mtime * SECOND < now - DAY:
            raise Lasting("Nothing was put into its folder for a day.")
        if newest_.stat().st_size > _LIMIT:
            raise Lasting(f"The newest file has more than {_LIMIT} bytes.")
        return newest_.read_bytes()
    except OSError as problem:
        raise Lasting(f"Its folder cannot be read ({type(problem).__name__}).") from problem


def _told(partner: str, report: Report, last: Lodging | None, now: int) -> Iterator[Command]:
    """The report is kept, with a leaf; a person is told where it does not agree."""
    outcome = "reconciled: agrees" if report.agrees else f"reconciled: {'differs' if report.came else 'no export'}"
    entry = LedgerEntry(kind=Kind.OUTCOME, at=now, partner=partner, outcome=outcome)
    before = last.version if last else 0
    yield Lodge(kind=KIND, name=partner, at=now, value=_encode(report), before=before)
    short = "; ".join(line.strip().rstrip(".") for line in report.words if not line.startswith("    "))
    task = Task(kind="reconcile", about=partner, words=f"Export of {report.day}: {short}.", role=ROLE)
    yield Note(at=now, entry=entry, tasks=() if report.agrees else (task,))
