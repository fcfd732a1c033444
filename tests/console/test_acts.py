"""Every act of the console has exactly the leaves that it declares, by whoever did it; an act that stands in no row here fails."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

import httpx
import pytest

from hub.access.roles import may
from hub.console.page import PAGES, Page
from hub.console.site import DECLARED
from tests.console.furniture import USE
from tests.console.house import Client, House, standing
from tests.console.test_links import doubtful, other
from tests.console.test_parked import becomes, cause

Deed = Callable[[Client, House], httpx.Response]


def sent(url: str, **form: str) -> Deed:
    """A form sent to an address, which may name what is there."""
    return lambda client, house: client.post(url.format(delivered=house.delivered, doubted=house.doubted), form)


def on(find: Callable[[Client, House], str], **form: str) -> Deed:
    """A form sent to an address that is found first."""
    return lambda client, house: client.post(find(client, house), form)


def link(page: str, pattern: str) -> Callable[[Client, House], str]:
    """The address that a page's words lead to."""

    def find(client: Client, _: House) -> str:
        found = re.search(pattern, client.get(page).text, re.DOTALL)
        assert found is not None, (page, pattern)
        return found[1]

    return find


def opened(page: str, rest: str, **form: str) -> Callable[[Client, House], str]:
    """The address of a case that is opened first."""
    return lambda client, _: client.post(page, form).headers["location"] + rest


def answered(client: Client, house: House) -> httpx.Response:
    form = {"answer": "different", "other": other(house), "reason": "seen on the ward"}
    return client.post(f"{doubtful(house)}/answer", form)


def ended(client: Client, house: House) -> httpx.Response:
    form = {"what": "end", "reason": "faxed instead", "message": house.hub_message(house.delivered)}
    return client.post(cause(client, "S1"), form)


def resent(client: Client, house: House) -> httpx.Response:
    """Once more to a receiver that refuses it again: it is parked as before."""
    return client.post(f"/messages/{house.delivered}/replay", {"what": "again", "to": "S1", "reason": "it is up"})


def parked(house: House) -> bool:
    """Whether the delivery to S1 waits for a person."""
    return any(one.partner == "S1" for one in house.look.stuck().causes)


def begun(client: Client, house: House) -> httpx.Response:
    form, url = {"what": "again", "pace": "1", "reason": "mended"}, cause(client, "H1")
    last = re.search(r'name="last" value="(\w+)"', client.post(f"{url}/all", form).text)
    assert last is not None
    return client.post(f"{url}/all", {**form, "last": last[1]})


def person(rest: str) -> Deed:
    return lambda client, house: client.post(f"/people/{house.account('responder').id}/{rest}")


