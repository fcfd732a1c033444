"""What one may ask of a hub that runs or rests. It only reads, and shows no value of a message: ids, paths, rules, instants.

`why` and `again` explain and re-derive decisions, `history` tells what became of a message and of an episode, `stuck` what
waits for a person, `day` and `health` how the traffic and the partners do, `disclosed` what went to whom, `proofs` what the
ledger proves. This is the way in to all of them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from consent.engine import RuleSet
from hub import clock
from hub.app.asking import again, day, history, stuck, why
from hub.app.care import glass
from hub.app.disclosures import disclosed
from hub.app.formats import codes
from hub.app.house import Household, household
from hub.app.keeping import proofs
from hub.app.rules import impact
from hub.app.rules.archive import Archive
from hub.app.vault import Vault, opened
from hub.app.watching import health
from hub.errors import KeyUnavailable, Lasting, Misconfigured
from hub.model.entry import LedgerEntry
from hub.settings import Settings
from hub.store.asking.codes import Codes, Unmapped
from hub.store.asking.disclosed import Disclosures
from hub.store.asking.evidence import Evidence
from hub.store.asking.journal import SHORTEST_PREFIX, Journal, Message, Wanted
from hub.store.asking.recalls import Recalls, Standing
from hub.store.asking.sent import Sought
from hub.store.ids import short
from hub.store.reading import Kept
from hub.store.sealing import Sealer
from hub.store.writing.lodged import Lodged
from hub.store.writing.relink import Links
from hub.store.writing.work import Open

_WHOLE: Final = re.compile(r"[0-9a-f]{32}")
_PREFIX: Final = re.compile(rf"[0-9a-f]{{{SHORTEST_PREFIX},32}}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Asks the store of one hub, reading only. A `name` is the beginning of a message's id, or the sender's own id of it."""

    known: Household
    vault: Vault

    def message(self, name: str) -> Message:
        """The message of that name. Raises Lasting when there is none, or more than one."""
        with self.journal() as journal:
            return _found(journal, name, tuple(self.known.senders))

    def why(self, name: str, partner: str = "") -> tuple[why.Why, ...]:
        """Every decision about a message, or the one about a partner, derived again from the facts that were kept."""
        with self._books() as (journal, evidence, _):
            return why.explained(self.known, self.archive, journal, evidence, self._one(journal, name), partner=partner)

    def again(self, name: str, partner: str = "") -> tuple[again.Check, ...]:
        """Read and decide once more, and compare with what was kept."""
        with self.journal() as journal:
            return again.compared(self.known, self.archive, journal, self._one(journal, name), partner)

    def impact(self, new: RuleSet, *, since: int, as_of: int) -> impact.Impact:
        """What another rule set would have made of the decisions since an instant."""
        with self.journal() as journal:
            return impact.impact(self.known, self.archive, journal, new, since=since, as_of=as_of)

    def timeline(self, name: str) -> history.Timeline:
        """What became of a message, step by step, at every partner."""
        with self.journal() as journal:
            return history.timeline(journal, self._one(journal, name))

    def episode(self, name: str) -> history.Episode:
        """The crisis episode that a message belongs to. Raises Lasting when it belongs to none."""
        with self.journal() as journal:
            return history.episode(journal, self._one(journal, name), self.known.county.kinds)

    def crisis(self, episode: str) -> history.Episode:
        """A crisis episode by its id. Raises Lasting where there is none."""
        with self.journal() as journal:
            found = journal.search(Wanted(episode=episode, limit=1)) if _WHOLE.fullmatch(episode) else ()
            if not found:
                raise Lasting("There is no such episode.")
            return history.episode(journal, found[0], self.known.county.kinds)

    def bodies(self, sender: str, last: int) -> list[bytes]:
        """The bytes of a partner's last messages, the newest first, as far as they were not destroyed: for trying a mapping."""
        with self.journal() as journal:
            found = journal.search(Wanted(partner=sender, limit=last))
            return [kept.body for message in found for kept in _kept(journal, message)]

    def glass(self) -> list[tuple[str, glass.Broken]]:
        """Every time the glass was broken, the oldest first."""
        with self.vault.database.read() as connection:
            return glass.uses(Lodged(connection, Sealer(self.vault.keys, self.vault.origin)))

    def recalls(self) -> tuple[Standing, ...]:
        """Every recall as it stands, the newest first."""
        with self.vault.database.read() as connection:
            return tuple(Recalls(connection, self.vault.keys, self.vault.origin).standing())

    def messages(self, wanted: Wanted) -> tuple[Message, ...]:
        """A page of messages, the newest first."""
        with self.journal() as journal:
            return journal.search(wanted)

    def settled(self, found: Sequence[Message]) -> Mapping[str, tuple[int, int]]:
        """By id of each of these messages that goes anywhere: how many of its deliveries are done with, of how many."""
        with self.journal() as journal:
            return journal.settled(found)

    def log(self, sought: Sought) -> disclosed.Found:
        """A page of the log of disclosures, the newest first."""
        return disclosed.disclosed(self.vault, sought)

    def hours(self) -> tuple[day.Hour, ...]:
        """How the traffic flowed since midnight."""
        return day.hours(self.vault, self.known.county.zone)

    def tasks(self, kind: str = "", after: int = 0, but: Collection[str] = ()) -> tuple[Open, ...]:
        """A page of open tasks of a kind, or of every kind but some, the oldest first."""
        return tuple(day.tasks(self.vault, kind=kind, after=after, but=but))

    def partners(self, breakers: Mapping[str, health.Breaker] | None = None) -> tuple[health.Health, ...]:
        """How each partner stands, those first that need somebody; breakers are known where the courier runs."""
        return health.health(self.known, self.vault, breakers or {})

    def needs(self, breakers: Mapping[str, health.Breaker] | None = None) -> tuple[day.Need, ...]:
        """What needs a person now, the oldest first."""
        return self.needing(self.stuck(), self.partners(breakers))

    def needing(self, found: stuck.Stuck, partners: Sequence[health.Health]) -> tuple[day.Need, ...]:
        """The same, where what is stuck and how the partners are is known."""
        return day.needs(found, partners, self.tasks(but=day.COUNTED), day.doubts(self.vault))

    def stuck(self, destination: str = "") -> stuck.Stuck:
        """Messages and deliveries that wait for a person, by cause."""
        return stuck.stuck(self.vault, destination)

    def unmapped(self) -> tuple[Unmapped, ...]:
        """Codes that no table knows, the most frequent first; those that have got their line since are answered."""
        return codes.unanswered(self.known, self._unknown(), clock.now())

    def answered(self) -> tuple[Message, ...]:
        """Parked messages of partners one of whose codes has got its line: they may be read again."""
        partners = codes.answered(self.known, self._unknown(), clock.now())
        with self.journal() as journal:
            return tuple(message for message in stuck.parked(journal) if message.partner in partners)

    def _unknown(self) -> tuple[Unmapped, ...]:
        with self._books() as (_, _, found):
            return found.unmapped()

    def verify_ledger(self) -> proofs.Verified:
        """Re-derive the whole ledger from its leaves. Raises ProofFailed at the first difference."""
        return proofs.verify(self.vault)

    def entry(self, leaf: int) -> LedgerEntry:
        """The facts behind a leaf. Raises KeyUnavailable where they were destroyed, ProofFailed where there is no such leaf."""
        with self._books() as (_, evidence, _):
            return evidence.entry(leaf)

    def checkpoint(self) -> bytes:
        """The newest signed checkpoint; empty when nothing was ever entered."""
        return proofs.checkpoint(self.vault)

    @contextmanager
    def disclosures(self) -> Iterator[Disclosures]:
        """What was disclosed, as of now."""
        self.vault.keys.follow()
        with self.vault.database.read() as connection:
            yield Disclosures(connection, self.vault.keys, self.vault.origin)

    @property
    def archive(self) -> Archive:
        """The rule sets of then."""
        return Archive(Path(self.vault.settings.data) / "rules")

    @contextmanager
    def journal(self) -> Iterator[Journal]:
        """The journal as of now."""
        with self._books() as (journal, _, _):
            yield journal

    @contextmanager
    def links(self) -> Iterator[Links]:
        """Who is held to be who, as of now."""
        self.vault.keys.follow()
        with self.vault.database.read() as connection:
            yield Links(connection, Sealer(self.vault.keys, self.vault.origin))

    @contextmanager
    def _books(self) -> Iterator[tuple[Journal, Evidence, Codes]]:
        """Everything there is to read, as of one moment."""
        keys, origin = self.vault.keys, self.vault.origin
        keys.follow()
        with self.vault.database.read() as connection:
            sealer = Sealer(keys, origin)
            yield Journal(connection, keys, origin), Evidence(connection, sealer), Codes(connection, sealer)

    def _one(self, journal: Journal, name: str) -> Message:
        return _found(journal, name, tuple(self.known.senders))


