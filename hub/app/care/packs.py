"""Makes offline packs, each for one partner, from what the rules let it see now; and enters what was done while the hub was away."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from hub import clock
from hub.app.care.board import Follower, reported
from hub.app.care.card import KINDS, Cards, noted
from hub.app.house import Household
from hub.app.inquiry import Inquiry
from hub.app.vault import Outward, Vault
from hub.courier.prepare import Desk
from hub.errors import Conflict, Lasting, ProofFailed
from hub.flow.card import spelled
from hub.flow.pack import ACTS, Contents, beds, decode_act, encode, listed, teams
from hub.flow.project import Envelope, handling, project
from hub.flow.question import kinds
from hub.flow.recall import HUB
from hub.model.commands import Command, Lodge, Note
from hub.model.decision import Decision
from hub.model.disclosure import Disclosure
from hub.model.entry import Kind, LedgerEntry
from hub.model.event import Body, CrisisEvent
from hub.model.public_safety import CallForService
from hub.partners import Interest, Partner
from hub.spans import DAY, HOUR, MINUTE, SECOND
from hub.store.asking.crises import Crises
from hub.store.asking.journal import Journal
from hub.store.result import all_kept
from hub.store.sealing import Sealer
from hub.store.writing.tip import read_tip
from hub.tlog import pack as packs
from hub.tlog.pack import NONCE, Pack, secret_key, unmarked

LONGEST: Final = 12 * HOUR
# Incidents of so long ago, that nobody has cleared, are still open.
OPEN: Final = 12 * HOUR
KIND: Final = "pack act"
REMEMBERED: Final = 90 * DAY


@dataclass(slots=True, kw_only=True)
class Packer:
    """Looks, decides, writes the leaves, and only then gives the pack away."""

    known: Household
    vault: Vault
    desk: Desk

    async def make(self, name: str, *, lasts: int, actor: str, incidents: Sequence[str] = ()) -> bytes:
        """A pack for a partner, to last so many microseconds, with cards of its open incidents and of those it names.

        Raises Lasting where there is no such partner, or for too long.
        """
        partner, now = self._partner(name), clock.now()
        if not MINUTE <= lasts <= LONGEST:
            raise Lasting("A pack lasts between a minute and twelve hours.", at=name)
        if not self.known.house.in_force(partner, now):
            raise Lasting("There is no agreement in force with this partner.", at=name)
        number = secrets.token_hex(8)
        contents, commands, until = await asyncio.to_thread(self._contents, partner, number, now + lasts, incidents)
        entry = LedgerEntry(
            kind=Kind.EXPORT,
            at=now,
            partner=name,
            agreement=partner.agreement.id,
            actor=actor,
            outcome=f"offline pack {number}",
        )
        all_kept(await self.desk.ask([*commands, Note(at=now, entry=entry)]))
        made = Pack(
            partner=name,
            number=number,
            made_at=now,
            until=until,
            checkpoint=self._checkpoint(),
            contents=encode(contents),
        )
        key = secret_key(self.secret(name))
        return packs.sealed(made, key=key, signer=self.vault.signer, nonce=secrets.token_bytes(NONCE))

    def secret(self, name: str) -> str:
        """What opens the packs of a partner: 24 signs, handed over once, in person."""
        self._partner(name)
        return Outward(self.vault.keys, [name]).pack(name)

    async def reconcile(self, name: str, queue: bytes, *, actor: str) -> tuple[int, int, tuple[str, ...]]:
        """Enter what was done offline, each act once and marked late: says how many are new, how many known, and what was refused."""
        key, now = secret_key(self.secret(name)), clock.now()
        commands, refused = [], []
        for number, line in enumerate(filter(None, queue.split(b"\n")), 1):
            try:
                commands.append(_entered(name, unmarked(line, key), now, actor))
            except (ProofFailed, msgspec.MsgspecError, Lasting) as wrong:
                refused.append(f"line {number}: {wrong if isinstance(wrong, Lasting) else 'it is no act of a pack.'}")
        known = 0
        for result in await self.desk.ask(commands) if commands else ():
            if isinstance(result.error, Conflict):
                known += 1
            elif result.error is not None:
                raise result.error
        return len(commands) - known, known, tuple(refused)

    def _partner(self, name: str) -> Partner:
        partner = self.known.county.partners.get(name)
        if partner is None:
            raise Lasting("There is no such partner.", at=name)
        return partner

    def _checkpoint(self) -> str:
        """The ledger as it stood: whoever read offline can prove later that nothing was changed since."""
        with self.vault.database.read() as connection:
            frontier = read_tip(connection).frontier
        return f"{self.vault.origin} {frontier.size} {frontier.root.hex()}"

    def _contents(
        self, partner: Partner, number: str, until: int, named: Sequence[str]
    ) -> tuple[Contents, list[Command], int]:
        """What goes in, the leaves of its cards, and until when: no longer than what was decided stands."""
        now, rows = clock.now(), Follower(self.vault)
        counted: list[tuple[Body, str]] = [
            (reported(row), rows.sender(row.facility)) for row in rows.rows(now, always=True)
        ]
        everybody = self.known.county.partners.values()
        services: list[tuple[Body, str]] = [(listed(one, everybody), HUB) for one in self.known.county.programmes]
        cards, commands, ends = self._cards(partner, number, now, named) if partner.kind in KINDS else ({}, [], until)
        contents = Contents(
            beds=beds(list(self._shown(counted, partner, now))),
            teams=teams(list(self._shown(services, partner, now))),
            cards=cards,
        )
        return contents, commands, min(until, ends)

    def _shown(self, said: Iterable[tuple[Body, str]], partner: Partner, now: int) -> Iterator[Disclosure]:
        """What is left of each body for this partner, by the purpose of its agreement that lets most through."""
        for body, source in said:
            event = CrisisEvent(id="pack", body=body, source=source, recorded_at=now)
            labels = self.known.house.label((event,), source, ())
            best = max(self._decisions(event, partner, now), key=lambda d: d.granted[0].bit_count(), default=None)
            if best is not None and best.permits:
                yield project((event,), best, handling(labels, best), (Envelope(id="pack", source=""),))

    def _decisions(self, event: CrisisEvent, partner: Partner, now: int) -> Iterator[Decision]:
        house = self.known.house
        labels, bodies = house.label((event,), event.source, ()), kinds((event,))
        for purpose in partner.agreement.purposes:
            inquiry = Inquiry(asker=partner, interest=Interest(id="pack", bodies=bodies, purpose=purpose), at=now)
            asked = inquiry.about(self.known, event.source, (event,), labels)
            yield house.decide(asked, partner, labels, bodies, now)

    def _cards(
        self, partner: Partner, number: str, now: int, named: Sequence[str]
    ) -> tuple[dict[str, dict[str, Any]], list[Command], int]:
        """A card for each open incident, empty ones too, in one shape; and the first instant at which one of them would change."""
        cards = Cards(known=self.known, vault=self.vault, desk=self.desk)
        found: dict[str, dict[str, Any]] = {}
        commands: list[Command] = []
        ends = now + LONGEST
        for incident in sorted({*named, *self._incidents(partner, now)}):
            shown, card = cards.look(partner, incident, None, now)
            found[incident] = msgspec.json.decode(spelled(card))
            commands.append(noted(partner, shown, None, now, where=f"approach card in offline pack {number}"))
            ends = min([ends, *(one.decision.valid_until for one in shown if one.decision.valid_until)])
        return found, commands, ends

    def _incidents(self, partner: Partner, now: int) -> Iterator[str]:
        """The partner's own incidents: it told of them or was told, and nobody has cleared them."""
        centres = [name for name, one in self.known.county.partners.items() if one.kind == "PSAP"]
        calls: dict[str, tuple[str, str, CallForService]] = {}
        with self.vault.database.read() as connection:
            sealer = Sealer(self.vault.keys, self.vault.origin)
            journal = Journal(connection, self.vault.keys, self.vault.origin)
            crises, seen = Crises(connection, sealer), 0
            while page := crises.told_by(centres, seen, now - OPEN, ""):
                for told in page:
                    said = ((e.source, e.body) for e in told.events if isinstance(e.body, CallForService))
                    calls |= {call.incident: (told.journal, source, call) for source, call in said if call.incident}
                seen = page[-1].seq
            for incident, (name, source, call) in calls.items():
                went = {source, *(each.destination for each in journal.timeline(name))}
                if call.cleared_at is None and partner.id in went:
                    yield incident


def _entered(partner: str, line: bytes, now: int, actor: str) -> Lodge:
    """The command that enters one act. Its time is what that machine's clock said, and how late it is stands beside."""
    act = decode_act(line)
    if act.what not in ACTS or not act.who.strip() or act.at > now:
        raise Lasting("it names no act of the list, nobody, or a time to come.")
    # What was entered is known for so long: an older line may be one that is entered again.
    if act.at <= now - REMEMBERED:
        raise Lasting(f"it is older than {REMEMBERED // DAY} days, and may have been entered before.")
    late = (now - act.at) // MINUTE
    then = datetime.fromtimestamp(act.at / SECOND, UTC).isoformat(timespec="seconds")
    words = f"offline, pack {act.pack}: {act.what} at {then}, late by {late} minutes, entered by {actor}"
    entry = LedgerEntry(kind=Kind.VIEW, at=now, partner=partner, actor=act.who, outcome=words)
    return Lodge(
        kind=KIND, name=hashlib.sha256(line).hexdigest()[:32], at=now, value=line, until=now + REMEMBERED, entry=entry
    )
