"""Consents as they are filled in: what is wrong with a form is kept with it, and such a form grants nothing."""

from __future__ import annotations

from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.elements import COMMUNICATIONS, ELEMENTS, FINDINGS, lacking
from hub.flow.capture import Form, Kind, Role, captured
from hub.flow.standing import standing
from hub.lens.times import iso_instant
from hub.model.consent import ConsentDirective, Provision
from hub.model.values import Code, Instant

# A day in May 2026.
NOON = 1_780_000_000_000_000

WHOLE = Form(
    number="C-17", kind="SPECIFIC", part2=True, signer="X. Quill", signed_at="2026-03-01T09:00:00-07:00",
    expires_at="2027-03-01", discloser=("B1-S",), recipients=("B1",), purposes=("TREAT",), classes=("SUD_RECORD", "MH_CLINICAL"),
    said_to_be_revocable=True, form_hash="abc",
)  # fmt: skip


def capture(**said: Any) -> ConsentDirective:
    form = msgspec.structs.replace(WHOLE, **said)
    return captured(form, zone="America/Phoenix", partners=("B1", "B1-S"), at=NOON)


def state(one: ConsentDirective, at: int = NOON, purpose: str = "TREAT") -> str:
    """What it comes to for clinic B1, about what B1-S holds."""
    recipient = ("B1", "BH_PROVIDER")
    return standing([one], recipient=recipient, purpose=purpose, source="B1-S", as_of=at).state


def test_a_whole_form_grants_what_it_says() -> None:
    made = capture()

    assert made.flaws == ()
    assert (state(made), state(made, purpose="COC")) == ("SPECIFIC", "NONE")
    assert made.profile == "ihe-pcf"


@pytest.mark.parametrize(
    ("said", "flaw"),
    [
        ({"recipients": ("somebody",)}, "it names somebody nobody can tell"),
        ({"discloser": ("somebody",)}, "it names somebody nobody can tell"),
        ({"purposes": ("TREAT", "GOSSIP")}, "its purpose cannot be read"),
        ({"classes": ("EVERYTHING",)}, "it names a kind of content nobody can tell"),
        ({"expires_at": "next year"}, "its period cannot be read"),
        ({"expires_at": "2026-02-01"}, "it ends before it begins"),
        ({"signed_at": "2199-01-01T00:00:00Z"}, "it was signed after it was captured"),
        ({"revoked_at": "2025-01-01"}, "it was revoked before it was signed"),
        ({"signer_role": "REPRESENTATIVE"}, "it does not say by which right somebody signed for another"),
        ({"signer_role": "PARENT", "authority": " "}, "it does not say by which right somebody signed for another"),
        ({"said_to_be_revocable": False}, "it does not say that it can be revoked, 42 CFR 2.31(a)(6)"),
        ({"recipients": ()}, "it names no recipient or no purpose"),
        ({"discloser": ()}, "it does not say who may disclose, 42 CFR 2.31(a)(2)"),
        ({"classes": ()}, "it does not say how much and what kind of information, 42 CFR 2.31(a)(3)"),
        ({"purposes": ()}, "it does not say what for, 42 CFR 2.31(a)(5)"),
        ({"expires_at": ""}, "it does not say when it ends, 42 CFR 2.31(a)(7)"),
        ({"signed_at": ""}, "it does not say when it was signed, 42 CFR 2.31(a)(9)"),
    ],
)
def test_what_is_wrong_is_kept_in_words_and_grants_nothing(said: dict[str, Any], flaw: str) -> None:
    made = capture(**said)

    assert flaw in made.flaws
    assert state(made) in ("DEFECTIVE", "NONE")


def test_a_directive_under_another_meaning_grants_nothing_and_refuses_what_it_refuses() -> None:
    other = msgspec.structs.replace(capture(), profile="leap-r4")

    assert state(capture()) == "SPECIFIC"
    assert state(other) == "DEFECTIVE"
    assert state(msgspec.structs.replace(capture(kind="DENY", classes=()), profile="leap-r4")) == "DENY"


def test_a_flaw_never_weakens_a_refusal() -> None:
    made = capture(kind="DENY", recipients=("B1", "somebody"), classes=(), expires_at="")

    assert made.flaws == ("it names somebody nobody can tell",)
    assert state(made) == "DENY"


def test_a_representative_who_says_by_which_right_signs_for_another() -> None:
    made = capture(signer_role="REPRESENTATIVE", authority="health care proxy of 2024-05-02")

    assert made.flaws == ()
    assert [code.code for code in made.elements] == ["right-to-revoke", "authority"]


def test_who_signed_reaches_the_rules_so_that_a_minors_own_consent_is_told_from_a_parents() -> None:
    found = {
        role: standing(
            [capture(signer_role=role, authority="custody")], recipient=("B1", "BH_PROVIDER"), purpose="TREAT", source="B1-S",
            as_of=NOON,
        ).facts["signer"]
        for role in ("PERSON", "MINOR", "PARENT", "BOTH", "REPRESENTATIVE")
    }  # fmt: skip

    assert found == {role: role for role in found}


def test_a_day_on_which_it_ends_is_one_of_the_zone_it_was_captured_in() -> None:
    made = capture(expires_at="2026-12-31")

    assert made.expires_at is not None
    assert made.expires_at.precision == "day"
    assert state(made, made.expires_at.at) == "EXPIRED"


def test_a_refusal_holds_through_the_day_until_which_it_was_said() -> None:
    made = capture(kind="DENY", classes=(), expires_at="2026-12-31")
    evening, after = (iso_instant(text, "America/Phoenix") for text in ("2026-12-31T23:59:59", "2027-01-01T00:00:00"))

    assert evening is not None
    assert after is not None
    assert [state(made, one.at) for one in (evening, after)] == ["DENY", "NONE"]


