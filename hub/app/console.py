"""The console's hub: its pages read by the rooms that commands use, and act through the one writer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from consent.engine import RuleSet
from hub.access.provider import Factors, Provider
from hub.access.registry import Registry
from hub.access.session import Terms
from hub.app.acts import holding, replay
from hub.app.acts.bulk import Jobs, put_right
from hub.app.acts.papers import Papers
from hub.app.acts.people import address
from hub.app.acts.reviews import Reviews
from hub.app.acts.staff import opened_to
from hub.app.asking import again as once_more
from hub.app.asking import day, foresight, history, overview, progress, stuck, why
from hub.app.asking.look import Look
from hub.app.asking.stuck import Cause
from hub.app.disclosures import accounting as lists
from hub.app.disclosures import disclosed
from hub.app.disclosures.accounting_files import KINDS, written
from hub.app.disclosures.allowances import Allowed, allowances
from hub.app.disclosures.statutes import STATUTES
from hub.app.formats import losses, versions
from hub.app.formats.coding import Coding, Newest
from hub.app.hatch import Writer
from hub.app.house import household
from hub.app.keeping import proofs
from hub.app.measuring import measures
from hub.app.rules.governance import Governance
from hub.app.waiting import Pen
from hub.app.watching import health
from hub.app.workspace.room import Workspace
from hub.console.site import Site
from hub.errors import Lasting
from hub.flow.capacity.board import Row
from hub.flow.measures import report as measured
from hub.flow.measures.counting import Costs
from hub.flow.measures.publish import FORMS as MEASURES_AS
from hub.model.commands import Command
from hub.partners import County
from hub.settings import Settings
from hub.spans import HOUR, MINUTE
from hub.store.asking.journal import Message, Wanted
from hub.store.asking.pulse import newest_commit
from hub.store.asking.sent import Sought
from hub.store.result import Result
from hub.store.writing.work import Open
from hub.tlog.checkpoint import Checkpoint

# A page counts so many messages at most: some seconds of one processor.
_MEASURED: Final = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rooms:
    """What pages may ask of a running hub. Pages run in threads; the writer is asked from the loop they came from."""

    look: Look
    desk: Writer
    breakers: Mapping[str, health.Breaker]
    provider: Provider | None
    passwords: bool
    terms: Terms
    workspace: Workspace
    newest: Newest
    beds: Callable[[], Sequence[Row]] = tuple
    ending: Callable[[], bool] = bool

    @property
    def county(self) -> County:
        """Whose hub it is."""
        return self.look.known.county

    @property
    def rules(self) -> RuleSet:
        """The rules in force."""
        return self.look.known.house.rules

    @property
    def people(self) -> Registry:
        """Who has access, and who is here."""
        vault = self.look.vault
        return Registry(database=vault.database, keys=vault.keys, origin=vault.origin)

    @property
    def ledger_key(self) -> str:
        """The public key of the ledger."""
        return str(self.look.vault.signer.verifier)

    @property
    def pen(self) -> Pen:
        """The one writer, as these threads reach it."""
        return Pen(self.desk)

    @property
    def reviews(self) -> Reviews:
        """What people judge and follow up."""
        return Reviews(self.look, self.pen)

    @property
    def governance(self) -> Governance:
        """How rules and configuration change."""
        return Governance(self.look, self.pen)

    def board(self) -> Sequence[Row]:
        """The beds as they are now."""
        return self.beds()

    def ask(self, commands: Sequence[Command]) -> Sequence[Result]:
        """Have the one writer commit these."""
        return self.pen.ask(commands)

    def needs(self, partners: Sequence[health.Health]) -> Sequence[day.Need]:
        """What needs a person now; `partners` is how they stand."""
        return self.look.needing(self.look.stuck(), partners)

    def hours(self) -> Sequence[day.Hour]:
        """The hours of today."""
        return self.look.hours()

    def partners(self) -> Sequence[health.Health]:
        """How each partner stands."""
        return self.look.partners(self.breakers)

    def hold(self, partner: str, *, actor: str, reason: str, until: int) -> None:
        """Hold what goes to a partner until an instant; a running courier does so within seconds."""
        self.pen.keep([holding.hold(self.look.vault, partner, actor=actor, reason=reason, until=until)])

    def let_go(self, partner: str, *, actor: str) -> None:
        """Let it go on."""
        self.pen.keep([holding.let_go(self.look.vault, partner, actor=actor)])

    def messages(self, wanted: Wanted) -> Sequence[Message]:
        """A page of messages."""
        return self.look.messages(wanted)

    def settled(self, found: Sequence[Message]) -> Mapping[str, tuple[int, int]]:
        """How many deliveries of these messages are done with."""
        return self.look.settled(found)

    def progress(self, name: str) -> progress.Progress:
        """How far a message is, at each partner and with each element."""
        return progress.progress(self.look, self.look.message(name))

    def message(self, name: str) -> Message:
        """One message."""
        return self.look.message(name)

    def timeline(self, name: str) -> history.Timeline:
        """Its steps, without partners' own words: they may quote what was sent."""
        return self.look.timeline(name).quoted(words=False)

    def episode(self, name: str) -> history.Episode:
        """Its episode."""
        return self.look.episode(name)

    def shown(self, name: str, role: str) -> Sequence[tuple[str, Sequence[tuple[str, str]]]]:
        """What a message says, as far as a role may see it."""
        return opened_to(self.look, self.look.message(name), role)

    def why(self, name: str, partner: str = "") -> Sequence[why.Why]:
        """Why each partner got what it got."""
        return self.look.why(name, partner)

    def again(self, name: str, partner: str = "") -> Sequence[once_more.Check]:
        """Decide once more, and compare."""
        return self.look.again(name, partner)

    def stuck(self) -> stuck.Stuck:
        """What waits for a person, without partners' own words."""
        return self.look.stuck().quoted(words=False)

    def put_right(
        self, names: Sequence[str], *, actor: str, reason: str, destination: str, end: bool
    ) -> Sequence[tuple[str, str]]:
        """Read again, send again or end what is parked of messages, with the files as they are on disk now."""
        fresh = Look(known=household(self.look.vault.settings, ready=False), vault=self.look.vault)
        order = replay.Order(actor=actor, reason=reason, destination=destination, end=end)
        return [(name, put_right(fresh, self.pen, name, order)) for name in names]

    def foreseen(self, cause: Cause) -> foresight.Foreseen:
        """What a release of the messages of a cause would do now."""
        return foresight.foreseen(self.look, cause, cause.messages)

    @property
    def jobs(self) -> Jobs:
        """Releases of many, at a pace."""
        return Jobs(self.look, self.pen)

    @property
    def papers(self) -> Papers:
        """Consents on paper."""
        return Papers(self.look, self.pen)

    def pulse(self) -> int:
        """The number of the newest commit; -1 when this hub ends."""
        if self.ending():
            return -1
        with self.look.vault.database.read() as connection:
            return newest_commit(connection)

    def disclosures(self, sought: Sought) -> disclosed.Found:
        """A page of the log of disclosures."""
        return self.look.log(sought)

    def identities(self, name: str, identifier: tuple[str, str, str] | None) -> Sequence[str]:
        """Every source identity of one person."""
        return lists.identities(self.look, name, identifier)

    def allowances(self, who: Sequence[str], role: str) -> Sequence[Allowed]:
        """What a person has allowed and refused."""
        return allowances(self.look, who, role)

    def accounting(self, who: Sequence[str], law: str, *, entity: str, verified: str, at: int) -> lists.Accounting:
        """Who got what about a person, by a law."""
        return lists.accounting(self.look, who, law, lists.Scope(entity=entity, verified=verified), at)

    def accounting_file(self, made: lists.Accounting, form: str) -> tuple[bytes, str, str]:
        """The list in a form."""
        ending, media = KINDS[form]
        return written(self.look, made, form), media, ending

    @property
    def laws(self) -> Mapping[str, tuple[str, str]]:
        """The lists there are."""
        return {name: (statute.title, statute.citation) for name, statute in STATUTES.items()}

    def tasks(self, kind: str = "", after: int = 0) -> Sequence[Open]:
        """A page of open tasks of a kind, or of all that are not told by their number elsewhere."""
        return self.look.tasks(kind, after, () if kind else day.COUNTED)

    def measures(self, since: int, until: int, costs: Mapping[str, float]) -> measured.Report:
        """The measures of a period. Raises Lasting for one of too many messages to wait for."""
        count = measures.many(self.look.vault, since, until)
        if count > _MEASURED:
            words = f"{count:,} messages came then and shortly after: more than a page waits for."
            raise Lasting(words, cure="Choose a shorter period, or run crisis-hub measures.")
        return measures.report(self.look.vault, self.look.known, since, until, Costs(**costs))

    def measures_file(self, found: measured.Report, form: str) -> bytes:
        """The measures in a form."""
        return MEASURES_AS[form](found)

    def mappings(self) -> Sequence[versions.Mapped]:
        """What each partner's messages are read and written with."""
        return versions.mapped(self.look)

    def turned(self, name: str) -> Sequence[versions.Turned]:
        """What each version of a mapping changed, file by file."""
        return versions.turned(self.look.vault.settings, name)

    def map_back(self, partner: str, *, actor: str, reason: str) -> str:
        """Put the version of a partner's mapping before the present one in force again; its digest."""
        return versions.back(self.look, self.pen, partner, by=actor, reason=reason)

    def crisis(self, episode: str) -> history.Episode:
        """One crisis episode by its id."""
        return self.look.crisis(episode)

    def losses(self, partner: str, newest: int) -> losses.Report:
        """What became of each element of a partner's newest messages."""
        return losses.report(self.look, partner, newest)

    @property
    def coding(self) -> Coding:
        """Codes that no table knows."""
        return Coding(self.newest, self.pen)

    def verify_ledger(self) -> proofs.Verified:
        """Re-derive the whole ledger."""
        return self.look.verify_ledger()

    def prove(self, leaf: int) -> proofs.Proof:
        """The receipt of one leaf."""
        return proofs.prove(self.look.vault, leaf)

    def follows(self, note: bytes) -> Checkpoint:
        """What an old checkpoint says, once it is sure that the ledger still begins with its tree."""
        return proofs.follows(self.look.vault, note)

    def overview(self) -> overview.Overview:
        """What the hub runs with."""
        return overview.overview(self.look)

    def checkpoint(self) -> bytes:
        """The newest signed checkpoint."""
        return proofs.checkpoint(self.look.vault)


def console(
    settings: Settings,
    look: Look,
    desk: Writer,
    breakers: Mapping[str, health.Breaker],
    workspace: Workspace,
    *,
    beds: Callable[[], Sequence[Row]] = tuple,
    ending: Callable[[], bool] = bool,
) -> Site:
    """The console of a running hub. `workspace` is what partners' own people see and do, `beds` its bed board.

    `ending` says that it is about to stop.
    """
    ours = settings.console
    rooms = Rooms(
        look=look,
        desk=desk,
        breakers=breakers,
        provider=_provider(settings),
        passwords=not settings.cji,
        terms=Terms(longest=ours.session_hours * HOUR, idle=ours.idle_minutes * MINUTE),
        workspace=workspace,
        newest=Newest(look),
        beds=beds,
        ending=ending,
    )
    return Site(rooms, ours.address, secure=bool(settings.tls.certificate))


def _provider(settings: Settings) -> Provider | None:
    ours = settings.console
    if not ours.issuer:
        return None
    return Provider(
        issuer=ours.issuer,
        client_id=ours.client_id,
        secret=settings.secret(ours.secret),
        back=f"{address(settings)}/signin/back",
        factors=Factors(ours.acr) if settings.cji or ours.acr else None,
    )
