"""What a person's consents say about one recipient and purpose: order-independent, a denial wins, silence narrows."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from hub.flow.standing import Standing, standing
from hub.model.category import Category
from hub.model.consent import ConsentDirective
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
    signed = [consent("SPECIFIC", "a"), consent("DENY", "b"), consent("TPO", "c")]

    assert {to_clinic(*order).state for order in permutations(signed)} == {"DENY"}


def test_a_permit_without_recipients_speaks_of_nobody_and_a_denial_of_everybody() -> None:
    assert to_clinic(consent("SPECIFIC", recipients=())).state == "NONE"
    assert to_clinic(consent("TPO", recipients=())).state == "NONE"
    assert to_clinic(consent("DENY", recipients=())).state == "DENY"


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
