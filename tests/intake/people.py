"""Sources that register people, for linkage tests: one JSON object a message, read into a Person and what else it says."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import secrets
from collections.abc import Iterable
from typing import Any

from msgspec.structs import replace

from hub.contracts import Reading, Received, Target, Writing
from hub.flow.label import Source
from hub.flow.plan import House
from hub.intake import Answer, Arrival, Desk
from hub.intake.piece import Sender
from hub.intake.steps import Steps
from hub.model.care import Condition, Encounter
from hub.model.category import Regime
from hub.model.consent import ConsentDirective
from hub.model.disclosure import Disclosure
from hub.model.event import Body, CrisisEvent, event_id
from hub.model.person import Person, PersonMerge, PersonUnmerge
from hub.model.service import Referral
from hub.model.values import Code, HumanName, Identifier, Instant, PartialDate, Telecom, Unit
from hub.partners import Partner
from tests.houses import CLINIC, Store, house, partner

NOON = 1_795_000_000_000_000
RILEY: dict[str, Any] = {
    "family": "Dorsett",
    "given": "Riley",
    "born": "1990-03-14",
    "sex": "female",
    "phone": "5550100177",
}
SOURCES = {
    name: partner(name, kind) for name, kind in (("H1", "HOSP_ED"), ("S1", "BH_PROVIDER"), ("P2", "BH_PROVIDER"))
}
# A Part 2 programme, for which the hub is a qualified service organization (42 CFR 2.11).
_agreed = replace(SOURCES["P2"].agreement, hub_is="qualified service organization")
SOURCES["P2"] = replace(SOURCES["P2"], agreement=_agreed)
REGIMES = {
    "H1": Source(regimes=frozenset({Regime.HIPAA})),
    "S1": Source(regimes=frozenset({Regime.HIPAA})),
    "P2": Source(regimes=frozenset({Regime.HIPAA, Regime.PART2})),
}


class Register:
    """A format for tests."""

    name, media_type = "register", "application/json"

    def recognises(self, body: bytes) -> bool:
        return body.startswith(b"{")

    def split(self, body: bytes) -> Iterable[bytes]:
        return [body]

    def read(self, body: bytes, received: Received) -> Reading:
        said = json.loads(body)
        bodies = tuple(self._bodies(said, received))
        events = tuple(
            CrisisEvent(id=event_id(received.journal, n), body=b, source=received.partner, recorded_at=received.as_of)
            for n, b in enumerate(bodies)
        )
        kind, codes = "REF^I12" if said.get("referral") else "ADT^REGISTER", tuple(said.get("codes", ()))
        return Reading(kind=kind, events=events, message_id=said["id"], inherited=codes)

    def _bodies(self, said: dict[str, Any], received: Received) -> Iterable[Body]:
        yield Person(
            identifiers=(_number(said["mrn"], received),) if said.get("mrn") else (),
            names=(HumanName(family=said.get("family", ""), given=(said.get("given", ""),)),),
            birth_date=PartialDate(iso=said["born"]) if said.get("born") else None,
            sex=Code(code=said["sex"]) if said.get("sex") else None,
            telecoms=(Telecom(value=said["phone"]),) if said.get("phone") else (),
            anonymous=said.get("anonymous"),
        )
        for old in said.get("merges", ()):
            yield PersonMerge(survivor=(_number(said["mrn"], received),), merged=(_number(old, received),))
        for old in said.get("restores", ()):
            yield PersonUnmerge(survivor=(_number(said["mrn"], received),), restored=(_number(old, received),))
        yield Encounter(
            number=said.get("visit", f"v-{said['mrn']}"),
            status=Code(code="in-progress"),
            trigger=said.get("trigger", ""),
            patient_class=Code(code=said.get("patient_class", "EMER")),
            location=Unit(unit=said["unit"]) if said.get("unit") else None,
        )
        if state := said.get("referral"):
            yield Referral(
                number=said.get("number", "q-1"), status=Code(code=state), priority=Code(code=said.get("priority", "routine")),
                requester=said.get("requester", ""), performer=said.get("performer", ""),
            )  # fmt: skip
        if code := said.get("code"):
            yield Condition(code=Code(code=code, system="ICD10CM"))
        if consent := said.get("consent"):
            yield ConsentDirective(
                directive=said.get("directive", f"c-{said['id']}"), version="1", kind=Code(code=consent),
                recipients=(Code(code="B1"),), purposes=(Code(code="TREAT"),), signed_at=Instant(at=NOON - 1),
                effective_at=Instant(at=NOON - 1), revoked_at=Instant(at=NOON) if said.get("revoked") else None,
                expires_at=Instant(at=said["expires"]) if said.get("expires") else None,
            )  # fmt: skip

    def write(self, disclosure: Disclosure, target: Target) -> Writing:
        return Writing(body=b"{}", media_type=self.media_type)


def _number(value: str, received: Received) -> Identifier:
    return Identifier(value=value, assigner=received.partner, type="MR")


def message(number: int | str, mrn: str = "", partner: str = "H1", at: float = NOON, **said: Any) -> Arrival:
    """A registration at a source. Without traits it is Riley's."""
    body = json.dumps({"id": f"m{number}", "mrn": mrn, **(RILEY | said)}).encode()
    return Arrival(journal=secrets.token_hex(16), partner=partner, body=body, door="test", at=int(at))


def steps(kept: Store, *wants: Partner) -> Steps:
    """The order of the house, with these three sources."""
    return Steps(
        house=_house(wants or (CLINIC,)),
        senders={name: Sender(partner=each, adapter=Register(), zone="UTC") for name, each in SOURCES.items()},
        suspects=kept.steps(house()).suspects,
        facts=kept.writer.facts(),
        scout=kept.steps(house()).scout,
    )


def _house(wants: tuple[Partner, ...]) -> House:
    # Every partner of a county is known by name, also who only receives.
    receiving = {each.id: Source(regimes=frozenset({Regime.HIPAA})) for each in wants}
    return dataclasses.replace(house(*wants), sources=receiving | REGIMES)


def played(kept: Store, *arrivals: Arrival, order: Steps | None = None, at_once: bool = True) -> list[Answer]:
    """Lay these on the desk, at once or one after the other's answer."""

    async def play() -> list[Answer]:
        desk = Desk(kept.writer, order or steps(kept))
        desk.start()
        try:
            if at_once:
                return list(await asyncio.gather(*(desk.take(each) for each in arrivals)))
            return [await desk.take(each) for each in arrivals]
        finally:
            await desk.stop()

    return asyncio.run(play())
