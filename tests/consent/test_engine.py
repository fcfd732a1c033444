"""The laws of the engine: silence denies, the unknown is most restrictive, forbid wins, agreements narrow, faults forbid."""

from __future__ import annotations

from datetime import date
from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent.cases import question
from consent.engine import RuleSet
from consent.question import Facts, Limits, Question, Scope, Signed
from consent.rulefile import instant
from consent.vocabulary import UNKNOWN, vocabulary
from hub.model.category import Category, Regime
from hub.model.label import Label
from hub.model.registry import BODIES, BY_BODY, BY_CATEGORY
from tests.consent.asking import AS_OF, ask, goes, rules, shown, stays

replace = msgspec.structs.replace
ROOTS = tuple(BODIES)
VALUES = {name: [*vocabulary().dimensions[name].values, UNKNOWN] for name in vocabulary().context}
FACTS = st.fixed_dictionaries({name: st.sampled_from(values) for name, values in VALUES.items()}).map(
    lambda f: Facts(**f)
)
REGIMES = st.frozensets(st.sampled_from(Regime), max_size=3)
CATEGORIES = st.frozensets(st.sampled_from(Category), max_size=31)
LABELS = st.builds(
    Label,
    regimes=REGIMES,
    recast=st.lists(st.tuples(st.sampled_from(Category), st.sampled_from(Category)), max_size=2).map(tuple),
)


GIVING = [question(case, AS_OF) for rule in rules().rules for case in rule.cases if case.gives]


@st.composite
def questions(draw: st.DrawFn) -> Question:
    """Any question, most of whose facts are the usual ones, so that something is granted now and then."""
    plain = {name: vocabulary().dimensions[name].usual for name in VALUES} | {"state": "DEMO"}
    odd = draw(st.lists(st.sampled_from(sorted(VALUES)), max_size=6, unique=True))
    facts = Facts(
        **{
            name: draw(st.sampled_from(VALUES[name])) if name in (*odd, "recipient", "purpose", "consent") else value
            for name, value in plain.items()
        }
    )
    bodies = tuple(draw(st.lists(st.sampled_from(ROOTS), min_size=1, max_size=3)))
    scope = Scope(actors=frozenset({"partner"}), purposes=frozenset({facts.purpose}), categories=draw(CATEGORIES))
    return Question(
        partner="partner",
        facts=facts,
        labels=tuple(draw(LABELS) for _ in bodies),
        bodies=bodies,
        limits=Limits(agreement="A", categories=draw(CATEGORIES), purposes=frozenset({facts.purpose})),
        consent=scope,
        order=scope,
        dischargeable=draw(st.frozensets(st.sampled_from(["ACCOUNTING", "P2_NOTICE", "CONSENT_SCOPE"]))),
        as_of=AS_OF,
    )


@given(questions())
def test_no_rule_in_force_means_nothing_goes(question: Question) -> None:
    before_any_law = replace(question, as_of=-1)

    assert not rules().decide(before_any_law).permits


def refusing(asked: Question, *refused: Category) -> int:
    """What is shown where the person refuses some categories of every event, and says of the others what the facts say."""
    signed = Signed(state=asked.facts.consent, refused=frozenset(refused))
    return shown(rules().decide(replace(asked, signed=(signed,) * len(asked.bodies))))


def denied(asked: Question) -> int:
    return shown(rules().decide(replace(asked, facts=replace(asked.facts, consent="DENY"))))


@pytest.mark.parametrize("asked", [one for one in GIVING if not one.labels[0].recast], ids=lambda one: one.bodies[0])
def test_of_what_is_refused_goes_only_what_goes_against_a_denial_and_the_rest_as_before(asked: Question) -> None:
    plain, against = shown(rules().decide(asked)), denied(asked)

    for category, paths in BY_CATEGORY.items():
        if category is not Category.ADMIN:
            found = refusing(asked, category)
            others = ~(paths | BY_CATEGORY[Category.ADMIN])
            assert found & paths & ~(plain & against) == 0, category
            assert found & others == plain & others, category


@pytest.mark.parametrize("asked", [one for one in GIVING if one.labels[0].recast], ids=lambda one: one.bodies[0])
def test_what_a_label_moves_is_refused_as_what_it_is_and_as_what_it_was(asked: Question) -> None:
    allowed = shown(rules().decide(asked)) & denied(asked)
    for declared, moved in asked.labels[0].recast:
        for kind in (declared, moved):
            assert refusing(asked, kind) & BY_CATEGORY[declared] & ~allowed == 0, kind


@given(questions())
def test_an_unknown_regime_is_never_permitted(question: Question) -> None:
    unknown = Label(regimes=frozenset({Regime.UNKNOWN, Regime.OPEN}))
    nobody = Label(regimes=frozenset())

    for label in (unknown, nobody):
        assert not rules().decide(replace(question, labels=(label,) * len(question.bodies))).permits


