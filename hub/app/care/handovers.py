"""How handovers stand: folded from what contacts, calls and teams said, where it went, and what people noted by hand."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import msgspec

from hub.app.house import Household
from hub.app.vault import Vault
from hub.flow.handed import words as said
from hub.flow.handover import Handover, Word, handovers
from hub.flow.programme import of_call, of_contact, teams
from hub.model.crisis import CrisisContact
from hub.model.event import CrisisEvent
from hub.model.public_safety import CallForService
from hub.partners import Partner
from hub.spans import DAY
from hub.store.asking.crises import Crises, Told
from hub.store.asking.journal import Journal
from hub.store.sealing import Sealer
from hub.store.writing.lodged import Lodged

KIND: Final = "handover"
DOOR: Final = "handover"
REMEMBERED: Final = 14 * DAY
# What is lodged where only that somebody was told is worth keeping.
TOLD: Final = b"told"
# Whose messages tell of handovers, and who is asked by each kind of them.
TELLING: Final = frozenset({"LIFELINE", "PSAP", "MOBILE_CRISIS", "CORESPONDER"})
ASKED: Final[Mapping[str, frozenset[str]]] = {
    "team": frozenset({"MOBILE_CRISIS", "CORESPONDER"}),
    "rescue": frozenset({"PSAP"}),
    "transfer": frozenset({"LIFELINE", "MOBILE_CRISIS", "CORESPONDER"}),
}
_word = msgspec.msgpack.Decoder(Word).decode


def name_of(handover: Handover) -> str:
    """The id under which people speak of a handover: nobody learns a contact's number from it."""
    return hashlib.sha256(f"{handover.kind}/{handover.source}/{handover.number}".encode()).hexdigest()[:12]


@dataclass(slots=True)
class Following:
    """Follows the journal and what is lodged; says how every handover of the last days stands."""

    known: Household
    vault: Vault
    _seen: int = 0
    _words: set[Word] = field(default_factory=set)
    _events: dict[str, tuple[CrisisEvent, ...]] = field(default_factory=dict)

    def stand(self, now: int) -> tuple[tuple[Handover, ...], frozenset[str]]:
        """Every handover as of an instant, and what was done already. A word from the future counts when its time comes."""
        self.vault.keys.follow()
        with self.vault.database.read() as connection:
            sealer = Sealer(self.vault.keys, self.vault.origin)
            lodged = Lodged(connection, sealer).all(KIND)
            journal = Journal(connection, self.vault.keys, self.vault.origin)
            crises, tellers = Crises(connection, sealer), self._tellers()
            # All of it: half a story would have a second team asked for what the first one did.
            while page := crises.told_by(tellers, self._seen, now - REMEMBERED, DOOR):
                for told in page:
                    self._words |= set(self._of(told, journal))
                    self._seen = told.seq
        noted = {_word(each.value) for each in lodged if each.value != TOLD}
        self._words = {word for word in self._words if word.at >= now - REMEMBERED}
        found = handovers(word for word in self._words | noted if word.at <= now)
        return found, frozenset(each.name for each in lodged)

    def order(self, handover: Handover) -> tuple[str, ...]:
        """Who may be asked, the first first: teams by the county's programmes; a rescue goes where its place says, and nowhere else."""
        if handover.kind != "team":
            return ()
        bodies = [event.body for event in self._events.get(handover.journal, ())]
        needs = [of_contact(b, handover.opened_at) for b in bodies if isinstance(b, CrisisContact)]
        needs += [of_call(b, handover.opened_at) for b in bodies if isinstance(b, CallForService)]
        return teams(self.known.county.programmes, needs[0], self.known.county.zone) if needs else ()

    def events(self, journal: str) -> tuple[CrisisEvent, ...]:
        """What the message that asked first said."""
        return self._events.get(journal, ())

    def _tellers(self) -> list[str]:
        return [name for name, partner in self.known.county.partners.items() if partner.kind in TELLING]

    def _of(self, told: Told, journal: Journal) -> Iterator[Word]:
        """The words of a message; whom it asked is whoever it went to."""
        found = [word for event in told.events for word in said(event)]
        asks = [word for word in found if word.what == "asked"]
        yield from (word for word in found if word.what != "asked")
        if not asks:
            return
        self._events[told.journal] = told.events
        went = {each.destination for each in journal.timeline(told.journal)}
        for word in asks:
            for name in self._asked(word, went) or ("",):
                yield msgspec.structs.replace(word, who=name, journal=told.journal)

    def _asked(self, word: Word, went: Iterable[str]) -> tuple[str, ...]:
        kinds = ASKED[word.kind]
        partners = self.known.county.partners
        named = (name for name in sorted(went) if name in partners and partners[name].kind in kinds)
        return tuple(name for name in named if word.kind != "transfer" or _takes_transfers(partners[name]))


def _takes_transfers(partner: Partner) -> bool:
    """Whether it wants calls because they are transferred to it, and not merely to hear of them."""
    return any("call_for_service.transfer_to" in conditions for one in partner.wants for conditions in one.when)
