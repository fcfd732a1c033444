"""Outside witnesses: what they signed is taken, kept, and travels in receipts; what they did not sign is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import uvloop
from aiohttp import web

from hub.app.asking.look import resting
from hub.app.keeping import witness as witnesses
from hub.app.keeping.witness import Witness
from hub.errors import PartnerUnreachable, ProofFailed
from hub.settings import load
from hub.tlog.canonical import from_base64
from hub.tlog.checkpoint import Checkpoint, cosign, open_checkpoint
from hub.tlog.notes import COSIGNATURE, SignerKey, VerifierKey, parse_note
from hub.tlog.proofs import verify_consistency
from tests.cli import county
from tests.cli.conftest import County

OURS = SignerKey.from_seed("witness.example/a", b"a" * 32, COSIGNATURE)
OTHER = SignerKey.from_seed("witness.example/b", b"b" * 32, COSIGNATURE)
AT = 1_773_604_800


def naming(place: County, *keys: SignerKey) -> County:
    """The county, whose hub counts these witnesses."""
    file = place.config / "hub.yaml"
    said = json.loads(file.read_text())
    said["ledger"]["witnesses"] = [str(key.verifier) for key in keys]
    file.write_text(json.dumps(said))
    return place


def cosigned(place: County, to: Path, key: SignerKey = OURS) -> Path:
    to.write_bytes(cosign(place("ledger", "checkpoint").out.encode(), key, AT))
    return to


def test_what_a_witness_signed_is_kept_and_travels_in_a_receipt(own: County, tmp_path: Path) -> None:
    naming(own, OURS)
    file = cosigned(own, tmp_path / "signed")

    said = own("ledger", "witness", str(file), "--json")
    own("ledger", "export", str(tmp_path / "out"))
    proved = own("ledger", "prove", "3", "--witnessed", "--out", str(tmp_path / "three"))

    assert said.json == [{"witness": "witness.example/a", "size": 9}]
    assert proved.status == 0
    key = (tmp_path / "out" / "key").read_text().strip()
    words = [
        "receipt",
        str(tmp_path / "three.tlog-proof"),
        key,
        str(OURS.verifier),
        "--entry",
        str(tmp_path / "three.leaf"),
    ]
    ran = subprocess.run(
        [sys.executable, "-I", str(tmp_path / "out" / "verify.py"), *words], capture_output=True, text=True, check=False
    )
    assert (ran.returncode, "leaf 3 of 9" in ran.stdout) == (0, True), ran.stderr
    words[3] = str(OTHER.verifier)
    ran = subprocess.run(
        [sys.executable, "-I", str(tmp_path / "out" / "verify.py"), *words], capture_output=True, text=True, check=False
    )
    assert (ran.returncode, "did not sign" in ran.stderr) == (1, True)


def test_a_witness_that_does_not_count_is_refused(own: County, tmp_path: Path) -> None:
    naming(own, OURS)

    said = own("ledger", "witness", str(cosigned(own, tmp_path / "signed", OTHER)))

    assert said.status == 1
    assert "No witness of this hub signed this." in said.aside


def test_a_signature_beneath_another_tree_is_refused(own: County, tmp_path: Path) -> None:
    naming(own, OURS)
    file = cosigned(own, tmp_path / "signed")
    raw = file.read_bytes()
    spoiled = raw.replace(b"\n9\n", b"\n8\n", 1)
    assert spoiled != raw
    file.write_bytes(spoiled)

    assert own("ledger", "witness", str(file)).status == 1


def test_without_a_witness_no_witnessed_proof_is_made(own: County) -> None:
    said = own("ledger", "prove", "3", "--witnessed")

    assert said.status == 1
    assert "No witness has signed a tree with this leaf." in said.aside


@pytest.mark.parametrize(
    "text", ["nonsense", str(SignerKey.from_seed("w.example", b"c" * 32).verifier), f"{OURS.verifier} http://w"]
)
def test_what_is_no_witness_is_refused_by_name(own: County, text: str) -> None:
    file = own.config / "hub.yaml"
    said = json.loads(file.read_text())
    said["ledger"]["witnesses"] = [text]
    file.write_text(json.dumps(said))

    found = own("ledger", "witness")

    assert found.status == 1
    assert "ledger.witnesses" in found.aside


class Remote:
    """A witness as https://c2sp.org/tlog-witness has it: it signs only what begins with what it saw."""

    def __init__(self, log: VerifierKey) -> None:
        self.log, self.seen, self.asked = log, Checkpoint(origin=log.name, size=0, root=EMPTY), 0

    async def add(self, request: web.Request) -> web.Response:
        self.asked += 1
        head, _, note = (await request.read()).partition(b"\n\n")
        old, *proof = head.decode().split("\n")
        found = open_checkpoint(note, self.log).checkpoint
        if int(old.removeprefix("old ")) != self.seen.size:
            return web.Response(status=409, text=f"{self.seen.size}\n")
        if self.seen.size:
            path = tuple(map(from_base64, proof))
            verify_consistency(self.seen.size, found.size, path, self.seen.root, found.root)
        self.seen = found
        signed = parse_note(cosign(note, OURS, AT)).signatures[-1]
        return web.Response(text=str(signed))


EMPTY = Checkpoint.parse("e\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n").root


@asynccontextmanager
async def listening(remote: Remote) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post("/add-checkpoint", remote.add)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def asked(place: County, remote: Remote) -> bytes:
    async def act() -> bytes:
        async with listening(remote) as url:
            with resting(load(place.config)) as vault:
                return await witnesses.ask(vault, Witness(OURS.verifier, url))

    return uvloop.run(act())


def log_key(place: County) -> VerifierKey:
    return VerifierKey.parse(place("ledger", "checkpoint", "--json").json["key"])


def test_a_witness_is_shown_that_the_tree_begins_with_what_it_saw(own: County, tmp_path: Path) -> None:
    naming(own, OURS)
    remote = Remote(log_key(own))

    first = asked(own, remote)
    county.takes(own.config, county.message(9, mrn="99", veteran="Y"))
    second = asked(own, remote)

    assert [open_checkpoint(note, remote.log, [OURS.verifier]).witnessed for note in (first, second)] == [
        {OURS.name: AT},
        {OURS.name: AT},
    ]
    # The hub did not keep the first answer: the witness said how far it had come, and was asked once more.
    assert remote.asked == 3
    (tmp_path / "second").write_bytes(second)
    assert own("ledger", "witness", str(tmp_path / "second")).status == 0


def test_a_witness_that_remembers_more_than_there_is_finds_the_hub_out(own: County) -> None:
    remote = Remote(log_key(own))
    remote.seen = Checkpoint(origin=remote.log.name, size=1000, root=b"r" * 32)

    with pytest.raises(ProofFailed, match="The witness remembers 1000 leaves, and there are 9"):
        asked(own, remote)


def test_a_witness_that_does_not_answer_is_said_so(own: County) -> None:
    async def act() -> None:
        with resting(load(own.config)) as vault:
            await witnesses.ask(vault, Witness(OURS.verifier, "http://127.0.0.1:9"))

    with pytest.raises(PartnerUnreachable):
        uvloop.run(act())