# By address, in the order in which they are done: who does it, and how. An officer, unless another role is named.
DEEDS: Final[Mapping[str, tuple[str, Deed]]] = {
    "/messages/find": ("operator", sent("/messages/find", id="H1-1")),
    "/messages/save": ("operator", sent("/messages/save", name="mine", state="parked")),
    "/messages/forget": ("operator", sent("/messages/forget", search="0")),
    "/messages/{name}/reveal": ("operator", sent("/messages/{delivered}/reveal", reason="delivery")),
    "/messages/{name}/hide": ("operator", sent("/messages/{delivered}/hide")),
    "/disclosures/save": ("compliance-officer", sent("/disclosures/save", name="x", kind="refused")),
    "/disclosures/forget": ("compliance-officer", sent("/disclosures/forget", search="0")),
    "/disclosures/file": ("compliance-officer", sent("/disclosures/file", partner="B1")),
    "/accounting": ("compliance-officer", sent("/accounting", message="H1-1", law="all", entity="H1")),
    "/consents": ("compliance-officer", sent("/consents", message="H1-1", reason="asked")),
    "/ledger": ("compliance-officer", sent("/ledger")),
    "/ledger/old": ("compliance-officer", sent("/ledger/old", note="nothing")),
    "/measures": ("programme-analyst", sent("/measures", since="2026-03-01", until="2026-04-01")),
    "/partners/{partner}/hold": ("operator", sent("/partners/B1/hold", hours="4", reason="maintenance")),
    "/partners/{partner}/go": ("operator", sent("/partners/B1/go")),
    "/recalls/{name}": ("compliance-officer", sent("/recalls/{delivered}", partner="B1", asked="yes")),
    "/reviews/{use}": ("compliance-officer", sent(f"/reviews/{USE}", verdict="justified", words="it was")),
    "/tasks/{number}": (
        "operator",
        on(link("/tasks", r'href="(/tasks/\d+)"[^>]*>(?:(?!href=).)*coroner'), words="rung"),
    ),
    "/links/find": ("clinician-reviewer", sent("/links/find", id="H1-1")),
    "/links/{number}/hide": ("clinician-reviewer", on(lambda _, house: f"{doubtful(house)}/hide")),
    "/links/{number}/answer": ("clinician-reviewer", answered),
    "/people": ("administrator", sent("/people", name="ada@county.example", words="Ada", role="operator")),
    "/people/{id}/link": ("administrator", person("link")),
    "/people/{id}/unlock": ("administrator", person("unlock")),
    "/people/{id}/end": ("administrator", person("end")),
    "/parked/{cause}/all": ("operator", begun),
    "/messages/{name}/replay": ("operator", resent),
    "/parked/{cause}": ("operator", ended),
}
# Acts that need more than this house has, and those whose leaf is a message's own: the test that counts it.
ELSEWHERE: Final[Mapping[str, str]] = {
    "/accounting/{case}/file": "test_each_file_is_the_commands_and_leaves_one_leaf",
    "/alerts/{alarm}": "test_an_alert_is_taken_on_by_name",
    "/codes/{code}": "test_a_code_is_mapped_on_a_page_and_the_message_that_waited_runs_again",
    "/consents/new": "test_nothing_is_filed_before_it_was_read_once_more_and_then_with_one_leaf",
    "/consents/{case}/back": "test_taking_one_back_says_first_what_stops_and_then_asks_back",
    "/jobs/{job}/cancel": "test_a_release_is_cancelled_and_what_is_left_waits_on",
    "/links/{number}/reveal": "test_the_records_are_shown_with_a_reason_and_a_leaf_for_each_person",
    "/links/of/{name}/unmerge": "test_the_same_person_is_one_from_then_on_and_two_again_when_it_was_wrong",
    "/mappings/{partner}": "test_a_sender_without_a_mapping_of_its_own_gets_one_and_there_is_a_way_back",
    "/rules/rollback": "test_one_person_proposes_and_another_puts_it_in_force",
    "/rules/{set}/propose": "test_one_person_proposes_and_another_puts_it_in_force",
    "/rules/{set}/approve": "test_one_person_proposes_and_another_puts_it_in_force",
    "/rules/{set}/back": "test_a_proposal_is_sent_back_with_a_reason",
    "/beds": "test_each_act_of_partners_people_is_one_leaf_of_theirs",
    "/card": "test_each_act_of_partners_people_is_one_leaf_of_theirs",
    "/card/{name}": "test_each_act_of_partners_people_is_one_leaf_of_theirs",
    "/placements/{name}": "test_each_act_of_partners_people_is_one_leaf_of_theirs",
    "/referrals/{name}": "test_what_they_answer_and_record_is_one_message_with_its_own_leaf",
    "/contacts/new": "test_what_they_answer_and_record_is_one_message_with_its_own_leaf",
    "/records/{name}": "test_each_look_and_each_act_is_one_leaf",
    "/asked-back": "test_nobody_else_answers_it_and_its_own_people_once",
}


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house of these tests' own."""
    with standing(tmp_path_factory.mktemp("acts")) as house:
        yield house


def acts() -> dict[str, Page]:
    """Every act of staff that whoever signed in must have a right for."""
    return {one.url: one for one, _ in PAGES if one.method == "POST" and one.right}


def test_every_act_leaves_what_it_declares_and_nothing_else(own: House) -> None:
    wrong = {}
    for url, (role, deed) in DEEDS.items():
        one, client = acts()[url], own.signed_in(role)
        assert may(role, one.right) if one.right else True
        assert becomes(lambda: parked(own))
        before = own.leaves()

        answer = deed(client, own)

        mine = own.done_by(role, since=before)
        if (mine, answer.status_code >= 400) != (one.leaves, False):
            wrong[url] = (mine, one.leaves, answer.status_code)
    assert wrong == {}


def test_there_is_a_row_for_every_act() -> None:
    here = "".join(file.read_text(encoding="utf-8") for file in Path(__file__).parent.rglob("test_*.py"))

    assert DECLARED
    assert set(acts()) == set(DEEDS) | set(ELSEWHERE)
    assert [name for name in ELSEWHERE.values() if f"def {name}(" not in here] == []
