"""Somebody nobody can tell is everybody to a refusal and nobody to a permit, wherever in a directive they stand."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from hub.contracts import Reading
from hub.flow.audience import Audience
from hub.flow.label import Source
from hub.flow.named import STRANGER, known, numbered, resolved
from hub.flow.plan import House, Known
from hub.flow.standing import standing
from hub.model.care import Encounter
from hub.model.category import Category, Regime
from hub.model.consent import ConsentDirective, Provision
from hub.model.event import Body, CrisisEvent
from hub.model.plan import Link
from hub.model.values import Code, Instant
from hub.partners import Partner
from tests.consent.asking import AS_OF, rules
from tests.houses import CLINIC, HOSPITAL

PARTNERS = {"H1", "B1"}
B1, STRANGE = Code(code="B1"), Code(code="1234567893", system="http://hl7.org/fhir/sid/us-npi")


def signed(kind: str, **said: Any) -> ConsentDirective:
    given: dict[str, Any] = {"recipients": (B1,), "purposes": (Code(code="TREAT"),), "signed_at": Instant(at=1)}
    return ConsentDirective(directive="c", version="1", kind=Code(code=kind), **(given | said))


def stands(one: ConsentDirective, purpose: str = "TREAT", labels: frozenset[str] = frozenset({"R"})) -> str:
    found = standing(
        [known(one, PARTNERS)], recipient=("B1", "BH_PROVIDER"), purpose=purpose, source="H1", as_of=AS_OF, events=(labels,)
    )  # fmt: skip
    return found.state


@pytest.mark.parametrize(
    "narrowed",
    [
        {"recipients": (STRANGE,)},
        {"discloser": (STRANGE,)},
        {"provision": Provision(effect="deny", actors=(STRANGE,), purposes=(Code(code="TREAT"),))},
        {"purposes": (Code(code="NONSENSE"),)},
        {"purposes": (Code(code="NONSENSE"), Code(code="HMARKT"))},
        {"classes": (Code(code="Observation"),)},
        {"provision": Provision(effect="deny", actors=(B1,), purposes=(Code(code="TREAT"),), labels=(Code(code="ZZZ"),))},
    ],
)  # fmt: skip
def test_a_refusal_that_names_what_nobody_can_tell_refuses_everything(narrowed: dict[str, Any]) -> None:
    assert stands(signed("DENY", **narrowed)) == "DENY"


def test_a_refusal_of_what_is_understood_is_about_that_alone() -> None:
    assert stands(signed("DENY", recipients=(Code(code="H1"),))) == "NONE"
    assert stands(signed("DENY", purposes=(Code(code="HMARKT"),))) == "NONE"
    assert stands(signed("DENY", discloser=(Code(code="B1"),))) == "NONE"


def test_a_refusal_of_treatment_refuses_every_kind_of_treatment() -> None:
    assert [stands(signed("DENY"), purpose) for purpose in ("COC", "ETREAT", "TRANSFER")] == ["DENY"] * 3
    assert stands(signed("DENY"), "HPAYMT") == "NONE"


@pytest.mark.parametrize(("level", "refused"), [("N", "NRV"), ("R", "RV"), ("V", "V")])
def test_whoever_refuses_what_is_restricted_refuses_what_is_more_so(level: str, refused: str) -> None:
    root = Provision(effect="deny", actors=(B1,), purposes=(Code(code="TREAT"),), labels=(Code(code=level),))
    one = signed("DENY", provision=root)

    assert "".join(each for each in "NRV" if stands(one, labels=frozenset({each})) == "DENY") == refused


def test_whoever_permits_what_is_normal_permits_nothing_more() -> None:
    root = Provision(effect="permit", actors=(B1,), purposes=(Code(code="TREAT"),), labels=(Code(code="N"),))
    one = signed("SPECIFIC", provision=root)

    assert [stands(one, labels=frozenset({level})) for level in "NRV"] == ["SPECIFIC", "NONE", "NONE"]


@pytest.mark.parametrize(
    "said",
    [
        {"recipients": (B1, STRANGE)},
        {"provision": Provision(effect="permit", actors=(B1,), provisions=(Provision(actors=(STRANGE,)),))},
    ],
)
def test_a_permit_that_names_somebody_unknown_is_flagged_and_grants_nothing(said: dict[str, Any]) -> None:
    one = signed("SPECIFIC", **said)

    assert known(one, PARTNERS).flaws == (STRANGER,)
    assert stands(one) in ("DEFECTIVE", "DENY")


def test_a_permit_that_names_a_partner_or_a_class_of_recipients_is_as_it_was() -> None:
    one = signed("SPECIFIC", recipients=(B1, Code(code="LE")), discloser=(STRANGE,))

    assert known(one, PARTNERS) == one


NAMES = st.lists(st.sampled_from([B1, Code(code="H1"), STRANGE, Code(display="her aunt"), Code(code="LE")]), max_size=3)


@given(NAMES, NAMES, st.sampled_from(["DENY", "SPECIFIC"]))
def test_knowing_fewer_partners_never_lets_more_through(to: list[Code], inner: list[Code], kind: str) -> None:
    effect = "deny" if kind == "DENY" else "permit"
    root = Provision(effect=effect, actors=tuple(to), provisions=(Provision(effect="deny", actors=tuple(inner)),))
    one = signed(kind, recipients=tuple(to), purposes=(), provision=root)

    def asked(partners: set[str]) -> tuple[str, frozenset[Category]]:
        found = standing(
            [known(one, partners)], recipient=("B1", "BH_PROVIDER"), purpose="TREAT", source="H1", as_of=AS_OF
        )
        return found.state, found.signed[0].refused if found.signed else frozenset()

    (few, few_refused), (many, many_refused) = asked(set()), asked(PARTNERS)
    assert few in (many, "DENY", "DEFECTIVE", "NONE")
    assert few in ("DENY", "DEFECTIVE") or few_refused >= many_refused
    assert known(known(one, PARTNERS), PARTNERS) == known(one, PARTNERS)


def test_a_message_that_brings_such_a_refusal_is_planned_by_it() -> None:
    house = House(
        rules=rules(), sources={"H1": Source(regimes=frozenset({Regime.HIPAA})), "B1": Source()},
        audience=Audience((CLINIC,)), state="DEMO", in_force=lambda _, __: True,
    )  # fmt: skip
    refusal = signed("DENY", recipients=(STRANGE,))
    said: tuple[Body, ...] = (Encounter(number="v-1", status=Code(code="in-progress")), refusal)
    events = tuple(CrisisEvent(id=f"{n}", body=body, source="H1", recorded_at=AS_OF) for n, body in enumerate(said))

    def sent(*directives: ConsentDirective) -> int:
        link = Link(verdict="nobody", identity="i", person="p", fresh=True)
        known_ = Known(journal="j", source=HOSPITAL, as_of=AS_OF, link=link, directives=directives)
        return len(house.plan(Reading(kind="k", events=events[: 1 + len(directives)]), known_).outbox)

    assert sent() == 1
    assert sent(refusal) == 0


NPI = "http://hl7.org/fhir/sid/us-npi"


def by_number(one: ConsentDirective, *partners: Partner) -> ConsentDirective:
    """The directive as it is taken up from a message in a county of these partners."""
    event = CrisisEvent(id="0", body=one, source="H1", recorded_at=AS_OF)
    (found,) = resolved((event,), {p.id for p in partners}, numbered(partners))
    assert isinstance(found.body, ConsentDirective)
    return found.body


@pytest.mark.parametrize(
    "said",
    [
        {"recipients": (STRANGE,)},
        {"recipients": (STRANGE,), "discloser": (Code(code="1912301953", system=NPI),)},
        {"provision": Provision(effect="permit", actors=(STRANGE,), purposes=(Code(code="TREAT"),))},
    ],
)
def test_a_permit_that_names_partners_by_numbers_in_their_files_is_theirs(said: dict[str, Any]) -> None:
    clinic, hospital = (
        replace(partner, identifiers={NPI: (number,)})
        for partner, number in ((CLINIC, "1234567893"), (HOSPITAL, "1912301953"))
    )
    one = by_number(signed("SPECIFIC", **said), clinic, hospital)

    assert one.flaws == ()
    assert stands(one) == "SPECIFIC"
    assert stands(by_number(signed("SPECIFIC", **said), CLINIC, HOSPITAL)) in ("DEFECTIVE", "NONE")


@pytest.mark.parametrize(
    ("system", "number", "others"),
    [
        ("urn:oid:2.16.840.1.113883.4.6", "1234567893", ()),  # another system, though it gives the same numbers
        (NPI, "1234567893", ("1234567893",)),  # two of one number
        (NPI, "12345678930", ()),
        ("", "1234567893", ()),
    ],
)
def test_a_number_that_is_not_exactly_one_partners_is_nobodys(
    system: str, number: str, others: tuple[str, ...]
) -> None:
    clinic = replace(CLINIC, identifiers={NPI: ("1234567893",)})
    second = replace(HOSPITAL, identifiers={NPI: others})
    named_ = Code(code=number, system=system)

    permit = by_number(signed("SPECIFIC", recipients=(named_,)), clinic, second)
    refusal = by_number(signed("DENY", recipients=(named_,)), clinic, second)

    assert STRANGER in permit.flaws
    assert stands(permit) == "NONE"
    assert stands(refusal) == "DENY"


def test_a_refusal_of_one_partner_by_its_number_is_about_that_one_alone() -> None:
    hospital = replace(HOSPITAL, identifiers={NPI: ("1234567893",)})

    assert stands(by_number(signed("DENY", recipients=(STRANGE,)), CLINIC, hospital)) == "NONE"


@pytest.mark.parametrize(("role", "flawed"), [("CST", False), ("AUT", False), ("IRCP", True)])
def test_who_keeps_or_wrote_the_record_need_not_be_a_partner_and_a_recipient_must(role: str, flawed: bool) -> None:
    inner = Provision(effect="permit", actors=(STRANGE,), actor_roles=(role,))
    one = by_number(signed("SPECIFIC", provision=Provision(effect="permit", provisions=(inner,))), CLINIC, HOSPITAL)

    assert (STRANGER in one.flaws) is flawed


def test_messages_without_directives_are_left_alone() -> None:
    events = (CrisisEvent(id="0", body=Encounter(), source="H1", recorded_at=AS_OF),)

    assert resolved(events, PARTNERS) is events
