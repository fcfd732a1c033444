"""What the pages say: the answers of the commands, nothing of what messages say about anybody, and leaves exactly where they are due."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from hub import clock
from hub.access.roles import ROLES, Right, may
from hub.app.asking import history
from hub.app.disclosures.disclosed import Row
from hub.console.page import PAGES
from hub.console.pages.disclosures import written
from tests.console.furniture import names
from tests.console.house import House, standing

# Stands in the message that was delivered, and nowhere on a page that was not asked for with a reason.
SENTINELS = ("Riley", "Doe", "1990-03-14", "19900314", "Main St", "85001", "V77")


# What the county's own staff may; pages of partners' people have tests of their own.
STAFF = {right for role in ROLES.values() if not role.partner for right in role.rights}


def text(html: str) -> str:
    """The words of a page."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


# Who is asked for where the usual name is of nobody there: B1 sends nothing, and there was one change of the configuration.
_OTHERS = {
    "/losses/{partner}": {"partner": "H1"},
    "/mappings/{partner}": {"partner": "H1"},
    "/changes/{number}": {"number": "1"},
}


def paths(house: House) -> list[str]:
    """Every page that shows something, with names of things that are there."""
    cause = re.search(r'href="/parked/([0-9a-f]{16})"', house.signed_in("operator").get("/parked").text)
    assert cause
    known = {**names(house), "cause": cause[1], "name": "{name}"}
    return [
        one.url.format(**known | _OTHERS.get(one.url, {})).format(name=name)
        for one, _ in PAGES
        if one.method == "GET" and one.right in STAFF
        for name in ((house.delivered, house.parked) if "{name}" in one.url else ("",))
    ]


@pytest.fixture(scope="module")
def seen(house: House) -> dict[tuple[str, str], str]:
    """Every page that shows something, as each role of the hub's own people sees it, with its headers; no look leaves a leaf."""
    before = house.leaves()
    found: dict[tuple[str, str], str] = {}
    for role in (name for name, one in ROLES.items() if not one.partner):
        client = house.signed_in(role)
        answers = {path: client.get(path) for path in paths(house)}
        found |= {(role, path): answer.text + str(answer.headers) for path, answer in answers.items()}
    assert house.leaves() == before
    return found


def test_no_page_is_heavy(seen: dict[tuple[str, str], str]) -> None:
    assert {where: len(whole) for where, whole in seen.items() if len(whole.encode()) > 60 * 1024} == {}


def test_nothing_about_anybody_is_on_any_page_unless_it_is_asked_for(seen: dict[tuple[str, str], str]) -> None:
    assert len(seen) > 100
    for where, whole in seen.items():
        assert [word for word in SENTINELS if re.search(rf"\b{word}\b", whole)] == [], where


def test_no_page_leads_anybody_where_they_may_not_go(seen: dict[tuple[str, str], str]) -> None:
    known = [(re.compile(re.sub(r"\{\w+\}", "[^/]+", one.url)), one) for one, _ in PAGES if one.method == "GET"]
    astray = []
    for (role, path), html in seen.items():
        for href in set(re.findall(r'href="(/[^"?#]*)', html)) - {"/"}:
            rights = [one.right for pattern, one in known if pattern.fullmatch(href)]
            if not href.startswith("/static/") and not (rights and (rights[0] is None or may(role, rights[0]))):
                astray.append((role, path, href))

    assert astray == []


def test_today_says_what_needs_a_person_and_how_the_partners_are(tmp_path: Path) -> None:
    # In the shared house others may have left something for a partner to do.
    with standing(tmp_path) as house:
        said = text(house.signed_in("operator").get("/today").text)

    assert "1 from H1" in said
    assert "1 for S1" in said
    assert "One record may be of somebody already known" in said
    assert "Test B1 ● Flowing" in said
    assert "3 messages kept" in said


def test_messages_are_filtered_and_the_filters_stand_in_words(house: House) -> None:
    client = house.signed_in("operator")

    parked = client.get("/messages?state=parked").text
    assert house.parked in parked
    assert house.delivered not in parked
    assert "Messages that are parked" in text(parked)
    assert house.delivered in client.get("/messages?partner=H1&kind=ADT%5EA04&since=2020-01-01T00:00").text
    assert "No message is like that." in client.get("/messages?partner=B1").text
    assert client.get("/messages?since=yesterday").status_code == 404


