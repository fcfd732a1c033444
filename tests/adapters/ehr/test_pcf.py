"""Every case of IHE's Privacy Consent on FHIR, read by the adapter that partners' consents go through, in R4 and by way of R5."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import msgspec
import pytest

from adapters.ehr.fhir import Fhir
from consent.provision import Request, says
from hub.contracts import Received
from hub.model.consent import ConsentDirective
from tests.adapters.ehr.fhir_talk import TARGET, body, bundle, disclosed, events
from tests.consent.fhir_consent import instant
from tests.samples import samples

UTC = Received(journal="j", partner="clinic", as_of=1_655_000_000_000_000, zone="UTC")
TARGET_UTC = msgspec.structs.replace(TARGET, zone="UTC")
# The hub does not weigh consents to single things or to a time of facts: it keeps them flagged, and they grant nothing.
UNWEIGHED = ("it is about single facts", "it is about single things, or about some time")
WAYS = ("R4", "R4B", "R5")


@cache
def told(name: str) -> Any:
    return json.loads((samples("consent/ihe-pcf") / f"{name}.json").read_text(encoding="utf-8"))


def actors() -> list[dict[str, Any]]:
    """Whom the consents name, each with an identifier: what it is called in the cases."""
    named = {name for names in told("world")["actors"].values() for name in names} | {"Organization/ex-organization"}
    kinds = (name.partition("/") for name in sorted(named))
    return [{"resourceType": kind, "id": own, "identifier": [{"value": f"{kind}/{own}"}]} for kind, _, own in kinds]


@cache
def directive(name: str, way: str) -> ConsentDirective:
    """A consent as the adapter reads it; written in a version and read again."""
    one = body(Fhir().read(bundle(told("consents")[name]["resource"], *actors()), UTC), ConsentDirective)
    written = Fhir({"version": way}).write(disclosed(events(one)), TARGET_UTC)
    return body(Fhir().read(written.body, UTC), ConsentDirective)


def answers(way: str, *, flagged: bool) -> list[tuple[str, str, str, str]]:
    """Every case with each resource: what is expected, and what the directive says; without its flags, or with them."""
    found: list[tuple[str, str, str, str]] = []
    for case in told("cases"):
        one = directive(case["consent"], way)
        one = one if flagged else msgspec.structs.replace(one, flaws=())
        for name, expected in case["expected"].items():
            found.append((case["id"], name, expected, says(one, asked(case, told("world")["resources"][name]))))
    return found


def asked(case: dict[str, Any], resource: dict[str, Any]) -> Request:
    told_at = instant(resource.get("effectiveDateTime") or resource.get("period", {}).get("start"))
    at = instant(case["as_of"])
    assert at is not None
    return Request(
        actors=frozenset(told("world")["actors"][case["actor"]]),
        purposes=frozenset(case["purposes"]),
        as_of=at.at,
        kind=resource["resourceType"],
        labels=frozenset(label["code"] for label in resource.get("meta", {}).get("security", [])),
        references=frozenset({f"{resource['resourceType']}/{resource['id']}"}),
        related=frozenset({resource.get("encounter", {}).get("reference", "")}),
        said_at=told_at.at if told_at else None,
    )


@pytest.mark.parametrize("way", ["R4", "R4B"])
def test_every_case_is_answered_as_the_profile_says(way: str) -> None:
    assert [one for one in answers(way, flagged=False) if one[2] != one[3]] == []


def test_by_way_of_r5_every_permit_and_every_denial_is_the_same() -> None:
    assert [one for one in answers("R5", flagged=False) if one[2] != one[3]] == []


@pytest.mark.parametrize("way", WAYS)
def test_a_flag_takes_permits_away_and_nothing_else(way: str) -> None:
    for case, name, expected, said in answers(way, flagged=True):
        flaws = directive(case.partition("|")[0], way).flaws
        assert said == expected or (expected == "permit" and said == "not-applicable" and flaws), (case, name)


def test_only_consents_to_single_things_are_flagged() -> None:
    flagged = {name: directive(name, "R4").flaws for name in told("consents")}

    assert {flaw for flaws in flagged.values() for flaw in flaws} <= {*UNWEIGHED, "it names no recipient"}
