"""A clerk's queue: each entry is settled once, by somebody who has seen what changed; what may have arrived is looked up first."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest

from hub.carriers.workspace import WorkspaceCarrier
from hub.contracts import Parcel, Receipt
from hub.errors import Ambiguous
from tests.console.house import Client
from tests.console.test_pages import text
from tests.console.workspace.house import Workshop

_numbers = count(200_000)


@pytest.fixture(scope="module")
def clerk(shop: Workshop) -> Client:
    return shop.at("records-clerk", "PD")


def names(clerk: Client) -> list[str]:
    return re.findall(r'href="/records/([^"]+)"', clerk.get("/records").text)


def entered(shop: Workshop, clerk: Client, *files: str) -> list[str]:
    """A call of C1 with its updates, under a number of its own: the names of PD's entries of it, the oldest first."""
    found: list[str] = []
    known, own = set(names(clerk)), str(next(_numbers))
    for file in files or ("01-c1-call.json",):
        assert shop.tell("C1", file, **{"118842": own}).state == "kept"
        fresh = set(names(clerk)) - known
        assert len(fresh) == 1
        known |= fresh
        found += fresh
    return found


def test_an_entry_waits_until_it_is_approved_with_their_own_number(shop: Workshop, clerk: Client) -> None:
    (name,) = entered(shop, clerk)
    assert "◷ Waits for you" in text(clerk.get(f"/records/{name}").text)

    done = clerk.post(f"/records/{name}", {"act": "approve", "number": "RMS-7"})

    assert done.status_code == 303
    page = text(clerk.get(f"/records/{name}").text)
    assert "● Approved" in page
    assert "kept as RMS-7" in page
    assert "Your answer" not in page


def test_what_changed_since_the_approved_version_stands_first(shop: Workshop, clerk: Client) -> None:
    first, second = entered(shop, clerk, "01-c1-call.json", "02-c1-dispatched.json")
    assert "What changed" not in clerk.get(f"/records/{second}").text

    clerk.post(f"/records/{first}", {"act": "approve"})

    page = clerk.get(f"/records/{second}").text
    assert "What changed since the version you approved" in page
    assert page.index("What changed") < page.index("The entry")


def test_what_is_returned_is_told_to_a_person_by_a_word_of_the_list(shop: Workshop, clerk: Client) -> None:
    (name,) = entered(shop, clerk)

    assert clerk.post(f"/records/{name}", {"act": "return"}).status_code == 422
    assert clerk.post(f"/records/{name}", {"act": "return", "reason": "because"}).status_code == 422
    assert clerk.post(f"/records/{name}", {"act": "return", "reason": "incomplete"}).status_code == 303

    assert "○ Returned" in text(clerk.get(f"/records/{name}").text)
    words = [task.words for task in shop.look.tasks("record")]
    assert "Police department PD returned an entry: something is missing that we need." in words


def test_of_two_clerks_at_once_one_settles_it(shop: Workshop, clerk: Client) -> None:
    (name,) = entered(shop, clerk)
    forms = [{"act": "approve"}, {"act": "return", "reason": "other"}] * 2

    with ThreadPoolExecutor(len(forms)) as pool:
        done = list(pool.map(lambda form: clerk.post(f"/records/{name}", form).status_code, forms))

    assert sorted(done) == [303, 409, 409, 409]


def test_each_look_and_each_act_is_one_leaf(shop: Workshop, clerk: Client) -> None:
    (name,) = entered(shop, clerk)
    said = ("records", "record", "record approved")
    before = [shop.looks(what) for what in said]

    clerk.get("/records")
    clerk.get(f"/records/{name}")
    clerk.post(f"/records/{name}", {"act": "approve"})

    assert [shop.looks(what) for what in said] == [count_ + 1 for count_ in before]


def test_no_other_partners_clerk_sees_it(shop: Workshop, clerk: Client) -> None:
    (name,) = entered(shop, clerk)
    other = shop.at("records-clerk", "B1")

    there, nowhere = other.get(f"/records/{name}"), other.get(f"/records/{'A' * 20}")

    assert (there.status_code, len(there.content)) == (404, len(nowhere.content))
    assert other.post(f"/records/{name}", {"act": "approve"}).status_code == 404
    assert "No entry waits" in other.get("/records").text


def test_what_may_have_arrived_is_looked_up_and_never_typed_twice(
    shop: Workshop, clerk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def silent(_: WorkspaceCarrier, __: Parcel) -> Receipt:
        raise Ambiguous("no answer")

    monkeypatch.setattr(WorkspaceCarrier, "send", silent)
    there, absent = entered(shop, clerk)[0], entered(shop, clerk)[0]
    for name in (there, absent):
        for _ in range(100):
            if "Look it up there." in clerk.get(f"/records/{name}").text:
                break
            time.sleep(0.02)
        assert clerk.post(f"/records/{name}", {"act": "approve"}).status_code == 422
    monkeypatch.undo()

    assert clerk.post(f"/records/{there}", {"act": "there"}).status_code == 303
    assert clerk.post(f"/records/{absent}", {"act": "again"}).status_code == 303

    assert there not in names(clerk)
    assert "Look it up there." not in clerk.get(f"/records/{absent}").text


def test_differences_are_told_in_words_with_the_counts_of_both_sides(shop: Workshop, clerk: Client) -> None:
    def counts() -> tuple[int, int, int]:
        found = re.search(
            r"The hub has (\d+) , you approved (\d+) , (\d+) differ", text(clerk.get("/differences").text)
        )
        assert found
        return int(found[1]), int(found[2]), int(found[3])

    held, approved, differ = counts()
    before = shop.looks("differences")
    first, second = entered(shop, clerk, "01-c1-call.json", "02-c1-dispatched.json")
    clerk.post(f"/records/{first}", {"act": "approve", "number": "RMS-9"})

    assert counts() == (held + 1, approved + 1, differ + 1)
    page = clerk.get("/differences").text
    assert "approved" in page
    assert "RMS-9" in page
    assert f'href="/records/{second}"' in page
    assert shop.looks("differences") == before + 2
    clerk.post(f"/records/{second}", {"act": "approve", "number": "RMS-9"})
    assert counts() == (held + 1, approved + 1, differ)
