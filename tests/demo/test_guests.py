"""A demonstration's console opens by links that work once, and are others in every run."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
import uvloop

from hub.app.serve import running
from hub.app.vault import make
from hub.demo.guests import guests
from hub.demo.stage import build


@pytest.mark.slow
def test_every_guest_gets_in_by_a_link_of_their_own(tmp_path: Path) -> None:
    async def opened() -> list[str]:
        stage = build(tmp_path)
        make(stage.settings)
        try:
            async with running(stage.settings) as hub, httpx.AsyncClient() as client:
                links = await guests(hub)
                return [f"{each.role}: {(await client.get(each.link)).text}" for each in links]
        finally:
            await stage.close()

    operator, officer, *others = uvloop.run(opened())

    assert officer.startswith("compliance officer: ")
    assert "Welcome, Dana Whitfield." in officer
    assert "Welcome, Sam Okafor." in operator
    assert [role.partition(":")[0] for role in others] == [
        "dispatcher of PD",
        "flow coordinator of S1",
        "988 counsellor of L1",
        "intake worker of B1",
        "records clerk of PD",
    ]
    assert all("Welcome, " in one for one in others)
