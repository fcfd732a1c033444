"""What goes to one partner is held for a while, by a reason, with a leaf, and goes on by itself or by somebody's word."""

from __future__ import annotations

import pytest

from hub.app.acts.holding import LONGEST, hold, holdings
from hub.clock import now
from hub.errors import Lasting
from hub.spans import DAY, SECOND
from tests.console.house import House
from tests.console.test_pages import text


def paused(house: House) -> set[str]:
    """The lanes that claim nothing, once the watch has looked."""
    watch = house.hub.front.watch
    watch.hold()
    return {name for name, lane in watch.lanes.items() if lane.paused}


def test_a_partner_is_held_with_a_reason_and_let_go_each_with_one_leaf(house: House) -> None:
    client, before = house.signed_in("operator"), house.leaves()

    assert client.post("/partners/B1/hold", {"hours": "4"}).status_code == 422
    assert client.post("/partners/B1/hold", {"hours": "5", "reason": "maintenance"}).status_code == 422
    assert (paused(house), house.leaves()) == (set(), before)
    assert client.post("/partners/B1/hold", {"hours": "4", "reason": "maintenance there"}).status_code == 303

    assert (paused(house), house.leaves()) == ({"B1"}, before + 1)
    said = text(client.get("/partners/B1").text)
    assert "‖ Paused" in said
    assert "maintenance there" in said
    assert "Test B1 ‖ Paused until" in text(client.get("/partners").text)
    assert "Let it go on" not in house.signed_in("compliance-officer").get("/partners/B1").text
    assert house.signed_in("mapping-analyst").post("/partners/B1/go").status_code == 404

    assert client.post("/partners/B1/go").status_code == 303
    assert (paused(house), house.leaves()) == (set(), before + 2)
    assert client.post("/partners/B1/go").status_code == 409


def test_a_hold_ends_by_itself(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    vault = house.hub.vault
    house.ask(hold(vault, "B1", actor="a test", reason="maintenance", until=now() + DAY))
    assert set(holdings(vault)) == {"B1"}

    later = now() + DAY + SECOND
    monkeypatch.setattr("hub.clock.now", lambda: later)

    assert holdings(vault) == {}
    for until in (later, later + LONGEST + DAY):
        with pytest.raises(Lasting, match="Until when"):
            hold(vault, "B1", actor="a test", reason="maintenance", until=until)
