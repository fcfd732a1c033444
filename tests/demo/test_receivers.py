"""The simulated partners keep the rules of real ones: they acknowledge what they kept, by its own id, and keep it once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from hub.demo.receivers import Copy, FolderReceiver, HttpReceiver, Mailbox, MllpReceiver
from hub.demo.senders import FolderSender, HttpSender, MllpSender

ADT = "MSH|^~\\&|HUB|COUNTY|EHR|H1|20260310||ADT^A01^ADT_A01|K-{}|P|2.5.1\rPID|1||H1-77\r"


def run(play: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(play())


def test_a_hospital_acknowledges_each_message_by_its_own_id_and_keeps_it_once() -> None:
    async def play() -> None:
        hospital = MllpReceiver()
        await hospital.open()
        sender = MllpSender(port=int(hospital.address))

        answers = [await sender.send(ADT.format(n).encode(), "") for n in (1, 2, 1)]

        assert [(a.taken, a.words) for a in answers] == [
            (True, "AA for K-1"),
            (True, "AA for K-2"),
            (True, "AA for K-1"),
        ]
        assert [copy.key for copy in hospital.mailbox.copies] == ["K-1", "K-2"]
        assert hospital.mailbox.again == 1
        assert hospital.mailbox.copies[0].body == ADT.format(1).encode()
        await hospital.close()

    run(play)


def test_a_known_key_gets_the_same_answer_and_no_second_copy() -> None:
    async def play() -> None:
        clinic = HttpReceiver()
        await clinic.open()
        url = f"http://127.0.0.1:{clinic.address}/fhir"
        async with aiohttp.ClientSession() as session:
            said = []
            for key, body in (("a", b"1"), ("b", b"2"), ("a", b"1")):
                async with session.post(url, data=body, headers={"Idempotency-Key": key}) as answer:
                    said.append((answer.status, (await answer.json())["id"]))

        assert said == [(201, "in-1"), (201, "in-2"), (201, "in-1")]
        assert [copy.body for copy in clinic.mailbox.copies] == [b"1", b"2"]
        await clinic.close()

    run(play)


def test_a_system_that_is_down_refuses_the_connection_and_keeps_its_address() -> None:
    async def play() -> None:
        clinic = HttpReceiver()
        sender = HttpSender(url=f"http://127.0.0.1:{clinic.address}/fhir", token="t")
        with pytest.raises(aiohttp.ClientConnectorError):
            await sender.send(b"{}", "")

        await clinic.open()
        answer = await sender.send(b"{}", "")

        assert (answer.taken, answer.words) == (True, "201")
        await clinic.close()

    run(play)


def test_a_folder_gives_only_whole_files(tmp_path: Path) -> None:
    async def play() -> None:
        shelter = FolderReceiver(tmp_path / "in")
        await shelter.open()
        (tmp_path / "in" / ".half.json").write_bytes(b"{")
        await FolderSender(folder=tmp_path / "in").send(b"{}", "whole.json")

        assert await shelter.mailbox.reaches(1, seconds=5)
        assert [(copy.key, copy.body) for copy in shelter.mailbox.copies] == [("whole.json", b"{}")]
        assert not (tmp_path / "in" / "whole.json").exists()
        await shelter.close()

    run(play)


def test_waiting_for_what_does_not_come_ends() -> None:
    async def play() -> None:
        hospital = MllpReceiver()
        assert not await hospital.mailbox.reaches(1, seconds=0.05)
        await hospital.close()

    run(play)


def test_a_recall_lies_apart_from_what_the_day_brings() -> None:
    mailbox = Mailbox()
    recall = Copy(
        key="k2", body=b'{"system": "urn:crisis-hub:notice", "code": "recall"}', media_type="application/fhir+json"
    )

    mailbox.keep(Copy(key="k1", body=b"{}", media_type="application/fhir+json"))
    mailbox.keep(recall)
    mailbox.keep(recall)

    assert ([copy.key for copy in mailbox.copies], [copy.key for copy in mailbox.recalls], mailbox.again) == (
        ["k1"], ["k2"], 1,
    )  # fmt: skip
