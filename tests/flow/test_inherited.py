"""What came with a message binds: after its sender's retention nothing of it is passed on."""

from __future__ import annotations

import pytest

from consent.explanation import explain
from hub.flow.audience import Audience
from hub.flow.inherited import kept_until, passed_on
from hub.flow.plan import House
from hub.flow.question import Asked
from hub.model.category import Regime
from hub.model.decision import Decision
from hub.model.label import Label
from tests.consent.asking import AS_OF, rules
from tests.flow.test_question import B1, BODIES, asked

LATER = "retention-expiry:2026-11-22T00:00:00.000001Z"
HOUSE = House(rules=rules(), sources={}, audience=Audience(()), state="DEMO", in_force=lambda _, __: True)


def decided(*inherited: str, as_of: int = AS_OF) -> Decision:
    label = Label(regimes=frozenset({Regime.HIPAA}), inherited=inherited)
    found: Asked = asked(B1, labels=(label, label))
    return HOUSE.decide(found, B1, (label, label), BODIES, as_of)


def test_nothing_is_passed_on_after_its_senders_retention() -> None:
    assert decided(LATER).permits
    assert decided(LATER).valid_until == AS_OF + 1
    assert not decided(LATER, as_of=AS_OF + 1).permits
    assert decided(as_of=AS_OF + 1).permits


def test_the_refusal_says_why() -> None:
    said = explain(decided(LATER, as_of=AS_OF + 1))

    assert any("let it be kept until then" in line for line in said)


@pytest.mark.parametrize("text", ["soon", "2026-13-45", "2999-01-01T00:00:00", ""])
def test_an_end_that_nobody_can_read_has_passed(text: str) -> None:
    assert kept_until([Label(inherited=(f"retention-expiry:{text}",))]) == 0


def test_the_earliest_of_several_ends_counts() -> None:
    ends = ("retention-expiry:1970-01-01T00:00:02Z", "retention-expiry:1970-01-01T00:00:01Z")

    assert kept_until([Label(inherited=ends), Label()]) == 1_000_000
    assert kept_until([Label()]) is None


@pytest.mark.parametrize(
    "code",
    # HL7 v3 ActInformationSensitivityPolicy, how confidential the sender holds it, and what only the sender's own people understand.
    ["BH", "COGN", "DVD", "EMOTDIS", "MH", "PSY", "PSYTHPN", "SUD", "ETH", "ETHUD", "OPIOIDUD", "HIV", "STD", "SCA", "SICKLE",
     "GDIS", "PREGNANT", "SEX", "SDV", "VIO", "MST", "TBOO", "DIA", "R", "V", "42CFRPart2", "SUICIDE-WATCH", "F11.20"],
)  # fmt: skip
def test_a_hospitals_code_that_may_tell_goes_on_only_beside_something_clinical(code: str) -> None:
    came = [Label(regimes=frozenset({Regime.HIPAA}), inherited=(code, "NORDSCLCD", LATER))]

    assert passed_on(came, clinical=False) == {"NORDSCLCD", LATER}
    assert passed_on(came, clinical=True) == {code, "NORDSCLCD", LATER}


def test_a_restriction_that_police_put_on_their_own_record_goes_on_to_everybody() -> None:
    came = [Label(regimes=frozenset({Regime.CJIS}), inherited=("AGENCY-ONLY", "HIV"))]

    assert passed_on(came, clinical=False) == {"AGENCY-ONLY"}
