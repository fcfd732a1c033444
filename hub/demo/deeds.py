"""What people do in the story besides sending messages: they count beds, say who is on duty, ask for a card, find a bed."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import aiohttp

from hub import clock
from hub.app.care.board import Follower, set_beds
from hub.app.care.placing import Placing
from hub.app.care.roster import Rosters
from hub.app.serve import Hub
from hub.demo.script import Bed, Count, Duty
from hub.flow.capacity.board import Setting
from hub.flow.placement import Asked, Criteria, Placement, choose, offer
from hub.flow.roster import Member
from hub.spans import DAY, HOUR, MINUTE
from hub.store.ids import new_id
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


async def on_duty(hub: Hub, duties: tuple[Duty, ...]) -> int:
    """The training and scheduling systems say who is on duty around now; gives how many of them are certified."""
    now = clock.now()
    members = tuple(
        Member(
            worker=one.worker,
            unit=one.unit,
            certificate=one.certificate,
            expires="2099-12-31" if one.certificate else "",
            starts=now - HOUR,
            ends=now + DAY,
        )
        for one in duties
    )
    loaded = Rosters(known=hub.known, vault=hub.vault).load(members, actor="scheduling")
    all_kept(await hub.engine.desk.ask([loaded]))
    return sum(bool(one.certificate) for one in duties)


async def placed(hub: Hub, sender: str, journal: str, bed: Bed) -> str:
    """A facility is asked without a name, offers, and is chosen; gives how the placement stands."""
    here, now = Placing(known=hub.known, vault=hub.vault, desk=hub.engine.desk), clock.now()
    asked = Placement(
        id=new_id(),
        journal=journal,
        source=sender,
        criteria=Criteria(service=bed.service, age="adult"),
        asked=(Asked(facility=bed.asks, unit=""),),
        opened_at=now,
        until=now + 15 * MINUTE,
    )
    await here.open(asked, actor="flow coordinator")
    await here.act(asked.id, partial(offer, facility=bed.asks, clinician=bed.accepts, at=now), actor=bed.asks)
    chosen = await here.act(
        asked.id,
        partial(choose, facility=bed.asks, by="the clinician and the person", at=now),
        actor="flow coordinator",
    )
    return chosen.state


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
