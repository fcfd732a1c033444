"""Doubtful links: side by side in words, judged with a reason, shown with a reason, and taken back with what they let through."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hub.app.acts.mislink import held
from tests.console.house import Client, House, standing
from tests.console.test_pages import SENTINELS, text


@pytest.fixture
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house of one test's own."""
    with standing(tmp_path_factory.mktemp("links")) as house:
        yield house


def doubtful(house: House) -> str:
    """The address of the doubtful link."""
    return f"/links/{house.look.tasks('link')[0].seq}"


def other(house: House) -> str:
    """The record that it may be one with."""
    return house.look.message(house.delivered).owner


def answered(client: Client, house: House, answer: str) -> int:
    """Answer the doubtful link."""
    form = {"answer": answer, "other": other(house), "reason": "seen on the ward"}
    return client.post(f"{doubtful(house)}/answer", form).status_code


def test_the_evidence_is_side_by_side_in_words_and_by_weight(house: House) -> None:
    said = text(house.signed_in("clinician-reviewer").get(doubtful(house)).text)

    assert "family name agrees ● Speaks for it +7." in said
    assert "social security number is not known of both ○ Says nothing -" in said
    assert "The evidence says that they are one person" in said
    assert [word for word in SENTINELS if word in said] == []


def test_the_records_are_shown_with_a_reason_and_a_leaf_for_each_person(house: House) -> None:
    client, url, before = house.signed_in("clinician-reviewer"), doubtful(house), house.leaves()

    assert client.post(f"{url}/reveal").status_code == 422
    assert house.leaves() == before
    client.post(f"{url}/reveal", {"reason": "words"})

    assert house.leaves() == before + 2
    shown = client.get(url).text
    assert shown.count("Riley") == 2
    assert "uicidal" not in shown
    assert "Riley" not in house.signed_in("clinician-reviewer").get(url).text
    client.post(f"{url}/hide")
    assert "Riley" not in client.get(url).text


def test_an_answer_needs_a_reason_and_a_record_that_is_in_doubt(house: House) -> None:
    client, url, before = house.signed_in("clinician-reviewer"), doubtful(house), house.leaves()

    for form in ({"answer": "same", "other": other(house)}, {"reason": "x"}, {"answer": "same", "reason": "x"}):
        assert client.post(f"{url}/answer", form).status_code == 422
    assert house.leaves() == before


def test_the_same_person_is_one_from_then_on_and_two_again_when_it_was_wrong(own: House) -> None:
    client = own.signed_in("clinician-reviewer")

    assert answered(client, own, "same") == 303
    one = held(own.look, own.doubted).identity.person
    assert one == held(own.look, own.delivered).identity.person
    assert "No link is in doubt." in text(client.get("/links").text)

    page = text(client.get(f"/links/of/{own.doubted}").text)
    assert "2 records" in page
    assert "by clinician-reviewer" in page
    assert client.post(f"/links/of/{own.doubted}/unmerge").status_code == 422
    done = client.post(f"/links/of/{own.doubted}/unmerge", {"reason": "another birth date on the passport"})

    assert "a person of its own again" in text(done.text)
    assert held(own.look, own.doubted).identity.person != held(own.look, own.delivered).identity.person


def test_two_people_are_two_and_whoever_cannot_tell_changes_nobody(own: House) -> None:
    client, before = own.signed_in("clinician-reviewer"), own.leaves()
    persons = {held(own.look, name).identity.person for name in (own.doubted, own.delivered)}

    assert answered(client, own, "different") == 303

    assert {held(own.look, name).identity.person for name in (own.doubted, own.delivered)} == persons
    assert own.leaves() == before + 1
    assert "No link is in doubt." in text(client.get("/links").text)
    assert own.look.tasks("link") == ()


def test_whoever_only_looks_cannot_judge(house: House) -> None:
    officer = house.signed_in("compliance-officer")

    assert officer.get(doubtful(house)).status_code == 404
    assert officer.post("/links/find", {"id": "H1-1"}).status_code == 404


def test_a_person_is_looked_up_by_any_message_and_no_address_carries_it(house: House) -> None:
    found = house.signed_in("clinician-reviewer").post("/links/find", {"id": "H1-1"})

    assert found.headers["location"] == f"/links/of/{house.delivered}"