@pytest.mark.parametrize("name", sorted(VALUES))
def test_not_knowing_a_fact_never_shows_more(name: str) -> None:
    """Around every case that gives something: without the fact no more is shown than with any value of it."""
    for asked in GIVING:
        unknown = shown(rules().decide(replace(asked, facts=replace(asked.facts, **{name: UNKNOWN}))))
        for value in VALUES[name]:
            if unknown:
                known = shown(rules().decide(replace(asked, facts=replace(asked.facts, **{name: value}))))
                assert not unknown & ~known, (asked.facts, value)


@given(questions())
def test_an_unknown_value_counts_as_unknown(question: Question) -> None:
    typo = replace(question, facts=replace(question.facts, purpose="TREET"))
    unknown = replace(question, facts=replace(question.facts, purpose=UNKNOWN))
    limits = replace(question.limits, purposes=frozenset({"TREET", UNKNOWN}))

    assert (
        rules().decide(replace(typo, limits=limits)).granted == rules().decide(replace(unknown, limits=limits)).granted
    )


@given(questions(), st.sampled_from(Regime))
def test_one_more_regime_never_shows_more(question: Question, regime: Regime) -> None:
    more = tuple(replace(label, regimes=label.regimes | {regime}) for label in question.labels)

    before, after = rules().decide(question), rules().decide(replace(question, labels=more))

    for label, first, second in zip(question.labels, before.granted, after.granted, strict=True):
        if label.regimes:
            assert not second & ~first


@given(questions(), CATEGORIES)
def test_an_agreement_only_narrows(question: Question, categories: frozenset[Category]) -> None:
    wider = replace(question, limits=replace(question.limits, categories=question.limits.categories | categories))

    assert not shown(rules().decide(question)) & ~shown(rules().decide(wider))


@given(questions())
def test_without_agreement_nothing_goes(question: Question) -> None:
    assert not rules().decide(replace(question, limits=Limits())).permits


@given(questions())
def test_a_purpose_outside_the_agreement_gets_nothing(question: Question) -> None:
    limits = replace(question.limits, purposes=frozenset({"SOMETHING_ELSE"}))

    assert not rules().decide(replace(question, limits=limits)).permits


@given(questions(), CATEGORIES)
def test_a_narrower_consent_never_shows_more(question: Question, categories: frozenset[Category]) -> None:
    wider = replace(question, consent=replace(question.consent, categories=question.consent.categories | categories))

    assert not shown(rules().decide(question)) & ~shown(rules().decide(wider))


@given(questions())
def test_nothing_of_another_body_is_granted(question: Question) -> None:
    for body, granted in zip(question.bodies, rules().decide(question).granted, strict=True):
        assert not granted & ~BY_BODY[body]


@settings(max_examples=15)
@given(questions(), st.randoms(use_true_random=False))
def test_the_order_of_files_and_rules_is_nothing(question: Question, chance: Random) -> None:
    files = list(rules().files)
    chance.shuffle(files)
    mixed = tuple(replace(f, rules=tuple(chance.sample(f.rules, len(f.rules)))) for f in files)
    other = RuleSet(mixed, dict(reversed(rules().views.items())), rules().vocabulary)

    assert other.hash == rules().hash
    assert other.decide(question) == rules().decide(question)


@settings(max_examples=15)
@given(questions())
def test_the_same_question_has_the_same_answer_from_a_new_rule_set(question: Question) -> None:
    fresh = RuleSet(rules().files, rules().views, rules().vocabulary)

    assert fresh.decide(question) == rules().decide(question) == rules().decide(question)


@given(questions())
def test_a_forbid_that_speaks_is_obeyed(question: Question) -> None:
    for n in range(len(question.bodies)):
        one = replace(question, bodies=(question.bodies[n],), labels=(replace(question.labels[n], recast=()),))
        decision = rules().decide(one)
        forbidden = {reason.category for reason in decision.withheld if reason.effect == "forbid"}
        given_out = {reason.category for reason in decision.because}
        assert not forbidden & given_out


def test_a_rule_that_raises_forbids() -> None:
    told = ask(("condition", "approach_card"), recipient="FAMILY", purpose="COC", consent="SPECIFIC", agreed="AGREED")
    broken = replace(
        told, consent=Scope(actors=frozenset({"partner"}), purposes=frozenset({"COC"}), paths=("no.such.path",))
    )

    decision = rules().decide(broken)

    assert not decision.permits
    assert "fault" in {reason.effect for reason in decision.withheld}


def test_a_rule_that_raises_forbids_what_another_would_permit() -> None:
    both = ask(("condition",), recipient="HOSP_ED", purpose="TREAT", consent="SPECIFIC")
    broken = replace(
        both, consent=Scope(actors=frozenset({"partner"}), purposes=frozenset({"TREAT"}), paths=("no.such",))
    )

    assert goes(rules().decide(both), "condition.code")
    assert stays(rules().decide(broken), "condition.code")


