"""A receipt of the ledger travels with a delivery, and its recipient verifies it with one file and nothing of the hub's."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path

from hub.app.keeping.proofs import checker
from hub.app.serve import running
from hub.app.vault import make
from hub.carriers.http import RECEIPT
from hub.settings import load
from tests.cli import county
from tests.sinks import Sink, http_sink


async def delivered(folder: Path, sink: Sink, changes: dict[str, object]) -> None:
    """One message reaches B1, whose file says so much more of its delivery; verifier and key of the hub lie in the folder."""
    config = county.write(folder, clinic=sink.port)
    path = config / "partners" / "b1.yaml"
    said = json.loads(path.read_text())
    said["delivery"] |= changes
    path.write_text(json.dumps(said))
    make(load(config))
    async with running(load(config)) as hub:
        (answer,) = await county.took(hub, county.message(1, veteran="Y"))
        assert answer.state == "kept"
        await county.settled(hub, sink)
        checker(folder, hub.vault.signer.verifier)


def verified(folder: Path, receipt: bytes, body: bytes) -> subprocess.CompletedProcess[str]:
    (folder / "r.tlog-proof").write_bytes(receipt)
    (folder / "body").write_bytes(body)
    words = ["receipt", str(folder / "r.tlog-proof"), (folder / "key").read_text().strip()]
    return subprocess.run(
        [sys.executable, "-I", str(folder / "verify.py"), *words, "--certifies", str(folder / "body")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip


async def test_a_partner_that_wants_receipts_proves_what_it_was_sent(tmp_path: Path) -> None:
    async with http_sink() as sink:
        await delivered(tmp_path, sink, {"receipts": True})
        (request,) = sink.requests

    receipt = base64.b64decode(request.headers[RECEIPT.lower()])
    held = verified(tmp_path, receipt, request.body)

    assert held.returncode == 0, held.stderr
    assert "partner: 'B1'" in held.stdout
    assert "purpose: 'TREAT'" in held.stdout
    assert "Riley" not in held.stdout
    assert len(request.headers[RECEIPT.lower()]) < 8000
    for ours in ("journal", "subject", "rules"):
        assert f"  {ours}:" not in held.stdout
    assert verified(tmp_path, receipt, request.body + b" ").returncode == 1


async def test_who_did_not_ask_for_receipts_gets_none(tmp_path: Path) -> None:
    async with http_sink() as sink:
        await delivered(tmp_path, sink, {})
        (request,) = sink.requests

    assert RECEIPT.lower() not in request.headers