@contextmanager
def looking(settings: Settings) -> Iterator[Look]:
    """Look at the hub of these settings. Raises Misconfigured when it never ran."""
    with resting(settings) as vault:
        yield Look(known=household(settings, ready=False), vault=vault)


@contextmanager
def resting(settings: Settings) -> Iterator[Vault]:
    """The vault of a hub, to read. Raises Misconfigured when there is nothing to read."""
    with opened(settings, writing=False) as vault:
        folder = vault.database.folder
        if folder and not (folder / "hub.db").is_file():
            cure = "Start it with `crisis-hub serve`, or name the folder of another hub.yaml."
            raise Misconfigured("This hub has never run: there is nothing to look at.", at=settings.data, cure=cure)
        yield vault


def _kept(journal: Journal, message: Message) -> list[Kept]:
    try:
        return journal.kept([message.journal])
    except KeyUnavailable:
        return []


def _found(journal: Journal, name: str, senders: tuple[str, ...]) -> Message:
    found = journal.message(name) if _PREFIX.fullmatch(name) else None
    named = (found,) if found else tuple(m for sender in senders for m in journal.by_message_id(sender, name))
    if not named:
        cure = f"Give {SHORTEST_PREFIX} or more digits of its id; a sender's own id is known for 30 days."
        raise Lasting("There is no such message.", at=name, cure=cure)
    if len(named) > 1:
        ids = ", ".join(f"{short(m.journal)} from {m.partner}" for m in named)
        raise Lasting("Several messages have this id.", at=name, cure=f"Give one of these: {ids}.")
    return named[0]
