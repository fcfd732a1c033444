"""Referrals on a partner's pages: another partner's people see nothing of them, and an answer goes the way of every message."""

from __future__ import annotations

import re
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import httpx
import pytest

from hub import clock
from hub.app.disclosures.accounting import Scope, accounting, identities
from hub.app.workspace.referrals import PAPERS
from hub.app.workspace.shelf import Seen, Shelves
from hub.console.page import PAGES
from hub.flow.paper import Part
from tests.console.house import Client
from tests.console.test_pages import text
from tests.console.workspace.house import Workshop

NAMES = ("Riley", "Doe", "1990", "CR-118", "602-555-0142", "Suicidal", "afternoons")
_numbers = count(1)


@pytest.fixture(scope="module")
def worker(shop: Workshop) -> Client:
    return shop.at("intake-worker", "B1")


def referred(shop: Workshop) -> str:
    """A referral of CR1 to B1, of its own number; says by which name B1 knows it."""
    before = named(shop)
    answer = shop.tell("CR1", "15-cr1-referral.json", CR1_RF_5=f"RF-{next(_numbers)}")
    assert answer.state == "kept"
    (name,) = named(shop) - before
    return name


def named(shop: Workshop) -> set[str]:
    """The names of B1's referrals."""
    return set(re.findall(r'href="/referrals/([^"/]+)"', shop.at("intake-worker", "B1").get("/referrals").text))


def answers(worker: Client, name: str, **form: str) -> httpx.Response:
    """Answer as the page has it."""
    page = worker.get(f"/referrals/{name}").text
    found = re.search(r'name="version" value="([^"]+)"', page)
    return worker.post(f"/referrals/{name}", {"version": found[1] if found else "", **form})


def test_the_list_names_nobody_and_the_page_says_all_that_b1_may_see_each_with_one_leaf(
    shop: Workshop, worker: Client
) -> None:
    name = referred(shop)
    pages = ("list of referrals", "referral", "referral, sheet")
    before = [shop.looks(what) for what in pages]

    listed = worker.get("/referrals")
    opened = text(worker.get(f"/referrals/{name}").text)
    worker.get(f"/referrals/{name}/sheet")

    assert [shop.looks(what) for what in pages] == [count + 1 for count in before]
    assert [word for word in NAMES if word in listed.text] == []
    assert "Follow-up after a crisis urgent" in text(listed.text)
    assert "Name Riley Doe Born Mar 14 1990" in opened
    assert "Reason Suicidal ideations" in opened


def test_nobody_elses_worker_can_tell_it_from_one_that_is_not_there(shop: Workshop) -> None:
    name = referred(shop)

    for partner in ("SH1", "CR1"):
        other = shop.at("intake-worker", partner)
        for path in (f"/referrals/{name}", f"/referrals/{name}/sheet"):
            there, nowhere = other.get(path), other.get(path.replace(name, "A" * 20))
            assert (
                (there.status_code, len(there.content))
                == (nowhere.status_code, len(nowhere.content))
                == (404, len(nowhere.content))
            )
            assert [word for word in NAMES if word in there.text] == []
        assert other.post(f"/referrals/{name}", {"act": "accept", "version": "x"}).status_code == 404


def test_an_answer_reaches_whoever_asked_and_them_alone(shop: Workshop, worker: Client) -> None:
    name = referred(shop)

    done = answers(worker, name, act="accept")

    assert (done.status_code, done.headers["location"]) == (303, f"/referrals/{name}")
    assert "● Accepted" in text(worker.get(f"/referrals/{name}").text)
    asker = shop.at("intake-worker", "CR1").get("/referrals").text
    assert "Asked by you" in asker
    assert "Those that nobody answered yet are not here" in asker
    assert "● Accepted" in text(asker)
    assert "Nothing waits" in text(shop.at("intake-worker", "SH1").get("/referrals").text)


def test_whoever_asked_reads_and_answers_nothing(shop: Workshop, worker: Client) -> None:
    answers(worker, referred(shop), act="accept")
    asker = shop.at("intake-worker", "CR1")
    (name, *_) = re.findall(r'href="/referrals/([^"/]+)"', asker.get("/referrals").text)

    page = asker.get(f"/referrals/{name}")

    assert "Your answer" not in page.text
    assert answers(asker, name, act="accept").status_code == 409


