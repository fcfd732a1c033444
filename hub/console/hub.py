"""What the console needs of the hub, and nothing else: the reading rooms that the commands use, the one writer, the courier's breakers.

The app hands it in. A page cannot reach the store or a message by any other way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from consent.engine import RuleSet
from hub.access.accounts import Known
from hub.access.provider import Provider
from hub.access.registry import Registry
from hub.access.session import Terms
from hub.console.desks import Coding, Papers
from hub.console.rooms import Workspace
from hub.model.commands import Command
from hub.partners import County
from hub.store.asking.journal import Message, Wanted
from hub.store.asking.sent import Sought
from hub.store.result import Result
from hub.store.writing.work import Open

# A value of the hub's reading rooms (`hub.app.asking.look` and what it leads to): a page hands it to its template as it is.
Told = Any


class Reviews(Protocol):
    """What people of a hub judge and follow up; each act has its leaf, and raises HubError where it may not be."""

    def task(self, number: int) -> Open:
        """An open task. Raises Lasting where there is none."""
        ...

    def tend(self, number: int, *, actor: str, words: str) -> None:
        """Somebody saw to a task, and says how."""
        ...

    def doubt(self, number: int) -> Told:
        """The records of a doubtful link, side by side."""
        ...

    def answer(self, number: int, other: str, answer: str, *, actor: str, reason: str) -> None:
        """Somebody's word on a doubtful link: same, different or unsure."""
        ...

    def held(self, name: str) -> Told:
        """Who the person of a message is held to be."""
        ...

    def radius(self, name: str) -> Sequence[Told]:
        """Who received what only because the person of a message is held to be one with others."""
        ...

    def unmerge(self, name: str, *, actor: str, reason: str) -> Sequence[Told]:
        """Take a wrong link back; says who received what because of it."""
        ...

    def recalls(self) -> Sequence[Told]:
        """Every recall as it stands, the newest first."""
        ...

    def attest(self, journal: str, partner: str, *, actor: str) -> None:
        """A partner stopped relying on a message, as somebody says."""
        ...

    def emergencies(self) -> Sequence[tuple[str, Told]]:
        """Every time the glass was broken, by name, the oldest first."""
        ...

    def judge_emergency(self, name: str, *, actor: str, known_as: str, verdict: str, words: str) -> None:
        """Somebody's judgement of one emergency; `known_as` is how people call them."""
        ...

    def alarms(self) -> Sequence[Told]:
        """What is alarmed and what cleared, the newest first."""
        ...

    def take(self, name: str, who: Known) -> None:
        """Somebody takes an alert on for a shift. Raises Lasting where it is not open any more."""
        ...


class Governance(Protocol):
    """How rules and configuration change; acts raise HubError where they may not be."""

    def steps(self) -> Sequence[Told]:
        """Every step by which rules came into force, the newest first."""
        ...

    def candidates(self) -> Sequence[Told]:
        """Every rule set that this hub knows."""
        ...

    def compared(self, name: str) -> Told:
        """A rule set beside the one in force. Raises Lasting where there is none of that hash."""
        ...

    def impact(self, name: str, days: int) -> Told:
        """What it would have made of the newest decisions of the last days."""
        ...

    def proposals(self) -> Sequence[Told]:
        """What waits for the word of a second person."""
        ...

    def propose(self, name: str, *, who: Known, since: int, reason: str) -> None:
        """Propose a rule set."""
        ...

    def approve(self, name: str, *, who: Known) -> Told:
        """The word of the second person: it comes into force."""
        ...

    def send_back(self, name: str, *, actor: str, reason: str) -> None:
        """Take a proposal away."""
        ...

    def roll_back(self, *, actor: str, reason: str) -> Told:
        """Take the last step back."""
        ...

    def changes(self) -> Sequence[Told]:
        """What changed in the configuration, the newest first."""
        ...

    def differences(self, number: int) -> Sequence[Told]:
        """What one change changed."""
        ...


class Jobs(Protocol):
    """Releases of many, at a pace."""

    def all(self) -> Sequence[tuple[str, Told]]:
        """Every job of the last thirty days by name, the newest first."""
        ...

    def one(self, name: str) -> Told:
        """One job. Raises Lasting where there is none."""
        ...

    def begin(self, cause: Told, names: Sequence[str], *, actor: str, reason: str, end: bool, a_second: int) -> str:
        """Begin to release messages of a cause; says the job's name."""
        ...

    def cancel(self, name: str, *, actor: str) -> None:
        """End a job before its end."""
        ...


