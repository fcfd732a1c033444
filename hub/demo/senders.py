"""Partners that send, as real ones would: an interface engine over MLLP, a program that POSTs, somebody who drops a file."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import aiohttp

from hub.app.serve import Hub
from hub.demo.stage import Stage

_START: Final = b"\x0b"
_END: Final = b"\x1c\r"
_PATIENCE_S: Final = 10.0
_MEDIA: Final[Mapping[str, str]] = {"fhir": "application/fhir+json", "eido": "application/emergency.eido+json"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the hub said to a sender: taken or not, in the words of the wire."""

    taken: bool
    words: str


class Sender(Protocol):
    """One partner's way into the hub."""

    async def send(self, body: bytes, name: str) -> Answer:
        """Send one message and wait for the answer; `name` is what its file is called."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class MllpSender:
    """Sends HL7 v2 and waits for its acknowledgement, one connection a message."""

    port: int

    async def send(self, body: bytes, name: str) -> Answer:
        """Frame it, send it, and read MSA-1 and MSA-2 of the answer."""
        async with asyncio.timeout(_PATIENCE_S):
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            try:
                writer.write(_START + body + _END)
                await writer.drain()
                answer = await reader.readuntil(_END)
            finally:
                writer.close()
        msa = next(line.split("|") for line in answer.decode().split("\r") if line.startswith("MSA"))
        control = body.split(b"|", 10)[9].decode()
        return Answer(taken=msa[1] in {"AA", "CA"} and msa[2] == control, words=f"{msa[1]} for {msa[2]}")


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpSender:
    """POSTs a message under the partner's own token."""

    url: str
    token: str
    media_type: str = "application/json"

    async def send(self, body: bytes, name: str) -> Answer:
        """POST it and read the status."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": self.media_type}
        timeout = aiohttp.ClientTimeout(total=_PATIENCE_S)
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.post(self.url, data=body, headers=headers) as answer,
        ):
            words = (await answer.text())[:200] if answer.status >= 400 else ""
            return Answer(taken=answer.status < 300, words=f"{answer.status} {words}".strip())


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderSender:
    """Writes a file under a name that begins with a dot, and renames it when it is whole."""

    folder: Path

    async def send(self, body: bytes, name: str) -> Answer:
        """Put the file there; a folder gives no answer."""
        self.folder.mkdir(parents=True, exist_ok=True)
        whole = self.folder / name
        partial = whole.with_name(f".{name}")
        partial.write_bytes(body)
        partial.rename(whole)
        return Answer(taken=True, words="left in the folder")


def way_in(hub: Hub, stage: Stage, partner: str) -> Sender:
    """How a partner of the stage sends: by the first door that its file opens."""
    if inbox := stage.inboxes.get(partner):
        return FolderSender(folder=inbox)
    if port := hub.engine.ports().get(partner):
        return MllpSender(port=port)
    source = hub.known.county.partners[partner].source
    media = _MEDIA.get(source.format, "application/json") if source else ""
    url = f"http://127.0.0.1:{hub.front.http.port}/messages"
    return HttpSender(url=url, token=stage.tokens[partner], media_type=media)
