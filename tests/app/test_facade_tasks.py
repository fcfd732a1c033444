"""What became of a task, said by FHIR: of the version that was read, once, and told to whoever asked for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from starlette.concurrency import run_in_threadpool

from adapters.ehr.fhir_conform import conform
from hub import clock
from hub.access.accounts import Account
from hub.access.accounts import Known as Somebody
from hub.app.facade import tasks
from hub.app.vault import Outward
from hub.app.workspace.room import workspace
from hub.demo.script import TRAFFIC, load, wire
from hub.demo.stage import SOURCE
from hub.flow.inbox import Answer
from hub.model.service import Referral
from hub.store import schema
from hub.store.asking.granted import Granted
from hub.store.sealing import Sealer
from tests.app.served import Served, served

FHIR = {"content-type": "application/fhir+json"}


@pytest.fixture
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("county")) as made:
        yield made


@pytest.fixture
def b1(here: Served) -> Iterator[httpx.Client]:
    with here.client() as client:
        yield client


def task(client: httpx.Client) -> dict[str, Any]:
    (entry,) = client.get("/Task").json()["entry"]
    found: dict[str, Any] = entry["resource"]
    return found


def put(client: httpx.Client, node: dict[str, Any], *, of: dict[str, Any] | None = None, **said: Any) -> httpx.Response:
    version = (of or node)["meta"]["versionId"]
    return client.put(f"/Task/{node['id']}", json={**node, **said}, headers=FHIR | {"if-match": f'W/"{version}"'})


def heard(here: Served, partner: str) -> list[str]:
    """The states of referrals that were granted to a partner, in the order in which they came."""
    vault = here.hub.vault
    with vault.database.read() as connection:
        grants = Granted(connection, Sealer(vault.keys, vault.origin), partner).since(0, 1000)
    bodies = [event.body for grant in grants for event in grant.due.events]
    return [body.status.code for body in bodies if isinstance(body, Referral) and body.status]


def test_a_word_on_a_task_is_kept_told_to_the_requester_and_read_back(here: Served, b1: httpx.Client) -> None:
    asked = task(b1)
    before, leaves = heard(here, "CR1"), here.leaves()

    answer = put(b1, asked, status="accepted", businessStatus={"text": "scheduled"})

    assert answer.status_code == 200, answer.text
    assert conform(answer.content) == []
    assert answer.headers["etag"] == f'W/"{answer.json()["meta"]["versionId"]}"'
    assert answer.json()["status"] == "accepted"
    again = task(b1)
    assert again == answer.json()
    assert again["meta"]["versionId"] != asked["meta"]["versionId"]
    assert again["meta"]["security"] == asked["meta"]["security"]
    assert heard(here, "CR1") == [*before, "accepted"]
    kinds = [entry.kind.value for entry in here.entries(leaves)]
    assert kinds.count("query") == 2  # the update, and the search that read it back
    with here.hub.vault.database.read() as connection:
        owner, episode = connection.execute(
            select(schema.message.c.owner, schema.message.c.episode).where(schema.message.c.kind.in_(("Task", "Bundle")))
            .order_by(schema.message.c.seq.desc()).limit(1)
        ).one()  # fmt: skip
    assert owner
    assert episode


def test_one_of_two_words_on_the_same_version_is_refused(here: Served, b1: httpx.Client) -> None:
    asked = task(b1)
    before = len(heard(here, "CR1"))
    with ThreadPoolExecutor(4) as pool:
        answers = list(
            pool.map(lambda status: put(b1, asked, status=status), ["accepted", "rejected", "on-hold", "received"])
        )

    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]
    assert len(heard(here, "CR1")) == before + 1
    said = next(answer.json() for answer in answers if answer.status_code == 200)
    assert task(b1)["status"] == said["status"]
    assert put(b1, asked, status="completed").status_code == 412


@pytest.mark.parametrize(
    ("said", "status", "words"),
    [
        ({"status": "cancelled"}, 403, "not yours"),
        ({"status": "entered-in-error"}, 403, "not yours"),
        ({"status": 7}, 403, "not yours"),
        ({"note": "called back", "status": "accepted"}, 422, "Task.note"),
        ({"businessStatus": {"coding": ["scheduled"]}, "status": "accepted"}, 422, "Task.businessStatus.coding[0]"),
        ({"statusReason": 5, "status": "accepted"}, 422, "Task.statusReason"),
        ({"lastModified": "2026-13-45", "status": "accepted"}, 422, "Task.lastModified"),
        ({"priority": "stat", "status": "accepted"}, 422, "priority"),
        ({"description": "Jane Doe called", "status": "accepted"}, 422, "something else"),
        ({"id": "other", "status": "accepted"}, 400, "not the task of this address"),
        ({"resourceType": "Patient"}, 400, "not the task of this address"),
    ],
)
def test_what_is_not_ones_own_to_say_is_refused_in_words(
    shared: tuple[Served, httpx.Client], said: dict[str, Any], status: int, words: str
) -> None:
    here, client = shared
    asked = task(client)

    answer = client.put(
        f"/Task/{asked['id']}", json=asked | said, headers=FHIR | {"if-match": f'"{asked["meta"]["versionId"]}"'}
    )

    assert answer.status_code == status
    (issue,) = answer.json()["issue"]
    assert words in (issue["diagnostics"], *issue.get("expression", ())) or words in issue["diagnostics"]
    assert "Doe" not in answer.text
    assert "cancelled" not in heard(here, "CR1")
    assert task(client) == asked


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, httpx.Client]]:
    with served(tmp_path_factory.mktemp("county")) as made, made.client() as client:
        yield made, client


def test_a_word_names_the_version_and_a_task_that_is_there(shared: tuple[Served, httpx.Client]) -> None:
    _, client = shared
    asked = task(client)
    match = FHIR | {"if-match": f'W/"{asked["meta"]["versionId"]}"'}

    assert client.put(f"/Task/{asked['id']}", json=asked, headers=FHIR).status_code == 428
    assert client.put(f"/Task/{asked['id']}", json=asked, headers=FHIR | {"if-match": "*"}).status_code == 428
    assert client.put(f"/Task/{'A' * 64}", json=asked, headers=match).status_code == 404
    assert client.put(f"/Task/{asked['id']}", content="{", headers=match).status_code == 400
    assert client.put(f"/Task/{asked['id']}", content="[]", headers=match).status_code == 400
    assert (
        client.put(
            f"/Task/{asked['id']}", content="x", headers={"if-match": "x", "content-type": "text/xml"}
        ).status_code
        == 428
    )
    assert client.put(f"/Task/{asked['id']}", content=b"x" * 300_000, headers=match).status_code == 413
    assert client.put(f"/Patient/{asked['id']}", json=asked, headers=match).status_code == 405


def test_a_word_whose_message_was_never_kept_was_not_said(here: Served, b1: httpx.Client) -> None:
    asked = task(b1)
    said = tasks.Said(journal="0" * 32, at=clock.now(), elements={"status": "accepted"})
    no_grant: Any = None
    b1_file = here.hub.known.county.partners["B1"]
    looking = tasks.Update(partner=b1_file, seen=_seen(asked), grant=no_grant, said=said, before=0)

    async def lodge() -> None:
        (result,) = await here.hub.engine.desk.ask([looking.lodged()])
        assert result.error is None

    here.does(lodge())

    assert task(b1) == asked
    assert put(b1, asked, status="rejected").status_code == 200
    assert task(b1)["status"] == "rejected"


def _seen(node: dict[str, Any]) -> Any:
    """As much of a resource as is asked for."""
    return SimpleNamespace(node=node, identity="", journal="")


def test_a_later_word_of_whoever_asked_takes_its_place(here: Served, b1: httpx.Client) -> None:
    assert put(b1, task(b1), status="accepted").status_code == 200
    shift = load(SOURCE).shift(datetime.now(UTC).date())
    referral = json.loads(wire(SOURCE / TRAFFIC / "15-cr1-referral.json", shift))
    referral["id"] = "cr1-takes-it-back"
    for entry in referral["entry"]:
        if entry["resource"]["resourceType"] == "Task":
            entry["resource"]["status"] = "cancelled"

    here.says("CR1", json.dumps(referral).encode())

    assert task(b1)["status"] == "cancelled"
    over = put(b1, task(b1), status="accepted")
    assert (over.status_code, over.json()["issue"][0]["diagnostics"]) == (422, "This task is over.")


def test_what_the_partners_people_answered_on_a_page_stands_in_the_task(here: Served, b1: httpx.Client) -> None:
    asked = task(b1)
    before = heard(here, "CR1")
    vault, known = here.hub.vault, here.hub.known
    ana = Somebody("1", 1, Account(name="ana", words="Ana", role="intake-worker", made_at=0, partner="B1"))
    page = workspace(known, vault, Outward(vault.keys, known.county.partners), here.hub.engine.desk).referrals

    def declined() -> None:
        number = asked["identifier"][0]["value"]
        one = next(each for each in page.listed(ana)[0] if each.stands.number == number)
        page.answer(ana, one.name, one.version, Answer(act="decline", reason="no-capacity"))

    here.does(run_in_threadpool(declined))

    assert heard(here, "CR1") == [*before, "rejected"]
    assert task(b1)["status"] == "rejected"
    assert put(b1, asked, status="accepted").status_code == 412
    assert put(b1, task(b1), status="accepted").status_code == 422
    assert heard(here, "CR1") == [*before, "rejected"]