def test_any_id_finds_the_message_and_no_address_carries_it(house: House) -> None:
    found = house.signed_in("operator").post("/messages/find", {"id": " H1-1 "})

    assert (found.status_code, found.headers["location"]) == (303, f"/messages/{house.delivered}")
    missing = house.signed_in("operator").post("/messages/find", {"id": "H1-404"})
    assert missing.status_code == 404
    assert "There is no such message." in missing.text
    assert "H1-404" not in missing.text


def test_a_search_is_saved_for_oneself_and_taken_away(house: House) -> None:
    mine, other = house.signed_in("operator"), house.signed_in("mapping-analyst")

    mine.post("/messages/save", {"name": "Waiting at H1", "state": "parked", "partner": "H1"})

    page = mine.get("/messages").text
    assert "partner=H1&amp;state=parked" in page
    assert "Waiting at H1" not in other.get("/messages").text
    key = re.search(r'name="search" value="(\w+)"', page)
    assert key
    other.post("/messages/forget", {"search": key[1]})
    assert "Waiting at H1" in mine.get("/messages").text
    mine.post("/messages/forget", {"search": key[1]})
    assert "Waiting at H1" not in mine.get("/messages").text


def test_a_search_of_disclosures_is_shared_with_a_role_and_taken_away_by_its_owner_alone(house: House) -> None:
    mine, stranger = house.signed_in("compliance-officer"), house.signed_in("operator")

    mine.post("/disclosures/save", {"name": "Withheld from PD", "kind": "refused", "partner": "PD", "shared": "yes"})

    page = mine.get("/disclosures").text
    assert "kind=refused&amp;partner=PD" in page
    assert "Withheld from PD" not in mine.get("/messages").text
    assert stranger.get("/disclosures").status_code == 404
    mine.post("/messages/save", {"name": "For my office", "partner": "H1", "shared": "yes"})
    assert "For my office" not in stranger.get("/messages").text
    key = re.search(r'name="search" value="(\w+)"', page)
    assert key
    mine.post("/disclosures/forget", {"search": key[1]})
    assert "Withheld from PD" not in mine.get("/disclosures").text


def test_the_log_is_handed_over_as_a_file_with_a_leaf_and_nobodys_name(house: House) -> None:
    client, before = house.signed_in("compliance-officer"), house.leaves()

    answer = client.post("/disclosures/file", {"partner": "B1"})

    lines = answer.text.splitlines()
    assert answer.headers["content-type"].startswith("text/csv")
    assert lines[0].startswith("when,partner,purpose,rules")
    assert {line.split(",")[1] for line in lines[1:]} == {"B1"}
    assert house.leaves() == before + 1
    assert [word for word in SENTINELS if word in answer.text] == []


def test_a_message_is_followed_through_every_step_with_its_leaves(house: House) -> None:
    said = text(house.signed_in("operator").get(f"/messages/{house.delivered}").text)

    for words in ("kept: ADT^A04", "granted for treatment", "refused for treatment", "delivered", "parked"):
        assert words in said
    assert len(set(re.findall(r"leaf (\d+)", said))) == 8


def test_why_has_the_text_of_the_rule_beside_what_it_settled(house: House) -> None:
    client = house.signed_in("compliance-officer")
    page = client.get(f"/why/{house.delivered}").text

    rules = set(re.findall(r'href="/policy/([\w.-]+)"', page))
    assert rules
    assert "45 CFR" in page
    for rule in rules:
        assert client.get(f"/policy/{rule}").status_code == 200
    assert "Near miss" in text(page)
    one = text(client.get(f"/why/{house.delivered}/PD").text)
    assert "PD" in one
    assert "B1 for its interest" not in one


def test_deciding_once_more_comes_out_identical(house: House) -> None:
    said = text(house.signed_in("compliance-officer").get(f"/messages/{house.delivered}/again").text)

    assert "● Identical" in said
    assert "Differs" not in said


