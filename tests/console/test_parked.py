"""Parked: causes, their messages, and releasing or ending them; a cause that is not mended stops nothing and says so."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Iterator

import pytest

from hub.model.entry import Kind
from tests.cli import county
from tests.cli.conftest import ran
from tests.console.house import Client, House, standing
from tests.console.test_pages import text


@pytest.fixture
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house of this test's own."""
    with standing(tmp_path_factory.mktemp("own")) as house:
        yield house


def cause(client: Client, words: str) -> str:
    """The address of the cause that speaks of something."""
    found = re.findall(
        r'href="(/parked/\w{16})">([^<]*)<.*?<td role="cell" data-head="Partner">(\w+)<', client.get("/parked").text
    )
    return str(next(url for url, said, partner in found if words in (said, partner)))


def becomes(holds: Callable[[], bool]) -> bool:
    """Whether it comes to hold within some seconds."""
    for _ in range(100):
        if holds():
            return True
        time.sleep(0.05)
    return False


def test_nothing_is_released_before_something_is_chosen_with_a_reason(house: House) -> None:
    client, before = house.signed_in("operator"), house.leaves()
    url = cause(client, "S1")

    for form, says in (
        ({"reason": "x", "message": "m"}, "Choose what to do."),
        ({"reason": "x", "what": "again"}, "Nothing is chosen."),
        ({"what": "again", "message": "m"}, "Write a reason"),
    ):
        answer = client.post(url, form)
        assert answer.status_code == 422
        assert says in answer.text
    assert house.leaves() == before


def test_what_is_not_mended_stays_parked_and_says_where(own: House) -> None:
    client = own.signed_in("operator")
    url = cause(client, "H1")
    whole = own.hub_message(own.parked)

    answer = client.post(url, {"what": "again", "reason": "trying", "message": whole})

    assert "1 still wait" in text(answer.text)
    assert "required" in answer.text
    assert client.get(url).status_code == 200


def test_a_mended_cause_is_released_and_the_message_is_decided(own: House) -> None:
    client = own.signed_in("operator")
    url = cause(client, "H1")
    mend(own)

    answer = client.post(url, {"what": "again", "reason": "mapping mended", "message": own.hub_message(own.parked)})

    assert "1 released" in text(answer.text), text(answer.text)
    assert "read again, and decided as of then" in text(client.get(f"/messages/{own.parked}").text)
    assert client.get(url).status_code == 303


def test_a_delivery_is_ended_with_a_reason_and_once(own: House) -> None:
    client = own.signed_in("operator")
    url, whole = cause(client, "S1"), own.hub_message(own.delivered)

    answer = client.post(url, {"what": "end", "reason": "faxed instead", "message": whole})

    assert "1 ended" in text(answer.text)
    assert "ended unsent" in text(client.get(f"/messages/{own.delivered}").text)


def test_a_delivery_is_sent_again(own: House) -> None:
    client = own.signed_in("operator")
    url, whole = cause(client, "S1"), own.hub_message(own.delivered)

    client.post(url, {"what": "again", "reason": "their system is up", "message": whole})

    assert becomes(lambda: "sent, attempt 2" in text(client.get(f"/messages/{own.delivered}").text))


def test_who_may_not_release_sees_no_form(house: House) -> None:
    client = house.signed_in("mapping-analyst")

    assert "Do it" in client.get(cause(client, "S1")).text
    assert house.signed_in("compliance-officer").get("/parked").status_code == 404


def many(house: House, count: int, first: int = 10) -> None:
    """So many more messages of H1 wait for the mapping, numbered from the first on."""
    bodies = [county.message(n, mrn=f"9{n}") for n in range(first, first + count)]
    done = asyncio.run_coroutine_threadsafe(county.took(house.hub, *bodies), house.loop)
    assert {answer.state for answer in done.result(30)} == {"parked"}


def mend(house: House) -> None:
    """The mapping of H1 that lacks nothing; the hub reads by it once this returns."""
    before = house.hub.known.senders["H1"]
    (house.config / "h1-mapping.yaml").write_text(county.MENDED)
    published = ran(
        "map", "publish", str(house.config / "h1-mapping.yaml"), "--reason", "x", "--config", str(house.config)
    )
    assert published.status == 0, published.whole
    assert becomes(lambda: house.hub.known.senders["H1"] is not before)


ALL = {"what": "again", "pace": "20", "reason": "mapping mended"}


def test_many_are_released_at_a_pace_after_it_was_shown_what_would_be_done(own: House) -> None:
    many(own, 5)
    client, strict = own.signed_in("operator"), own.hub.known.senders["H1"]
    url = cause(client, "H1")
    unmended = text(client.post(f"{url}/all", ALL).text)
    assert "0 would be read" in unmended
    assert "6 would stay parked: the message has no ZPD-3" in unmended
    mend(own)

    assert client.post(f"{url}/all", {**ALL, "reason": ""}).status_code == 422
    before = client.post(f"{url}/all", ALL)
    assert "6, the newest of them" in text(before.text)
    assert "6 would be read" in text(before.text)
    sends = text(client.post(f"{cause(client, 'S1')}/all", ALL).text)
    assert "1 would be sent: 1 for treatment 0 would be withheld" in sends
    last = re.search(r'name="last" value="(\w+)"', before.text)
    assert last
    assert client.get("/jobs").text.count('href="/jobs/') == 1
    # One that comes late is read as the first ones were: it is parked as well, and in no set that was shown.
    own.hub.known.senders.renew({"H1": strict})
    many(own, 1, first=50)
    begun = client.post(f"{url}/all", {**ALL, "last": last[1]})

    page = begun.headers["location"]
    assert becomes(lambda: "● Finished" in text(client.get(page).text)), text(client.get(page).text)
    said = text(client.get(page).text)
    assert "6 of 6" in said
    assert "Done 6" in said
    assert "Parked again 0" in said
    assert client.get("/messages?state=parked").text.count('data-head="State"') == 1


def test_a_release_is_cancelled_and_what_is_left_waits_on(own: House) -> None:
    many(own, 4)
    client = own.signed_in("operator")
    url, before = cause(client, "H1"), own.leaves()
    last = re.search(r'name="last" value="(\w+)"', client.post(f"{url}/all", {**ALL, "pace": "1"}).text)
    assert last

    page = client.post(f"{url}/all", {**ALL, "pace": "1", "last": last[1]}).headers["location"]
    cancelled = own.leaves()
    client.post(f"{page}/cancel")
    assert own.done_by("operator", since=cancelled) == (Kind.CONFIG,)

    said = text(client.get(page).text)
    assert "○ Cancelled" in said
    assert "by operator" in said
    assert own.leaves() >= before + 2
    assert "It is over already." in client.post(f"{page}/cancel").text
    assert own.done_by("operator", since=cancelled) == (Kind.CONFIG,)
    time.sleep(2.2)
    assert text(client.get(page).text).split("Left")[1][:3] == said.split("Left")[1][:3]
    assert "○ Cancelled" in text(client.get("/jobs").text)


def test_what_is_not_mended_is_counted_and_said(own: House) -> None:
    many(own, 1)
    client = own.signed_in("operator")
    url = cause(client, "H1")
    last = re.search(r'name="last" value="(\w+)"', client.post(f"{url}/all", ALL).text)
    assert last

    page = client.post(f"{url}/all", {**ALL, "last": last[1]}).headers["location"]

    assert becomes(lambda: "Parked again 2" in text(client.get(page).text))
    assert "required" in text(client.get(page).text)
    assert client.post(f"{url}/all", {**ALL, "last": "00"}).status_code == 422
