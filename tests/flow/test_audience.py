"""Interests: who wants to hear of a message."""

from __future__ import annotations

from typing import Any

import pytest

from hub.errors import Misconfigured
from hub.flow.audience import Audience
from hub.model.care import Encounter, Observation
from hub.model.event import CrisisEvent
from hub.model.values import Code, Quantity, Unit
from hub.partners import Agreement, Delivery, Interest, Partner

AGREEMENT = Agreement(
    id="a1", kind="BAA", hub_is="business associate", starts="2026-01-01", ends="2027-01-01", signature="s"
)


def partner(*when: dict[str, Any], name: str = "B1", bodies: tuple[str, ...] = ("encounter", "observation")) -> Partner:
    wants = (Interest(id="w", bodies=bodies, purpose="TREAT", when=when),)
    delivery = Delivery(format="fhir", carrier="http")
    return Partner(
        id=name, name=name, kind="BH_PROVIDER", state="XX", agreement=AGREEMENT, wants=wants, delivery=delivery
    )


def event(body: Any) -> CrisisEvent:
    return CrisisEvent(id="e", body=body, source="H1", recorded_at=0)


def risk(score: str) -> CrisisEvent:
    return event(Observation(code=Code(local="RISK"), quantity=Quantity(value=score)))


HEART = event(Observation(code=Code(local="8867-4"), quantity=Quantity(value="99")))
AT_RISK = {"observation.code": ["RISK"], "observation.quantity.value": {"at_least": 7}}


def hears(p: Partner, *events: CrisisEvent, source: str = "H1") -> bool:
    return bool(Audience([p]).of(events, source))


def test_an_interest_without_conditions_hears_every_such_body() -> None:
    assert hears(partner(), event(Encounter()))
    assert not hears(partner(bodies=("referral",)), event(Encounter()))


def test_nobody_hears_their_own_message_back() -> None:
    assert not hears(partner(), event(Encounter()), source="B1")


def test_a_condition_accepts_any_of_its_values() -> None:
    psychiatric = partner({"encounter.location.unit": ["ED", "PSY"]})

    assert hears(psychiatric, event(Encounter(location=Unit(unit="PSY"))))
    assert not hears(psychiatric, event(Encounter(location=Unit(unit="ICU"))))
    assert not hears(psychiatric, event(Encounter()))


def test_conditions_on_one_body_hold_for_one_and_the_same_event() -> None:
    assert hears(partner(AT_RISK), risk("7"), HEART)
    assert not hears(partner(AT_RISK), risk("6"), HEART)


def test_a_value_that_is_no_number_is_not_at_least_anything() -> None:
    assert not hears(partner(AT_RISK), risk("high"))


def test_alternatives_are_alternatives() -> None:
    either = partner({"encounter.location.unit": ["ED"]}, AT_RISK)

    assert hears(either, event(Encounter()), risk("9"))


def test_a_wrong_path_names_the_partner_and_the_nearest_path() -> None:
    with pytest.raises(Misconfigured, match=r"partner B1, interest w: .*encounter\.locaton"):
        Audience([partner({"encounter.locaton.unit": ["ED"]})])


def test_a_condition_that_is_no_condition_is_refused() -> None:
    with pytest.raises(Misconfigured, match="at_least"):
        Audience([partner({"encounter.number": {"more_than": 3}})])
