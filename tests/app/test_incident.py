"""Incidents by reference, over the real store and over HTTP: decided for whoever asks, hidden equals absent, one leaf each."""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
from msgspec import structs

from adapters.cad.eido.adapter import Eido
from hub import clock
from hub.access.callers import Callers
from hub.app.care.incident import Incidents
from hub.app.house import Household
from hub.app.vault import Outward, Vault
from hub.doors.gate import Gate
from hub.doors.incidents import INCIDENTS, REFERENCES, IncidentDoor
from hub.flow.label import Source
from hub.flow.story import story
from hub.intake import Arrival, Desk
from hub.intake.piece import Sender
from hub.intake.steps import Steps
from hub.model.category import Regime
from hub.model.entry import Kind
from hub.model.public_safety import UnitStatus
from hub.model.registry import path_set
from hub.partners import Delivery, Door, Interest, Partner
from hub.partners import Source as Sending
from hub.store.asking.evidence import Evidence
from hub.store.asking.scene import Scenes
from hub.store.sealing import Sealer
from tests.adapters.cad.calls import golden
from tests.houses import Store, house, partner, store

DISPATCH = Interest(id="calls", bodies=("call_for_service",), purpose="DISPATCH")


def _partner(name: str, kind: str, *wants: Interest, fmt: str = "eido") -> Partner:
    found = partner(name, kind, *wants)
    door = Door(kind="http", token_sha256=hashlib.sha256(name.encode()).hexdigest())
    agreed = structs.replace(found.agreement, purposes=("DISPATCH",), hub_is="cjis contractor", kind="CJIS")
    reached = Delivery(format=fmt, carrier="http")
    return structs.replace(
        found, agreement=agreed, source=Sending(format="eido", regime="CJIS", doors=(door,)), delivery=reached
    )


C1, C2, QUIET = _partner("C1", "PSAP"), _partner("C2", "PSAP", DISPATCH), _partner("C3", "PSAP")
PARTNERS = {one.id: one for one in (C1, C2, QUIET, _partner("H1", "HOSP_ED", DISPATCH, fmt="fhir"))}


@dataclass(kw_only=True)
class Hub:
    """A store that was told of an incident, and the door before it."""

    kept: Store
    tick_s: float = 0.001

    def __post_init__(self) -> None:
        kept = self.kept
        self.house = replace(house(*PARTNERS.values()), sources={"C1": Source(regimes=frozenset({Regime.CJIS}))})
        self.order = Steps(
            house=self.house,
            senders={"C1": Sender(partner=C1, adapter=Eido(), zone="UTC")},
            suspects=kept.steps(self.house).suspects,
            facts=kept.writer.facts(),
            scout=kept.steps(self.house).scout,
        )
        county = SimpleNamespace(partners=PARTNERS, zone="UTC")
        known = SimpleNamespace(county=county, house=self.house, writers={name: Eido() for name in PARTNERS})
        self.known = cast("Household", known)
        self.vault = cast("Vault", SimpleNamespace(database=kept.database, keys=kept.keys, origin=kept.signer.name))
        self.names = Outward(kept.keys, PARTNERS)
        kept.keys.flush()

    def told(self, *messages: dict[str, Any]) -> None:
        async def act(desk: Desk) -> None:
            for each in messages:
                body = json.dumps(each).encode()
                arrival = Arrival(journal=secrets.token_hex(16), partner="C1", body=body, door="test", at=clock.now())
                assert (await desk.take(arrival)).state == "kept"

        self.at_desk(act)

    def asked(self, path: str, token: str = "C2", method: str = "GET", accept: str = "*/*") -> httpx.Response:
        found: list[httpx.Response] = []

        async def act(desk: Desk) -> None:
            states = Incidents(
                known=self.known, vault=self.vault, desk=cast("Any", desk), names=self.names, tick_s=self.tick_s
            )
            door = IncidentDoor(Gate(Callers(PARTNERS.values())), states, lambda: "https://hub.example")
            transport = httpx.ASGITransport(app=cast("Any", door))
            async with httpx.AsyncClient(transport=transport, base_url="https://hub.example") as http:
                headers = {"authorization": f"Bearer {token}", "accept": accept}
                found.append(await http.request(method, path, headers=headers))

        self.at_desk(act)
        return found[0]

    def at_desk(self, act: Any) -> None:
        self.kept.at_desk(self.order, act)

    def last_leaf(self) -> Any:
        with self.kept.database.read() as connection:
            evidence = Evidence(connection, Sealer(self.kept.keys, self.kept.signer.name))
            return evidence.entry(evidence.audit().checked - 1)


@contextmanager
def hub(folder: Path) -> Iterator[Hub]:
    with store(folder) as kept:
        yield Hub(kept=kept)


def later(message: dict[str, Any], **incident: Any) -> dict[str, Any]:
    """The next snapshot of an incident."""
    at = "2026-03-10T15:30:00-07:00"
    return {**message, "lastUpdateTimeStamp": at, "incidentComponent": message["incidentComponent"] | incident}


def test_a_reference_leads_to_the_newest_word_on_the_incident_and_to_one_leaf(tmp_path: Path) -> None:
    first = golden("a-crisis-unit-arrives")
    with hub(tmp_path) as here:
        # The older snapshot comes last: it is not the state of the incident.
        here.told(later(first, incidentCommonPriorityNumber=5), first)
        reference = here.asked(f"{REFERENCES}26-7")
        state = here.asked(reference.text)
        leaf = here.last_leaf()

    assert (reference.text, reference.headers["content-type"]) == (f"https://hub.example{INCIDENTS}26-7", "text/plain")
    assert (state.status_code, state.headers["content-type"]) == (200, "application/json")
    assert state.json()["incidentComponent"]["internalIncidentId"] == "26-7"
    assert state.json()["incidentComponent"]["incidentCommonPriorityNumber"] == 5
    assert (leaf.kind, leaf.partner, leaf.purpose, leaf.outcome) == (
        Kind.VIEW,
        "C2",
        "DISPATCH",
        "an incident by reference",
    )
    assert leaf.paths
    assert leaf.rules


