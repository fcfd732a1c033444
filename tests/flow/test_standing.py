"""What a person's consents say about one recipient and purpose: order-independent, a denial wins, silence narrows."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from consent.elements import FINDINGS
from consent.question import Signed
from hub.flow.standing import Standing, standing
from hub.model.category import Category
from hub.model.consent import ConsentDirective, Provision
from hub.model.values import Code, Instant

NOON = 1_000_000


def consent(kind: str, name: str = "c1", **said: Any) -> ConsentDirective:
    given: dict[str, Any] = {
        "recipients": (Code(code="B1"),),
        "purposes": (Code(code="TREAT"),),
        "classes": (Code(code="MH_CLINICAL"),),
        "signed_at": Instant(at=1),
    }
    return ConsentDirective(directive=name, version="1", kind=Code(code=kind), **{**given, **said})


def to_clinic(*directives: ConsentDirective, as_of: int = NOON, purpose: str = "TREAT") -> Standing:
    return standing(directives, recipient=("B1", "BH_PROVIDER"), purpose=purpose, source="H1", as_of=as_of)


def test_nothing_signed_is_none() -> None:
    assert to_clinic().state == "NONE"


def test_a_release_names_what_it_opens() -> None:
    found = to_clinic(consent("SPECIFIC"))

    assert found.state == "SPECIFIC"
    assert found.scope.categories == {Category.MH_CLINICAL}
    assert found.scope.purposes == {"TREAT"}
    assert found.relied_on == ("c1@1",)


def test_a_denial_beats_a_release_in_every_order() -> None:
    signed = [consent("SPECIFIC", "a"), consent("DENY", "b", classes=()), consent("TPO", "c")]

    assert {to_clinic(*order).state for order in permutations(signed)} == {"DENY"}


def test_a_permit_without_recipients_speaks_of_nobody_and_a_denial_of_everybody() -> None:
    assert to_clinic(consent("SPECIFIC", recipients=())).state == "NONE"
    assert to_clinic(consent("TPO", recipients=())).state == "NONE"
    assert to_clinic(consent("DENY", recipients=(), classes=())).state == "DENY"


def test_another_recipient_or_purpose_is_not_spoken_of() -> None:
    assert to_clinic(consent("SPECIFIC", recipients=(Code(code="PD"),))).state == "NONE"
    assert to_clinic(consent("SPECIFIC"), purpose="HPAYMT").state == "NONE"


def test_a_class_of_recipients_names_its_members() -> None:
    assert to_clinic(consent("TPO", recipients=(Code(code="BH_PROVIDER"),))).state == "TPO"


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ({"expires_at": Instant(at=NOON)}, "EXPIRED"),
        ({"expires_at": Instant(at=NOON + 1)}, "SPECIFIC"),
        ({"revoked_at": Instant(at=NOON)}, "REVOKED"),
        ({"effective_at": Instant(at=NOON + 1)}, "DEFECTIVE"),
        ({"flaws": ("signature",)}, "DEFECTIVE"),
    ],
)
def test_time_and_flaws_end_a_release(said: dict[str, Any], state: str) -> None:
    assert to_clinic(consent("SPECIFIC", **said)).state == state


def test_the_answer_says_until_when_it_stands() -> None:
    assert to_clinic(consent("SPECIFIC", expires_at=Instant(at=NOON + 5))).valid_until == NOON + 5


def test_the_latest_version_of_a_directive_counts_whatever_came_first() -> None:
    old = consent("SPECIFIC", signed_at=Instant(at=1))
    new = consent("SPECIFIC", signed_at=Instant(at=2), revoked_at=Instant(at=3))

    assert to_clinic(old, new).state == to_clinic(new, old).state == "REVOKED"


def test_what_is_signed_again_after_its_revocation_holds() -> None:
    ended = consent("SPECIFIC", signed_at=Instant(at=1), revoked_at=Instant(at=3))
    again = consent("SPECIFIC", signed_at=Instant(at=4))

    assert to_clinic(ended, again).state == to_clinic(again, ended).state == "SPECIFIC"


def test_a_revocation_that_names_a_day_is_not_beaten_by_an_hour_of_it() -> None:
    signed = consent("SPECIFIC", signed_at=Instant(at=5))
    ended = consent("SPECIFIC", signed_at=Instant(at=5), revoked_at=Instant(at=0, precision="day"))

    assert to_clinic(signed, ended).state == to_clinic(ended, signed).state == "REVOKED"


def test_a_permit_that_has_the_number_of_a_refusal_by_chance_does_not_take_its_place() -> None:
    """Two senders may number their consents alike: the newest never beats an older refusal silently."""
    refusal = consent("DENY", signed_at=Instant(at=1))
    permit = consent("SPECIFIC", signed_at=Instant(at=2))
    lifted = consent("DENY", signed_at=Instant(at=1), revoked_at=Instant(at=2))

    assert to_clinic(refusal, permit) == to_clinic(permit, refusal)
    assert to_clinic(refusal, permit).signed[0].refused == {Category.MH_CLINICAL}
    assert to_clinic(refusal, lifted).signed == ()


# --- what is nested in a directive, and what it says of single categories and sensitivities


def code(*names: str) -> tuple[Code, ...]:
    return tuple(Code(code=name) for name in names)


def opened(*exceptions: Provision, **said: Any) -> ConsentDirective:
    root = Provision(effect="permit", actors=code("B1"), purposes=code("TREAT"), provisions=exceptions)
    return consent("TPO", classes=(), provision=root, **said)


def test_a_refusal_of_some_categories_leaves_the_others_as_they_were() -> None:
    found = to_clinic(consent("DENY"), consent("SPECIFIC", "c2", classes=code("MEDS")))

    assert found.state == "SPECIFIC"
    assert found.signed == (Signed(state="SPECIFIC", refused=frozenset({Category.MH_CLINICAL})),)
    assert found.relied_on == ("c1@1", "c2@1")


def test_an_exception_within_a_consent_is_weighed() -> None:
    found = to_clinic(opened(Provision(effect="deny", classes=code("SUD_RECORD"))))

    assert found.signed == (Signed(state="TPO", refused=frozenset({Category.SUD_RECORD})),)


def test_an_exception_by_sensitivity_reaches_the_events_that_have_it() -> None:
    signed = [opened(Provision(effect="deny", labels=code("HIV")))]
    found = standing(
        signed, recipient=("B1", "BH_PROVIDER"), purpose="TREAT", source="H1", as_of=NOON,
        events=(frozenset({"HIV", "PSY"}), frozenset({"PSY"})),
    )  # fmt: skip

    assert [one.state for one in found.signed] == ["DENY", "TPO"]
    assert found.state == "TPO"


def test_a_consent_to_one_sensitivity_speaks_of_no_other() -> None:
    root = Provision(effect="permit", actors=code("B1"), purposes=code("TREAT"), labels=code("ETH"))
    found = standing(
        [consent("TPO", classes=(), provision=root)], recipient=("B1", "BH_PROVIDER"), purpose="TREAT", source="H1",
        as_of=NOON, events=(frozenset({"ETH"}), frozenset()),
    )  # fmt: skip

    assert [one.state for one in found.signed] == ["TPO", "NONE"]


def test_an_exception_in_its_own_time_changes_the_answer_then() -> None:
    pause = Provision(effect="deny", starts_at=Instant(at=NOON), ends_at=Instant(at=NOON + 5))

    assert to_clinic(opened(pause), as_of=NOON - 1).state == "TPO"
    assert to_clinic(opened(pause), as_of=NOON).state == "DENY"
    assert to_clinic(opened(pause), as_of=NOON + 5).state == "TPO"
    assert to_clinic(opened(pause)).valid_until == NOON + 5


def test_an_exception_about_single_facts_is_a_refusal_of_all_that_could_be_them() -> None:
    single = Provision(effect="deny", classes=code("MEDS"), codes=code("1234-5"))

    assert to_clinic(opened(single)).signed[0].refused == {Category.MEDS}


def test_an_exception_that_permits_makes_a_refusal_smaller_and_grants_nothing() -> None:
    root = Provision(effect="deny", provisions=(Provision(effect="permit", classes=code("MEDS")),))
    found = to_clinic(consent("DENY", recipients=(), purposes=(), classes=(), provision=root))

    assert found.state == "NONE"
    assert found.signed[0].refused == frozenset(Category) - {Category.MEDS}


def test_what_a_permit_excepts_stays_refused_though_it_names_nobody() -> None:
    """Consented to by everybody's silence, except for one: that one is refused."""
    root = Provision(effect="permit", provisions=(Provision(effect="deny", actors=code("B1")),))
    one = consent("TPO", recipients=(), purposes=(), classes=(), provision=root)

    assert to_clinic(one).state == "DENY"
    assert standing([one], recipient=("PD", "LE"), purpose="TREAT", source="H1", as_of=NOON).state == "NONE"


