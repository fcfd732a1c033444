"""A hub that runs is watched: ready or not and why, numbers for Prometheus, alerts that open once and close once."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families as families

from hub import clock
from hub.app.acts.replay import Order, releases
from hub.app.asking.look import Look
from hub.app.serve import Hub, running
from hub.app.vault import make
from hub.app.watching.alerts import WORDS, Told, conditions
from hub.app.watching.sight import Sight
from hub.carriers import signing
from hub.errors import NotAllowed, StoreUnavailable
from hub.model.commands import Command, Note
from hub.model.entry import Kind, LedgerEntry
from hub.settings import Alerts, load
from hub.spans import DAY, SECOND
from hub.store.asking.due import Depth
from hub.store.asking.pulse import Pulse
from tests.cli import county
from tests.sinks import Sink, http_sink, reply

TOKEN = "the scraper's"
NOTHING = Pulse(
    messages=0, deliveries=0, attempts=0, rejects=0, commits=0, leaves=0, group_messages=0, group_leaves=0,
    parked_messages=0, open_tasks=0,
)  # fmt: skip


def a_sight(**changes: Any) -> Sight:
    """A quiet hub."""
    quiet = Sight(
        at=10_000 * SECOND, pulse=NOTHING, depths={}, late=(), overdue={}, alerts={}, ends={}, expires={}, free=1 << 40
    )
    return msgspec.structs.replace(quiet, **changes)


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, set()),
        ({"ends": {"B1": 10_000 * SECOND + 13 * DAY, "S1": 10_000 * SECOND + 15 * DAY}}, {("agreement", "B1")}),
        ({"expires": {"hub.pem": 10_000 * SECOND + 20 * DAY}}, {("certificate", "hub.pem")}),
        ({"expires": {"hub.pem": 10_000 * SECOND + 22 * DAY}}, set()),
        ({"overdue": {"B1": 2}}, {("overdue", "B1")}),
        ({"free": 1000}, {("disk", "data")}),
        ({"duties": 1}, {("duty", "hub")}),
        ({"pulse": msgspec.structs.replace(NOTHING, parked_messages=1)}, {("unread", "hub")}),
        (
            {"depths": {"B1": Depth(destination="B1", waiting=1, oldest=9_000 * SECOND, again=0, parked=1)}},
            {("lag", "B1"), ("parked", "B1")},
        ),
        ({"depths": {"B1": Depth(destination="B1", waiting=1, oldest=9_999 * SECOND, again=0, parked=0)}}, set()),
    ],
)
def test_each_condition_holds_when_it_holds(changes: dict[str, Any], found: set[tuple[str, str]]) -> None:
    assert conditions(a_sight(**changes), (), (), Alerts()) == found


def test_every_condition_has_its_words() -> None:
    assert conditions(a_sight(), ["B1"], ["H1"], Alerts()) == {("breaker", "B1"), ("turned-away", "H1")}
    assert all(words.format(about="X") and len(words) < 120 for words in WORDS.values())


@asynccontextmanager
async def hub_of(
    tmp_path: Path, hook: str = "", mail: dict[str, Any] | None = None, **ports: int
) -> AsyncIterator[Hub]:
    config = county.write(tmp_path, **ports)
    said = json.loads((config / "hub.yaml").read_text())
    said["http"]["metrics_sha256"] = hashlib.sha256(TOKEN.encode()).hexdigest()
    if hook:
        said["alerts"] = {"webhook": hook, "webhook_secret": "hook", **(mail or {})}
        (config / "secrets").mkdir()
        (config / "secrets" / "hook").write_text("between us")
        (config / "secrets" / "hook").chmod(0o600)
    (config / "hub.yaml").write_text(json.dumps(said))
    make(load(config))
    async with running(load(config)) as hub:
        hub.front.watch.every_s = 0.02
        yield hub


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(8):
        while not holds():  # noqa: ASYNC110 - what is waited for happens in other tasks and has no event
            await asyncio.sleep(0.01)


async def got(hub: Hub, path: str, token: str = "") -> tuple[int, str]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    url = f"http://127.0.0.1:{hub.front.http.port}{path}"
    async with aiohttp.ClientSession() as http, http.get(url, headers=headers) as answer:
        return answer.status, await answer.text()


async def test_a_hub_says_when_it_is_ready_and_what_it_waits_for(tmp_path: Path) -> None:
    async with hub_of(tmp_path) as hub:
        watch = hub.front.watch
        await until(lambda: not watch.ready())
        assert await got(hub, "/readyz") == (200, "ready\n")
        database = tmp_path / "data" / "hub.db"

        database.rename(tmp_path / "data" / "gone")
        await until(lambda: bool(watch.ready()))
        status, words = await got(hub, "/readyz")

        assert (status, words.startswith("the store: ")) == (503, True)
        assert (await got(hub, "/healthz"))[0] == 200
        (tmp_path / "data" / "gone").rename(database)
        await until(lambda: not watch.ready())


async def test_a_hub_whose_store_takes_nothing_is_not_ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading works on a full disk, and senders that are told to come would be told to go away."""
    async with hub_of(tmp_path) as hub:
        watch = hub.front.watch
        await until(lambda: not watch.ready())
        with monkeypatch.context() as full:
            full.setattr("hub.store.writing.writer.put", _full)
            full.setattr("hub.store.writing.writer.set_mark", _full)

            at = clock.now()
            await hub.engine.desk.ask([Note(at=at, entry=LedgerEntry(kind=Kind.CONFIG, at=at, actor="dana"))])

            await until(lambda: "disk of the database is full" in watch.ready())
            assert await got(hub, "/readyz") == (503, "the store: The disk of the database is full.\n")
        await until(lambda: not watch.ready())


