"""Each day a partner's own export is held against what the hub has: in words, as a task and an alert, whatever way it comes or does not."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from hub import clock
from hub.app.asking.look import Look
from hub.app.desk import at_desk
from hub.app.formats.reconciling import Reconciling, newest
from hub.app.house import household
from hub.app.vault import opened
from hub.app.watching.alerts import conditions
from hub.app.watching.sight import sight
from hub.partners import examine
from hub.settings import load
from hub.spans import DAY, HOUR, MINUTE, SECOND
from hub.store.asking.outbox import Outbox
from tests.cli.conftest import County
from tests.cli.county import message
from tests.sinks import http_sink, reply

WHOLE = message(1, veteran="Y")


def declared(own: County, **export: Any) -> None:
    """The hospital's file says where its export is."""
    file = own.config / "partners" / "h1.yaml"
    partner = json.loads(file.read_text())
    partner["source"]["export"] = export
    file.write_text(json.dumps(partner))


def today(hours: int) -> int:
    """An hour of today in the county (UTC microseconds)."""
    local = datetime.now(ZoneInfo("America/Phoenix")).replace(hour=hours, minute=0, second=0, microsecond=0)
    return int(local.timestamp()) * SECOND


def put(folder: Path, body: bytes, at: int) -> None:
    """The hospital's system writes its export at an instant."""
    folder.mkdir(exist_ok=True)
    file = folder / f"{at}.hl7"
    file.write_bytes(body)
    os.utime(file, (at / SECOND, at / SECOND))


@asynccontextmanager
async def at_work(own: County) -> AsyncIterator[tuple[Reconciling, Look]]:
    """What reconciles, at the desk of a hub that has no doors."""
    settings = load(own.config)
    known = household(settings)
    with opened(settings, writing=True) as vault:
        async with at_desk(settings, known, vault) as desk:
            yield Reconciling(known=known, vault=vault, desk=desk, settings=settings), Look(known=known, vault=vault)


def alarms(books: Reconciling, now: int) -> set[tuple[str, str]]:
    """The alerts about exports."""
    outbox = Outbox(books.vault.database, books.vault.keys, books.vault.origin)
    seen = sight(books.known, books.vault, outbox, now)
    return {each for each in conditions(seen, (), (), books.settings.alerts) if each[0] == "reconcile"}


def test_an_export_is_compared_once_a_day_after_its_hour_and_told_until_it_agrees(own: County, tmp_path: Path) -> None:
    exports = tmp_path / "exports"
    declared(own, path=str(exports), at="06:00")
    put(exports, WHOLE + message(9, veteran="N"), today(5))

    async def days() -> None:
        async with at_work(own) as (books, look):
            assert [await books.look(today(hour)) for hour in (5, 6, 7)] == [0, 1, 0]
            report = newest(look, "H1")
            assert report.words == (
                "H1 has 2 records in this file; the hub holds 1 of them as they are.",
                "  1 never received, or longer ago than ids are known",
                "    record 2: never received, or longer ago than ids are known",
            )
            (task,) = look.tasks(kind="reconcile")
            assert (task.about, task.role) == ("H1", "records clerk")
            assert "the hub holds 1 of them as they are; 1 never received" in task.words
            assert alarms(books, today(7)) == {("reconcile", "H1")}

            put(exports, WHOLE, today(6) + DAY)
            assert await books.look(today(6) + DAY) == 1
            assert alarms(books, today(7) + DAY) == set()
            assert len(look.tasks(kind="reconcile")) == 1

    asyncio.run(days())
    said = own("reconcile", "H1")
    assert (said.status, said.out.splitlines()[0][12:]) == (
        0,
        "H1 has 1 record in this file; the hub holds 1 of them as they are.",
    )