def test_showing_takes_a_reason_leaves_one_leaf_and_is_for_this_session_alone(house: House) -> None:
    client, other = house.signed_in("compliance-officer"), house.signed_in("compliance-officer")
    path, before = f"/messages/{house.delivered}", house.leaves()

    refused = client.post(f"{path}/reveal", {"reason": ""})
    assert (refused.status_code, house.leaves()) == (422, before)
    assert "Choose a reason first" in refused.text

    shown = client.post(f"{path}/reveal", {"reason": "request"})
    assert (shown.status_code, house.leaves()) == (303, before + 1)
    assert "Riley" in client.get(path).text
    assert "Riley" not in other.get(path).text
    assert "Riley" not in client.get(path.replace("/messages/", "/why/")).text

    client.post(f"{path}/hide")
    assert "Riley" not in client.get(path).text
    assert house.leaves() == before + 1


def test_an_operator_is_shown_nothing_clinical(house: House) -> None:
    client, path = house.signed_in("operator"), f"/messages/{house.delivered}"

    client.post(f"{path}/reveal", {"reason": "delivery"})
    page = client.get(path).text

    assert "Riley" in page
    assert "R45.851" not in page
    assert "uicidal" not in page


def test_who_may_not_show_has_no_way_to(house: House) -> None:
    client, before = house.signed_in("mapping-analyst"), house.leaves()

    assert "Show for 15 minutes" not in client.get(f"/messages/{house.delivered}").text
    assert client.post(f"/messages/{house.delivered}/reveal", {"reason": "mapping"}).status_code == 404
    assert house.leaves() == before


def test_what_was_sent_granted_and_refused_is_searched(house: House) -> None:
    client = house.signed_in("compliance-officer")

    sent = text(client.get("/disclosures").text)
    assert "B1 treatment" in sent
    assert "S1 treatment" in sent
    only = text(client.get("/disclosures?partner=B1&outcome=delivered").text)
    assert "B1 treatment" in only
    assert "S1 treatment" not in only
    refused = text(client.get("/disclosures?kind=refused").text)
    assert "PD treatment" in refused
    assert "None." in text(client.get("/disclosures?kind=refused&partner=B1").text)


def test_the_ledger_is_verified_in_front_of_you(house: House) -> None:
    client = house.signed_in("programme-analyst")

    assert "Verify the whole ledger now" in client.get("/ledger").text
    said = text(client.post("/ledger").text)
    assert "The ledger holds." in said
    assert f"{house.leaves()} leaves derived anew" in said
    leaf = client.get("/ledger/leaves/1").text
    assert "c2sp.org/tlog-proof@v1" in leaf
    assert client.get("/ledger/leaves/99999").status_code == 404
    assert client.get("/ledger/leaves?leaf=2").status_code == 200


def test_a_checkpoint_that_was_kept_is_compared_with_the_ledger_of_now(house: House) -> None:
    client = house.signed_in("programme-analyst")
    kept = house.look.checkpoint().decode()
    house.signed_in("compliance-officer").post(f"/messages/{house.delivered}/reveal", {"reason": "request"})

    said = client.post("/ledger/old", {"note": kept.replace("\n", "\r\n")}).text
    assert "It still begins with that tree." in text(said)
    origin, size, *rest = kept.split("\n")
    forged = client.post("/ledger/old", {"note": "\n".join((origin, str(int(size) - 1), *rest))}).text
    assert "That checkpoint does not fit." in text(forged)
    assert "does not fit" in client.post("/ledger/old", {"note": "hello"}).text


def test_losses_add_up_to_everything_and_name_places_without_values(house: House) -> None:
    client = house.signed_in("mapping-analyst")

    said, _, places = text(client.get("/losses/H1").text).partition(" Where ")

    counts = [
        int(n) for n in re.findall(r"(?:Mapped|Transformed|Withheld|Unmapped|Out of place) [a-z ,]+ (\d+) ", said)
    ]
    total = re.search(r"all (\d+) 100 %", said)
    assert total
    assert (len(counts), sum(counts)) == (5, int(total[1]))
    assert "The newest 2 messages" in said
    assert [word for word in SENTINELS if word in said + places] == []
    assert client.get("/losses/B1").status_code == 404
    assert "Test H1" in client.get("/losses").text


