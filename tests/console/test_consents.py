"""What a person has allowed: opened with a reason and a leaf, in words, each version with what became of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from hub.app.acts import directives
from hub.flow.capture import Form
from hub.model.values import Identifier
from tests.console.house import Client, House, standing
from tests.console.test_pages import text

NUMBER = Identifier(value="77", assigner="H1", type="MR")


def file(house: House, *, signed_at: str = "2026-01-02T10:00:00-07:00", **said: object) -> None:
    """File what a form says about the person of the tests."""
    form = Form(
        number="26-1", signer="Riley Doe", signed_at=signed_at, discloser=("H1",), recipients=("B1",),
        purposes=("TREAT",), classes=("MH_CLINICAL",), **said,  # type: ignore[arg-type]  # what each test says
    )  # fmt: skip
    paper = directives.Paper(form=form, number=NUMBER, source="H1", actor="a test")
    command, _ = directives.kept(house.hub.known, house.hub.vault, paper)
    house.ask(command)


def opened(client: Client) -> str:
    """The page of what the person allowed."""
    answer = client.post("/consents", {"message": "H1-1", "reason": "asked"})
    assert answer.status_code == 303, text(answer.text)
    return client.get(answer.headers["location"]).text


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house of these tests' own."""
    with standing(tmp_path_factory.mktemp("consents")) as house:
        yield house


def test_looking_takes_a_reason_and_leaves_one_leaf_and_is_for_whoever_asked(own: House) -> None:
    client, before = own.signed_in("compliance-officer"), own.leaves()

    assert client.post("/consents", {"message": "H1-1"}).status_code == 422
    assert client.post("/consents", {"message": "H1-404", "reason": "asked"}).status_code == 422
    assert own.leaves() == before
    answer = client.post("/consents", {"type": "MR", "assigner": "H1", "value": "77", "reason": "asked"})

    assert own.leaves() == before + 1
    page = answer.headers["location"]
    assert re.fullmatch(r"/consents/[0-9a-f]{12}", page)
    assert "Nothing was signed that this hub knows of" in client.get(page).text
    assert own.signed_in("operator").get(page).status_code == 404
    assert client.get("/consents/000000000000").status_code == 404


def test_each_version_says_in_words_what_it_opens_and_what_became_of_it(own: House) -> None:
    client = own.signed_in("compliance-officer")
    file(own, kind="SPECIFIC", version="1")
    said = text(opened(client))
    assert "● Holds A release that names this recipient and purpose" in said
    assert "Test H1 may tell Test B1" in said
    assert "for treatment" in said
    assert "not asked for: it is given under another law" in said

    file(own, kind="SPECIFIC", version="2", revoked_at="2026-02-01T10:00:00-07:00")
    again = text(opened(client))

    assert "○ Replaced" in again
    assert "○ Taken back" in again
    assert "● Holds" not in again
    assert "Riley" not in again


def test_a_consent_that_lacks_an_element_opens_nothing_and_says_which(own: House) -> None:
    file(own, kind="TPO", version="3", part2=True, signed_at="2026-02-02T10:00:00-07:00")

    said = text(opened(own.signed_in("compliance-officer")))

    assert "✕ Opens nothing" in said
    assert "it does not say when it ends, 42 CFR 2.31(a)(7)" in said