def test_an_obligation_that_cannot_be_discharged_refuses() -> None:
    consented = ask(("condition",), ("PART2",), recipient="BH_PROVIDER", purpose="TREAT", consent="TPO", capacity="QSO")

    decision = rules().decide(replace(consented, dischargeable=frozenset({"P2_NOTICE"})))

    assert goes(rules().decide(consented), "condition.code")
    assert not decision.permits
    assert "undischarged" in {reason.effect for reason in decision.withheld}


def test_on_the_threat_path_records_are_made_afterwards() -> None:
    threat = ask(
        ("person",),
        recipient="LE",
        purpose="AVERT_THREAT",
        emergency="THREAT",
        able_to_prevent="YES",
        judged_by="CLINICIAN",
    )

    decision = rules().decide(replace(threat, dischargeable=frozenset({"MINIMUM_NECESSARY"})))

    assert goes(decision, "person.names")
    assert decision.obligations == ("ACCOUNTING", "GOOD_FAITH_RECORD", "MINIMUM_NECESSARY")


def test_obligations_bind_only_where_nothing_freer_shows_the_same() -> None:
    treated = ask(("condition",), recipient="HOSP_ED", purpose="TREAT", consent="SPECIFIC")

    assert rules().decide(treated).obligations == ()


def test_rules_apply_from_their_day_on() -> None:
    asked = ask(("condition",), ("PART2",), recipient="BH_PROVIDER", purpose="TREAT", consent="TPO", capacity="QSO")
    first = instant(date(2024, 4, 16))

    assert not rules().decide(replace(asked, as_of=first - 1)).permits
    assert rules().decide(replace(asked, as_of=first)).permits
    assert rules().decide(replace(asked, as_of=first - 1)).valid_until == first


def test_an_answer_is_good_until_the_first_date_that_could_change_it() -> None:
    asked = replace(ask(("condition",), recipient="HOSP_ED", purpose="TREAT"), valid_until=AS_OF + 5)

    assert rules().decide(asked).valid_until == AS_OF + 5
    assert rules().decide(asked).as_of == AS_OF


def test_what_is_moved_twice_must_pass_as_both() -> None:
    moved = (("MH_CLINICAL", "SUD_RECORD"), ("MH_CLINICAL", "HIV"))
    asked = ask(("condition",), ("HIPAA",), moved, recipient="HOSP_ED", purpose="TREAT")
    without_hiv = replace(asked, limits=replace(asked.limits, categories=frozenset(Category) - {Category.HIV}))

    assert goes(rules().decide(asked), "condition.code")
    assert stays(rules().decide(without_hiv), "condition.code")


def test_a_consented_path_does_not_follow_what_a_label_moved() -> None:
    asked = ask(("condition",), recipient="FAMILY", purpose="COC", consent="SPECIFIC", agreed="AGREED", named=())
    by_path = replace(asked, consent=replace(asked.consent, paths=("condition.code",)))
    moved = replace(by_path, labels=(replace(by_path.labels[0], recast=((Category.MH_CLINICAL, Category.HIV),)),))

    assert goes(rules().decide(by_path), "condition.code")
    assert stays(rules().decide(moved), "condition.code")


@pytest.mark.parametrize("change", ["actors", "purposes"])
def test_a_consent_reaches_only_whom_and_what_it_names(change: str) -> None:
    asked = ask(("condition",), recipient="FAMILY", purpose="COC", consent="SPECIFIC", agreed="AGREED")
    other = replace(asked, consent=replace(asked.consent, **{change: frozenset({"SOMETHING_ELSE"})}))

    assert goes(rules().decide(asked), "condition.code")
    assert stays(rules().decide(other), "condition.code")


def test_a_decision_names_consent_and_agreement_it_relied_on() -> None:
    consented = rules().decide(
        ask(("condition",), ("PART2",), recipient="BH_PROVIDER", purpose="TREAT", consent="TPO", capacity="QSO")
    )
    treated = rules().decide(ask(("condition",), recipient="BH_PROVIDER", purpose="TREAT"))

    assert (consented.consents, consented.agreement) == (("C@1",), "A@1")
    assert treated.consents == ()


def test_a_full_memory_starts_anew_and_answers_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("consent.engine.ROOM", 1)
    fresh = RuleSet(rules().files, rules().views, rules().vocabulary)
    one, two = (
        ask(("condition",), recipient="HOSP_ED", purpose="TREAT"),
        ask(("person",), recipient="LE", purpose="TREAT"),
    )

    assert [fresh.decide(q).granted for q in (one, two, one)] == [rules().decide(q).granted for q in (one, two, one)]
    assert len(fresh.at(AS_OF).outcomes) == 1
