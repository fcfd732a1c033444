"""Putting right what was parked: by the running hub through its hatch, or as the writer where none runs."""

from __future__ import annotations

import asyncio
import json
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvloop
from structlog.testing import capture_logs

from hub import clock
from hub.app.hatch import NAME, _near
from hub.app.serve import Hub, running
from hub.app.vault import opened
from hub.settings import load
from hub.store.asking.outbox import Outbox
from tests.cli import county
from tests.cli.conftest import County
from tests.sinks import Sink, http_sink

WHY = ("--reason", "the table knows it now")


def mend(place: County) -> None:
    """The mapping no longer asks for what H1 does not send."""
    (place.config / "h1-mapping.yaml").write_text(county.MENDED)


def due(place: County, partner: str) -> list[str]:
    """The messages that are due at a partner of a resting hub."""
    with opened(load(place.config), writing=False) as vault:
        outbox = Outbox(vault.database, vault.keys, vault.origin)
        return [row.journal for row in outbox.due({partner: 10}, clock.now())]


def test_a_mended_message_is_read_again_and_goes_out_once(own: County) -> None:
    mend(own)

    first, second = own("replay", own.parked, *WHY), own("replay", own.parked, *WHY)

    assert (first.status, second.status) == (0, 1)
    assert "read again and planned" in first.out
    assert "No hub runs here" in first.out
    assert "Nothing of this message is parked." in second.aside
    assert due(own, "B1") == [own.parked]
    assert own("message", own.parked, "--json").json["message"]["state"] == "planned"


def test_while_its_cause_is_not_mended_nothing_changes(own: County) -> None:
    said = own("replay", own.parked, *WHY)

    assert said.status == 1
    assert "h1-mapping.yaml line 5" in said.aside
    assert own("message", own.parked, "--json").json["message"]["state"] == "parked"


def test_what_is_replayed_stands_in_the_ledger_with_who_and_why(own: County) -> None:
    mend(own)
    own("replay", own.parked, *WHY)

    with opened(load(own.config), writing=False) as vault, vault.database.read() as connection:
        from hub.store.asking.journal import Journal

        (plan,) = Journal(connection, vault.keys, vault.origin).plans([own.parked])

    assert all("command line" in entry.actor for entry in plan.entries)
    assert "the table knows it now" in plan.cause
    assert own("ledger", "verify").status == 0
    assert own("why", own.parked, "B1", "--replay").status == 0


def test_a_reason_is_never_defaulted(own: County) -> None:
    assert own("replay", own.parked).status == 2


def test_old_news_does_not_follow_newer_news_unless_somebody_says_so(own: County) -> None:
    mend(own)
    county.takes(own.config, county.message(9, mrn="78", trigger="A08"))

    refused = own("replay", own.parked, *WHY)
    late = own("replay", own.parked, *WHY, "--late")

    assert refused.status == 1
    assert "1 newer messages about this person were planned meanwhile." in refused.aside
    assert "--late" in refused.aside
    assert late.status == 0


def test_a_parked_delivery_is_released_to_be_sent_again(own: County) -> None:
    said = own("replay", own.delivered, *WHY, "--to", "S1", "--json")

    assert said.json == {"message": own.delivered, "what": "released to be sent again", "hub_runs": False}
    assert due(own, "S1") == [own.delivered]
    assert own("dead", "--destination", "S1").status == 0


def test_a_parked_delivery_is_ended_for_good(own: County) -> None:
    assert own("replay", own.delivered, *WHY, "--cancel").status == 0

    assert due(own, "S1") == []
    assert "It was ended before it was delivered." in own("why", own.delivered, "S1").out
    assert own("replay", own.delivered, *WHY, "--to", "S1").status == 1


def test_what_nobody_could_read_is_ended_for_good_and_sends_nothing(own: County) -> None:
    before = due(own, "B1")

    said = own("replay", own.parked, *WHY, "--cancel")
    again = own("replay", own.parked, *WHY)

    assert (said.status, again.status) == (0, 1)
    assert "ended." in said.out
    assert due(own, "B1") == before
    assert own("message", own.parked, "--json").json["message"]["state"] == "closed"
    assert "the table knows it now" in own("message", own.parked).out
    assert "ended unread" in own("why", own.parked, "B1").aside
    assert "message from" not in own("dead").out
    assert own("ledger", "verify").status == 0


