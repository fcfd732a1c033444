"""What is not granted does not leave, whatever the body, the mask and the decision."""

from __future__ import annotations

from random import Random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.obligation import notices
from consent.question import Question
from hub.errors import NotAllowed
from hub.flow.label import Source, label
from hub.flow.project import Envelope, handling, project
from hub.model.care import Condition, Encounter
from hub.model.category import Regime
from hub.model.crisis import RiskAssessment
from hub.model.decision import Decision
from hub.model.disclosure import Disclosure, maker
from hub.model.event import Body, CrisisEvent
from hub.model.label import Handling, Label
from hub.model.person import Person
from hub.model.registry import BIT, BODIES, BY_BODY, EVERYTHING, FIELDS, body_of, branch, paths
from hub.model.service import CapacityReport, DiversionStatus, Referral
from hub.model.values import Code, HumanName, Identifier, Instant, Telecom
from tests.consent.asking import AS_OF, ask, rules
from tests.consent.test_engine import questions
from tests.flow.canaries import MESSAGE_FACTS, event, found

ROOTS = tuple(BODIES)
ENVELOPE = Envelope(id="pairwise-id", source="hospital")


def disclosed(events: tuple[CrisisEvent, ...], *granted: int) -> Disclosure:
    decision = Decision(partner="p", purpose="TREAT", granted=granted)
    return project(events, decision, Handling(), (ENVELOPE,) * len(events))


def narrowed(body: object, *shown: str) -> object:
    whole = CrisisEvent(id="1", body=body, source="s", recorded_at=1)  # type: ignore[arg-type]  # any body
    mask = 0
    for path in shown:
        mask |= branch(path)
    events = disclosed((whole,), mask).events
    return events[0].body if events else None


@pytest.mark.parametrize("root", ROOTS)
def test_a_leaf_that_is_not_granted_does_not_leave(root: str) -> None:
    for path in paths(BY_BODY[root]):
        rest = set(paths(BY_BODY[root] & ~BIT[path]))

        seen = found(disclosed((event(root),), EVERYTHING & ~BIT[path]).events)

        assert seen == (rest if rest - MESSAGE_FACTS else set()), path


@pytest.mark.parametrize("root", ROOTS)
def test_a_leaf_that_alone_is_granted_leaves_alone(root: str) -> None:
    for path in paths(BY_BODY[root]):
        seen = found(disclosed((event(root),), BIT[path]).events)

        assert seen == (set() if path in MESSAGE_FACTS else {path})