def _full(*_: object) -> None:
    raise StoreUnavailable("The disk of the database is full.")


async def test_numbers_are_for_whoever_has_the_token(tmp_path: Path) -> None:
    async with http_sink() as clinic, hub_of(tmp_path, clinic=clinic.port) as hub:
        await county.took(hub, county.message(1, veteran="Y"), county.message(2))
        await county.settled(hub, clinic)
        before = hub.front.watch.seen
        await until(lambda: hub.front.watch.seen is not before and hub.front.watch.seen is not None)

        assert (await got(hub, "/metrics"))[0] == (await got(hub, "/metrics", "another"))[0] == 404
        status, text = await got(hub, "/metrics", TOKEN)

    found = {sample.name: sample.value for family in families(text) for sample in family.samples}
    assert status == 200
    assert found["crisis_hub_messages_total"] == 2
    assert found["crisis_hub_parked_messages"] == 1
    assert found["crisis_hub_ready"] == 1
    assert found["crisis_hub_leaves_total"] >= 5
    assert {"crisis_hub_outbox_age_seconds", "crisis_hub_breaker_open", "crisis_hub_group_messages"} <= found.keys()
    assert "Riley" not in text
    assert "H1-1" not in text


def told_by(hook: Sink) -> list[Told]:
    """What a webhook received, its signature checked."""
    for request in hook.requests:
        assert signing.verify("between us", request.headers, request.body, clock.now())
    return [msgspec.json.decode(request.body, type=Told) for request in hook.requests]


async def test_an_alert_opens_once_and_closes_once(tmp_path: Path) -> None:
    async with (
        http_sink() as clinic,
        http_sink(otherwise=reply(422)) as centre,
        http_sink() as hook,
        hub_of(tmp_path, hook.url, clinic=clinic.port, centre=centre.port) as hub,
    ):
        (kept,) = await county.took(hub, county.message(1, veteran="Y"))
        await until(lambda: ("parked", "S1", "open") in {(t.kind, t.about, t.state) for t in told_by(hook)})
        await asyncio.sleep(0.3)
        look = Look(known=hub.known, vault=hub.vault)
        order = Order(actor="dana", reason="they rang", destination="S1", end=True)
        commands: list[Command] = releases(look, look.message(kept.journal), order)
        await hub.engine.desk.ask(commands)
        await until(lambda: ("parked", "S1", "closed") in {(t.kind, t.about, t.state) for t in told_by(hook)})
        await asyncio.sleep(0.1)

        about = [t for t in told_by(hook) if t.about == "S1"]

    assert [(t.kind, t.state) for t in about] == [("parked", "open"), ("parked", "closed")]
    assert all("Riley" not in t.words for t in about)


