"""A consent to a clinic that excepts the facts of some days, through the whole house: what goes, what stays, and what is asked back."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.capabilities.phrases import ME, bundle, score
from tests.capabilities.test_names import recalled
from tests.capabilities.town import TRAFFIC, Town, town

CONSENT = json.loads((TRAFFIC / "14-b1s-consent.json").read_text("utf-8"))


@pytest.fixture
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(tmp_path_factory.mktemp("times") / "county") as found:
        yield found


def excepting(**criteria: Any) -> str:
    """The county's example, with an exception."""
    whole = copy.deepcopy(CONSENT)
    whole["entry"][1]["resource"]["provision"]["provision"] = [{"type": "deny", **criteria}]
    return json.dumps(whole)


def result(day: str, value: int) -> str:
    """A questionnaire that was answered on a day."""
    answered = score("75626-2", "Total score AUDIT-C", value) | {"effectiveDateTime": day, "subject": {"reference": ME}}
    return bundle(CONSENT["entry"][0]["resource"], answered)


def scores(told: dict[str, list[str]]) -> set[int]:
    """The results that the clinic got."""
    resources = [entry["resource"] for text in told.get("B1", ()) for entry in json.loads(text).get("entry", ())]
    return {one["valueQuantity"]["value"] for one in resources if one["resourceType"] == "Observation"}


def test_facts_of_excepted_days_stay_and_others_go(here: Town) -> None:
    here.tell("B1-S", excepting(dataPeriod={"start": "2026-03-10", "end": "2026-03-12"}))
    for n, day in enumerate(
        ("2026-03-09T12:00:00-07:00", "2026-03-10", "2026-03-12T23:59:00-07:00", "2026-03-13T00:00:00-07:00")
    ):
        here.tell("B1-S", result(day, n))

    assert scores(here.delivered()) == {0, 3}


def test_exceptions_of_single_things_refuse_all_that_they_could_be(here: Town) -> None:
    here.tell("B1-S", excepting(data=[{"meaning": "related", "reference": {"reference": "Encounter/7"}}]))
    here.tell("B1-S", result("2026-03-09", 1))

    assert scores(here.delivered()) == set()


def test_what_such_a_consent_let_through_is_asked_back_when_it_is_revoked(here: Town) -> None:
    here.tell("B1-S", excepting(dataPeriod={"start": "2026-03-10", "end": "2026-03-12"}))
    here.tell("B1-S", result("2026-03-09", 1))
    went = here.delivered()
    here.tell("B1-S", TRAFFIC / "21-b1s-revocation.json")
    recalled(here)

    assert scores(went) == {1}
    assert any("Stop relying" in text for text in here.delivered()["B1"])
