"""A consent on paper becomes a directive on a page: read once more before it counts, and taken back with what that stops."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.cli import county
from tests.console.house import Client, House, standing
from tests.console.test_consents import opened
from tests.console.test_pages import text

WHOSE = {"value": "77", "assigner": "H1", "type": "MR"}
RELEASE = {
    **WHOSE, "kind": "SPECIFIC", "number": "26-7", "signer": "Riley Doe", "signer_role": "PERSON", "signed_at": "2026-01-02",
    "expires_at": "2027-06-30", "discloser": "H1", "recipients": "B1", "purposes": "TREAT", "classes": "MH_CLINICAL", "part2": "yes",
    "said_to_be_revocable": "yes",
}  # fmt: skip


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house of these tests' own."""
    with standing(tmp_path_factory.mktemp("capture")) as house:
        yield house


def hidden(page: str) -> dict[str, str]:
    """What the second page carries along of the first."""
    main = page[page.index("<main") :]
    found = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', main)
    return {name: value for name, value in found if name not in ("csrf", "once")}


def filed(client: Client, form: dict[str, str]) -> httpx.Response:
    """Through both steps, as somebody does it."""
    first = client.post("/consents/new", form)
    assert "Is this what the paper says?" in first.text, text(first.text)
    return client.post("/consents/new", {**hidden(first.text), "act": "file"})


def test_nothing_is_filed_before_it_was_read_once_more_and_then_with_one_leaf(own: House) -> None:
    client, before = own.signed_in("compliance-officer"), own.leaves()

    first = client.post("/consents/new", RELEASE)
    said = text(first.text)

    assert own.leaves() == before
    assert "Test H1 may tell Test B1 diagnoses and findings, for treatment, until the end of 2027-06-30" in said
    assert said.count("● There") == 9
    assert "Missing" not in said
    done = client.post("/consents/new", {**hidden(first.text), "act": "file"})
    assert "Filed under the number 26-7 , with an entry in the ledger." in text(done.text)
    assert own.leaves() == before + 1
    assert "● Holds A release that names this recipient and purpose" in text(opened(client))


@pytest.mark.parametrize(
    ("left_out", "element"),
    [
        ("discloser", "(a)(2)"), ("classes", "(a)(3)"), ("recipients", "(a)(4)"), ("purposes", "(a)(5)"),
        ("said_to_be_revocable", "(a)(6)"), ("expires_at", "(a)(7)"), ("signed_at", "(a)(9)"),
    ],
)  # fmt: skip
def test_an_element_that_is_missing_is_said_at_its_field_and_nothing_is_filed(
    own: House, left_out: str, element: str
) -> None:
    client, before = own.signed_in("compliance-officer"), own.leaves()

    answer = client.post("/consents/new", {**RELEASE, left_out: ""})

    assert answer.status_code == 422
    assert re.search(rf'<li><a href="#{left_out}">[^<]*{re.escape(element)}', answer.text)
    assert f'id="{left_out}"' in answer.text
    assert "<title>Error: " in answer.text
    assert own.leaves() == before


def test_a_paper_that_lacks_something_is_filed_all_the_same_when_somebody_says_so_and_opens_nothing(own: House) -> None:
    client = own.signed_in("compliance-officer")

    done = filed(client, {**RELEASE, "number": "26-8", "expires_at": "", "all_the_same": "yes"})

    assert "It opens nothing until it is filed again, whole" in text(done.text)
    assert "✕ Opens nothing" in text(opened(client))


@pytest.mark.parametrize("wrong", [{"value": ""}, {"value": "nobody"}, {"kind": ""}, {"kind": "no such kind"}])
def test_whoever_it_is_about_and_what_it_is_are_asked_for(own: House, wrong: dict[str, str]) -> None:
    client, before = own.signed_in("compliance-officer"), own.leaves()

    assert client.post("/consents/new", {**RELEASE, **wrong}).status_code == 422
    assert own.leaves() == before


def test_taking_one_back_says_first_what_stops_and_then_asks_back(own: House) -> None:
    client = own.signed_in("compliance-officer")
    filed(client, {**RELEASE, "number": "26-9", "part2": ""})
    page = client.post("/consents", {"message": "H1-1", "reason": "revoked"}).headers["location"]
    shown, before = client.get(page).text, own.leaves()
    (message,) = re.findall(r'26-9.*?name="message" value="(\w+)"', shown, re.DOTALL)[:1]

    first = client.post(f"{page}/back", {"message": message})

    assert "From the moment you say so, 26-9 opens nothing any more." in text(first.text)
    assert own.leaves() == before
    assert client.post(f"{page}/back", {"message": message, "sure": "yes"}).status_code == 303
    assert own.leaves() == before + 1
    said = text(client.get(page).text)
    assert "○ Taken back A release" in said
    again = client.post(f"{page}/back", {"message": message, "sure": "yes"})
    assert "This does not hold any more." in text(again.text)


def test_a_partners_worker_files_what_is_said_of_their_own_numbers_and_no_order(own: House) -> None:
    worker, before = own.signed_in("intake-worker"), own.leaves()
    page = worker.get("/consents/new").text

    assert "court order" not in page
    assert 'name="discloser"' not in page
    # 77 is H1's number: at B1 nobody is known by it, whatever the form says.
    answer = worker.post("/consents/new", {**RELEASE, "assigner": "H1"})
    assert "Nobody, or more than one person, is known by this number." in text(answer.text)
    assert worker.post("/consents/new", {**RELEASE, "kind": "PART2_ORDER"}).status_code == 422
    assert worker.get("/consents").status_code == 404
    assert own.leaves() == before


def test_a_refusal_that_is_filed_asks_back_what_was_told(own: House) -> None:
    told = asyncio.run_coroutine_threadsafe(county.took(own.hub, county.message(4, veteran="Y")), own.loop).result(10)[
        0
    ]
    client, before = own.signed_in("compliance-officer"), len(own.look.recalls())
    soon(lambda: own.look.settled([own.look.message(told.journal)]).get(told.journal, (0, 0))[0] > 0)

    filed(client, {**RELEASE, "number": "26-10", "kind": "DENY", "part2": "", "purposes": "", "classes": ""})

    soon(lambda: len(own.look.recalls()) > before)


def soon(holds: Callable[[], bool]) -> None:
    """Wait until something holds, some seconds at most."""
    until = time.monotonic() + 8
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.05)
