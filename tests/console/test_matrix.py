"""Every route for every role, generated from what pages declare: whoever lacks the right is told what everybody is told."""

from __future__ import annotations

from collections.abc import Mapping

import click
import pytest
from starlette.routing import Route

from hub.access.roles import ROLES, Right, may
from hub.cli import main
from hub.console.guard import NOT_HERE
from hub.console.page import PAGES, Page
from hub.console.render import MENUS
from hub.console.site import DECLARED
from tests.console.furniture import names
from tests.console.house import Client, House

# The stream that says when to look again ends when the reader does: it has tests of its own.
SIGNED_IN = [one for one, _ in PAGES if not one.public and one.url != "/live"]


@pytest.fixture(scope="module")
def clients(house: House) -> Mapping[str, Client]:
    return {role: house.signed_in(role) for role in ROLES}


def address(one: Page, house: House) -> str:
    """A page's address with names of things that are there."""
    return one.url.format(**names(house))


def name(one: Page) -> str:
    return f"{one.method} {one.url}"


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("one", SIGNED_IN, ids=name)
def test_a_page_opens_for_those_who_have_its_right_and_for_nobody_else(
    one: Page, role: str, house: House, clients: Mapping[str, Client]
) -> None:
    # Signing out would end the session that the other rows share.
    client = house.signed_in(role) if one.url in ("/signout", "/lock") else clients[role]
    path = address(one, house)

    answer = client.get(path) if one.method == "GET" else client.post(path)

    allowed = one.right is None or may(role, one.right)
    assert (NOT_HERE in answer.text) is not allowed, answer.text
    assert answer.status_code < 500
    if not allowed:
        assert answer.status_code == 404


@pytest.mark.parametrize("one", SIGNED_IN, ids=name)
def test_nobody_who_did_not_sign_in_sees_any_page(one: Page, house: House) -> None:
    client, path = house.anybody(), address(one, house)

    answer = client.get(path) if one.method == "GET" else client.post(path)

    assert (answer.status_code, answer.headers["location"], answer.content) == (303, "/signin", b"")


@pytest.mark.parametrize("role", ROLES)
def test_what_one_may_not_see_answers_like_what_is_not_there(role: str, clients: Mapping[str, Client]) -> None:
    hidden = [one for one in SIGNED_IN if one.right and not may(role, one.right) and one.method == "GET"]
    client = clients[role]
    nowhere = client.get("/no-such-page")

    for one in hidden:
        answer = client.get(one.url)
        assert (answer.status_code, len(answer.content)) == (nowhere.status_code, len(nowhere.content)), one.url


def test_nothing_routes_that_no_page_declares(house: House) -> None:
    from hub.console.site import Site

    routes = {
        (method, route.path)
        for route in Site(_Nothing()).app.routes  # type: ignore[arg-type]  # routes are made before anything is asked
        if isinstance(route, Route)
        for method in route.methods or ()
        if method != "HEAD" and not route.path.startswith("/static/")
    }

    assert routes == {(one.method, one.url) for one, _ in PAGES}
    assert DECLARED
    assert len(PAGES) == len(routes)


class _Nothing:
    provider = None


def test_every_page_asks_for_a_right_unless_it_is_a_way_in_or_about_oneself() -> None:
    free = {name(one) for one, _ in PAGES if one.right is None}

    assert free == {
        "GET /",
        "GET /signin",
        "POST /signin",
        "POST /signin/provider",
        "GET /signin/back",
        "GET /welcome/{token}",
        "POST /welcome/{token}",
        "GET /welcome",
        "POST /scheme",
        "POST /signout",
        "GET /lock",
        "POST /lock",
        "POST /unlock",
        "POST /stay",
        "GET /live",
        "GET /drafts",
        "POST /drafts",
        "POST /drafts/drop",
    }


def test_every_right_opens_something() -> None:
    used = {one.right for one, _ in PAGES}

    # Orders of destruction are signed at the command line.
    assert set(Right) - used == {Right.EXPUNGE}


@pytest.mark.parametrize(
    ("role", "lands"),
    [
        ("compliance-officer", "/today"),
        ("operator", "/today"),
        ("mapping-analyst", "/codes"),
        ("programme-analyst", "/measures"),
        ("clinician-reviewer", "/links"),
        ("administrator", "/people"),
        ("intake-worker", "/referrals"),
        ("flow-coordinator", "/beds"),
        ("records-clerk", "/records"),
        ("988-counsellor", "/contacts/new"),
        ("dispatcher", "/calls"),
        ("responder", "/card"),
    ],
)
def test_everybody_lands_on_their_first_question(
    role: str, lands: str, house: House, clients: Mapping[str, Client]
) -> None:
    assert clients[role].get("/").headers["location"] == lands
    assert clients[role].get(lands).status_code == 200


def test_menus_hold_seven_items_at_most_and_the_foot_names_all_others() -> None:
    named = {one.menu for one, _ in PAGES if one.menu}

    for role in ROLES:
        theirs = {one.menu for one, _ in PAGES if one.menu and one.right and may(role, one.right)}
        assert len(MENUS.get(role, theirs)) <= 7, role
        assert set(MENUS.get(role, ())) <= theirs, role
    assert {name for menu in MENUS.values() for name in menu} <= named


def test_a_page_outside_the_menu_is_named_at_the_foot(clients: Mapping[str, Client]) -> None:
    html = clients["compliance-officer"].get("/ledger").text
    menu, foot = html.split("<main", 1)

    assert 'href="/recalls"' not in menu
    assert 'href="/recalls"' in foot
    assert 'href="/people"' not in html


# It only looks for the number of a leaf.
UNNAMED = {"/ledger/leaves"}


def test_each_page_of_staff_names_a_command_that_there_is() -> None:
    staff = {right for role in ROLES.values() if not role.partner for right in role.rights}
    pages = [one for one, _ in PAGES if one.method == "GET" and one.right in staff]

    assert {one.url for one in pages if not one.command} == UNNAMED
    assert [one.url for one in pages if one.command and not there(one.command)] == []


def there(line: str) -> bool:
    """Whether a command line leads to a command."""
    program, *words = line.split()
    found: click.Command = main
    while isinstance(found, click.Group) and words:
        inner = found.get_command(click.Context(found), words.pop(0))
        if inner is None:
            return False
        found = inner
    return program == "crisis-hub" and not isinstance(found, click.Group)
