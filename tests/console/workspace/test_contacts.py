"""A counsellor's contact: it comes in like any message, names nobody by default; a rescue tells four facts after one more question."""

from __future__ import annotations

import json
import re

import pytest

from hub.errors import Lasting
from hub.flow.contact_form import contact
from hub.model.crisis import CrisisContact
from hub.model.person import Person
from hub.store.asking.journal import Journal, Message, Wanted
from tests.console.house import Client
from tests.console.test_pages import text
from tests.console.workspace.house import Workshop

ROUTINE = {
    "act": "keep",
    "channel": "call",
    "level": "high",
    "concern": "suicide\nhousing",
    "age": "about 30",
    "team": "yes",
    "meeting": "laundromat, bench inside",
    "narrative": "Would rather talk in person.",
}
RESCUE = {
    "act": "rescue",
    "channel": "call",
    "level": "imminent",
    "attempt": "yes",
    "callback": "602-555-0171",
    "place": "77 Mesquite Street",
    "place_source": "they said so",
}


@pytest.fixture(scope="module")
def counsellor(shop: Workshop) -> Client:
    return shop.at("988-counsellor", "L1")


def last(shop: Workshop) -> tuple[Message, bytes, tuple[CrisisContact, ...], bool]:
    """What L1 said last: the message, its bytes, its contacts, and whether it names a person."""
    vault = shop.hub.vault
    with vault.database.read() as connection:
        journal = Journal(connection, vault.keys, vault.origin)
        (found,) = journal.search(Wanted(partner="L1", limit=1))
        (kept,) = journal.kept([found.journal])
    bodies = [event.body for event in kept.events]
    named = any(body.names for body in bodies if isinstance(body, Person))
    return found, kept.body, tuple(body for body in bodies if isinstance(body, CrisisContact)), named


def test_it_comes_in_by_the_ordinary_way_and_nobody_is_named(shop: Workshop, counsellor: Client) -> None:
    done = counsellor.post("/contacts/new", ROUTINE | {"name": "Sam Roe"})

    assert (done.status_code, done.headers["location"]) == (303, "/contacts")
    message, body, (said,), named = last(shop)
    assert (message.state, message.door, message.kind) == ("planned", "workspace", "988-contact")
    assert (said.anonymous, said.caller_name, named) == (True, "", False)
    assert [code.code for code in said.concerns] == ["suicide", "housing"]
    assert said.risk is not None
    assert said.risk.level is not None
    assert (said.risk.level.code, said.mobile_team_requested, said.active_rescue) == ("high", True, False)
    assert said.meeting_point is not None
    assert said.meeting_point.description == "laundromat, bench inside"
    assert b"Roe" not in body
    assert json.loads(body)["contact_id"] in counsellor.get("/contacts").text


def test_the_list_says_what_was_asked_for_and_nothing_of_what_was_said(counsellor: Client) -> None:
    counsellor.post("/contacts/new", ROUTINE)

    page = text(counsellor.get("/contacts").text)

    assert "◷ Team asked no word yet" in page
    assert [word for word in ("laundromat", "about 30", "talk in person") if word in page] == []


def test_an_active_rescue_says_exactly_what_goes_and_asks_once_more(shop: Workshop, counsellor: Client) -> None:
    before, _, _, _ = last(shop)

    asked = counsellor.post("/contacts/new", RESCUE)

    assert asked.status_code == 200
    said = text(asked.text)
    assert "These four facts go to the 911 centre, and nothing else." in said
    assert "The number to call back 602-555-0171" in said
    assert "77 Mesquite Street, they said so" in said
    assert "Whether an attempt is in progress yes" in said
    assert "555-555-0111" in said
    assert last(shop)[0].journal == before.journal

    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', asked.text))
    sure = {name: value for name, value in fields.items() if name not in ("csrf", "once")} | {"act": "rescue"}
    assert counsellor.post("/contacts/new", sure).status_code == 303

    _, _, (contact_,), _ = last(shop)
    assert contact_.active_rescue
    assert contact_.place is not None
    assert "If nobody at the 911 centre has answered within 60 seconds" in text(counsellor.get("/contacts").text)


def test_the_911_centre_hears_of_a_rescue_and_of_no_other_contact(shop: Workshop, counsellor: Client) -> None:
    dispatch = ["wanted-0"]
    from hub.store.asking.shelf import Shelf

    def told() -> int:
        vault = shop.hub.vault
        with vault.database.read() as connection:
            return len(Shelf(connection, vault.keys, vault.origin).put("C1", dispatch))

    before = told()
    counsellor.post("/contacts/new", ROUTINE)
    assert told() == before
    counsellor.post("/contacts/new", RESCUE | {"sure": "yes"})
    assert told() == before + 1


def test_changing_something_first_keeps_what_was_typed(counsellor: Client) -> None:
    page = counsellor.post("/contacts/new", RESCUE | {"act": "edit", "concern": "suicide\nfamily"}).text

    assert 'value="77 Mesquite Street"' in page
    assert re.search(r'value="family" checked', page)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"channel": ""}, "How did they reach you?"),
        ({"level": "very"}, "How high is the risk?"),
        ({"intent": "perhaps"}, "Choose from the lists."),
        ({"meeting": ""}, "Where can the team meet them?"),
        ({"narrative": "x" * 4001}, "At most 4000 characters in a field."),
    ],
)
def test_what_is_missing_is_said_and_what_was_typed_stays(
    changed: dict[str, str], words: str, counsellor: Client
) -> None:
    said = counsellor.post("/contacts/new", ROUTINE | changed)

    assert said.status_code == 422
    assert words in text(said.text)
    assert 'value="about 30"' in said.text


@pytest.mark.parametrize("field", ["place", "place_source"])
def test_enter_where_a_rescue_is_typed_is_no_contact_that_looks_like_one(
    field: str, shop: Workshop, counsellor: Client
) -> None:
    before, _, _, _ = last(shop)

    said = counsellor.post("/contacts/new", ROUTINE | {field: "77 Mesquite Street"})

    assert said.status_code == 422
    assert "No help was sent, and nothing was kept." in text(said.text)
    assert 'value="77 Mesquite Street"' in said.text
    assert last(shop)[0].journal == before.journal


def test_a_rescue_needs_somewhere_to_go() -> None:
    form = RESCUE | {"callback": " ", "place": ""}

    with pytest.raises(Lasting, match="needs a number to call back, or the best known place"):
        contact(form, number="W1", center="L1", at="2026-03-10T21:12:00-07:00")


def test_a_name_and_a_place_stay_out_until_they_may_go() -> None:
    form = ROUTINE | {"named": "yes", "name": "Sam Roe", "place": "77 Mesquite Street"}

    said = contact(form, number="W1", center="L1", at="2026-03-10T21:12:00-07:00")

    assert said["caller"] == {"name": "Sam Roe"}
    assert said["anonymous"] is False
    assert "location" not in said


def test_a_partner_that_sends_no_contacts_has_no_form(shop: Workshop) -> None:
    other = shop.at("988-counsellor", "B1")

    assert "does not say that you send 988 contacts" in other.get("/contacts/new").text
    assert other.post("/contacts/new", ROUTINE).status_code == 200
