"""Counts of every format feed the one board, and partners hear of it within a second over real sockets, each in its own format."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
from msgspec.structs import replace

import adapters
from hub import clock
from hub.app.care.board import Follower, set_beds
from hub.app.vault import Outward
from hub.contracts import Received
from hub.flow.capacity.board import Setting
from hub.spans import HOUR
from hub.store.asking.wards import Word
from tests.app.served import Served, served

GOLDEN = Path(__file__).parents[1] / "golden"
# Format, golden message, unit as somebody opened it, and what of it is told: source, free, occupied.
CASES = [
    ("have", "psychiatric-beds-by-themselves", ("EX-BH", "PSY"), "adult_psychiatric", ("have", 4, None)),
    ("have", "beds-and-a-diversion", ("X", "PSY"), "adult_psychiatric", ("have", 2, None)),
    ("safr", "psychiatric-beds-of-two-units", ("EX-BH", "3-NORTH"), "crisis_stabilization", ("safr", 3, None)),
    ("safr", "psychiatric-beds-of-two-units", ("EX-BH", "PSY"), "adult_psychiatric", ("safr", 2, 14)),
    ("hsds", "three-of-twenty-four", ("Shelter SH1", "Emergency shelter beds"), "shelter", ("listing", 3, None)),
    ("hsds", "three-of-twenty-four", ("X", "Emergency shelter beds"), "shelter", ("listing", 3, None)),
    ("hsds_csv", "a-shelter-and-its-room", ("Shelter SH1", "Shelter beds"), "shelter", ("listing", 3, None)),
]


def followed(fmt: str, case: str, *settings: Setting) -> list[tuple[str, str, str, int | None, int | None]]:
    """What the board makes of a golden message of partner X, where these units are open."""
    adapter: Any = adapters.found()[fmt]({})
    (path,) = (GOLDEN / fmt / case).glob("wire.*")
    follower = Follower(cast("Any", SimpleNamespace()))
    for n, piece in enumerate(adapter.split(path.read_bytes())):
        reading = adapter.read(piece, Received(journal=f"{n:032x}", partner="X", as_of=clock.now()))
        follower._hear(Word(n, clock.now(), "X", reading.kind, "", reading.events))
    return [(r.facility, r.unit, r.source, r.available, r.occupied) for r in follower._placed(settings)]


@pytest.mark.parametrize(("fmt", "case", "place", "profile", "told"), CASES)
def test_every_format_that_counts_beds_feeds_the_board_under_its_own_name(
    fmt: str, case: str, place: tuple[str, str], profile: str, told: tuple[str, int | None, int | None]
) -> None:
    opened = Setting(facility=place[0], unit=place[1], at=0, staffed=24, census=4, profile=(profile,))

    assert (*place, *told) in followed(fmt, case, opened)


def test_a_count_of_a_unit_that_nobody_opened_or_of_two_that_it_could_be_is_nobodys() -> None:
    two = [Setting(facility="EX-BH", unit=name, at=0, staffed=9, profile=("adult_psychiatric",)) for name in ("A", "B")]

    assert followed("have", "psychiatric-beds-by-themselves") == []
    assert followed("have", "psychiatric-beds-by-themselves", *two) == []


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("county"), "C1", "L1", "MCT1") as made:
        yield made


FREE = Setting(facility="S1", unit="", at=0, staffed=12, census=8, profile=("crisis_stabilization",), by="dana")


def test_three_partners_hear_of_a_bed_within_a_second_each_in_its_own_format(here: Served) -> None:
    names = ("C1", "L1", "MCT1")

    begun = time.monotonic()
    _set(here, replace(FREE, unit="CSU-1", at=clock.now() - HOUR))

    assert max(_heard(here, name, begun, "CSU-1") for name in names) < 1.0
    told = {name: _board(here, name)[-1] for name in names}
    assert b"eido" in told["C1"].lower()
    for name in ("L1", "MCT1"):
        assert json.loads(told[name])


def test_what_is_stale_is_told_as_nothing_to_offer(here: Served) -> None:
    old = Setting(
        facility="S1", unit="OLD", at=clock.now() - 20 * HOUR, staffed=12, census=8, profile=("crisis_stabilization",)
    )
    begun = time.monotonic()
    _set(here, old)
    _heard(here, "L1", begun, unit="OLD")

    report = next(json.loads(body) for body in _board(here, "L1") if b"OLD" in body)
    assert _numbers(report)["available"] == 0


class Board:
    """A program that holds the board open."""

    def __init__(self, here: Served, last: str = "") -> None:
        headers = {"authorization": f"Bearer {here.tokens['MCT1']}", **({"last-event-id": last} if last else {})}
        self.client = httpx.Client(trust_env=False, timeout=5, headers=headers)
        self.answer = self.client.send(self.client.build_request("GET", f"{here.url}/boards/beds"), stream=True)
        self.lines = self.answer.iter_lines()

    def event(self) -> tuple[str, dict[str, Any]]:
        """The id and the content of the next event."""
        found: dict[str, str] = {}
        for line in self.lines:
            if not line and "data" in found:
                break
            name, _, value = line.partition(": ")
            found[name] = value
        return found["id"], json.loads(found["data"])

    def close(self) -> None:
        self.answer.close()
        self.client.close()


def test_a_board_is_held_open_and_told_of_each_change_within_a_second(here: Served) -> None:
    _set(here, replace(FREE, unit="ONE"))
    board = Board(here)
    seen = ""
    while "ONE" not in seen:
        seen = json.dumps(board.event()[1])
    leaves = here.leaves()

    begun = time.monotonic()
    _set(here, replace(FREE, unit="ONE", census=9))
    told = _numbers(board.event()[1])["available"]

    assert time.monotonic() - begun < 1.0
    assert told == 3
    assert board.answer.headers["content-type"] == "text/event-stream"
    board.close()
    entries = [entry for entry in here.entries(leaves) if entry.outcome.startswith("board of beds")]
    assert [(entry.partner, entry.outcome, bool(entry.rules)) for entry in entries] == [
        ("MCT1", "board of beds: 1", True)
    ]


def test_who_comes_back_gets_what_it_missed_and_nobody_else_comes_in(here: Served) -> None:
    _set(here, replace(FREE, unit="TWO"))
    board, seen, last = Board(here), "", ""
    while "TWO" not in seen:
        last, told = board.event()
        seen = json.dumps(told)
    board.close()
    _set(here, replace(FREE, unit="TWO", census=11))

    again = Board(here, last)
    _, missed = again.event()
    again.close()

    assert _numbers(missed)["available"] == 1
    url = f"{here.url}/boards/beds"
    for headers in (
        {},
        {"authorization": f"Bearer {here.tokens['B1']}"},
        {"authorization": f"Bearer {here.tokens['L1']}"},
    ):
        assert httpx.get(url, headers=headers, trust_env=False).status_code == 401
    mine = {"authorization": f"Bearer {here.tokens['MCT1']}"}
    assert httpx.post(url, headers=mine, trust_env=False).status_code == 405


def test_a_place_on_the_board_from_before_a_restore_gets_every_unit(here: Served) -> None:
    """The numbers of deliveries begin again with the backup: by the old number, what came since would be skipped."""
    _set(here, replace(FREE, unit="THREE"))
    words = Outward(here.hub.vault.keys, ["MCT1"]).locator("MCT1")
    far = (1 << 40).to_bytes(8)

    board = Board(here, words.word("board hub.example/before", far))
    seen = ""
    while "THREE" not in seen:
        seen = json.dumps(board.event()[1])
    board.close()


def _set(here: Served, unit: Setting) -> None:
    unit = replace(unit, at=unit.at or clock.now())

    async def act() -> None:
        (result,) = await here.hub.engine.desk.ask([set_beds(Follower(here.hub.vault), unit, actor="dana")])
        assert result.error is None

    here.does(act())


def _board(here: Served, name: str) -> list[bytes]:
    return [
        copy.body for copy in here.stage.receivers[name].mailbox.copies if b"CSU" in copy.body or b"OLD" in copy.body
    ]


def _heard(here: Served, name: str, begun: float, unit: str) -> float:
    while not any(unit.encode() in body for body in _board(here, name)):
        assert time.monotonic() - begun < 10, f"{name} heard nothing of {unit}"
        time.sleep(0.01)
    return time.monotonic() - begun


def _numbers(node: Any) -> dict[str, Any]:
    """Every number of a message by its name, wherever it stands."""
    found: dict[str, Any] = {}
    for name, value in node.items() if isinstance(node, dict) else enumerate(node):
        if isinstance(value, dict | list):
            found |= _numbers(value)
        elif isinstance(value, int):
            found[str(name)] = value
    return found