async def test_what_could_not_be_told_is_told_later(tmp_path: Path) -> None:
    async with http_sink(reply(500), reply(500)) as hook, hub_of(tmp_path, hook.url) as hub:
        hub.engine.bell.ring("H1", "certificate", "H1 at mllp:1: another name.")

        await until(lambda: hook.count >= 3)
        await asyncio.sleep(0.1)

        assert {(t.kind, t.about, t.state) for t in told_by(hook)} == {("turned-away", "H1", "open")}
        assert hook.count == 3
        assert hub.front.watch.refused["certificate", "H1"] == 1


class Post:
    """A mail server of few words, behind a real socket: what it was sent, whole."""

    def __init__(self) -> None:
        self.mails: list[str] = []

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 post.example\r\n")
        while line := await reader.readline():
            word = line[:4].upper()
            if word == b"DATA":
                writer.write(b"354 go on\r\n")
                self.mails.append((await reader.readuntil(b"\r\n.\r\n")).decode())
            writer.write({b"QUIT": b"221 bye\r\n"}.get(word, b"250 ok\r\n"))
            if word == b"QUIT":
                break
        writer.close()


async def test_by_mail_and_webhook_each_hears_once_though_one_could_not_be_reached(tmp_path: Path) -> None:
    post = Post()
    server = await asyncio.start_server(post.talk, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    mail = {"mail_to": ["desk@x.example"], "mail_from": "hub@x.example", "smtp_host": "127.0.0.1", "smtp_port": port}

    async with (
        server,
        http_sink(*[reply(500)] * 3) as hook,
        hub_of(tmp_path, hook.url, mail | {"smtp_tls": False}) as hub,
    ):
        hub.engine.bell.ring("H1", "certificate", "H1 at mllp:1: another name.")
        await until(lambda: hook.count >= 4 and bool(post.mails))
        await asyncio.sleep(0.2)

    assert hook.count == 4
    (told,) = post.mails
    assert "Subject: [crisis-hub] open: turned-away H1" in told
    assert "Somebody was turned away at the door of H1." in told


def open_alerts(hub: Hub) -> set[tuple[str, str]]:
    """What holds, as the watch saw it last."""
    seen = hub.front.watch.seen
    return {(alert.kind, alert.about) for alert in seen.alerts.values()} if seen else set()


async def test_a_missed_deadline_reaches_a_person_once(tmp_path: Path) -> None:
    partner = tmp_path / "config" / "partners" / "b1.yaml"

    async def never(hub: Hub) -> None:
        await county.took(hub, county.message(1, veteran="Y"))
        await until(lambda: ("overdue", "B1") in open_alerts(hub))

    async with http_sink(otherwise=None) as clinic:
        config = county.write(tmp_path, clinic=clinic.port)
        said = json.loads(partner.read_text())
        said["wants"][0]["deadline_s"] = 1
        said["delivery"] |= {"attempts": 12, "first_wait_s": 5, "longest_wait_s": 60}
        partner.write_text(json.dumps(said))
        make(load(config))
        async with running(load(config)) as hub:
            hub.front.watch.every_s = 0.05
            await never(hub)
            await asyncio.sleep(0.2)
            with hub.vault.database.read() as connection:
                words = [tuple(row) for row in connection.exec_driver_sql("SELECT kind, role FROM task")]

    assert words.count(("overdue", "operator")) == 1


@pytest.mark.parametrize("change", ["body", "id", "time", "secret"])
def test_a_signature_holds_for_one_body_at_one_time(change: str) -> None:
    at = 1_773_604_800 * SECOND
    headers = signing.signed("s", "m1", b"{}", at)
    assert signing.verify("s", headers, b"{}", at + 299 * SECOND) == "m1"

    changed = {**headers, **({"webhook-id": "m2"} if change == "id" else {})}
    with pytest.raises(NotAllowed):
        signing.verify(
            "t" if change == "secret" else "s",
            changed,
            b"[]" if change == "body" else b"{}",
            at + (301 * SECOND if change == "time" else 0),
        )
