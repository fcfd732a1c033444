"""What a person's directives say: nested, in time, to a role; a denial wins, and the order of directives is nothing."""

from __future__ import annotations

import json
from datetime import datetime
from itertools import permutations
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.provision import Request, says, weigh
from hub.flow.project import Envelope, handling, project
from hub.model.care import Condition
from hub.model.category import Regime
from hub.model.consent import ConsentDirective, Provision
from hub.model.event import CrisisEvent
from hub.model.label import Label
from hub.model.values import Code, Instant
from tests.consent.asking import ask, rules
from tests.consent.fhir_consent import directive, instant
from tests.samples import samples

TRAPS: dict[str, dict[str, Any]] = {
    trap["id"]: trap for trap in json.loads((Path(__file__).parent / "consent-traps.json").read_text(encoding="utf-8"))
}
OF_THE_LABELS = {"redact-direction"}


def request(asked: dict[str, Any], **about: Any) -> Request:
    at = datetime.fromisoformat(asked["as_of"])
    seconds = (at - datetime(1970, 1, 1, tzinfo=at.tzinfo)).total_seconds()
    actors = about.pop("actors", [asked["actor"]])
    return Request(
        actors=frozenset(actors), purposes=frozenset(asked["purposes"]), as_of=int(seconds) * 1_000_000, **about
    )


@pytest.mark.parametrize("name", sorted(TRAPS.keys() - OF_THE_LABELS))
def test_traps_that_peers_fall_into(name: str) -> None:
    trap = TRAPS[name]

    for order in permutations(trap["consents"]):
        assert weigh([directive(one) for one in order], request(trap["request"])) == trap["expected"]


def test_what_is_redacted_is_the_sensitive_one() -> None:
    assert TRAPS["redact-direction"]["expected"] == {"sud resource": "removed", "benign resource": "kept"}
    hipaa = Label(regimes=frozenset({Regime.HIPAA}))
    sud = Label(regimes=frozenset({Regime.HIPAA, Regime.PART2}), sensitivities=frozenset({"ETH"}))
    asked = msgspec.structs.replace(
        ask(("condition", "condition"), recipient="HOSP_ED", purpose="TREAT", capacity="QSO"), labels=(sud, hipaa)
    )
    events = tuple(
        CrisisEvent(id=c, body=Condition(code=Code(code=c)), source="s", recorded_at=1) for c in ("F11.20", "I10")
    )

    decision = rules().decide(asked)
    shown = project(events, decision, handling(asked.labels, decision), (Envelope(id="x", source="s"),) * 2)

    assert [event.body for event in shown.events] == [Condition(code=Code(code="I10"))]
    assert shown.handling.sensitivities == ()


def test_every_case_of_the_ihe_profile() -> None:
    folder = samples("consent/ihe-pcf")
    world = json.loads((folder / "world.json").read_text(encoding="utf-8"))
    consents = json.loads((folder / "consents.json").read_text(encoding="utf-8"))
    wrong = []
    for case in json.loads((folder / "cases.json").read_text(encoding="utf-8")):
        signed = directive(consents[case["consent"]]["resource"])
        for name, expected in case["expected"].items():
            resource = world["resources"][name]
            about = request(
                case,
                actors=world["actors"][case["actor"]],
                kind=resource["resourceType"],
                labels=frozenset(label["code"] for label in resource.get("meta", {}).get("security", [])),
                references=frozenset({f"{resource['resourceType']}/{resource['id']}"}),
                related=frozenset({resource.get("encounter", {}).get("reference", "")}),
                said_at=_said_at(resource),
            )
            if says(signed, about) != expected:
                wrong.append((case["id"], name, expected, says(signed, about)))

    assert wrong == []


def _said_at(resource: dict[str, Any]) -> int | None:
    found = instant(resource.get("effectiveDateTime") or resource.get("period", {}).get("start"))
    return found.at if found else None