def test_it_goes_all_the_way_to_its_end(shop: Workshop, worker: Client) -> None:
    name, later = referred(shop), datetime.now(UTC) + timedelta(days=3)
    said = []

    for form in (
        {"act": "accept"},
        {"act": "schedule", "day": f"{later:%Y-%m-%d}", "time": "14:30"},
        {"act": "schedule", "day": f"{later:%Y-%m-%d}", "time": "15:30"},
        {"act": "missed"},
        {"act": "schedule", "day": f"{later:%Y-%m-%d}", "time": "16:30"},
        {"act": "arrived"},
        {"act": "close", "reason": "connected"},
    ):
        assert answers(worker, name, **form).status_code == 303, form
        said.append(text(worker.get(f"/referrals/{name}").text))

    assert "14:30:00 MST" in said[1]
    assert "15:30:00 MST" in said[2]
    assert "Did not come" in said[3]
    assert "Arrived" in said[5]
    assert "○ Closed" in said[6]
    assert "Your answer" not in said[6]


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"act": "decline"}, "Choose a reason."),
        ({"act": "decline", "reason": "because"}, "Choose a reason."),
        ({"act": "fly"}, "Choose what to answer."),
        ({"act": "close", "reason": "connected"}, "Choose what to answer."),
        ({"act": "decline", "day": "tomorrow"}, "Write them as 2026-03-15 and 14:30."),
    ],
)
def test_what_is_missing_is_said_beside_the_form_and_nothing_is_sent(
    form: dict[str, str], words: str, shop: Workshop, worker: Client
) -> None:
    name = referred(shop)

    said = answers(worker, name, **form)

    assert said.status_code == 422
    assert words in text(said.text)
    assert "<title>Error: " in said.text
    assert "◷ New" in text(worker.get(f"/referrals/{name}").text)


def test_an_appointment_is_not_made_in_the_past(shop: Workshop, worker: Client) -> None:
    name = referred(shop)
    answers(worker, name, act="accept")

    said = answers(worker, name, act="schedule", day="2020-01-01", time="10:00")

    assert said.status_code == 422
    assert "in the future" in said.text


def test_whoever_answers_an_older_version_is_shown_how_it_stands_now(shop: Workshop, worker: Client) -> None:
    name = referred(shop)
    stale = re.search(r'name="version" value="([^"]+)"', worker.get(f"/referrals/{name}").text)
    assert stale
    answers(worker, name, act="accept")

    late = worker.post(f"/referrals/{name}", {"version": stale[1], "act": "decline", "reason": "no-capacity"})

    assert late.status_code == 409
    assert "This referral changed while you had it open." in text(late.text)
    assert "● Accepted" in text(late.text)


def test_of_two_answers_at_once_one_counts(shop: Workshop, worker: Client) -> None:
    name = referred(shop)
    version = re.search(r'name="version" value="([^"]+)"', worker.get(f"/referrals/{name}").text)
    assert version
    forms = [{"act": "accept"}, {"act": "decline", "reason": "no-capacity"}] * 2

    with ThreadPoolExecutor(len(forms)) as pool:
        done = list(pool.map(lambda form: worker.post(f"/referrals/{name}", {"version": version[1], **form}), forms))

    assert sorted(one.status_code for one in done) == [303, 409, 409, 409]


@pytest.fixture(scope="module")
def consented(shop: Workshop) -> set[str]:
    """What B1 has of the substance-use unit while the consent holds."""
    before = named(shop)
    shop.tell("B1-S", "14-b1s-consent.json")
    shop.tell("B1-S", "16-b1s-referral.json")
    return named(shop) - before


def test_what_a_consent_opened_is_gone_from_the_page_when_it_is_revoked(
    shop: Workshop, worker: Client, consented: set[str]
) -> None:
    (name,) = consented
    there = worker.get(f"/referrals/{name}")
    assert "42 CFR part 2" in there.text

    shop.tell("B1-S", "21-b1s-revocation.json")

    assert worker.get(f"/referrals/{name}").status_code == 404
    assert name not in named(shop)


