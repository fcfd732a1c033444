"""How rules come into force in the console: what a draft would change, one person's proposal, a second person's word."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest

from hub.app.rules import activation
from hub.app.rules.rulesets import archive, in_force, steps
from hub.clock import now
from hub.model.entry import Kind
from hub.settings import load
from hub.spans import HOUR, MINUTE
from tests.cli.test_activation import written
from tests.console.house import House, standing
from tests.console.test_pages import text


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house of these tests' own."""
    with standing(tmp_path_factory.mktemp("rules")) as house:
        yield house


@pytest.fixture(scope="module")
def drafted(own: House, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The hash of a draft that the house knows."""
    return activation.draft(load(own.config), str(written(tmp_path_factory.mktemp("draft") / "rules"))).hash


def test_a_draft_says_exactly_what_it_would_change(own: House, drafted: str) -> None:
    client = own.signed_in("programme-analyst")

    assert "‖ Draft" in text(client.get("/rules").text)
    said = text(client.get(f"/rules/{drafted}?days=7").text)

    assert "Rules added house.no.stays" in said
    assert "○ Would go no more" in said
    assert "2 decisions: 0 would be others" in said or "3 decisions: 0 would be others" in said
    assert "● Holds" in said
    assert client.get("/rules/" + "0" * 64).status_code == 404
    assert client.get("/rules/..%2f..").status_code == 404
    assert "Propose it" not in client.get(f"/rules/{drafted}").text


def test_one_person_proposes_and_another_puts_it_in_force(own: House, drafted: str) -> None:
    officer, administrator = own.signed_in("compliance-officer"), own.signed_in("administrator")
    url, settings, before = f"/rules/{drafted}", load(own.config), own.leaves()

    assert officer.post(f"{url}/propose").status_code == 422
    assert officer.post(f"{url}/propose", {"reason": "change 26-014"}).status_code == 303
    assert own.leaves() == before + 1
    assert "Somebody else changed it" in officer.post(f"{url}/propose", {"reason": "once more"}).text
    alone = officer.post(f"{url}/approve")
    assert "It takes two different people" in alone.text
    assert in_force(settings, now() + MINUTE).hash != drafted
    assert administrator.post(f"{url}/approve").status_code == 303

    assert in_force(settings, now() + MINUTE).hash == drafted
    assert own.leaves() == before + 3
    said = text(administrator.get("/rules").text)
    assert "compliance-officer (compliance-officer) and administrator (administrator) change 26-014" in said
    assert "Nothing is proposed." in said
    assert "Nobody proposes it any more." in administrator.post(f"{url}/approve").text

    assert administrator.post("/rules/rollback").status_code == 422
    administrator.post("/rules/rollback", {"reason": "it withheld too much"})
    assert in_force(settings, now() + MINUTE).hash != drafted


def test_a_proposal_is_sent_back_with_a_reason(own: House, drafted: str) -> None:
    officer, administrator = own.signed_in("compliance-officer"), own.signed_in("administrator")
    officer.post(f"/rules/{drafted}/propose", {"reason": "again", "since": "2099-01-01T00:00"})
    assert "Jan 1 2099" in text(officer.get("/rules").text)

    before = own.leaves()
    assert administrator.post(f"/rules/{drafted}/back").status_code == 422
    assert own.done_by("administrator", since=before) == ()
    administrator.post(f"/rules/{drafted}/back", {"reason": "the wrong date"})
    assert own.done_by("administrator", since=before) == (Kind.RULE,)

    assert "Nothing is proposed." in text(officer.get("/rules").text)


def test_what_changed_of_the_configuration_is_told_with_before_and_after(own: House) -> None:
    client = own.signed_in("administrator")

    assert "Change 1" in text(client.get("/changes").text)
    assert "county.zone" in client.get("/changes/1").text
    assert client.get("/changes/77").status_code == 404


def test_a_word_to_another_change_than_was_proposed_is_refused(own: House, drafted: str, tmp_path: Path) -> None:
    """Meanwhile other rules came into force: what a second person now agrees to is not what the first proposed."""
    officer, administrator = own.signed_in("compliance-officer"), own.signed_in("administrator")
    settings, url = load(own.config), f"/rules/{drafted}"
    proposed = officer.post(f"{url}/propose", {"reason": "change 26-020", "since": "2099-01-01T00:00"})
    assert proposed.status_code == 303, text(proposed.text)
    other = written(tmp_path / "rules")
    house = other / "rules" / "zz-house.yaml"
    house.write_text(house.read_text("utf-8").replace("A house rule for these tests.", "Another."), "utf-8")
    meanwhile = anyio.run(lambda: activation.activate(settings, str(other), since=0, by=("a", "b"), reason="urgent"))

    said = text(administrator.post(f"{url}/approve").text)

    assert "this would be another change" in said, said
    assert in_force(settings, now() + HOUR).hash == meanwhile.rules
    administrator.post(f"{url}/back", {"reason": "stale"})
    anyio.run(lambda: activation.roll_back(settings, by="a", reason="over"))


def test_a_draft_whose_files_were_altered_is_refused(own: House, tmp_path: Path) -> None:
    """A proposal is of a hash: whoever edits the files behind it has proposed nothing."""
    settings, fresh = load(own.config), written(tmp_path / "rules")
    house = fresh / "rules" / "zz-house.yaml"
    house.write_text(house.read_text("utf-8").replace("A house rule for these tests.", "A third."), "utf-8")
    name = activation.draft(settings, str(fresh)).hash
    kept = archive(settings).folder / name / "rules" / "zz-house.yaml"
    kept.write_text(kept.read_text("utf-8").replace("[MINOR]", "[ADULT]"), "utf-8")

    said = own.signed_in("compliance-officer").post(f"/rules/{name}/propose", {"reason": "change 26-021"})

    assert said.status_code in (404, 409)
    assert "not those that were kept" in said.text
    assert name not in {one.rules for one in steps(settings)}
