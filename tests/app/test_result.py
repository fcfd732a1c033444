"""What became of somebody: one bit under a release that covers every provider, else one constant answer, in one size."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import httpx
import msgspec
import pytest

from hub.access.callers import Callers
from hub.access.responders import Responders
from hub.app.care.card import Cards
from hub.app.care.result import Results
from hub.doors.cards import CardDoor
from hub.doors.gate import Gate
from hub.flow.label import Source
from hub.flow.result import NOTHING, SIZE, Answer, became, spelled
from hub.intake import Desk
from hub.model.category import Regime
from hub.model.crisis import MobileCrisisVisit
from hub.model.event import CrisisEvent
from hub.model.service import Referral
from hub.model.values import Code, Instant
from tests.app.test_card import PARTNERS, TOKEN, Scene, called, scene


def asked(here: Scene, incident: str = "I-1", partner: str = "PD") -> bytes:
    found: list[bytes] = []

    async def act(desk: Desk) -> None:
        results = Results(known=here.known, vault=here.vault, desk=cast("Any", desk), tick_s=0.001)
        found.append(await results.answer(partner, incident))

    here.at_desk(act)
    return found[0]


def said(body: bytes) -> str:
    return msgspec.json.decode(body, type=Answer).result


def test_under_a_release_that_covers_all_an_officer_hears_one_bit(tmp_path: Path) -> None:
    with scene(tmp_path) as here:
        called(here, covers="all", referral="requested")
        before = asked(here)
        here.says("CR1", mrn="CR-1", referral="arrived")

        after = asked(here)
        entry = here.last()

    assert (said(before), said(after)) == ("not connected yet", "connected")
    assert (entry.kind, entry.partner, entry.outcome, entry.rules) == ("view", "PD", "result", ("hipaa.one.bit",))


@pytest.mark.parametrize(
    "how", [{}, {"covers": "some"}, {"covers": "revoked"}], ids=["no release", "not all", "revoked"]
)
def test_without_it_the_answer_is_the_constant_one_whatever_became_of_them(tmp_path: Path, how: dict[str, str]) -> None:
    with scene(tmp_path) as here:
        called(here, referral="arrived", **how)

        known, unknown = asked(here), asked(here, "I-none")

    assert known == unknown == spelled(NOTHING)
    assert len(known) == SIZE


def test_where_nobody_was_referred_nothing_is_told_even_under_a_release(tmp_path: Path) -> None:
    with scene(tmp_path) as here:
        called(here, covers="all")

        assert asked(here) == spelled(NOTHING)


def test_a_release_names_its_recipient(tmp_path: Path) -> None:
    with scene(tmp_path) as here:
        called(here, covers="all", referral="arrived")

        assert asked(here, partner="C1") == spelled(NOTHING)


def test_one_referral_that_may_not_be_told_of_silences_the_others(tmp_path: Path) -> None:
    with scene(tmp_path) as here:
        called(here, covers="all", referral="arrived")
        # Whoever speaks under no law that anybody knows: nothing permits it.
        cast("Any", here.house.sources)["CR1"] = Source()

        assert asked(here) == spelled(NOTHING)


@pytest.mark.parametrize("asked_for", [{"codes": ["42CFRPart2"]}, {"requester": "Detox"}], ids=["codes", "unit"])
def test_police_hear_nothing_of_a_referral_that_came_under_part_2_nor_of_any_other_then(
    tmp_path: Path, asked_for: dict[str, Any]
) -> None:
    """42 CFR 2.13(c): by the codes it came with, or by the one unit of its sender that is a programme."""
    with scene(tmp_path) as here:
        part2 = frozenset({Regime.PART2, Regime.HIPAA})
        cast("Any", here.house.sources)["CR1"] = Source(regimes=frozenset({Regime.HIPAA}), units={"detox": part2})
        called(here, covers="all", referral="arrived")
        before = asked(here)
        here.says("CR1", mrn="CR-1", referral="arrived", number="q-2", **asked_for)

        assert (said(before), asked(here)) == ("connected", spelled(NOTHING))


def test_it_is_asked_with_the_token_of_the_incident(tmp_path: Path) -> None:
    with scene(tmp_path) as here:
        called(here, covers="all", referral="arrived")
        answers: list[httpx.Response] = []

        async def act(desk: Desk) -> None:
            shared: dict[str, Any] = {"known": here.known, "vault": here.vault, "desk": desk, "tick_s": 0.001}
            door = CardDoor(
                Gate(Callers(PARTNERS.values())),
                Responders(here.names.responder),
                Cards(**shared),
                results=Results(**shared),
            )
            transport = httpx.ASGITransport(app=cast("Any", door))
            async with httpx.AsyncClient(transport=transport, base_url="http://hub") as http:
                officer = {"authorization": f"Bearer {TOKEN}"}
                given = (await http.post("/responders", json={"incident": "I-1"}, headers=officer)).json()
                bearer = {"authorization": f"Bearer {given['token']}"}
                answers.append(await http.get("/results/I-1", headers=bearer))
                answers.append(await http.get("/results/I-2", headers=bearer))
                answers.append(await http.post("/results/I-1", headers=bearer))

        here.at_desk(act)

    assert [one.status_code for one in answers] == [200, 401, 405]
    assert said(answers[0].content) == "connected"
    assert answers[0].headers["cache-control"] == "no-store, no-transform"


def test_a_visit_of_a_mobile_team_counts_once_the_person_was_met_and_one_that_helped_nobody_does_not() -> None:
    def told(order: int, **more: Any) -> tuple[str, CrisisEvent]:
        visit = MobileCrisisVisit(visit="V-1", **more)
        return "MCT1", CrisisEvent(id=f"e{order}", body=visit, source="MCT1", recorded_at=order)

    def bits(*several: tuple[str, CrisisEvent]) -> list[bool | None]:
        return [one.event.body.connected for one in became(several, 9) if isinstance(one.event.body, Referral)]

    asked, met = told(1, accepted_at=Instant(at=1)), told(2, engaged_at=Instant(at=2))
    gone = told(3, engaged_at=Instant(at=2), disposition=Code(code="refused"))

    assert bits(met, asked) == bits(asked, met) == [True]
    assert bits(asked) == bits(met, gone) == [False]
    assert bits(told(1)) == []
