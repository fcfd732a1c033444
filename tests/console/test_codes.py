"""A code that no table knows is mapped on a page: its line stands in a version of the sender's mapping, and what waited runs again."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path

from hub.model.entry import Kind
from tests.cli import county
from tests.cli.test_codes import HEAD, WAITING
from tests.console.house import Client, House, standing
from tests.console.test_pages import text


def own_table(config: Path) -> None:
    """H1 has a mapping of its own that requires a code, and a table beside it."""
    (config / "codes").mkdir()
    (config / "codes" / "sex.csv").write_text(HEAD)
    (config / "h1-mapping.yaml").write_text(WAITING)


def common(config: Path) -> None:
    """H1 is read by the common mapping."""
    file = config / "partners" / "h1.yaml"
    said = json.loads(file.read_text())
    said["source"].pop("mapping")
    file.write_text(json.dumps(said))


def took(house: House, **words: str) -> str:
    """A message of H1; its id."""
    body = county.message(5, mrn="80", veteran="Y", **words)
    (answer,) = asyncio.run_coroutine_threadsafe(county.took(house.hub, body), house.loop).result(10)
    return str(answer.journal)


def address(client: Client, code: str) -> str:
    """The address of a code."""
    found = re.search(rf'<a href="(/codes/\w{{16}})">{code}</a>', client.get("/codes").text)
    assert found is not None
    return found[1]


def meaning(page: str, words: str) -> str:
    """The value of a meaning in the list."""
    found = re.search(rf'<option value="(\d+)"[^>]*>{words}', page)
    assert found is not None
    return found[1]


def test_a_code_is_mapped_on_a_page_and_the_message_that_waited_runs_again(tmp_path: Path) -> None:
    with standing(tmp_path, own_table) as house:
        client, journal = house.signed_in("mapping-analyst"), took(house, sex="Q")
        assert house.look.message(journal).state == "parked"
        url = address(client, "Q")
        page, looks_on = client.get(url).text, house.signed_in("operator")
        before = house.leaves()

        causes = re.findall(r'href="(/parked/\w{16})"', client.get("/parked").text)
        assert any('href="/codes">Map the code</a>' in client.get(one).text for one in causes)
        assert "/codes/" not in looks_on.get("/codes").text
        assert looks_on.post(url, {"meaning": "0", "reason": "x"}).status_code == 404
        assert "Choose what it means." in client.post(url, {"reason": "H1 says so"}).text
        assert "Write who says so" in client.post(url, {"meaning": "0"}).text
        assert house.leaves() == before
        done = client.post(url, {"meaning": meaning(page, "Unknown"), "reason": "H1 says so"})

        assert house.done_by("mapping-analyst", since=before) == (Kind.CONFIG,)
        assert "The line stands in the table. 1 message ran again." in text(done.text)
        assert "Every code is known." in text(done.text)
        assert house.look.message(journal).state == "planned"
        assert (house.config / "codes" / "sex.csv").read_text() == HEAD
        assert "This code has got its line." in client.get(url).text
        assert "in force" in text(client.get("/mappings/H1").text).lower()


def test_a_sender_without_a_mapping_of_its_own_gets_one_and_there_is_a_way_back(tmp_path: Path) -> None:
    with standing(tmp_path, common) as house:
        client = house.signed_in("mapping-analyst")
        took(house, sex="Z9")
        url = address(client, "Z9")

        answer = client.post(url, {"meaning": meaning(client.get(url).text, "Other"), "reason": "their dictionary"})
        assert "The line stands in the table." in text(answer.text)
        shown = text(client.get("/mappings/H1").text)
        assert "What each version changed" in shown
        assert "own/codes/sex.csv - wire,canonical,system,display,note Z9,other," in shown
        before = house.leaves()
        assert client.post("/mappings/H1").status_code == 422
        assert house.done_by("mapping-analyst", since=before) == ()
        back = client.post("/mappings/H1", {"reason": "it was a slip"})

        assert house.done_by("mapping-analyst", since=before) == (Kind.CONFIG,)
        assert "with the mapping H1-codes" in shown
        assert back.status_code == 303
        assert address(client, "Z9") == url
