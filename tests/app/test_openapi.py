"""What a served hub says that programs may ask: fuzzed throughout, and asked by everybody. Default deny, no 5xx, as described."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from hub.demo.served import standing
from hub.doors.routes import ROUTES, Route
from tests.app.served import Served

pytestmark = pytest.mark.slow
NUMBERS: Final = "the numbers"
EVERYBODY: Final = frozenset({"B1", "B1-S", "C1", "CR1", "L1", "MCT1", "PD"})
# The partners of the county that each route is for; who is not named is turned away. Written down here, and nowhere asked for.
MAY: Final[Mapping[str, frozenset[str]]] = {
    "POST /messages": EVERYBODY,
    "GET /library": EVERYBODY,
    "POST /responders": frozenset({"C1", "CR1", "L1", "PD"}),
    "POST /break-glass": frozenset({"B1", "CR1", "MCT1"}),
    "GET /break-glass/{use}": frozenset({"B1", "CR1", "MCT1"}),
    "GET /IncidentData/Versions": frozenset({"C1"}),
    "GET /IncidentData/v1/references/{incident}": frozenset({"C1"}),
    "GET /IncidentData/v1/incidents/{incident}": frozenset({"C1"}),
    "GET /boards/beds": frozenset({"MCT1"}),
    "GET /fhir/{type}": frozenset({"B1", "MCT1"}),
    "POST /fhir/{type}/_search": frozenset({"B1", "MCT1"}),
    "GET /fhir/{type}/{id}": frozenset({"B1", "MCT1"}),
    "GET /fhir/{type}/{id}/$everything": frozenset({"B1", "MCT1"}),
    "PUT /fhir/Task/{id}": frozenset({"B1"}),
    **{route.name: frozenset({"B1"}) for route in ROUTES if route.path.startswith("/fhir/Subscription")},
}
NAMES: Final = {"{type}": "Patient", "{id}": "x", "{incident}": "no-such", "{use}": "none"}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    def numbered(config: Path) -> None:
        text = (config / "hub.yaml").read_text("utf-8")
        digest = hashlib.sha256(NUMBERS.encode()).hexdigest()
        (config / "hub.yaml").write_text(text.replace("http:", f"http:\n  metrics_sha256: {digest}"), "utf-8")

    with standing(tmp_path_factory.mktemp("described"), numbered) as found:
        yield Served(hub=found.hub, stage=found.stage, loop=found.loop)


def status(here: Served, route: Route, token: str, **more: Any) -> int:
    """What a route answers to somebody's token; of a stream, only how it begins."""
    path = route.path
    for name, word in NAMES.items():
        path = path.replace(name, word)
    headers = {"authorization": f"Bearer {token}"} if token else {}
    with (
        httpx.Client(base_url=here.url, trust_env=False, timeout=10) as http,
        http.stream(route.method, path, headers=headers, **more) as answer,
    ):
        return answer.status_code


# --- everybody, everywhere


@pytest.mark.parametrize("route", [r for r in ROUTES if r.who == "partner"], ids=lambda route: route.name)
def test_a_route_opens_for_partners_whose_file_says_so_and_for_nobody_else(here: Served, route: Route) -> None:
    strangers = {"": "", "made up": "x" * 43, "the numbers": NUMBERS, "a name": "C1", "half": here.tokens["B1"][:-1]}
    asked = {name: status(here, route, token) for name, token in {**here.tokens, **strangers}.items()}

    assert here.tokens.keys() == EVERYBODY
    assert {name for name, answer in asked.items() if answer != 401} == MAY[route.name]


@pytest.mark.parametrize("route", [r for r in ROUTES if r.who == "responder"], ids=lambda route: route.name)
def test_no_token_but_that_of_the_incident_opens_a_card(here: Served, route: Route) -> None:
    bearer = {"authorization": f"Bearer {here.tokens['C1']}"}
    asked = httpx.post(f"{here.url}/responders", json={"incident": "another"}, headers=bearer, trust_env=False)
    tokens = {**here.tokens, "": "", "made up": "C1.99999999999.aaaa", "another's": str(asked.json()["token"])}

    assert {name: status(here, route, token) for name, token in tokens.items()} == dict.fromkeys(tokens, 401)


def test_numbers_are_for_their_own_token_alone(here: Served) -> None:
    (route,) = (route for route in ROUTES if route.who == "scraper")

    assert status(here, route, NUMBERS) == 200
    assert {status(here, route, token) for token in (*here.tokens.values(), "", "made up")} == {404}


def test_what_anybody_may_ask_is_written_down() -> None:
    assert {route.name for route in ROUTES if route.who == "anybody"} == {
        "GET /.well-known/smart-configuration",
        "GET /fhir/.well-known/smart-configuration",
        "GET /fhir/metadata",
        "GET /healthz",
        "GET /openapi.json",
        "GET /readyz",
        "POST /oauth/token",
    }
    assert MAY.keys() == {route.name for route in ROUTES if route.who == "partner"}


def test_no_session_of_a_browser_opens_a_programs_route(here: Served) -> None:
    for route in ROUTES:
        if route.who == "partner":
            assert status(here, route, "", cookies={"__Host-session": here.tokens["B1"]}) == 401, route.name


# --- fuzzed


@pytest.fixture(scope="module")
def described(here: Served) -> Any:
    """The description as it is served."""
    answer = httpx.get(f"{here.url}/openapi.json", trust_env=False)
    assert answer.status_code == 200
    return schemathesis.openapi.from_dict(answer.json())


# Each try is a request over a socket; `thorough` makes as many as it makes of anything.
THOROUGH: Final = settings().max_examples > 1000
TRIES: Final = settings(
    max_examples=settings().max_examples if THOROUGH else min(settings().max_examples, 20),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]


@pytest.mark.parametrize("route", [r for r in ROUTES if not r.streams], ids=lambda route: route.name)
def test_whatever_is_asked_is_answered_as_described_and_never_with_a_fault(
    here: Served, described: Any, route: Route
) -> None:
    token = NUMBERS if route.who == "scraper" else here.tokens[min(MAY.get(route.name, EVERYBODY))]

    with requests.Session() as session:
        session.trust_env = False

        @settings(TRIES)
        @given(case=described[route.path][route.method].as_strategy(), whose=st.sampled_from([token, "", "made up"]))
        def asked(case: Any, whose: str) -> None:
            headers = {**dict(case.headers or {}), "Authorization": f"Bearer {whose}"}
            answer = case.call(base_url=here.url, session=session, headers=headers, timeout=20)
            case.validate_response(answer, checks=CHECKS)
            if whose != token and route.who == "partner":
                assert answer.status_code == 401

        asked()
