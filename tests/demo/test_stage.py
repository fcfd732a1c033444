"""The stage: a county of its own, with nothing in it that was known before."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hub.demo.stage import SOURCE, Stage, build
from hub.located import load as read
from tests.partners.desk import NOON, look


@pytest.fixture
def built() -> Iterator[Callable[[Path], Stage]]:
    """Builds stages, and sends their partners home afterwards."""
    stages: list[Stage] = []

    def one(folder: Path) -> Stage:
        stages.append(build(folder))
        return stages[-1]

    yield one
    for stage in stages:
        asyncio.run(stage.close())


def test_the_copied_county_loads_and_is_a_demonstration(built: Callable[[Path], Stage], tmp_path: Path) -> None:
    stage = built(tmp_path)

    county, wrong = look(Path(stage.settings.county))
    assert wrong == ()
    assert county
    assert stage.settings.demo is True
    assert stage.settings.http.port == 0
    assert all(Path(p).is_relative_to(tmp_path) for p in (stage.settings.data, stage.settings.keys.key_file))
    assert not Path(stage.settings.keys.key_file).is_relative_to(stage.settings.data)
    assert stage.names["H1"] == "Hospital H1"


def test_tokens_are_random_and_the_files_hold_only_their_digests(
    built: Callable[[Path], Stage], tmp_path: Path
) -> None:
    one, two = built(tmp_path / "one"), built(tmp_path / "two")

    assert set(one.tokens) == set(two.tokens) == {"B1", "B1-S", "C1", "CR1", "L1", "MCT1", "PD"}
    assert not set(one.tokens.values()) & set(two.tokens.values())
    text = (tmp_path / "one" / "county" / "partners" / "pd.yaml").read_text(encoding="utf-8")
    assert hashlib.sha256(one.tokens["PD"].encode()).hexdigest() in text
    assert one.tokens["PD"] not in text
    shipped = read(SOURCE / "partners" / "pd.yaml").data["source"]["doors"][0]["token_sha256"]
    assert shipped not in text


def test_every_partner_is_called_where_it_listens(built: Callable[[Path], Stage], tmp_path: Path) -> None:
    stage = built(tmp_path)
    county, _ = look(Path(stage.settings.county), at=NOON)

    assert county
    for partner in county.partners.values():
        if partner.source:
            assert all(door.port == 0 for door in partner.source.doors)
        if out := partner.delivery:
            address = stage.receivers[partner.id].address
            assert address in (str(out.port), out.path) or f":{address}/" in out.url