def test_a_refusal_with_a_flaw_still_refuses_and_one_that_is_over_does_not() -> None:
    assert to_clinic(consent("DENY", classes=(), flaws=("signature",))).state == "DENY"
    assert to_clinic(consent("DENY", classes=(), expires_at=Instant(at=NOON))).state == "NONE"
    assert to_clinic(consent("DENY", classes=(), revoked_at=Instant(at=NOON))).state == "NONE"


def test_two_versions_of_one_instant_both_count_and_so_do_those_without_a_name() -> None:
    tied = [consent("SPECIFIC"), consent("DENY", classes=())]
    unnamed = [
        consent("DENY", "", classes=(), signed_at=Instant(at=1)),
        consent("SPECIFIC", "", signed_at=Instant(at=9)),
    ]

    assert {to_clinic(*order).state for order in permutations(tied)} == {"DENY"}
    assert {to_clinic(*order).state for order in permutations(unnamed)} == {"DENY"}


def test_a_consent_to_treatment_payment_and_operations_speaks_of_every_kind_of_treatment() -> None:
    assert to_clinic(consent("TPO"), purpose="COC").state == "TPO"
    assert to_clinic(consent("SPECIFIC"), purpose="COC").state == "NONE"


def test_who_signed_is_told_and_two_signers_are_nobody_known() -> None:
    parent, person = Code(code="PARENT"), Code(code="PERSON")

    assert to_clinic(consent("TPO", signer_role=parent)).facts["signer"] == "PARENT"
    both = to_clinic(consent("TPO", "a", signer_role=parent), consent("TPO", "b", signer_role=person))
    assert both.facts["signer"] == "UNKNOWN"