COMPLETE = ConsentDirective(
    directive="c", kind=Code(code="TPO", local="42CFRPart2"), discloser=(Code(code="B1-S"),), recipients=(Code(code="B1"),),
    purposes=(Code(code="TREAT"),), provision=Provision(effect="permit", labels=(Code(code="ETH"),), actors=(Code(code="B1"),),
    actor_roles=("IRCP",), purposes=(Code(code="TREAT"),)), expires_at=Instant(at=NOON + 1), signer_role=Code(code="PERSON"),
    signed_at=Instant(at=1),
)  # fmt: skip
LEFT_OUT: dict[str, dict[str, Any]] = {
    "(a)(2)": {"discloser": ()},
    "(a)(3)": {"provision": None},
    "(a)(4)": {"recipients": (), "provision": None, "classes": (Code(code="SUD_RECORD"),)},
    "(a)(5)": {"purposes": (), "provision": None, "classes": (Code(code="SUD_RECORD"),)},
    "(a)(7)": {"expires_at": None},
    "(a)(8)": {"signer_role": None},
    "(a)(9)": {"signed_at": None},
}


@pytest.mark.parametrize("place", ELEMENTS)
def test_the_elements_of_2_31_are_checked_again_whenever_somebody_relies_on_a_consent(place: str) -> None:
    """However it came, and although whoever read it found no flaw."""
    bare = msgspec.structs.replace(COMPLETE, **LEFT_OUT[place])

    assert lacking(COMPLETE) == ()
    assert [place in words for words in lacking(bare)] == [True]
    assert state(bare) in ("DEFECTIVE", "NONE")


def test_a_consent_under_another_law_needs_other_things() -> None:
    assert lacking(msgspec.structs.replace(COMPLETE, kind=Code(code="TPO"), expires_at=None)) == ()


def ordered(kind: str = "PART2_ORDER", **said: Any) -> ConsentDirective:
    findings = (*FINDINGS[kind], *COMMUNICATIONS[:1])
    given = {"kind": kind, "part2": False, "signer": "Superior Court", "findings": findings, "purposes": ("LE_INVEST",)}
    return capture(**(given | said))


def legal(one: ConsentDirective) -> str:
    """What it comes to as an order."""
    found = standing([one], recipient=("B1", "BH_PROVIDER"), purpose="LE_INVEST", source="B1-S", as_of=NOON)
    return found.facts["legal"]


@pytest.mark.parametrize("kind", FINDINGS)
def test_an_order_under_part_2_needs_every_finding(kind: str) -> None:
    assert legal(ordered(kind)) == kind
    for place in FINDINGS[kind]:
        left = tuple(one for one in (*FINDINGS[kind], *COMMUNICATIONS) if one != place)
        made = ordered(kind, findings=left)
        assert [flaw for flaw in made.flaws if place in flaw]
        assert legal(made) == "NONE"


def test_confidential_communications_need_one_finding_more() -> None:
    made = ordered("PART2_ORDER_63", findings=tuple(FINDINGS["PART2_ORDER_63"]))

    assert "the court found none of what opens confidential communications, 42 CFR 2.63(a)" in made.flaws
    assert legal(made) == "NONE"
    assert [legal(ordered("PART2_ORDER_63", findings=(*FINDINGS["PART2_ORDER"], one))) for one in COMMUNICATIONS] == [
        "PART2_ORDER_63"
    ] * len(COMMUNICATIONS)


@pytest.mark.parametrize(
    "said",
    [{"classes": ()}, {"recipients": ()}, {"purposes": ()}, {"signer": ""}, {"form_hash": ""}, {"findings": ("2.99",)}],
    ids=lambda said: next(iter(said)),
)
def test_an_order_that_says_too_little_or_cannot_be_told_opens_nothing(said: dict[str, Any]) -> None:
    made = ordered(**said)

    assert made.flaws
    assert legal(made) == "NONE"


def test_the_findings_are_looked_for_again_at_every_reliance() -> None:
    kept = msgspec.structs.replace(ordered(), elements=(), flaws=())

    assert legal(kept) == "NONE"


WORDS = st.sampled_from(
    ["B1", "B1-S", "X. Quill", "", "TREAT", "IDENT", "2026-13-40", "2026-03-01", "\x00", "2.65(d)(1)"]
)
NAMES = st.lists(WORDS, max_size=3).map(tuple)


@given(
    kind=st.sampled_from(get_args(Kind)),
    said=st.fixed_dictionaries(
        {},
        optional={
            **dict.fromkeys(
                ("signer", "authority", "signed_at", "effective_at", "expires_at", "revoked_at", "form_hash"), WORDS
            ),
            **dict.fromkeys(("discloser", "recipients", "purposes", "classes", "findings"), NAMES),
            **dict.fromkeys(("part2", "covers_every_provider_type", "said_to_be_revocable"), st.booleans()),
            "signer_role": st.sampled_from(get_args(Role)),
        },
    ),
)
def test_whatever_a_form_says_it_is_kept_and_a_flaw_opens_nothing(kind: str, said: dict[str, Any]) -> None:
    made = capture(kind=kind, **said)

    found = standing([made], recipient=("B1", "BH_PROVIDER"), purpose="TREAT", source="B1-S", as_of=NOON)
    if made.flaws:
        assert found.state in ("NONE", "DENY", "DEFECTIVE", "REVOKED", "EXPIRED")
        assert found.facts["legal"] == "NONE"
        assert not found.scope.categories
    assert not any(word in flaw for flaw in made.flaws for word in ("Quill", "\x00"))