def test_what_stands_on_the_page_counts_as_delivered_for_recalls_and_accountings(shop: Workshop) -> None:
    journal = shop.tell("CR1", "15-cr1-referral.json", CR1_RF_5=f"RF-{next(_numbers)}").journal
    steps: list[str] = []

    for _ in range(200):
        steps = [step.words for step in shop.look.timeline(journal).steps if step.partner == "B1"]
        if any("on the page" in words for words in steps):
            break
        time.sleep(0.02)

    assert any("on the page" in words for words in steps), steps


def test_a_long_list_is_turned_page_by_page_and_leaves_nobody_out(
    shop: Workshop, worker: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        referred(shop)
    everybody, link, found = named(shop), "/referrals", list[str]()
    show = next(show for one, show in PAGES if (one.url, one.method) == ("/referrals", "GET"))
    monkeypatch.setitem(show.__globals__, "_PAGE", 2)

    while link:
        page = worker.get(link).text
        found += re.findall(r'href="/referrals/([^"/]+)"', page)
        further = re.search(r'<a href="([^"]+)" rel="next">Further</a>', page)
        link = further[1] if further else ""

    assert (len(found), set(found)) == (len(everybody), everybody)


def test_the_course_of_a_crisis_holds_what_the_partner_may_know_of_it_and_leaves_a_leaf_a_page(
    shop: Workshop, worker: Client
) -> None:
    stay = shop.tell("H1", "05-h1-a04.hl7", MSG00005="COURSE").journal
    referred(shop)
    name, before = referred(shop), shop.looks("course of a crisis")
    earlier = shown_to(shop, stay)

    pages = turned(worker, f"/referrals/{name}/course")
    page = text(" ".join(pages))

    assert shop.looks("course of a crisis") == before + len(pages)
    assert "The newest from Co-responder programme CR1" in page
    assert "Earlier from Hospital H1" in page
    # What two messages say alike is said once.
    assert "As above." in page
    shelter = shop.at("intake-worker", "SH1")
    other, nowhere = (shelter.get(f"/referrals/{one}/course") for one in (name, "A" * 20))
    assert (
        (other.status_code, len(other.content))
        == (nowhere.status_code, len(nowhere.content))
        == (404, len(other.content))
    )
    assert shown_to(shop, stay) - earlier == Counter({"B1": 1})


def test_a_long_crisis_is_turned_page_by_page_each_within_its_weight_and_what_is_on_it_is_its_leaf(
    shop: Workshop, worker: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.tell("H1", "05-h1-a04.hl7", MSG00005="LONG")
    name = referred(shop)
    known = Shelves.course

    def long(shelves: Shelves, partner: str, journal: str, now: int) -> list[Seen]:
        """Sixty messages, as if each had been told so often."""
        found = known(shelves, partner, journal, now)
        return [replace(found[n % len(found)], name=f"N{n:019}") for n in range(3 * PAPERS)]

    monkeypatch.setattr(Shelves, "course", long)
    # What two messages say alike is said once: these must weigh as if they said different things.
    monkeypatch.setattr(Part, "__eq__", lambda one, other: one is other)
    before = shop.looks("course of a crisis")

    pages = turned(worker, f"/referrals/{name}/course")

    assert [page.count("<section ") for page in pages] == [PAPERS] * 3
    assert max(len(page.encode()) for page in pages) < 60 * 1024, [len(page.encode()) for page in pages]
    assert pages[0].count("How to handle this") < PAPERS / 4
    assert shop.looks("course of a crisis") == before + 3


def turned(worker: Client, link: str) -> list[str]:
    """Every page of a course, the newest first: whoever came here before may have told much."""
    pages: list[str] = []
    while link:
        pages.append(worker.get(link).text)
        further = re.search(r'<a href="([^"]+)" rel="next">Earlier</a>', pages[-1])
        link = further[1] if further else ""
    return pages


def shown_to(shop: Workshop, journal: str) -> Counter[str]:
    """How often whom a message is about was shown to each partner on a page."""
    told = accounting(shop.look, identities(shop.look, journal), "all", Scope(entity="H1"), clock.now())
    return Counter(row.recipient for row in told.rows if row.certainty == "shown")