# --- orders and restrictions


def order(kind: str = "COURT_ORDER", name: str = "o1", **said: Any) -> ConsentDirective:
    return consent(kind, name, **{"signer": "Hon. A. Judge", "form_hash": "0f", **said})


def test_an_order_opens_what_it_names_and_is_no_consent() -> None:
    found = to_clinic(order())

    assert (found.state, found.facts["legal"]) == ("NONE", "COURT_ORDER")
    assert found.order.categories == {Category.MH_CLINICAL}
    assert found.order.purposes == {"TREAT"}
    assert found.scope.categories == frozenset()
    assert found.relied_on == ("o1@1",)


@pytest.mark.parametrize(
    "said",
    [
        {"expires_at": Instant(at=NOON)},
        {"revoked_at": Instant(at=NOON)},
        {"effective_at": Instant(at=NOON + 1)},
        {"signer": ""},
        {"form_hash": ""},
        {"recipients": ()},
        {"recipients": code("PD")},
    ],
)
def test_an_order_that_is_over_unsigned_or_for_somebody_else_is_none(said: dict[str, Any]) -> None:
    found = to_clinic(order(**said))

    assert (found.facts["legal"], found.order.categories) == ("NONE", frozenset())


def test_the_strongest_of_several_orders_is_the_one() -> None:
    found = code(*FINDINGS["PART2_ORDER"])
    filed = [order(), order("PART2_ORDER", "o2", classes=code("SUD_RECORD"), elements=found)]

    for one in permutations(filed):
        assert to_clinic(*one).facts["legal"] == "PART2_ORDER"
        assert to_clinic(*one).order.categories == {Category.SUD_RECORD}


# What stands in the files beside consents, and the fact each sets: said once more, so that none falls among the consents unnoticed.
FILED = {
    "legal": ("PART2_CIVIL", "COURT_ORDER", "MANDATE", "ADMIN_REQUEST", "SUBPOENA_ASSURED", "SUBPOENA"),
    "research": ("WAIVER",),
    "restriction": ("AGREED", "REQUESTED"),
}


@pytest.mark.parametrize(("fact", "kind"), [(fact, kind) for fact, kinds in FILED.items() for kind in kinds])
def test_no_paper_in_the_files_is_taken_for_a_consent(fact: str, kind: str) -> None:
    signed: dict[str, Any] = {"signer": "Hon. A. Judge", "form_hash": "0f", "elements": code(*FINDINGS.get(kind, ()))}
    found = to_clinic(consent(kind, **signed))

    assert (found.facts[fact], found.state, found.scope.categories) == (kind, "NONE", frozenset())


def test_an_agreed_restriction_is_a_fact_of_its_own() -> None:
    found = to_clinic(consent("AGREED", classes=()))

    assert (found.state, found.facts["restriction"]) == ("NONE", "AGREED")
