"""Accounting on the page: nobody's name in an address, one leaf when it is opened and one for each file, the same rows as the command."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest

from hub.app.disclosures import accounting as lists
from hub.console.page import PAGES
from tests.cli.conftest import ran
from tests.console.house import Client, House
from tests.console.test_pages import text

ASKED = {"message": "H1-1", "law": "all", "entity": "H1"}


def opened(client: Client, **changed: str) -> str:
    """The address of a case."""
    answer = client.post("/accounting", {**ASKED, **changed})
    assert answer.status_code == 303, text(answer.text)
    return answer.headers["location"]


def test_a_list_is_opened_by_a_message_and_says_who_got_what(house: House) -> None:
    client, before = house.signed_in("compliance-officer"), house.leaves()

    url = opened(client)

    assert house.leaves() == before + 1
    assert "H1-1" not in url
    said = text(client.get(url).text)
    assert "Test B1 received" in said
    assert "diagnoses and findings" in said
    assert "45 CFR 164.506" in said
    assert house.leaves() == before + 1


def test_the_law_leaves_out_what_it_leaves_out(house: House) -> None:
    client = house.signed_in("compliance-officer")

    said = text(client.get(opened(client, law="hipaa")).text)

    assert "No disclosure that must be listed was found" in said
    assert "45 CFR 164.528" in said


def test_a_list_is_opened_by_a_number_for_the_verified_person(house: House) -> None:
    client = house.signed_in("compliance-officer")
    number = {
        "message": "",
        "type": "MR",
        "assigner": "H1",
        "value": "77",
        "entity": "",
        "verified": "passport, by Dana",
    }

    said = text(client.get(opened(client, **number)).text)

    assert "the person: passport, by Dana" in said
    assert "Test B1 received" in said


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"message": "H1-404"}, "There is no such message."),
        ({"entity": ""}, "for one partner's own records, or for the verified person"),
        ({"verified": "also"}, "for one partner's own records, or for the verified person"),
        ({"law": "none"}, "There is no list"),
        ({"message": "", "type": "MR", "assigner": "H1", "value": "12345"}, "Nobody is known by this."),
    ],
)
def test_what_cannot_be_opened_leaves_no_leaf_and_says_why(house: House, changed: dict[str, str], says: str) -> None:
    before = house.leaves()

    answer = house.signed_in("compliance-officer").post("/accounting", {**ASKED, **changed})

    assert answer.status_code == 422
    assert says in answer.text.replace("&#39;", "'")
    assert house.leaves() == before


@pytest.mark.parametrize(
    ("form", "begins"), [("pdf", b"%PDF-"), ("csv", b"date,"), ("ndjson", b"{"), ("fhir", b"{"), ("text", b"Every")]
)
def test_each_file_is_the_commands_and_leaves_one_leaf(house: House, form: str, begins: bytes) -> None:
    client = house.signed_in("compliance-officer")
    url, before = opened(client), house.leaves()

    answer = client.post(f"{url}/file", {"form": form})

    assert answer.content.startswith(begins), answer.content[:60]
    assert "attachment" in answer.headers["content-disposition"]
    assert house.leaves() == before + 1
    if form == "csv":
        made = ran(
            "accounting",
            "list",
            "H1-1",
            "--law",
            "all",
            "--for",
            "H1",
            "--actor",
            "t",
            "--form",
            "csv",
            "--config",
            str(house.config),
        )
        assert made.out.splitlines()[1:] == answer.text.splitlines()[1:]


def test_a_case_is_for_whoever_opened_it(house: House) -> None:
    url = opened(house.signed_in("compliance-officer"))

    assert house.signed_in("operator").get(url).status_code == 404
    assert house.signed_in("compliance-officer").post(f"{url}x/file", {"form": "csv"}).status_code == 404


def test_a_long_list_is_turned_page_by_page_and_a_file_has_it_whole(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = house.signed_in("compliance-officer")
    url = opened(client)
    leaves = re.findall(r'href="/ledger/leaves/(\d+)"', client.get(url).text)
    show = next(show for one, show in PAGES if (one.url, one.method) == ("/accounting/{case}", "GET"))
    monkeypatch.setitem(show.__globals__, "_PAGE", 1)

    found, link, page = list[str](), url, ""
    while link:
        page = client.get(link).text
        found += re.findall(r'href="/ledger/leaves/(\d+)"', page)
        further = re.search(r'<a href="([^"]+)" rel="next">Further</a>', page)
        link = further[1] if further else ""

    assert found == leaves
    assert len(leaves) > 1
    says = re.search(r"Rows [^;]*; a file has them all", text(page))
    assert says is not None
    assert says[0] == f"Rows {len(leaves)} to {len(leaves)} of {len(leaves)}; a file has them all"
    assert client.post(f"{url}/file", {"form": "csv"}).text.count("\r\n") == len(leaves) + 1


def test_a_page_of_a_long_list_keeps_within_the_weight_of_a_list(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    client, made = house.signed_in("compliance-officer"), lists.accounting
    url = opened(client)

    def busy(*asked: Any) -> lists.Accounting:
        found = made(*asked)
        return msgspec.structs.replace(found, rows=(max(found.rows, key=_words),) * 2000)

    monkeypatch.setattr(lists, "accounting", busy)
    page = client.get(url).text

    assert len(page.encode()) < 60 * 1024, len(page.encode())
    assert page.count("<tr ") == 51
    assert "Rows 1 to 50 of 2,000; a file has them all." in text(page)


def _words(row: lists.Row) -> int:
    return len(str(row))
