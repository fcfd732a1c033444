"""What people do in the story besides sending messages: a nurse counts beds, an officer asks for the card of an incident."""

from __future__ import annotations

from typing import Any, Final

import aiohttp

from hub import clock
from hub.app.board import Follower, set_beds
from hub.app.serve import Hub
from hub.demo.script import Count
from hub.flow.capacity.board import Setting
from hub.store.result import all_kept

_FIELDS: Final = (
    "language",
    "communication_need",
    "triggers",
    "calming",
    "contact_wish",
    "safety_flags",
    "last_outcomes",
)


async def counted(hub: Hub, facility: str, count: Count) -> int:
    """Somebody at a facility counts a unit, which opens it; gives how many beds may be offered."""
    setting = Setting(
        facility=facility,
        unit=count.unit,
        at=clock.now(),
        staffed=count.staffed,
        census=count.taken,
        profile=(count.profile,),
        by="charge nurse",
    )
    all_kept(await hub.engine.desk.ask([set_beds(Follower(hub.vault), setting, actor="charge nurse")]))
    return count.staffed - count.taken


async def card(hub: Hub, token: str, incident: str) -> tuple[list[str], int]:
    """An officer asks for the card of an incident over HTTP; gives what it says, and its size in bytes."""
    base = f"http://127.0.0.1:{hub.front.http.port}"
    async with aiohttp.ClientSession(base, raise_for_status=True) as phone:
        asked = await phone.post("/responders", json={"incident": incident}, headers=_as(token))
        given = (await asked.json())["token"]
        answer = await phone.get(f"/cards/{incident}", headers=_as(given))
        shown: dict[str, Any] = await answer.json()
        return [str(shown[name]) for name in _FIELDS if shown[name]], len(await answer.read())


def _as(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
