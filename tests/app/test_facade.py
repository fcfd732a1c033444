"""Partners that ask by FHIR, over a real socket: the same decisions as deliveries, one leaf a query, hidden like absent."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from fhirpy import SyncFHIRClient
from fhirpy.base.exceptions import OperationOutcome, ResourceNotFound
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from adapters.ehr.fhir_conform import conform
from adapters.wire.fhir_params import TYPES
from hub import clock
from hub.app.facade.facade import Facade
from hub.app.facade.places import Places
from hub.app.facade.records import EPISODE, Seen
from hub.app.vault import Outward
from hub.courier.prepare import Preparer
from hub.model.care import Encounter
from hub.model.registry import path_set
from hub.store.asking.disclosed import Disclosures
from hub.store.asking.granted import Granted
from hub.store.asking.outbox import Outbox
from hub.store.sealing import Sealer
from tests.adapters.ehr.fhir_talk import bundle
from tests.adapters.ehr.test_fhir_kinds import told
from tests.app.served import FORM, Served, served

BASE64 = re.compile(r"[A-Z2-7]+")


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("county")) as made:
        yield made


@pytest.fixture(scope="module")
def b1(here: Served) -> Iterator[httpx.Client]:
    with here.client() as client:
        yield client


@pytest.fixture(scope="module")
def fhirpy(here: Served) -> SyncFHIRClient:
    """A client that nobody here wrote."""
    return SyncFHIRClient(here.base, authorization=f"Bearer {here.tokens['B1']}")


def facade(here: Served) -> Facade:
    """The same brain without a door, for partners whose files let no program in."""
    vault, known = here.hub.vault, here.hub.known
    names, outbox = Outward(vault.keys, known.county.partners), Outbox(vault.database, vault.keys, vault.origin)
    zone = known.county.zone
    preparer = Preparer(house=known.house, adapters={}, names=names, allowed=outbox.allowed, zone=zone)
    return Facade(
        known=known, vault=vault, desk=here.hub.engine.desk, names=names, preparer=preparer,
        address=lambda: here.base, tick_s=0.001,
    )  # fmt: skip


def found(client: httpx.Client, path: str) -> list[dict[str, Any]]:
    """The resources of a search or of everything."""
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return [entry["resource"] for entry in answer.json().get("entry", [])]


# --- a client that nobody here wrote


def test_a_client_that_nobody_here_wrote_reads_searches_and_turns_pages(fhirpy: SyncFHIRClient) -> None:
    people = fhirpy.resources("Patient").fetch_all()
    visits = fhirpy.resources("Encounter").search(status="finished").include("Encounter", "patient").fetch_raw()
    each = fhirpy.resources("Condition").limit(1).fetch_all()

    assert {one["name"][0]["family"] for one in people if "name" in one} == {"Doe"}
    assert [entry.search.mode for entry in visits.entry] == ["match", "include"]
    assert len({one.id for one in each}) == len(each) == fhirpy.resources("Condition").count() > 2
    visit = fhirpy.reference("Encounter", visits.entry[0].resource.id).to_resource()
    assert visit["subject"]["reference"] == f"Patient/{visits.entry[1].resource.id}"
    assert fhirpy.resources("Task").search(status="requested", patient=visit["subject"]["reference"]).fetch() == []
    with pytest.raises(ResourceNotFound):
        fhirpy.reference("Encounter", "nobody").to_resource()
    with pytest.raises(OperationOutcome):
        fhirpy.resources("Encounter").search(colour="red").fetch()


def test_everything_that_is_shown_conforms(b1: httpx.Client) -> None:
    answers = [b1.get(f"/{kind}").content for kind in sorted(TYPES)]
    answers += [b1.get("/metadata").content, b1.get("/Encounter?_include=*&_revinclude=Condition:patient").content]
    episode = found(b1, f"/{EPISODE}")[0]["id"]
    answers.append(b1.get(f"/{EPISODE}/{episode}/$everything").content)

    assert sum(len(json.loads(body).get("entry", [])) for body in answers) > 30
    for body in answers:
        assert [str(finding) for finding in conform(body)] == []


def test_what_is_said_of_the_server_is_true(here: Served, b1: httpx.Client) -> None:
    said = httpx.get(f"{here.base}/metadata", trust_env=False).json()

    assert said["fhirVersion"] == "4.0.1"
    assert {one["type"] for one in said["rest"][0]["resource"]} >= set(TYPES)
    smart = httpx.get(f"{here.base}/.well-known/smart-configuration", trust_env=False).json()
    oauth = said["rest"][0]["security"]["extension"][0]["extension"][0]
    assert oauth == {"url": "token", "valueUri": smart["token_endpoint"]}
    assert "system/*.rs" in smart["scopes_supported"]


# --- what may be seen


def test_the_same_is_shown_as_was_sent(here: Served, b1: httpx.Client) -> None:
    """Every body that a delivery to B1 would hold now stands in the facade, labels and all, and nothing else does."""
    asker, look = here.hub.known.county.partners["B1"], facade(here)
    with look.looking(asker, clock.now()) as looking:
        owners = looking.granted.owners(0, 100)
        grants = [grant for owner in owners for grant in looking.granted.about(owner.identity)]
        decided = [look.preparer.decide(asker, g.due, _labels(here, g.due), clock.now()) for g in grants]
    visits = [
        e for g, d in zip(grants, decided, strict=True) for e, bits in zip(g.due.events, d.granted, strict=True) if bits
    ]
    numbers = {visit.body.number for visit in visits if isinstance(visit.body, Encounter)}

    shown = found(b1, "/Encounter")

    assert {one["identifier"][0]["value"] for one in shown} == numbers
    assert all(one["meta"]["security"] for one in shown)
    assert any(not decision.permits for decision in decided), "the day ends with a revocation"


def _labels(here: Served, due: Any) -> Any:
    return here.hub.known.house.label(due.events, due.source, due.inherited)


def test_two_roles_that_read_of_the_same_people_see_no_field_outside_their_own_list(here: Served) -> None:
    police = {kind: here.does(facade(here).search("PD", kind, (), in_address=True)) for kind in TYPES}
    team = {kind: here.does(facade(here).search("MCT1", kind, (), in_address=True)) for kind in TYPES}

    assert not any(police[kind].get("entry") for kind in ("Condition", "MedicationStatement", "Encounter", "Consent"))
    words = json.dumps(police)
    assert "F11" not in words
    assert "R45.851" not in words
    assert json.dumps(team).count("call_for_service") > words.count("encounter")
    assert police["Observation"]["total"] >= 1


def test_ids_of_two_partners_do_not_join(here: Served, b1: httpx.Client) -> None:
    ours = {word for kind in TYPES for word in BASE64.findall(b1.get(f"/{kind}").text) if len(word) == 64}
    theirs = {
        word
        for kind in TYPES
        for word in BASE64.findall(json.dumps(here.does(facade(here).search("S1", kind, (), in_address=True))))
        if len(word) == 64
    }

    assert len(ours) > 10
    assert len(theirs) > 5
    assert ours.isdisjoint(theirs)


def hidden(here: Served) -> str:
    """The id that a condition would have which B1 may not see any more, since its consent was revoked."""
    vault, look = here.hub.vault, facade(here)
    asker = here.hub.known.county.partners["B1"]
    with vault.database.read() as connection:
        granted = Granted(connection, Sealer(vault.keys, vault.origin), "B1")
        grants = [grant for owner in granted.owners(0, 100) for grant in granted.about(owner.identity)]
    gone = next(g for g in grants if not look.preparer.decide(asker, g.due, _labels(here, g.due), clock.now()).permits)
    places = Places(look.names.locator("B1"))
    n = next(n for n, event in enumerate(gone.due.events) if type(event.body).__name__ not in ("Person", "Referral"))
    kind = type(gone.due.events[n].body).__name__
    return f"{kind}/{places.event(gone.message, f'{kind} {n}')}"


def test_what_is_hidden_is_like_what_is_not_there(here: Served, b1: httpx.Client) -> None:
    kind, word = hidden(here).split("/")
    theirs = here.does(facade(here).search("S1", "Patient", (), in_address=True))["entry"][0]["resource"]["id"]

    answers = [b1.get(f"/{kind}/{each}") for each in (word, theirs, "A" * 64, "x")]
    searches = [b1.get(f"/{kind}?_id={each}") for each in (word, theirs, "A" * 64)]
    everything = [b1.get(f"/Patient/{each}/$everything") for each in (word, theirs, "A" * 64)]

    assert {answer.status_code for answer in (*answers, *everything)} == {404}
    assert len({(answer.content, tuple(sorted(answer.headers))) for answer in (*answers, *everything)}) == 1
    assert {answer.json()["total"] for answer in searches} == {0}
    assert len({(len(answer.content), tuple(sorted(answer.headers))) for answer in searches}) == 1


def test_hidden_and_absent_leave_on_the_same_tick(here: Served, b1: httpx.Client) -> None:
    def took(path: str) -> float:
        began = time.perf_counter()
        b1.get(path)
        return time.perf_counter() - began

    place = hidden(here)
    pairs = [(took(f"/{place}"), took(f"/{place.partition('/')[0]}/{'A' * 64}")) for _ in range(15)]

    wins = sum((there > absent) + (there == absent) / 2 for there, _ in pairs for _, absent in pairs) / len(pairs) ** 2
    assert 0.25 < wins < 0.75, f"{wins:.2f} of the pairs tell which is which"
    assert all(min(pair) > 0.045 for pair in pairs)


# --- the ledger


def test_every_query_is_one_leaf_and_what_is_refused_is_none(here: Served, b1: httpx.Client) -> None:
    visit = found(b1, "/Encounter")[0]["id"]
    one = [
        "/Encounter",
        "/Task?status=completed",
        f"/Encounter/{visit}",
        "/Encounter/nobody",
        "/Patient/nobody/$everything",
    ]
    none = ["/metadata", "/Encounter?colour=red", "/Nothing", "/Encounter?_page=AAAA"]

    for path in one:
        (entry,) = here.queries(lambda path=path: b1.get(path))  # type: ignore[misc]  # mypy cannot infer a default of a lambda
        assert (entry.partner, entry.agreement) == ("B1", "B1-2026")
    for path in none:
        assert here.queries(lambda path=path: b1.get(path)) == []  # type: ignore[misc]  # as above


def test_the_leaf_says_what_was_shown_of_whom_and_by_which_rules(here: Served, b1: httpx.Client) -> None:
    (entry,) = here.queries(lambda: b1.get("/Condition"))
    (nothing,) = here.queries(lambda: b1.get("/Consent?status=rejected"))

    assert entry.outcome.startswith("FHIR search Condition: ")
    assert entry.subject
    assert entry.purpose == "TREAT"
    assert any(rule.startswith("hipaa.") for rule in entry.rules)
    assert entry.paths
    assert (nothing.subject, nothing.paths, nothing.rules) == ("", path_set(0), ())
    vault = here.hub.vault
    with vault.database.read() as connection:
        told = Disclosures(connection, vault.keys, vault.origin)
        for who in (entry.subject, *entry.also):
            assert any(e.outcome == "shown" and e.recipient == "B1" for e in told.about([who], 0, clock.now() + 1))


# --- pages


def test_pages_show_each_once_and_their_total_is_that_of_what_is_visible(b1: httpx.Client) -> None:
    every = {one["id"] for one in found(b1, "/Condition?_count=100")}
    seen: list[str] = []
    url = "/Condition?_count=2&_total=accurate"
    while url:
        page = b1.get(url).json()
        seen += [entry["resource"]["id"] for entry in page.get("entry", [])]
        assert page["total"] == len(every)
        url = next((link["url"] for link in page["link"] if link["relation"] == "next"), "")

    assert len(seen) == len(set(seen))
    assert set(seen) == every
    for only in ("_summary=count", "_count=0"):
        counted = b1.get(f"/Condition?{only}").json()
        assert (counted["total"], "entry" in counted) == (len(every), False)


def test_a_cursor_is_for_one_partner_and_one_search(here: Served, b1: httpx.Client) -> None:
    page = b1.get("/Condition?_count=1").json()
    word = dict(parse_qsl(urlsplit(page["link"][1]["url"]).query))["_page"]
    other = here.does(facade(here).search("S1", "Condition", (("_count", "1"),), in_address=True))
    theirs = dict(parse_qsl(urlsplit(other["link"][0]["url"]).query))["_page"]
    turned = ("A" if word[0] != "A" else "B") + word[1:]

    assert b1.get(f"/Condition?_page={word}").status_code == 200
    for path in (
        f"/Task?_page={word}",
        f"/Condition?_page={turned}",
        f"/Condition?_page={theirs}",
        "/Condition?_page=é",
    ):
        assert b1.get(path).status_code == 400
    assert b1.get(f"/Condition?_page={word}&status=x").status_code == 400


# --- what an address tells


def test_what_is_about_somebody_is_searched_for_in_a_body_and_stands_in_no_address(b1: httpx.Client) -> None:
    with capture_logs() as logs:
        refused = b1.get("/Patient?family=Doe")
        taken = b1.post("/Patient/_search", content="family=doe&birthdate=1990-03-14&_count=1", headers=FORM)

    assert refused.status_code == 400
    assert refused.json()["issue"][0]["expression"] == ["Patient.family"]
    assert taken.json()["entry"][0]["resource"]["name"][0]["family"] == "Doe"
    links = [link["url"] for link in taken.json()["link"]]
    assert [link["relation"] for link in taken.json()["link"]] == ["self", "next"]
    assert not any(word in url for url in links for word in ("family", "oe", "1990"))
    following = [one["name"][0]["family"] for one in found(b1, links[1])]
    assert following == ["Doe"]
    assert not any(word in json.dumps(logs) for word in ("family", "Doe", "1990", "_page"))


def test_the_name_that_deliveries_use_finds_the_person(b1: httpx.Client) -> None:
    known = next(
        one for each in found(b1, "/Patient") for one in each["identifier"] if one["system"] == "urn:crisis-hub:person"
    )

    (person,) = found(b1, f"/Patient?identifier=urn:crisis-hub:person|{known['value']}")

    assert known in person["identifier"]
    assert found(b1, "/Patient?identifier=urn:crisis-hub:person|P-NOBODY00") == []


# --- episodes


def test_everything_of_an_episode_comes_at_once(b1: httpx.Client) -> None:
    visit = next(one for one in found(b1, "/Encounter") if one["status"] == "finished")
    episode = visit["episodeOfCare"][0]["reference"]

    every = found(b1, f"/{episode}/$everything")

    kinds = {one["resourceType"] for one in every}
    assert kinds >= {"Patient", "Encounter", "Condition", EPISODE}
    references = {f"{one['resourceType']}/{one['id']}" for one in every}
    assert {one["subject"]["reference"] for one in every if "subject" in one} <= references
    (itself,) = found(b1, f"/{EPISODE}?_id={episode.partition('/')[2]}")
    assert itself["period"]["start"] <= visit["period"]["start"]
    assert b1.get(f"/{itself['patient']['reference']}/$everything").status_code == 200


# --- who may ask


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer x"}, {"authorization": "Basic QjE6"}])
def test_nobody_reads_without_a_token_for_reading(here: Served, headers: dict[str, str]) -> None:
    answer = httpx.get(f"{here.base}/Patient", headers=headers, trust_env=False)

    assert answer.status_code == 401
    assert answer.json()["issue"][0]["code"] == "login"


def test_a_token_for_messages_alone_reads_nothing(here: Served) -> None:
    with here.client("CR1") as client:
        assert client.get("/Patient").status_code == 401


# --- hostile input

ODD = [
    ("GET", "", b"", 404), ("GET", "/", b"", 404), ("GET", "/Patient/..%2f..%2fetc", b"", 405), ("GET", "//Patient", b"", 404),
    ("GET", "/patient", b"", 404), ("GET", "/Binary/1", b"", 404), ("GET", "/Patient/%00", b"", 404),
    ("GET", "/Patient/" + "x" * 65, b"", 404), ("GET", "/Patient/x/_history/1", b"", 405),
    # What is not supported is refused, never ignored, also where one resource is asked for.
    ("GET", "/Patient/x/$everything?_type=x", b"", 400), ("GET", "/Patient/x?_elements=id", b"", 400),
    ("GET", "/Patient/x?_format=xml", b"", 400), ("GET", "/Patient/x/$everything?_format=json", b"", 404),
    ("GET", "/Patient/x?_format=application/fhir+json", b"", 404), ("GET", "/Subscription?status=off", b"", 400),
    ("DELETE", "/Patient/x", b"", 405), ("PATCH", "/Task/x", b"{}", 405),
    ("POST", "/Patient", b"{}", 405), ("OPTIONS", "/Patient", b"", 405), ("HEAD", "/Patient", b"", 405),
    ("GET", "/Patient?_count=" + "9" * 400, b"", 400), ("GET", "/Patient?%ff=%fe", b"", 400), ("GET", "/Patient?gender=%ff", b"", 400),
    ("GET", "/Patient?" + "gender=x&" * 101, b"", 400), ("GET", "/Encounter?date=9999-12-31T23:59:59.999999-15:59", b"", 200),
    ("GET", "/Encounter?date=0001", b"", 200), ("GET", "/Encounter?date=ge2026-02-30", b"", 400),
    ("GET", "/Encounter?_id=" + "A" * 64, b"", 200),
    ("POST", "/Patient/_search", b"family", 400), ("POST", "/Patient/_search", b"\xff\xfe", 400), ("POST", "/Patient/_search", b"", 200),
    ("POST", "/Patient/_search?gender=x", b"", 400), ("POST", "/Patient/_search", b"x" * 70_000, 413),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body", "status"), ODD)
def test_hostile_requests_are_answered_in_words(
    b1: httpx.Client, method: str, path: str, body: bytes, status: int
) -> None:
    answer = b1.request(method, path, content=body, headers=FORM if method == "POST" else {})

    assert answer.status_code == status
    if method != "HEAD":
        assert conform(answer.content) == []


WORDS = st.text(st.characters(codec="utf-8"), max_size=20)
PARTS = st.one_of(WORDS, st.sampled_from([*TYPES, "_search", "$everything", "_history", "metadata", "A" * 64]))
NAMES = st.one_of(
    WORDS, st.sampled_from(["_id", "patient", "date", "status", "_count", "_include", "_page", "_total", "identifier"])
)


@settings(max_examples=60)
@given(
    st.sampled_from(["GET", "POST", "PUT", "DELETE"]),
    st.lists(PARTS, max_size=4),
    st.lists(st.tuples(NAMES, WORDS), max_size=4),
)
def test_no_request_makes_a_fault(b1: httpx.Client, method: str, path: list[str], pairs: list[tuple[str, str]]) -> None:
    url = httpx.URL("/" + "/".join(httpx.QueryParams({"": part}).__str__()[1:] for part in path), params=pairs)

    answer = b1.request(method, url, headers=FORM if method == "POST" else {})

    assert answer.status_code < 500
    assert answer.json()["resourceType"] in {"OperationOutcome", "Bundle", "CapabilityStatement"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"accept": "application/fhir+xml"}, 406),
        ({"accept": "text/html,application/json;q=0.9"}, 200),
        ({"accept": "application/fhir+json;fhirVersion=4.0"}, 200),
    ],
)
def test_only_json_is_spoken(b1: httpx.Client, headers: dict[str, str], status: int) -> None:
    assert b1.get("/Task", headers=headers).status_code == status


# --- speed


def test_a_read_takes_less_than_20_ms_of_cpu(here: Served, b1: httpx.Client) -> None:
    look, asker = facade(here), here.hub.known.county.partners["B1"]
    visit = found(b1, "/Encounter")[0]["id"]

    def read() -> list[Seen]:
        return look._looked(asker, clock.now(), lambda looking: looking.one("Encounter", visit))

    assert read()

    began = time.thread_time()
    for _ in range(10):
        read()

    assert (time.thread_time() - began) / 10 < 0.020


def test_questionnaires_assessments_and_relatives_that_came_by_fhir_are_read_as_what_they_are(
    here: Served, b1: httpx.Client
) -> None:
    """Last in this file: it adds a message to the county."""
    patient = {
        "resourceType": "Patient",
        "id": "p1",
        "name": [{"family": "Doe", "given": ["Ola"]}],
        "birthDate": "1990-03-14",
    }
    sent = bundle(
        patient, *(told(kind) for kind in ("Encounter", "QuestionnaireResponse", "RiskAssessment", "RelatedPerson"))
    )
    bearer = {"authorization": f"Bearer {here.tokens['CR1']}", "content-type": "application/fhir+json"}

    answer = httpx.post(f"{here.url}/messages", content=sent, headers=bearer, trust_env=False)

    assert answer.status_code == 202
    for _ in range(100):
        if found(b1, "/QuestionnaireResponse"):
            break
        time.sleep(0.05)
    for kind in ("QuestionnaireResponse", "RiskAssessment", "RelatedPerson"):
        (one,) = found(b1, f"/{kind}")
        whose = one.get("subject") or one["patient"]
        assert b1.get(f"/{whose['reference']}").status_code == 200
        assert conform(json.dumps(one).encode()) == []


def test_what_is_said_anew_under_its_number_or_taken_back_does_not_stand_beside_that(
    here: Served, b1: httpx.Client
) -> None:
    """It adds messages to the county too."""
    patient = {"resourceType": "Patient", "id": "p9", "name": [{"family": "Roe", "given": ["Kim"]}]}
    patient |= {"identifier": [{"system": "urn:cr1", "value": "K-9"}], "birthDate": "1988-02-01"}
    whose = {"subject": {"reference": "Patient/p9"}}
    visit = {"resourceType": "Encounter", "status": "in-progress", "class": {"code": "EMER"}, **whose}

    def says(number: str, code: str, stands: str) -> None:
        status = {"verificationStatus": {"coding": [{"code": stands}]}, "code": {"text": code}}
        known = {"identifier": [{"system": "urn:cr1:c", "value": number}]} if number else {}
        here.says("CR1", bundle(patient, visit, {"resourceType": "Condition", **status, **known, **whose}))

    def shown() -> list[tuple[str, str]]:
        every = [one for one in found(b1, "/Condition") if one["code"].get("text", "").startswith("told")]
        return sorted((one["code"]["text"], one["verificationStatus"]["coding"][0]["code"]) for one in every)

    says("C-1", "told first", "confirmed")
    says("", "told plainly", "confirmed")
    says("", "told besides", "confirmed")
    first = next(one["id"] for one in found(b1, "/Condition") if one["code"].get("text") == "told first")
    says("C-1", "told anew", "provisional")
    says("", "told plainly", "entered-in-error")

    assert shown() == [
        ("told anew", "provisional"),
        ("told besides", "confirmed"),
        ("told plainly", "entered-in-error"),
    ]
    assert b1.get(f"/Condition/{first}").status_code == 404
