"""Every page and act of the workspace for everybody who may open its like at another partner: what is theirs is as if it were not there."""

from __future__ import annotations

import re

import pytest

from hub.access.roles import ROLES, may
from hub.console.page import PAGES, Page
from hub.console.site import DECLARED
from hub.store.asking.shelf import Shelf
from tests.console.workspace.house import WORKERS, Workshop

SENTINELS = ("Riley", "Doe", "1990-03-14", "Mar 14 1990", "602-555-0142", "Juniper", "118842")
# Pages of partners' people that are about one thing: whose worker has one, and where its name is listed.
OWNERS = {
    "/referrals/{name}": ("intake-worker", "B1", "/referrals"),
    "/referrals/{name}/course": ("intake-worker", "B1", "/referrals"),
    "/referrals/{name}/sheet": ("intake-worker", "B1", "/referrals"),
    "/placements/{name}": ("flow-coordinator", "S1", "/placements"),
    "/records/{name}": ("records-clerk", "PD", "/records"),
    "/card/{name}": ("responder", "PD", ""),
}
PARTNERS = [role for role in ROLES if ROLES[role].partner]
OURS = [one for one, _ in PAGES if one.right and any(may(role, one.right) for role in PARTNERS)]
NAMED = [one for one in OURS if "{name}" in one.url]
STRANGERS = [(role, partner) for role, names in WORKERS.items() for partner in names]


def label(one: Page) -> str:
    return f"{one.method} {one.url}"


@pytest.fixture(scope="module")
def names(shop: Workshop) -> dict[str, str]:
    """By page, the name of something that its owner has."""
    shop.tell("CR1", "15-cr1-referral.json", CR1_RF_5="RF-M")
    shop.tell("C1", "01-c1-call.json", **{"118842": "118842"})
    shop.asks("S1", "B1")
    found = {}
    for url, (role, partner, listed) in OWNERS.items():
        client = shop.at(role, partner)
        if listed:
            name = re.search(rf'href="{listed}/([^"/]+)"', client.get(listed).text)
            assert name, url
            found[url] = name[1]
        else:
            found[url] = client.post("/card", {"incident": "118842"}).headers["location"].rpartition("/")[2]
    return found


def test_every_page_about_one_thing_has_an_owner_here() -> None:
    assert DECLARED
    assert {one.url for one in NAMED} == OWNERS.keys()


@pytest.mark.parametrize("one", NAMED, ids=label)
def test_another_partners_worker_cannot_tell_it_from_one_that_is_not_there(
    one: Page, shop: Workshop, names: dict[str, str]
) -> None:
    # As long as the other: a page says where it is.
    there, nowhere = (one.url.format(name=name) for name in (names[one.url], "A" * len(names[one.url])))
    owner = OWNERS[one.url][:2]
    strangers = [who for who in STRANGERS if who != owner and one.right and may(who[0], one.right)]
    strangers = [who for who in strangers if who[1] != owner[1]]
    assert strangers

    for role, partner in strangers:
        client = shop.at(role, partner)
        answers = [client.get(path) if one.method == "GET" else client.post(path) for path in (there, nowhere)]
        seen, absent = ((answer.status_code, len(answer.content)) for answer in answers)
        assert seen == absent, (role, partner)
        assert [word for word in SENTINELS if word in answers[0].text] == [], (role, partner)


@pytest.mark.parametrize("one", [one for one in OURS if one not in NAMED and one.method == "GET"], ids=label)
def test_lists_of_other_partners_name_nothing_of_theirs(one: Page, shop: Workshop, names: dict[str, str]) -> None:
    for role, partner in STRANGERS:
        if one.right and may(role, one.right):
            page = shop.at(role, partner).get(one.url)
            theirs = {name for url, name in names.items() if OWNERS[url][1] != partner}
            assert [name for name in theirs if name in page.text] == [], (role, partner)
            assert [word for word in SENTINELS[:5] if word in page.text] == [], (role, partner)


def test_a_shelf_holds_what_was_decided_for_its_own_partner_alone(shop: Workshop, names: dict[str, str]) -> None:
    vault, partners = shop.hub.vault, shop.hub.known.county.partners
    interests = {interest.id for one in partners.values() for interest in one.wants}
    assert names

    with vault.database.read() as connection:
        shelf = Shelf(connection, vault.keys, vault.origin)
        found = {name: {row.destination for row in shelf.put(name, interests)} for name in partners}

    assert found["B1"] == {"B1"}
    assert all(where <= {name} for name, where in found.items())