def test_an_incident_of_which_nothing_may_be_seen_is_as_one_that_is_not(tmp_path: Path) -> None:
    with hub(tmp_path) as here:
        here.told(golden("a-crisis-unit-arrives"))
        # C3 wants nothing, so nothing is decided for it; nobody knows 26-999.
        hidden, absent = here.asked(f"{INCIDENTS}26-7", "C3"), here.asked(f"{INCIDENTS}26-999", "C3")
        leaf = here.last_leaf()
        references = {here.asked(f"{REFERENCES}{number}", "C3").status_code for number in ("26-7", "26-999")}

    assert hidden.status_code == absent.status_code == 404
    assert (hidden.content, hidden.headers) == (absent.content, absent.headers)
    assert (leaf.kind, leaf.partner, leaf.paths, leaf.subject) == (Kind.VIEW, "C3", path_set(0), "")
    assert references == {200}


def test_known_hidden_and_absent_incidents_leave_on_the_same_tick(tmp_path: Path) -> None:
    with hub(tmp_path) as here:
        here.told(golden("a-crisis-unit-arrives"))
        here.tick_s = 0.1
        took = []
        for path, token in (("26-7", "C2"), ("26-7", "C3"), ("26-999", "C3")):
            began = time.perf_counter()
            here.asked(f"{INCIDENTS}{path}", token)
            took.append(time.perf_counter() - began)

    assert min(took) >= here.tick_s * 0.99


def test_it_is_read_by_partners_of_eido_alone_and_in_a_type_they_take(tmp_path: Path) -> None:
    with hub(tmp_path) as here:
        here.told(golden("a-crisis-unit-arrives"))
        path = f"{INCIDENTS}26-7"

        assert [here.asked(path, who).status_code for who in ("H1", "nobody", "")] == [401, 401, 401]
        assert here.asked(path, method="POST").status_code == 405
        assert here.asked(path, accept="text/html").status_code == 406
        assert here.asked(f"{REFERENCES}26-7", accept="application/json").status_code == 406
        own = "application/emergency.eido+json"
        assert here.asked(path, accept=f"text/html, {own};version=1").headers["content-type"] == own
        assert [here.asked(f"{INCIDENTS}{odd}").status_code for odd in ("", "a/b", "x" * 200)] == [404, 404, 404]


def test_the_urn_of_an_eido_leads_to_its_incident_and_the_versions_are_said(tmp_path: Path) -> None:
    urn = "urn:emergency:uid:incidentid:7:c1.example"
    with hub(tmp_path) as here:
        here.told(golden("a-crisis-unit-arrives"))
        state = here.asked(here.asked(f"{REFERENCES}{urn}").text)
        versions = here.asked("/IncidentData/Versions")
        odd = [here.asked(path).status_code for path in ("/IncidentData/Versions/2", "/IncidentData/VersionsX")]

    assert state.json()["$id"] == urn
    assert versions.json()[0]["versions"] == [{"major": 1, "minor": 0, "vendor": "crisis-hub"}]
    assert odd == [404, 404]


def test_a_snapshot_that_is_told_again_is_a_duplicate_and_a_unit_that_did_not_change_is_not_news(
    tmp_path: Path,
) -> None:
    first = golden("a-crisis-unit-arrives")
    with hub(tmp_path) as here:
        here.told(first, later(first, incidentCommonPriorityNumber=5))
        states: list[str] = []

        async def again(desk: Desk) -> None:
            body = json.dumps(first).encode()
            for journal in (secrets.token_hex(16), secrets.token_hex(16)):
                arrival = Arrival(journal=journal, partner="C1", body=body, door="eido", at=clock.now())
                states.append((await desk.take(arrival)).state)

        here.at_desk(again)
        with here.kept.database.read() as connection:
            scene = Scenes(connection, here.kept.keys, here.kept.signer.name).of("26-7")

    assert states == ["duplicate", "duplicate"]
    assert len(scene.told) == 2
    units = [e for one in scene.told for e in one.events if isinstance(e.body, UnitStatus)]
    # Each snapshot names the unit, and both at the instant of its own last change.
    assert len({e.occurred_at for e in units}) == 1 < len(units)
    told = [step for step in story(e for one in scene.told for e in one.events) if step.what == "on scene"]
    assert len(told) == 1


def a_year_before(message: dict[str, Any]) -> dict[str, Any]:
    """An incident of the year before, whose number is the same."""
    text = json.dumps(message).replace("2026-03-10", "2025-03-12")
    found: dict[str, Any] = json.loads(
        text.replace("urn:emergency:uid:incidentid:7:", "urn:emergency:uid:incidentid:6:")
    )
    return found


def test_whoever_called_under_last_years_number_is_nobody_at_todays_scene(tmp_path: Path) -> None:
    named, today = a_year_before(golden("a-person-who-talks-of-dying")), golden("a-crisis-unit-arrives")
    number = named["incidentComponent"]["internalIncidentId"] = today["incidentComponent"]["internalIncidentId"]
    with hub(tmp_path) as here:
        here.told(named)
        with here.kept.database.read() as connection:
            before = Scenes(connection, here.kept.keys, here.kept.signer.name).of(number)
        here.told(today)
        with here.kept.database.read() as connection:
            scene = Scenes(connection, here.kept.keys, here.kept.signer.name).of(number)

    assert (len(before.mine), len(before.told)) == (1, 1)
    assert (scene.mine, len(scene.told)) == ((), 1)