@given(st.lists(st.sampled_from(ROOTS), min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_no_ungranted_canary_leaves_under_any_mask(roots: list[str], chance: Random) -> None:
    masks = [chance.getrandbits(len(FIELDS)) & chance.getrandbits(len(FIELDS)) for _ in roots]

    shown = disclosed(tuple(event(root) for root in roots), *masks)

    allowed = {path for root, mask in zip(roots, masks, strict=True) for path in paths(BY_BODY[root] & mask)}
    assert found(shown.events) <= allowed


@given(questions())
def test_no_ungranted_canary_survives_what_the_rules_decide(question: Question) -> None:
    decision = rules().decide(question)
    events = tuple(event(root) for root in question.bodies)

    shown = project(events, decision, handling(question.labels, decision), (ENVELOPE,) * len(events))

    granted = {path for bits in decision.granted for path in paths(bits)}
    assert found(shown.events) <= granted
    assert bool(shown.events) == bool(granted - MESSAGE_FACTS)


@pytest.mark.parametrize("root", ROOTS)
def test_a_body_that_is_granted_whole_is_shared_not_copied(root: str) -> None:
    whole = event(root)

    shown = disclosed((whole,), EVERYTHING)

    assert shown.events[0].body is whole.body


@pytest.mark.parametrize("root", ROOTS)
def test_a_body_of_which_nothing_is_granted_vanishes(root: str) -> None:
    assert disclosed((event(root),), 0).events == ()


def test_withheld_looks_like_absent() -> None:
    name = HumanName(family="Doe")
    hidden = Person(names=(name,), telecoms=(Telecom(value="555-0100"),), identifiers=(Identifier(value="M1"),))

    assert narrowed(hidden, "person.names") == narrowed(Person(names=(name,)), "person.names")


def test_a_branch_of_which_the_granted_leaves_are_empty_is_left_out() -> None:
    unnamed = Person(telecoms=(Telecom(value="555-0100", system=""),), sex=Code(code="F"))

    assert narrowed(unnamed, "person.sex", "person.telecoms.use") == Person(sex=Code(code="F"))


def test_an_event_of_which_only_empty_leaves_are_granted_vanishes() -> None:
    assert narrowed(Condition(code=Code(code="F20.9")), "condition.onset") is None


def test_message_facts_alone_keep_no_event() -> None:
    admitted = Encounter(trigger="A01", number="V1")

    assert narrowed(admitted, "encounter.trigger") is None
    assert narrowed(admitted, "encounter.trigger", "encounter.status") is None
    assert narrowed(admitted, "encounter.trigger", "encounter.number") == admitted


@pytest.mark.parametrize(
    ("said", "shown", "says_so"),
    [
        (RiskAssessment(level=Code(code="high"), status=Code(code="entered-in-error")), "level", "status"),
        (Condition(code=Code(code="F20.9"), verification=Code(code="refuted")), "code", "verification"),
        (Encounter(admitted_at=Instant(at=1), status=Code(code="cancelled")), "admitted_at", "status"),
    ],
)
def test_what_was_taken_back_is_shown_to_nobody_who_may_not_see_that_it_was(
    said: Body, shown: str, says_so: str
) -> None:
    root = body_of(said)

    assert narrowed(said, f"{root}.{shown}") is None
    assert narrowed(said, f"{root}.{shown}", f"{root}.{says_so}") == said


SECRET = "psych patient Zelda Q. barricaded, on methadone"


@pytest.mark.parametrize(
    ("said", "left"),
    [
        (Code(display=SECRET), None),
        (Code(local=SECRET), None),
        (Code(local="psych-sat", local_display=SECRET, display=SECRET), Code(local="psych-sat")),
        (Code(code="full", text=SECRET), Code(code="full")),
        (Code(code="full", local="FULL", display="Full"), Code(code="full", local="FULL", display="Full")),
    ],
)
def test_words_instead_of_a_code_tell_the_register_of_beds_of_nobody(said: Code, left: Code | None) -> None:
    found = narrowed(DiversionStatus(facility="H1", reason=said), "diversion_status")

    assert found == DiversionStatus(facility="H1", reason=left)


def test_why_a_referral_was_declined_in_words_is_told_to_whoever_may_read_free_text() -> None:
    declined = Referral(number="R-1", status_reason=Code(display=SECRET))

    assert narrowed(declined, "referral") == declined
    assert narrowed(declined, "referral.number", "referral.status_reason") == Referral(number="R-1")


def test_counts_of_beds_keep_the_codes_of_their_senders_and_no_words() -> None:
    count = CapacityReport(facility="H1", available=1, profile=(Code(local="DETOX"), Code(display=SECRET)))

    assert narrowed(count, "capacity_report.facility", "capacity_report.available", "capacity_report.profile") == (
        CapacityReport(facility="H1", available=1, profile=(Code(local="DETOX"),))
    )


def test_the_envelope_is_the_recipients_own() -> None:
    sent = CrisisEvent(
        id="hub-1",
        body=Condition(code=Code(code="F20.9")),
        source="unit-s",
        recorded_at=7,
        source_message="MSG1",
        provenance="x",
    )

    (shown,) = disclosed((sent,), EVERYTHING).events

    assert (shown.id, shown.source, shown.source_message, shown.provenance) == ("pairwise-id", "hospital", "", "")


def test_emptied_on_purpose_is_told_only_of_granted_paths() -> None:
    body = Person(sex=Code(code="F"))
    sent = CrisisEvent(
        id="1", body=body, source="s", recorded_at=1, cleared=("person.ssn", "person.telecoms", "no.such")
    )

    (shown,) = disclosed((sent,), branch("person.telecoms") | branch("person.sex")).events

    assert shown.cleared == ("person.telecoms",)


def test_a_decision_about_other_events_is_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        disclosed((event("person"),), EVERYTHING, EVERYTHING)


def test_nobody_else_makes_a_disclosure() -> None:
    with pytest.raises(NotAllowed):
        maker()
    with pytest.raises(NotAllowed):
        Disclosure(object(), (), Decision(partner="p", purpose="TREAT", granted=()), Handling())


LABELS = st.builds(
    Label,
    regimes=st.frozensets(st.sampled_from(Regime), max_size=3),
    sensitivities=st.frozensets(st.sampled_from(["ETH", "HIV", "PSY", "SDV"])),
    confidentiality=st.sampled_from("ULMNRV"),
    inherited=st.lists(st.sampled_from(["NORDSCLCD", "42CFRPart2", "ENCRYPT"]), unique=True).map(tuple),
)


@given(st.lists(st.tuples(LABELS, st.booleans()), max_size=5))
def test_labels_out_include_labels_in_of_what_is_shown(pairs: list[tuple[Label, bool]]) -> None:
    granted = branch("condition.code")
    decision = Decision(partner="p", purpose="TREAT", granted=tuple(granted * shown for _, shown in pairs))

    block = handling([label for label, _ in pairs], decision)

    seen = [label for label, shown in pairs if shown]
    assert set(block.sensitivities) == {code for label in seen for code in label.sensitivities}
    assert set(block.regimes) == {regime.value for label in seen for regime in label.regimes}
    assert {*block.refrain, *block.obligations} == {code for label in seen for code in label.inherited}
    assert all("ULMNRV".index(block.confidentiality) >= "ULMNRV".index(label.confidentiality) for label in seen)


HIV = Code(code="B20", system="ICD10CM")
ED = Source(regimes=frozenset({Regime.HIPAA}))
STAY = Encounter(number="V1", admitted_at=Instant(at=AS_OF), reason=HIV)
ASKED_FOR = Referral(number="R1", service=Code(code="housing"), reason=(HIV,))
POLICE = {"recipient": "LE", "purpose": "LE_IDENT", "le_request": "YES"}
SHELTER = {"recipient": "SOCIAL_SVC", "purpose": "COC", "consent": "SPECIFIC"}
CLINIC = {"recipient": "BH_PROVIDER", "purpose": "TREAT"}


def travelling(told: Body, facts: dict[str, str], inherited: tuple[str, ...] = ()) -> Disclosure:
    """What leaves of somebody and one more body, with the labels that the labeller gives them."""
    bodies = (Person(names=(HumanName(family="Doe"),)), told)
    labels = label(bodies, ED, inherited)
    asked = ask(tuple(body_of(one) for one in bodies), ("HIPAA",), (), None, **facts)
    decision = rules().decide(msgspec.structs.replace(asked, labels=labels))
    events = tuple(CrisisEvent(id=str(n), body=one, source="H1", recorded_at=1) for n, one in enumerate(bodies))
    return project(events, decision, handling(labels, decision), (ENVELOPE,) * len(events))


@pytest.mark.parametrize(("told", "facts"), [(STAY, POLICE), (ASKED_FOR, SHELTER)], ids=["police", "shelter"])
def test_a_label_tells_nothing_of_what_is_withheld(told: Body, facts: dict[str, str]) -> None:
    plain = msgspec.structs.replace(told, reason=getattr(type(told)(), "reason"))  # noqa: B009  # both have one, few bodies do

    shown = travelling(told, facts)

    assert len(shown.events) == 2
    assert shown.handling == travelling(plain, facts).handling
    assert "HIV" not in shown.handling.sensitivities


@pytest.mark.parametrize("told", [STAY, ASKED_FOR], ids=["stay", "referral"])
def test_whoever_treats_is_told_how_sensitive_it_is(told: Body) -> None:
    block = travelling(told, CLINIC).handling

    assert (block.sensitivities, block.confidentiality) == (("HIV",), "V")


def test_what_the_sender_called_sensitive_is_said_only_beside_something_clinical() -> None:
    came = ("HIV", "NORDSCLCD")

    told = {name: travelling(STAY, facts, came).handling for name, facts in (("le", POLICE), ("bh", CLINIC))}

    assert told["le"].obligations == ()
    assert told["bh"].obligations == ("HIV",)
    assert told["le"].refrain == told["bh"].refrain == ("NORDSCLCD",)


def test_the_part_2_notice_travels_whole_with_its_version() -> None:
    decision = Decision(
        partner="p", purpose="TREAT", granted=(1,), obligations=("CONSENT_COPY", "P2_NOTICE"), consents=("C@3",)
    )

    block = handling([Label(regimes=frozenset({Regime.PART2}))], decision)

    assert block.notice_text == "42 CFR part 2 prohibits unauthorized use or disclosure of these records."
    assert (block.notice_id, block.notice_version) == ("p2.short", notices()["p2.short"].version)
    assert block.refrain == ("NORDSCLCD",)


def test_a_disclosure_by_consent_explains_the_scope_of_the_consent() -> None:
    """42 CFR 2.32(b): a copy of the consent, or a clear explanation of its scope."""
    scope = frozenset({"SUD_RECORD", "MEDS"})
    decision = Decision(
        partner="B1", purpose="TREAT", granted=(1,), obligations=("CONSENT_COPY",), consents=("C@3",), scope=scope
    )
    label = Label(regimes=frozenset({Regime.PART2}))

    assert handling([label], decision).consent == (
        "C@3: the person consented that B1 receives medication and allergies, substance-use records for treatment."
    )
    assert handling([label], msgspec.structs.replace(decision, obligations=())).consent == "C@3"


def test_a_real_decision_carries_the_scope_that_was_signed() -> None:
    asked = ask(
        ("condition",), ("HIPAA", "PART2"), (("MH_CLINICAL", "SUD_RECORD"),), ("SUD_RECORD",),
        recipient="BH_PROVIDER", purpose="TREAT", consent="TPO", capacity="QSO",
    )  # fmt: skip
    decision = rules().decide(asked)

    assert decision.scope == {"SUD_RECORD"}
    assert "receives substance-use records for treatment" in handling(asked.labels, decision).consent
