"""The clinic that coordinates is asked by what it may hear of alone, nobody else is, and what it answers ends or renews the task."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace as changed
from types import SimpleNamespace
from typing import Any, Final, cast

import pytest
from msgspec.structs import replace

import adapters
from hub import clock
from hub.app.care.answering import Answering
from hub.app.care.coordinated import Coordinated
from hub.app.care.coordinating import DOOR
from hub.app.care.frequent import FrequentContact
from hub.app.care.promises import Promises
from hub.app.inquiry import Inquiry
from hub.contracts import Reading, Target
from hub.flow import often
from hub.flow.calendar import Calendar
from hub.flow.label import Source
from hub.flow.often import Bounds
from hub.flow.plan import Known
from hub.flow.project import Envelope, handling, project
from hub.flow.question import kinds
from hub.model.care import Encounter
from hub.model.category import Regime
from hub.model.commands import Command, Keep, Tend
from hub.model.consent import ConsentDirective
from hub.model.crisis import CrisisContact
from hub.model.event import Body, CrisisEvent, event_id
from hub.model.label import Label
from hub.model.person import Person
from hub.model.plan import Link
from hub.model.public_safety import CallForService, FieldContact
from hub.model.service import Referral
from hub.model.values import Code, HumanName, Instant, PartialDate, Unit
from hub.partners import Interest, Partner
from hub.spans import DAY
from hub.store.asking.journal import Journal, Wanted
from hub.store.ids import new_id
from hub.store.result import Result
from hub.store.sealing import Sealer
from hub.store.writing.work import Open, Work
from tests.houses import Store, house, partner, store
from tests.store.county import EVENING

WISH: Final = Interest(
    id="coordination", bodies=("referral",), purpose="TREAT", when=({"referral.service": ["coordinate"]},)
)
REGIMES: Final = {
    "C1": Source(regimes=frozenset({Regime.CJIS})),
    "PD": Source(regimes=frozenset({Regime.CJIS})),
    "L1": Source(regimes=frozenset({Regime.L988})),
    "H1": Source(
        regimes=frozenset({Regime.HIPAA}), units={"detox": frozenset({Regime.HIPAA, Regime.PART2})},
    ),
    "B1": Source(regimes=frozenset({Regime.HIPAA})),
    "B2": Source(regimes=frozenset({Regime.HIPAA})),
}  # fmt: skip
WHO: Final = Person(names=(HumanName(family="Zebrafinch", given=("Max",)),), birth_date=PartialDate(iso="1987-07-07"))
THEN: Final = Instant(at=EVENING - 9 * DAY)
COORDINATOR: Final = "care coordinator of Test county"
FIVE: Final = ("C1", "C1", "C1", "PD", "H1")


def _cjis(name: str, kind: str, *wants: Interest) -> Partner:
    made = partner(name, kind, *wants)
    return replace(made, agreement=replace(made.agreement, hub_is="cjis contractor"))


def _town(*others: Partner) -> dict[str, Partner]:
    made = (
        *(_cjis("C1", "PSAP"), _cjis("PD", "LE"), partner("L1", "LIFELINE"), partner("H1", "HOSP_ED")),
        *(others or (partner("B1", "BH_PROVIDER", WISH),)),
    )
    return {one.id: one for one in made}


class Scene:
    """A county with 911, police, 988, a hospital and clinics, and somebody whom they meet."""

    def __init__(self, kept: Store, partners: dict[str, Partner]) -> None:
        self.kept, self.partners = kept, partners
        rules = changed(house(*partners.values()), sources=REGIMES)
        kinds = {name: one.kind for name, one in partners.items()}
        county = SimpleNamespace(partners=partners, kinds=kinds, name="Test county")
        self.known = cast("Any", SimpleNamespace(county=county, house=rules))
        self.vault = cast("Any", SimpleNamespace(database=kept.database, keys=kept.keys, origin=kept.signer.name))
        self.person, self.identities, self.episodes = new_id(), dict[str, str](), dict[str, str]()

    async def ask(self, commands: Sequence[Command]) -> Sequence[Result]:
        return self.kept.writer.commit(commands)

    def says(self, source: str, *bodies: Body, episode: str = "") -> None:
        """A partner tells of the person, in an episode of its own or in this one."""
        journal, fresh = new_id(), source not in self.identities
        identity = self.identities.setdefault(source, new_id())
        events = tuple(
            CrisisEvent(id=event_id(journal, n), body=body, source=source, recorded_at=THEN.at, occurred_at=THEN)
            for n, body in enumerate((WHO, *bodies))
        )
        link = Link(verdict="same", identity=identity, person=self.person, fresh=fresh)
        there = episode or new_id()
        known = Known(journal=journal, source=self.partners[source], as_of=THEN.at, link=link, fresh_episode=there)
        plan = self.known.house.plan(Reading(kind="TOLD", events=events, message_id=journal), known)
        self.episodes[source] = plan.episode.episode if plan.episode else ""
        self._keep(Keep(journal=journal, partner=source, at=THEN.at, door="test", body=b"told", plan=plan))

    def met(self, *sources: str) -> None:
        """Each of them met the person once more."""
        for source in sources:
            self.says(source, MET[source])

    def _keep(self, *commands: Command) -> None:
        assert [result.error for result in self.kept.writer.commit(commands)] == [None] * len(commands)

    def looks(self, now: int = EVENING) -> None:
        """A hub that started just now counts."""
        bounds = Bounds(contacts=5, partners=2, days=90)
        counting = FrequentContact(known=self.known, vault=self.vault, desk=cast("Any", self), bounds=bounds)
        with clock.hold(now):
            asyncio.run(counting.look(now))

    def hears(self, now: int = EVENING + DAY) -> int:
        """A hub that started just now takes in what clinics said."""
        with clock.hold(now):
            return asyncio.run(Coordinated(known=self.known, vault=self.vault, desk=cast("Any", self)).look(now))

    def asked(self) -> list[tuple[str, str, Referral]]:
        """Who was asked, by whose record, and what."""
        with self.kept.database.read() as connection:
            journal = Journal(connection, self.kept.keys, self.kept.signer.name)
            mine = set(self.identities.values())
            found = [
                one for one in journal.search(Wanted(kind="COORDINATION")) if one.owner in mine and one.door == DOOR
            ]
            said = [journal.kept([one.journal])[0].events for one in found]
            to = [[sent.destination for sent in journal.timeline(one.journal)] for one in found]
        return [
            (destination, one.partner, events[-1].body)
            for one, events, destinations in zip(found, said, to, strict=True)
            for destination in destinations
            if isinstance(events[-1].body, Referral)
        ]

    def notes(self) -> list[tuple[str, str]]:
        """Who was asked, in which words."""
        return [(destination, request.note) for destination, _, request in self.asked()]

    def answers(
        self, clinic: str, status: str, number: str, days: int = 0, *, requester: str = COORDINATOR, identity: str = ""
    ) -> None:
        """A clinic says what becomes of what it was asked."""
        journal, at = new_id(), EVENING + days * DAY
        body = Referral(number=number, status=Code(code=status), requester=requester)
        event = CrisisEvent(id=event_id(journal, 0), body=body, source=clinic, recorded_at=at)
        whose = Link(verdict="same", identity=identity or new_id(), person=self.person, fresh=False)
        known = Known(journal=journal, source=self.partners[clinic], as_of=at, link=whose, fresh_episode=new_id())
        plan = self.known.house.plan(Reading(kind="Task", events=(event,), message_id=journal), known)
        self._keep(Keep(journal=journal, partner=clinic, at=at, door="test", body=b"Task", plan=plan))

    def tasks(self) -> list[Open]:
        """What the care coordinator has to do."""
        with self.kept.database.read() as connection:
            work = Work(connection, Sealer(self.kept.keys, self.kept.signer.name))
            return [task for task in work.tasks(kind="coordinate") if task.about == self.person]

    def tends(self) -> None:
        """The care coordinator is done with all of it."""
        self._keep(*(Tend(task=task.seq, at=EVENING, actor="dana", entry=None) for task in self.tasks()))


MET: Final[dict[str, Body]] = {
    "C1": CallForService(incident="i", received_at=THEN),
    "PD": FieldContact(number="f", started_at=THEN),
    "H1": Encounter(number="v", admitted_at=THEN, status=Code(code="in-progress")),
    "L1": CrisisContact(contact="c", answered_at=THEN, shared_by_permission=True),
}
ALL: Final = "5 contacts in 90 days: 911 3, emergency department 1, police 1. Who coordinates the care?"
# What the hub knows and the clinic may not hear of: one more of each changes no word to it.
HIDDEN: Final[dict[str, tuple[str, Body]]] = {
    "sealed by a court": ("PD", FieldContact(number="f", started_at=THEN, sealed=True)),
    "juvenile": ("PD", FieldContact(number="f", started_at=THEN, juvenile=True)),
    "in a Part 2 unit": (
        "H1",
        Encounter(number="w", admitted_at=THEN, location=Unit(unit="detox"), status=Code(code="in-progress")),
    ),
    "988 without permission": ("L1", CrisisContact(contact="c", answered_at=THEN)),
    "988, anonymous": ("L1", CrisisContact(contact="c", answered_at=THEN, anonymous=True, shared_by_permission=True)),
}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with store(tmp_path_factory.mktemp("county")) as made:
        yield made


@pytest.fixture
def here(kept: Store) -> Scene:
    """Everybody is somebody else: one store does for all."""
    return Scene(kept, _town())


def test_the_clinic_is_asked_once_with_the_numbers_and_the_coordinator_reads_that_it_is(here: Scene) -> None:
    here.met(*FIVE)

    for days in range(3):
        here.looks(EVENING + days * DAY)

    ((clinic, source, request),) = here.asked()
    assert (clinic, source, request.note) == ("B1", "H1", ALL)
    assert (request.service and request.service.code, request.performer) == ("coordinate", "B1")
    assert request.requester == COORDINATOR
    assert [task.words for task in here.tasks()] == [f"{ALL} B1 is asked."]


@pytest.mark.parametrize("hidden", HIDDEN)
def test_what_the_clinic_may_not_hear_of_changes_no_word_to_it(here: Scene, hidden: str) -> None:
    source, body = HIDDEN[hidden]
    here.met(*FIVE)
    here.says(source, body)
    here.says(source, body)

    here.looks()

    assert here.notes() == [("B1", ALL)]
    assert here.tasks()[0].words.startswith("7 contacts")


@pytest.mark.parametrize("hidden", HIDDEN)
def test_where_it_may_hear_of_too_few_it_hears_nothing_until_there_are_enough(here: Scene, hidden: str) -> None:
    source, body = HIDDEN[hidden]
    here.met(*FIVE[1:])
    here.says(source, body)

    here.looks()
    before = here.notes()
    here.met("C1")
    here.looks(EVENING + DAY)

    assert before == []
    assert here.notes() == [("B1", ALL)]
    assert [task.words[:10] for task in here.tasks()] == ["5 contacts"]


def test_what_stands_under_part_2_is_no_part_of_a_number_though_the_person_consented(kept: Store) -> None:
    hospital = partner("H1", "HOSP_ED")
    hospital = replace(hospital, agreement=replace(hospital.agreement, hub_is="qualified service organization"))
    here = Scene(kept, _town() | {"H1": hospital})
    consent = ConsentDirective(
        directive="c", version="1", kind=Code(code="TPO"), recipients=(Code(code="B1"),), purposes=(Code(code="TREAT"),),
        signed_at=THEN, effective_at=THEN, expires_at=Instant(at=EVENING + DAY), signer="Max Zebrafinch", form_hash="0" * 64,
        discloser=(Code(code="H1"),), classes=(Code(code="ENCOUNTER"), Code(code="IDENT")),
    )  # fmt: skip
    here.met(*FIVE)
    here.says("H1", consent)
    here.says(*HIDDEN["in a Part 2 unit"])

    here.looks()

    assert here.notes() == [("B1", ALL)]


def test_a_word_that_is_withheld_withholds_the_contact_it_belongs_to(here: Scene) -> None:
    here.met(*FIVE, "C1")
    here.says("PD", FieldContact(number="f", started_at=THEN, sealed=True), episode=here.episodes["PD"])

    here.looks()

    assert here.notes() == [("B1", ALL.replace("911 3", "911 4").replace(", police 1", ""))]


def test_a_contact_with_988_that_the_caller_let_it_hear_of_counts(here: Scene) -> None:
    here.met(*FIVE, "L1")

    here.looks()

    assert here.notes() == [("B1", ALL.replace("5 contacts", "6 contacts").replace("911 3", "911 3, 988 1"))]


@pytest.mark.parametrize("kind", ["LE", "PSAP", "SOCIAL_SVC", "CORRECTIONS"])
def test_whoever_is_no_provider_hears_nothing_whatever_its_file_wants(kept: Store, kind: str) -> None:
    here = Scene(kept, _town(_cjis("B1", kind, WISH)))
    here.met(*FIVE)

    here.looks()

    assert here.asked() == []
    assert [task.words for task in here.tasks()] == [ALL]


def test_without_a_record_that_may_go_to_the_clinic_the_coordinator_has_the_task_alone(here: Scene) -> None:
    here.met("C1", "C1", "C1", "C1", "PD")

    here.looks()

    assert here.asked() == []
    assert len(here.tasks()) == 1


def test_who_refused_the_clinic_is_not_told_of(here: Scene) -> None:
    here.met(*FIVE)
    no = ConsentDirective(
        directive="c", version="1", kind=Code(code="DENY"), recipients=(Code(code="B1"),), signed_at=THEN,
        purposes=(Code(code="TREAT"),), effective_at=THEN,
    )  # fmt: skip
    here.says("H1", no)

    here.looks()

    assert here.asked() == []
    assert len(here.tasks()) == 1


def test_who_treats_the_person_is_asked_before_others_and_among_strangers_nobody_is_guessed(kept: Store) -> None:
    here = Scene(kept, _town(*(partner(name, "BH_PROVIDER", WISH) for name in ("B1", "B2"))))
    here.met(*FIVE)

    here.looks()
    strangers = here.notes()
    here.says("B2", Encounter(number="x", status=Code(code="planned")))
    here.looks(EVENING + DAY)

    assert strangers == []
    assert here.notes() == [("B2", ALL)]


def test_a_clinic_that_takes_it_ends_the_task_and_one_that_gives_it_back_opens_another(here: Scene) -> None:
    here.met(*FIVE)
    here.looks()
    ((_, _, request),) = here.asked()
    silent = here.hears()

    here.answers("H1", "rejected", request.number)
    here.answers("B1", "accepted", "another")
    others = here.hears()
    here.answers("B1", "accepted", request.number)
    taken, open_then = here.hears(), here.tasks()
    here.answers("B1", "cancelled", request.number, days=1)
    back, again = here.hears(), here.hears()

    assert (silent, others, taken, open_then) == (0, 0, 1, [])
    assert (back, again) == (1, 0)
    (task,) = here.tasks()
    assert (task.role, task.words) == ("care coordinator", "B1 does not coordinate the care: cancelled. Who does?")


def test_a_clinic_that_was_asked_too_speaks_of_its_own_number_alone(kept: Store) -> None:
    here = Scene(kept, _town(*(partner(name, "BH_PROVIDER", WISH) for name in ("B1", "B2"))))
    here.met(*FIVE)
    for clinic in ("B1", "B2"):
        here.says(clinic, Encounter(number="x", status=Code(code="planned")))
    here.looks()
    numbers = {clinic: request.number for clinic, _, request in here.asked()}

    here.answers("B2", "accepted", numbers["B1"])

    assert (len(numbers), here.hears(), len(here.tasks())) == (2, 0, 1)


def test_whose_record_it_was_asked_under_hears_no_answer_to_what_it_never_asked(kept: Store) -> None:
    want = Interest(id="became", bodies=("referral",), purpose="TREAT", when=({"referral.requester": ["H1"]},))
    here = Scene(kept, _town() | {"H1": partner("H1", "HOSP_ED", want)})
    here.met(*FIVE)
    here.looks()
    ((_, _, request),) = here.asked()
    here.answers("B1", "accepted", request.number, requester="", identity=here.identities["H1"])

    told_on = Answering(known=here.known, vault=here.vault, desk=cast("Any", here))
    with clock.hold(EVENING + DAY):
        assert asyncio.run(told_on.look(EVENING + DAY)) == 0


def test_a_clinic_that_declines_leaves_the_task_and_says_so_in_another(here: Scene) -> None:
    here.met(*FIVE)
    here.looks()
    ((_, _, request),) = here.asked()

    here.answers("B1", "rejected", request.number)
    here.hears()

    assert [task.words for task in here.tasks()] == [
        f"{ALL} B1 is asked.",
        "B1 does not coordinate the care: rejected. Who does?",
    ]


def test_a_task_that_a_person_ended_first_is_no_fault(here: Scene) -> None:
    here.met(*FIVE)
    here.looks()
    ((_, _, request),) = here.asked()
    here.tends()

    here.answers("B1", "accepted", request.number)

    assert here.hears() == 1
    assert Counter(task.kind for task in here.tasks()) == {}


def test_a_clinic_that_is_silent_goes_up_the_chain(here: Scene) -> None:
    here.met(*FIVE)
    here.looks()
    ((_, _, request),) = here.asked()

    clock_ = Promises(vault=here.vault, desk=cast("Any", here), calendar=Calendar(zone="UTC"))
    with clock.hold(EVENING + 7 * DAY):
        asyncio.run(clock_.look(EVENING + 7 * DAY))

    with here.kept.database.read() as connection:
        work = Work(connection, Sealer(here.kept.keys, here.kept.signer.name))
        roles = [task.role for task in work.tasks(kind="referral") if task.about == request.number]
    assert roles == ["supervisor", "county lead"]


@pytest.mark.parametrize("form", ["fhir", "hl7v2", "bser", "gravity"])
def test_what_is_asked_stands_in_every_format_a_clinic_speaks(form: str) -> None:
    request = often.request("5f3a", ALL, "B1", "Test county", EVENING)
    bodies: tuple[Body, ...] = (WHO, request)
    events = tuple(CrisisEvent(id=str(n), body=body, source="H1", recorded_at=EVENING) for n, body in enumerate(bodies))
    labels = (Label(regimes=frozenset({Regime.HIPAA})),) * 2
    clinic = partner("B1", "BH_PROVIDER", WISH)
    rules = house(clinic)
    known = cast("Any", SimpleNamespace(house=rules, county=SimpleNamespace(partners=_town())))
    asked = Inquiry(asker=clinic, interest=WISH, at=EVENING).about(known, "H1", events, labels)
    decision = rules.decide(asked, clinic, labels, kinds(events), EVENING)
    envelopes = [Envelope(id=f"e{n}", source="H1") for n in range(2)]

    shown = project(events, decision, handling(labels, decision), envelopes)
    target = Target(partner="B1", message_id="m", person_id="p", at=EVENING, zone="UTC")
    body = adapters.found()[form]({}).write(shown, target).body.decode()

    assert often.whole(decision)
    assert all(word in body for word in ("Zebrafinch", "coordinate", ALL, "care coordinator of Test county"))