def test_what_was_ended_unread_and_comes_once_more_is_a_new_message(own: County) -> None:
    (waits,) = county.takes(own.config, county.message(8))
    (repeated,) = county.takes(own.config, county.message(8))
    own("replay", waits.journal, *WHY, "--cancel")

    (new,) = county.takes(own.config, county.message(8))

    assert (waits.state, repeated.state, new.state) == ("parked", "duplicate", "parked")
    assert new.journal != waits.journal


def test_what_nobody_could_read_waits_for_no_single_partner(own: County) -> None:
    mend(own)

    said = own("replay", own.parked, *WHY, "--to", "B1")

    assert said.status == 1
    assert "Leave out --to" in said.aside
    assert own("message", own.parked, "--json").json["message"]["state"] == "parked"


def test_what_was_delivered_is_not_sent_again(own: County) -> None:
    said = own("replay", own.delivered, *WHY, "--to", "B1")

    assert said.status == 1
    assert "B1 is delivered" in said.aside


@contextmanager
def hub_of(place: County, sink: list[Sink]) -> Iterator[Hub]:
    """The county's hub, running in a thread of its own, with one sink for everybody."""
    ready, done, made = threading.Event(), threading.Event(), list[Hub]()

    async def run() -> None:
        async with http_sink() as found:
            sink.append(found)
            for name in ("b1", "s1"):
                file = place.config / "partners" / f"{name}.yaml"
                partner = json.loads(file.read_text())
                partner["delivery"]["url"] = f"http://127.0.0.1:{found.port}/{name}"
                file.write_text(json.dumps(partner))
            async with running(load(place.config)) as hub:
                made.append(hub)
                ready.set()
                await asyncio.to_thread(done.wait)

    thread = threading.Thread(target=lambda: uvloop.run(run()), daemon=True)
    thread.start()
    try:
        assert ready.wait(20)
        # A served hub logs on standard error; this one shares its standard output with the commands.
        with capture_logs():
            yield made[0]
    finally:
        done.set()
        thread.join(20)


def waits_for(sink: Sink, path: str) -> bool:
    """Whether a request to a path comes within some seconds."""
    pause = threading.Event()
    return any(any(path in request.line for request in list(sink.requests)) or pause.wait(0.02) for _ in range(500))


def test_a_running_hub_replays_what_it_is_told_and_sends_it(own: County) -> None:
    sink: list[Sink] = []
    mend(own)

    with hub_of(own, sink):
        read = own("replay", own.parked, *WHY, "--json")
        sent = own("replay", own.delivered, *WHY, "--to", "S1", "--json")
        arrived = waits_for(sink[0], "/b1"), waits_for(sink[0], "/s1")

    assert (read.json["hub_runs"], sent.json["hub_runs"]) == (True, True)
    assert arrived == (True, True)


def test_the_hatch_is_for_its_owner_only_and_closed_behind_the_hub(own: County) -> None:
    place = own.config.parent / "data" / NAME
    place.touch()  # left by a hub that was killed

    with hub_of(own, []):
        mode = place.stat().st_mode
        refused = own("replay", own.parked, *WHY)

    assert stat.S_ISSOCK(mode)
    assert stat.S_IMODE(mode) == 0o600
    assert "h1-mapping.yaml line 5" in refused.aside
    assert not place.exists()


def test_a_long_path_of_the_data_folder_is_no_hindrance(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100)
    deep.mkdir()

    with _near(deep / NAME) as name:
        assert len(name) < 100
        (Path(name).parent / "there").touch()

    assert (deep / "there").exists()


@pytest.mark.parametrize("words", [("replay", "H1-404", *WHY), ("replay", "zz", *WHY)])
def test_a_message_that_is_not_there_gets_a_letter(own: County, words: tuple[str, ...]) -> None:
    assert "There is no such message." in own(*words).aside