def test_what_was_withheld_is_drawn_by_rule(house: House) -> None:
    page = house.signed_in("compliance-officer").get("/disclosures?kind=refused").text

    assert "<title>Rules behind the" in page
    assert "Withheld, by rule" in text(page)


def test_every_rule_has_a_page_and_is_found_by_its_words(house: House) -> None:
    client = house.signed_in("compliance-officer")

    for rule in house.hub.known.house.rules.rules:
        assert client.get(f"/policy/{rule.id}").status_code == 200
    listed = client.get("/policy").text
    for one in house.hub.known.house.rules.files:
        assert f'href="/policy?of={one.name}"' in listed
        inside = client.get(f"/policy?of={one.name}").text
        assert {rule.id for rule in one.rules} == set(re.findall(r'href="/policy/([\w.-]+)"', inside))
    everywhere = client.get("/policy?q=a").text
    assert len(re.findall(r'href="/policy/[\w.-]+"', everywhere)) == 50
    assert "more say it" in everywhere
    found = text(client.get("/policy?q=court%20order").text)
    assert "No rule says that." in text(client.get("/policy?q=xyzzy").text)
    assert "2.6" in found


def test_partners_stand_with_their_agreement_and_what_they_want(house: House) -> None:
    client = house.signed_in("operator")

    assert "Dec 31 2099" in text(client.get("/partners").text)
    said = text(client.get("/partners/B1").text)
    assert "B1-2026" in said
    assert "encounter" in said
    assert client.get("/partners/X9").status_code == 404


def test_access_is_given_renewed_and_ended_on_the_page(house: House) -> None:
    client = house.signed_in("administrator")

    made = client.post("/people", {"name": "ada@county.example", "words": "Ada", "role": "operator"})
    link = re.search(r"/welcome/[\w-]{43}", made.text)
    assert link
    assert link[0] not in client.get("/people").text
    wrong = client.post("/people", {"name": "ada@county.example", "words": "Ada", "role": "operator"})
    assert wrong.status_code == 422
    assert "has access already" in wrong.text
    one = house.account("ada@county.example")
    assert "/welcome/" in client.post(f"/people/{one.id}/link").text
    client.post(f"/people/{one.id}/end")
    assert "ada@county.example" not in text(client.get("/people").text).replace(wrong.text, "")
    me = house.account("administrator")
    assert client.post(f"/people/{me.id}/end").status_code == 422


def test_every_right_that_shows_something_is_used_by_a_page() -> None:
    shown = {one.right for one, _ in PAGES if one.method == "GET"}

    assert set(Right) - shown == {Right.REVEAL, Right.REPLAY, Right.PAUSE, Right.RULES, Right.EXPUNGE, Right.BEDS}


@pytest.mark.parametrize(
    "path",
    ["/messages/zz", "/messages/00000000", "/partners/%00", "/policy/'", "/ledger/leaves/-1", "/messages?before=x"],
)
def test_strange_addresses_are_answered_calmly(house: House, path: str) -> None:
    answer = house.signed_in("operator").get(path)

    assert answer.status_code in (200, 404)


def test_a_message_says_how_far_it_is_at_each_partner_and_what_was_understood(house: House) -> None:
    page = house.signed_in("operator").get(f"/messages/{house.delivered}").text
    said = text(page)

    assert "Settled with 1 of 2 ; S1 waits for a person." in said
    assert "Test B1 ● Delivered patients 1" in said
    assert "Attempts at each destination" in page
    counts = [int(found) for found in re.findall(r"(?:Mapped|Transformed|Withheld|Unmapped|Out of place) (\d+)", said)]
    assert len(counts) == 5
    assert f"{sum(counts)} elements" in said
    assert "1 of 2" in text(house.signed_in("operator").get("/messages?destination=B1").text)
    assert "No message is like that." in house.signed_in("operator").get("/messages?destination=H1").text


