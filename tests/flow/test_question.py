"""From facts to the question: what is filed for a person reaches the rules, and stays with the decision."""

from __future__ import annotations

from typing import Any

from hub.flow.question import Asked, again, ask, decode, encode, question
from hub.flow.standing import standing
from hub.model.category import Regime
from hub.model.consent import ConsentDirective, Provision
from hub.model.label import Label
from hub.model.values import Code, Instant
from hub.partners import Agreement, Interest, Partner
from tests.consent.asking import AS_OF, goes, rules, stays

HIPAA = Label(regimes=frozenset({Regime.HIPAA}))
HIV = Label(regimes=frozenset({Regime.HIPAA}), sensitivities=frozenset({"HIV"}))
BODIES = ("person", "condition")


def partner(name: str, kind: str, purpose: str) -> Partner:
    agreement = Agreement(
        id=name, kind="MOU", hub_is="partner", starts="2026-01-01", ends="2039-01-01", signature="x",
        purposes=(purpose,), categories=("ADMIN", "IDENT", "MH_CLINICAL", "MEDS"),
    )  # fmt: skip
    return Partner(id=name, name=name, kind=kind, state="DEMO", agreement=agreement)


PD, B1 = partner("PD", "LE", "LE_INVEST"), partner("B1", "BH_PROVIDER", "TREAT")


def filed(kind: str, recipient: str, purpose: str, **said: Any) -> ConsentDirective:
    given = {"classes": (Code(code="IDENT"), Code(code="MH_CLINICAL")), "signer": "Hon. A. Judge", "form_hash": "0f"}
    return ConsentDirective(
        directive="d1", version="1", kind=Code(code=kind), signed_at=Instant(at=1),
        recipients=(Code(code=recipient),), purposes=(Code(code=purpose),), **(given | said),
    )  # fmt: skip


def asked(to: Partner, *directives: ConsentDirective, labels: tuple[Label, ...] = (HIPAA, HIPAA)) -> Asked:
    purpose = to.agreement.purposes[0]
    interest = Interest(id="i", bodies=BODIES, purpose=purpose)
    signed = standing(
        directives, recipient=(to.id, to.kind), purpose=purpose, source="H1", as_of=AS_OF,
        events=tuple(one.sensitivities for one in labels),
    )  # fmt: skip
    say = {"subject": "ADULT", "capacity": "BUSINESS_ASSOCIATE"}
    return ask(say, to, interest, signed, state="DEMO", as_of=AS_OF)


def decided(one: Asked, to: Partner, labels: tuple[Label, ...] = (HIPAA, HIPAA)) -> Any:
    return rules().decide(question(decode(encode(one)), to, labels, BODIES, AS_OF))


def test_a_court_order_opens_to_police_what_it_names_and_no_more() -> None:
    served = asked(PD, filed("COURT_ORDER", "PD", "LE_INVEST"))
    decision = decided(served, PD)

    assert goes(decision, "condition.code")
    assert stays(decision, "medication")
    assert "ACCOUNTING" in decision.obligations
    assert stays(decided(asked(PD), PD), "condition")
    assert stays(decided(asked(PD, filed("COURT_ORDER", "C1", "LE_INVEST")), PD), "condition")


def test_an_order_that_was_lifted_meanwhile_opens_nothing_any_more() -> None:
    served = asked(PD, filed("COURT_ORDER", "PD", "LE_INVEST"))

    assert stays(decided(again(served, PD, (), source="H1", as_of=AS_OF, labels=(HIPAA, HIPAA)), PD), "condition")


def test_a_waiver_that_was_lifted_leaves_no_fact_behind() -> None:
    waived = asked(PD, filed("WAIVER", "PD", "LE_INVEST"))

    assert waived.facts["research"] == "WAIVER"
    assert "research" not in again(waived, PD, (), source="H1", as_of=AS_OF, labels=(HIPAA, HIPAA)).facts


def test_what_a_person_refused_of_their_record_stays_and_the_rest_goes() -> None:
    root = Provision(effect="deny", classes=(Code(code="MH_CLINICAL"),))
    refusal = filed("DENY", "B1", "TREAT", classes=root.classes, provision=root)
    decision = decided(asked(B1, refusal), B1)

    assert goes(decision, "person.names")
    assert stays(decision, "condition.code")
    assert "hipaa.no.refusal" in {r.rule for r in decision.withheld}


def test_what_a_person_refused_by_sensitivity_stays_wherever_it_turns_up() -> None:
    labels = (HIPAA, HIV)
    whom: dict[str, Any] = {"actors": (Code(code="B1"),), "purposes": (Code(code="TREAT"),)}
    root = Provision(effect="deny", labels=(Code(code="HIV"),), **whom)
    decision = decided(asked(B1, filed("DENY", "B1", "TREAT", classes=(), provision=root), labels=labels), B1, labels)

    assert goes(decision, "person.names")
    assert stays(decision, "condition")
