"""Rules put in force by two people, taken back by one command; decisions before and after stay what they were, and explainable."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from consent.engine import HERE
from hub import clock
from hub.access import accounts
from hub.app.acts.people import Staff
from hub.app.rules.rulesets import steps
from hub.settings import load
from tests.cli import county
from tests.cli.conftest import County, Said, ran

JO, KIM, PAT = "jo@county.example", "kim@county.example", "pat@county.example"
PASSWORD = "a long sentence that nobody guesses"
TREAT = "when: {recipient: [providers], purpose: [care], restriction: [NONE], category: [care, ADMIN]}\n    view: clinical_full"


def written(folder: Path) -> Path:
    """Write a draft under which clinics are told less than now: no encounters for treatment of minors."""
    for part in ("rules", "views"):
        shutil.copytree(HERE / part, folder / part)
    shutil.copy(HERE / "vocabulary.yaml", folder)
    with (folder / "rules" / "zz-house.yaml").open("w", encoding="utf-8") as file:
        file.write(
            "title: House\nabout: A house rule.\nregimes: [HIPAA]\nusual: {state: DEMO}\nrules:\n"
            "  - {id: house.no.stays, version: 1, effective: 2024-01-01, effect: forbid,\n"
            "     when: {recipient: [BH_PROVIDER], purpose: [TREAT], consent: [NONE], emergency: [NONE], category: [ENCOUNTER],\n"
            "       state: [DEMO], verified: ['YES'], subject: [MINOR]},\n"
            "     citation: House, words: A house rule for these tests.,\n"
            "     cases: [{ask: {recipient: BH_PROVIDER, purpose: TREAT, subject: MINOR}, hides: [encounter.admitted_at]}]}\n"
        )
    return folder


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    """That draft, in a folder."""
    return written(tmp_path / "draft")


@pytest.fixture
def staffed(own: County) -> County:
    """The county with two people who may put rules in force, and one who may not."""
    staffed_with(own.config, own)
    return own


def staffed_with(config: Path, types: Callable[..., Said]) -> None:
    """Three people of a county, each with the password of these tests."""
    staff = Staff(load(config))
    for name, role in ((JO, "compliance-officer"), (KIM, "administrator"), (PAT, "operator")):
        assert types("people", "add", name, "--words", name, "--role", role).status == 0
        one = accounts.named(staff.people(), name)
        assert one is not None
        asyncio.run(staff.carry_out(accounts.accept(one, PASSWORD, clock.now())))


def activated(
    config: Path, new: Path | str, *more: str, first: str = JO, second: str = KIM, typed: str = PASSWORD
) -> Said:
    words = ("policy", "activate", str(new), "--by", first, "--with", second, "--reason", "a test", *more)
    return ran(*words, "--config", str(config), typed=f"{PASSWORD}\n{typed}\n".encode())


def adult(place: County) -> str:
    (answer,) = county.takes(place.config, county.message(3, veteran="Y"))
    return answer.journal


def child(place: County) -> str:
    body = county.message(4, mrn="99", veteran="Y").replace(b"19900314", b"20150314").replace(b"Riley", b"Robin")
    (answer,) = county.takes(place.config, body)
    return answer.journal


def test_two_people_put_rules_in_force_and_one_command_takes_it_back(staffed: County, draft: Path) -> None:
    before = child(staffed)
    assert "house.no.stays" not in staffed("why", before, "B1").out

    said = activated(staffed.config, draft)

    assert said.status == 0, said.whole
    after = child_again(staffed)
    assert "house.no.stays" in staffed("why", after, "B1").out
    # What was decided before stays what it was, by the rules of then.
    assert "house.no.stays" not in staffed("why", before, "B1").out
    assert staffed("why", before, "B1", "--replay").status == 0
    assert staffed("why", after, "B1", "--replay").status == 0
    back = staffed("policy", "rollback", "--reason", "it withheld too much")
    assert back.status == 0, back.whole
    third = child_again(staffed, 6)
    assert "house.no.stays" not in staffed("why", third, "B1").out
    assert staffed("why", after, "B1", "--replay").status == 0
    assert next(one.by for one in steps(load(staffed.config))) == (
        f"{JO} (compliance-officer)",
        f"{KIM} (administrator)",
    )
    assert staffed("ledger", "verify").status == 0


def child_again(place: County, number: int = 5) -> str:
    body = county.message(number, mrn="99", veteran="Y").replace(b"19900314", b"20150314").replace(b"Riley", b"Robin")
    (answer,) = county.takes(place.config, body)
    return answer.journal


def test_a_step_leaves_a_leaf_of_the_ledger(staffed: County, draft: Path) -> None:
    before = staffed("ledger", "verify", "--json").json["leaves"]

    assert activated(staffed.config, draft).status == 0

    assert staffed("ledger", "verify", "--json").json["leaves"] == before + 1


def test_rules_that_are_to_come_answer_from_their_instant_on(staffed: County, draft: Path) -> None:
    soon = (datetime.now(UTC) + timedelta(days=3)).isoformat()

    assert activated(staffed.config, draft, "--effective", soon).status == 0

    assert "house.no.stays" not in staffed("why", child(staffed), "B1").out
    assert staffed("policy", "rollback", "--reason", "not after all").status == 0
    assert staffed("policy", "history").out.count("a test") == 1


@pytest.mark.parametrize(
    ("people", "said"),
    [
        ({"second": JO}, "two different people"),
        ({"second": PAT}, "may not put rules in force"),
        ({"second": "nobody@county.example"}, "may not put rules in force"),
        ({"typed": "guessed"}, "may not put rules in force"),
    ],
    ids=["alone", "role", "stranger", "password"],
)
def test_fewer_than_two_people_who_may_put_nothing_in_force(
    staffed: County, draft: Path, people: dict[str, str], said: str
) -> None:
    refused = activated(staffed.config, draft, **people)

    assert refused.status == 1
    assert said in refused.aside
    assert steps(load(staffed.config)) == ()


def test_rules_that_are_not_sound_are_not_put_in_force(staffed: County, draft: Path) -> None:
    (draft / "rules" / "open.yaml").unlink()

    refused = activated(staffed.config, draft)

    assert refused.status == 1
    assert "beds.open" in refused.aside
    assert steps(load(staffed.config)) == ()


def test_what_is_in_force_already_is_not_put_in_force_again(staffed: County) -> None:
    refused = activated(staffed.config, "current")

    assert refused.status == 1
    assert "in force already" in refused.aside


def test_impact_tells_partner_field_and_persons_of_what_was_recorded(staffed: County, draft: Path) -> None:
    child(staffed)
    adult(staffed)

    said = staffed("policy", "impact", str(draft), "--json")

    assert said.status == 0, said.whole
    found = said.json
    assert found["decisions"] >= 6
    assert list(found["partners"]) == ["B1"]
    effect = found["partners"]["B1"]
    assert (effect["more"], effect["less"], effect["persons"], found["part2_to_police"]) == (0, 1, 1, 0)
    assert "encounter.admitted_at" in effect["fields_less"]
    assert "B1: more in 0, less in 1, about 1 persons" in staffed("policy", "impact", str(draft)).out


def test_rolling_back_what_never_was_is_refused(own: County) -> None:
    refused = own("policy", "rollback", "--reason", "x")

    assert refused.status == 1
    assert "No rule set was ever put in force" in refused.aside