def test_what_is_parked_is_put_right_on_the_message_itself_with_a_reason_and_one_leaf(house: House) -> None:
    client, path = house.signed_in("operator"), f"/messages/{house.delivered}"
    before = house.leaves()

    without = client.post(f"{path}/replay", {"what": "again", "to": "S1"})
    assert (without.status_code, house.leaves()) == (422, before)
    settled = client.post(f"{path}/replay", {"what": "again", "to": "B1", "reason": "they ask for it"})
    assert (settled.status_code, house.leaves()) == (409, before)
    assert "Nothing of this message is parked." in text(settled.text)
    unread = client.post(f"/messages/{house.parked}/replay", {"what": "again", "reason": "mended?"})
    assert (unread.status_code, house.leaves()) == (409, before)
    assert "ZPD-3" in unread.text
    assert house.signed_in("compliance-officer").post(f"{path}/replay", {"what": "again"}).status_code == 404


def test_an_episode_has_a_page_of_what_happened_and_nobodys_name(house: House) -> None:
    client = house.signed_in("operator")
    episode = house.look.message(house.delivered).episode

    assert f"/episodes/{episode}" in client.get(f"/messages/{house.delivered}").text
    said = text(client.get(f"/episodes/{episode}").text)
    assert re.search(r"\d things? happened", said)
    assert "encounter" in said
    assert {client.get(f"/episodes/{name}").status_code for name in ("0" * 32, "nobody", "..%2f")} == {404}


def test_measures_are_counted_on_a_page_and_as_a_file_each_with_one_leaf(house: House) -> None:
    client, before = house.signed_in("programme-analyst"), house.leaves()
    period = {"since": "2026-03-01", "until": "2026-04-01"}

    assert client.post("/measures", {"since": "2026-04-01", "until": "2026-03-01"}).status_code == 422
    assert client.post("/measures", {**period, "ed_visit": "much"}).status_code == 422
    assert house.leaves() == before
    page = text(client.post("/measures", period).text)
    assert "SD01" in page
    assert re.search(r"Query [0-9a-f]{64}", page)
    assert [word for word in SENTINELS if re.search(rf"\b{word}\b", page)] == []
    found = client.post("/measures", {**period, "form": "csv"})
    assert found.headers["content-type"].startswith("text/csv")
    assert "under 11" in found.text
    assert house.leaves() == before + 2
    assert house.signed_in("operator").post("/measures", period).status_code == 404


def test_a_mapping_says_its_versions_and_goes_back_by_one_with_a_reason(house: House) -> None:
    client, before = house.signed_in("mapping-analyst"), house.leaves()

    said = text(client.get("/mappings").text)
    assert "Test H1 what it sends hl7v2 h1-mapping the file as it lies there" in said
    assert "Of the newest" in text(client.get("/mappings/H1").text)
    assert client.post("/mappings/H1", {"reason": ""}).status_code == 422
    assert client.post("/mappings/H1", {"reason": "worse"}).status_code == 409
    assert client.post("/mappings/B1", {"reason": "worse"}).status_code == 404
    assert house.leaves() == before


def test_a_crisis_whose_incidents_dispatch_took_apart_says_of_each_entry_whose_it_is(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = history.episode

    def parted(*asked: Any) -> history.Episode:
        found = known(*asked)
        letters = ("A", "B", "")
        happenings = tuple(replace(found.happenings[0], incident=letter) for letter in letters)
        strands = (history.Strand(incident="A", since=0), history.Strand(incident="B", since=found.happenings[0].at))
        return replace(found, happenings=happenings, strands=strands)

    client, name = house.signed_in("operator"), house.look.message(house.delivered).episode
    whole = client.get(f"/episodes/{name}").text
    monkeypatch.setattr(history, "episode", parted)
    said = text(client.get(f"/episodes/{name}").text)

    assert "took incidents" not in whole
    assert "Dispatch took incidents of this crisis apart." in said
    assert re.search(r"Incident B, apart since \w+ \d+ \d{4}, [\d:]+ MST ?\.", said)
    assert [said.count(words) for words in (" incident A ", " incident B ", " under no incident ")] == [
        1,
        1,
        1,
    ]


def test_no_cell_of_the_log_runs_in_a_spreadsheet() -> None:
    row = Row(at=clock.now(), partner="=cmd", journal="@x", leaf=7, outcome="-1+1", consents=("+1",), rules=("=1",))

    (read,) = csv.DictReader(io.StringIO(written([row])))

    assert not [cell for cell in read.values() if cell[:1] in {"=", "+", "-", "@"}]
    assert read["leaf"] == "7"