MOMENTS = st.integers(0, 5)
EFFECTS = st.sampled_from(["permit", "deny"])
CODES = st.lists(st.sampled_from("abc").map(lambda c: Code(code=c)), max_size=2).map(tuple)
LEAVES = st.builds(Provision, effect=EFFECTS, purposes=CODES, labels=CODES, actors=CODES)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.builds(
        Provision, effect=EFFECTS, purposes=CODES, provisions=st.lists(inner, max_size=3).map(tuple)
    ),
)
DIRECTIVES = st.builds(
    ConsentDirective,
    provision=TREES,
    status=st.sampled_from([Code(code="active"), Code(code="inactive"), None]),
    expires_at=st.one_of(st.none(), st.builds(Instant, at=MOMENTS)),
    revoked_at=st.one_of(st.none(), st.builds(Instant, at=MOMENTS)),
    effective_at=st.one_of(st.none(), st.builds(Instant, at=MOMENTS)),
    flaws=st.sampled_from([(), ("no signature",)]),
)
NAMES = st.frozensets(st.sampled_from("abc"), max_size=2)
REQUESTS = st.builds(Request, actors=NAMES, purposes=NAMES, labels=NAMES, as_of=MOMENTS)


@given(st.lists(DIRECTIVES, max_size=4), REQUESTS, st.randoms(use_true_random=False))
def test_the_order_of_directives_is_nothing(signed: list[ConsentDirective], asked: Request, chance: Random) -> None:
    assert weigh(chance.sample(signed, len(signed)), asked) == weigh(signed, asked)


@given(st.lists(DIRECTIVES, max_size=4), REQUESTS)
def test_a_denial_beats_any_number_of_permits(signed: list[ConsentDirective], asked: Request) -> None:
    denial = ConsentDirective(provision=Provision(effect="deny"))

    assert weigh([*signed, denial], asked) == "deny"


@given(DIRECTIVES, REQUESTS)
def test_a_flawed_directive_permits_nothing(signed: ConsentDirective, asked: Request) -> None:
    assert says(msgspec.structs.replace(signed, flaws=("no signature",)), asked) != "permit"


@given(DIRECTIVES, REQUESTS)
def test_outside_its_time_a_directive_is_silent(signed: ConsentDirective, asked: Request) -> None:
    ended = msgspec.structs.replace(signed, revoked_at=Instant(at=asked.as_of))
    to_come = msgspec.structs.replace(signed, effective_at=Instant(at=asked.as_of + 1))

    assert says(ended, asked) == says(to_come, asked) == "not-applicable"


def test_the_answer_is_as_of_the_question_not_of_today() -> None:
    signed = ConsentDirective(provision=Provision(effect="permit"), expires_at=Instant(at=10))

    assert says(signed, Request(actors=frozenset(), purposes=frozenset(), as_of=9)) == "permit"
    assert says(signed, Request(actors=frozenset(), purposes=frozenset(), as_of=10)) == "not-applicable"


@pytest.mark.parametrize(("effect", "answer"), [("deny", "deny"), ("permit", "not-applicable")])
def test_an_actor_nobody_can_resolve_is_everybody_to_a_denial_and_nobody_to_a_permit(effect: str, answer: str) -> None:
    signed = ConsentDirective(provision=Provision(effect=effect, actors=(Code(display="the old clinic"),)))

    assert says(signed, Request(actors=frozenset({"Organization/police"}), purposes=frozenset(), as_of=0)) == answer


def test_a_period_within_a_provision_counts() -> None:
    exception = Provision(effect="deny", starts_at=Instant(at=5), ends_at=Instant(at=7))
    signed = ConsentDirective(provision=Provision(effect="permit", provisions=(exception,)))

    said = [says(signed, Request(actors=frozenset(), purposes=frozenset(), as_of=at)) for at in (4, 5, 6, 7)]

    assert said == ["permit", "deny", "deny", "permit"]
