"""`policy diff` and the gate of `policy check`: what another set of rules would change, exactly."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest
import yaml

from consent.engine import HERE, RuleSet
from consent.overlay import SignOff, require_signed, text
from hub.app.house import household
from hub.errors import Misconfigured
from hub.settings import load
from hub.tlog.notes import SignerKey
from tests.cli import county
from tests.cli.conftest import ran

TREAT = "when: {recipient: [providers], purpose: [care], restriction: [NONE], category: [care, ADMIN]}"


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    """A copy of the rules of the house, to change."""
    for part in ("rules", "views"):
        shutil.copytree(HERE / part, tmp_path / part)
    shutil.copy(HERE / "vocabulary.yaml", tmp_path)
    return tmp_path


def edit(folder: Path, name: str, old: str, new: str) -> None:
    file = folder / "rules" / name
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_diff_names_rule_path_and_a_request_to_try(draft: Path) -> None:
    edit(draft, "hipaa.yaml", TREAT, TREAT.replace("[providers]", "[providers, PEER]"))

    said = ran("policy", "diff", "current", str(draft), "--json")

    (change,) = said.json["changes"]
    assert said.status == 0
    assert (change["way"], change["rule"], change["witness"]["recipient"]) == ("gained", "hipaa.treat", "PEER")
    words = ran("policy", "diff", "current", str(draft)).out
    assert "hipaa.treat" in words
    assert "recipient=PEER" in words


def test_no_difference_is_said_in_a_sentence(draft: Path) -> None:
    said = ran("policy", "diff", str(draft), "current")

    assert said.status == 0
    assert "No request there is gets another answer." in said.out


def test_part_2_to_police_is_refused_by_diff_and_by_check(draft: Path) -> None:
    for name in ("part2-limits.yaml", "part2-received.yaml"):
        (draft / "rules" / name).unlink()
    edit(draft, "part2.yaml", "recipient: [LE, PROSECUTOR, COURT], purpose: [LE_INVEST, LEGAL], legal: [part2_criminal]",
         "recipient: [LE, PROSECUTOR, COURT], purpose: [LE_INVEST, LEGAL]")  # fmt: skip

    said = ran("policy", "diff", "current", str(draft))

    assert said.status == 1
    assert "reach police" in said.out
    refused = ran("policy", "check", "--rules", str(draft), "--since", str(HERE))
    assert refused.status == 1
    assert "reach police" in refused.aside


def test_an_unknown_rule_set_is_refused_with_the_ways_to_name_one() -> None:
    said = ran("policy", "diff", "current", "nowhere")

    assert said.status == 1
    assert "Name a folder of rules" in said.aside


def test_counsel_signs_an_overlay_and_the_county_file_takes_it(tmp_path: Path) -> None:
    counsel = SignerKey.from_seed("counsel.example/ca", bytes(range(32)))
    key = tmp_path / "counsel.key"
    key.write_text(f"{counsel.secret()}\n", encoding="ascii")
    asked = ("policy", "overlay", "CA", "--counsel", "R. Okafor", "--on", "2026-11-20")

    said = ran(*asked, "--key", str(key))

    (entry,) = yaml.safe_load(said.out)["overlays"]
    require_signed(RuleSet.load(), msgspec.convert(entry | {"signed_on": str(entry["signed_on"])}, SignOff))
    assert counsel.secret() not in said.out
    assert ran(*asked).out == text(RuleSet.load(), "CA", "R. Okafor", "2026-11-20")
    key.write_text("no key", encoding="ascii")
    assert "counsel.key: This is no private key of a signed note." in ran(*asked, "--key", str(key)).aside


def test_anybody_signs_the_overlay_of_the_state_that_does_not_exist() -> None:
    said = ran("policy", "overlay", "DEMO", "--counsel", "nobody yet", "--on", "2026-11-20")

    (entry,) = yaml.safe_load(said.out)["overlays"]
    require_signed(RuleSet.load(), msgspec.convert(entry | {"signed_on": str(entry["signed_on"])}, SignOff))


@pytest.mark.parametrize("where", ["day", "signature"])
def test_a_hub_refuses_to_start_when_the_overlay_is_not_as_counsel_signed_it(where: str, tmp_path: Path) -> None:
    config = county.write(tmp_path)
    file = config / "county.yaml"
    old, new = ("2026-01-02", "2026-01-03") if where == "day" else ("f07wBG", "f07wBA")
    file.write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")

    with pytest.raises(Misconfigured, match="Counsel did not sign the overlay of DEMO as it stands"):
        household(load(config), ready=False)