def test_an_export_that_did_not_come_is_told_once_and_looked_for_until_it_does(own: County, tmp_path: Path) -> None:
    exports = tmp_path / "exports"
    declared(own, path=str(exports))
    put(exports, WHOLE, today(6) - DAY - MINUTE)

    async def morning() -> None:
        async with at_work(own) as (books, look):
            assert [await books.look(today(6) + n * HOUR) for n in range(3)] == [1, 0, 0]
            assert newest(look, "H1").words == ("The export of H1: Nothing was put into its folder for a day.",)
            assert alarms(books, today(7)) == {("reconcile", "H1")}

            put(exports, WHOLE, today(8))
            assert await books.look(today(9)) == 1
            assert alarms(books, today(9)) == set()

    asyncio.run(morning())


def test_what_the_hub_received_and_an_export_of_whole_days_lacks_is_told(own: County, tmp_path: Path) -> None:
    now = clock.now()
    put(tmp_path / "exports", message(9, veteran="N"), now)
    declared(own, path=str(tmp_path / "exports"), days=2, at="00:00")

    async def once() -> None:
        async with at_work(own) as (books, look):
            await books.look(now)
            words = newest(look, "H1").words
            assert "  1 held here, and not in the export" in words
            assert f"    message {own.delivered}: held here, and not in the export" in words

    asyncio.run(once())


def test_an_export_is_fetched_with_the_hubs_token_and_a_server_that_is_down_is_told(own: County) -> None:
    async def fetched(answer: bytes) -> tuple[str, str, tuple[str, ...]]:
        async with http_sink() as server:
            server.otherwise = answer
            url = f"http://127.0.0.1:{server.port}/exports/{{day}}.hl7"
            declared(own, url=url, secret="h1-export", network="loopback", at="00:00")
            async with at_work(own) as (books, look):
                await books.look(clock.now())
                (request,) = server.requests
                return request.line, request.headers["authorization"], newest(look, "H1").words

    secrets = Path(load(own.config).secrets)
    secrets.mkdir(parents=True, exist_ok=True)
    (secrets / "h1-export").write_text("a token of ours")
    (secrets / "h1-export").chmod(0o600)
    yesterday = datetime.fromtimestamp((clock.now() - DAY) / SECOND, ZoneInfo("America/Phoenix")).date()

    *_, down = asyncio.run(fetched(reply(503)))
    line, shown, words = asyncio.run(fetched(reply(200, WHOLE)))

    assert down == ("The export of H1: The reference was answered 503.",)
    assert (line.split()[1], shown) == (f"/exports/{yesterday}.hl7", "Bearer a token of ours")
    assert words == ("H1 has 1 record in this file; the hub holds 1 of them as they are.",)


def test_without_an_export_the_hub_compares_nothing_and_says_so(rested: County) -> None:
    said = rested("reconcile", "H1")

    assert said.status == 1
    assert "No export of this partner was compared by the hub itself." in said.aside


@pytest.mark.parametrize(
    ("export", "words"),
    [
        ({}, "Where is this export?"),
        ({"path": "in", "url": "https://h1.example/x", "secret": "s"}, "Where is this export?"),
        ({"path": "in", "at": "6 o'clock"}, "This is not a time of day."),
        ({"url": "http://h1.example/x", "secret": "s"}, "This would bring records in the clear."),
        ({"url": "https://h1.example", "secret": "s"}, "This is nowhere to fetch from."),
        (
            {"url": "https://h1.example/x", "secret": "s", "network": "loopback"},
            "The url has not this kind of address.",
        ),
        ({"url": "https://h1.example/x"}, "The hub shows a token, and here is no name of one."),
    ],
)
def test_an_export_that_is_written_wrong_is_refused_with_file_and_line(
    own: County, export: dict[str, Any], words: str
) -> None:
    declared(own, **export)

    _, wrong = examine(own.config, formats=("hl7v2",), at=clock.now())

    assert [(problem.message, problem.at.split(" line")[0]) for problem in wrong] == [(words, "h1.yaml")]