class Hub(Protocol):
    """The hub behind the pages. Everything here blocks: pages run in threads of their own."""

    @property
    def county(self) -> County:
        """Whose hub it is, and its partners."""
        ...

    @property
    def rules(self) -> RuleSet:
        """The rules in force, of all times."""
        ...

    @property
    def people(self) -> Registry:
        """Who has access, and who is here."""
        ...

    @property
    def terms(self) -> Terms:
        """How long sessions hold."""
        ...

    @property
    def provider(self) -> Provider | None:
        """The identity provider, where there is one."""
        ...

    @property
    def passwords(self) -> bool:
        """Whether anybody signs in with a password kept here."""
        ...

    @property
    def ledger_key(self) -> str:
        """The public key that checkpoints are checked with."""
        ...

    @property
    def reviews(self) -> Reviews:
        """What people judge and follow up."""
        ...

    @property
    def governance(self) -> Governance:
        """How rules and configuration change."""
        ...

    @property
    def jobs(self) -> Jobs:
        """Releases of many, at a pace."""
        ...

    @property
    def papers(self) -> Papers:
        """Consents on paper."""
        ...

    def pulse(self) -> int:
        """A number that is another one whenever something was committed; -1 when the hub ends."""
        ...

    def board(self) -> Sequence[Told]:
        """The beds as they are now, unit by unit; nothing where nobody ever opened one."""
        ...

    def ask(self, commands: Sequence[Command]) -> Sequence[Result]:
        """Have the one writer commit these."""
        ...

    @property
    def workspace(self) -> Workspace:
        """What partners' own people see and do."""
        ...

    def needs(self, partners: Sequence[Told]) -> Sequence[Told]:
        """What needs a person now, the oldest first; `partners` is how they stand, as `partners()` says."""
        ...

    def hours(self) -> Sequence[Told]:
        """The hours of today."""
        ...

    def partners(self) -> Sequence[Told]:
        """How each partner stands."""
        ...

    def hold(self, partner: str, *, actor: str, reason: str, until: int) -> None:
        """Hold what goes to a partner until an instant. Raises Lasting for a time that is no such time."""
        ...

    def let_go(self, partner: str, *, actor: str) -> None:
        """Let it go on. Raises Conflict where it is not held."""
        ...

    def messages(self, wanted: Wanted) -> Sequence[Message]:
        """A page of messages."""
        ...

    def settled(self, found: Sequence[Message]) -> Mapping[str, tuple[int, int]]:
        """By id of each of these messages that goes anywhere: how many of its deliveries are done with, of how many."""
        ...

    def progress(self, name: str) -> Told:
        """How far a message is: at each partner it goes to, and what became of its elements in five counts."""
        ...

    def message(self, name: str) -> Message:
        """One message. Raises Lasting when there is none."""
        ...

    def timeline(self, name: str) -> Told:
        """Its steps."""
        ...

    def episode(self, name: str) -> Told:
        """The crisis episode it belongs to. Raises Lasting where there is none."""
        ...

    def shown(self, name: str, role: str) -> Sequence[tuple[str, Sequence[tuple[str, str]]]]:
        """What a message says as far as a role may see it: events, each with paths and values. Its leaf must be durable before."""
        ...

    def why(self, name: str, partner: str = "") -> Sequence[Told]:
        """Why each partner got what it got."""
        ...

    def again(self, name: str, partner: str = "") -> Sequence[Told]:
        """Decide once more, and compare."""
        ...

    def stuck(self) -> Told:
        """What waits for a person."""
        ...

    def put_right(
        self, names: Sequence[str], *, actor: str, reason: str, destination: str, end: bool
    ) -> Sequence[tuple[str, str]]:
        """Read again, send again or end what is parked of messages; with each what stood in the way, or nothing."""
        ...

    def foreseen(self, cause: Told) -> Told:
        """What a release of the messages of a cause would do now: how many would go on, be withheld, or still not."""
        ...

    def disclosures(self, sought: Sought) -> Told:
        """A page of the log of disclosures."""
        ...

    def identities(self, name: str, identifier: tuple[str, str, str] | None) -> Sequence[str]:
        """Every source identity of one person, by a message about them or by (type, assigner, value). Raises Lasting."""
        ...

    def allowances(self, who: Sequence[str], role: str) -> Sequence[Told]:
        """What the person of these source identities has allowed and refused, as far as a role may see it."""
        ...

    def accounting(self, who: Sequence[str], law: str, *, entity: str, verified: str, at: int) -> Told:
        """Who got what about a person, by a law. Raises NotAllowed for a scope that is nobody's."""
        ...

    def accounting_file(self, made: Told, form: str) -> tuple[bytes, str, str]:
        """The list in a form: its bytes, media type, and how its file's name ends."""
        ...

    @property
    def laws(self) -> Mapping[str, tuple[str, str]]:
        """The lists there are: title and citation by name."""
        ...

    def tasks(self, kind: str = "", after: int = 0) -> Sequence[Open]:
        """A page of open tasks of a kind, the oldest first; without one, of all but what is parked and doubtful links."""
        ...

    def measures(self, since: int, until: int, costs: Mapping[str, float]) -> Told:
        """The measures of a period, small numbers hidden. Raises Lasting for one of too many messages to wait for."""
        ...

    def measures_file(self, found: Told, form: str) -> bytes:
        """The measures as csv, ndjson or fhir."""
        ...

    def mappings(self) -> Sequence[Told]:
        """What each partner's messages are read and written with: format, file, versions."""
        ...

    def turned(self, name: str) -> Sequence[Told]:
        """What each version of a mapping changed, file by file, the newest first."""
        ...

    def map_back(self, partner: str, *, actor: str, reason: str) -> str:
        """Put the version of a partner's mapping before the present one in force again. Raises Conflict where there is none."""
        ...

    def crisis(self, episode: str) -> Told:
        """One crisis episode by its id. Raises Lasting where there is none."""
        ...

    def losses(self, partner: str, newest: int) -> Told:
        """What became of each element of a partner's newest messages. Raises Lasting for one that sends nothing."""
        ...

    @property
    def coding(self) -> Coding:
        """Codes that no table knows."""
        ...

    def verify_ledger(self) -> Told:
        """Re-derive the whole ledger. Raises ProofFailed."""
        ...

    def prove(self, leaf: int) -> Told:
        """The receipt of one leaf. Raises ProofFailed."""
        ...

    def follows(self, note: bytes) -> Told:
        """What an old checkpoint says, once it is sure that the ledger still begins with its tree. Raises ProofFailed."""
        ...

    def overview(self) -> Told:
        """What the hub runs with: keys, agreements, versions in force, every setting; no secret."""
        ...

    def checkpoint(self) -> bytes:
        """The newest signed checkpoint; empty when nothing was ever entered."""
        ...
