"""Nothing that a served hub writes shows a person: canaries in every place where somebody may write, and a search of all it left.

Searched are logs of both processes, every file of the data folder, what is published of the ledger, numbers, alerts, answers to
callers, urls and headers at partners, and what commands print.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.badinput.place import JSON, SENDERS, Place, arrived, place, token
from tests.sinks import reply

pytestmark = pytest.mark.slow
NAME, NUMBER = "Zebrafinch", "7733410917"
CANARIES = [
    spelled.encode(coding)
    for text in (NAME, NAME.lower(), NAME.upper(), NUMBER)
    for spelled, coding in ((text, "utf-8"), (text, "utf-16-le"), (text.encode().hex(), "utf-8"))
]
NUMBERS = "the numbers"
SETTINGS: dict[str, Any] = {"http": {"port": 0, "metrics_sha256": hashlib.sha256(NUMBERS.encode()).hexdigest()}}


def shows(content: bytes) -> bool:
    return any(canary in content for canary in CANARIES)


def admission(control: str, *more: str) -> bytes:
    """An admission with a canary in whatever says something of a person, and in places where nobody expects one."""
    # Somebody else each time, so that nobody waits behind a delivery that failed.
    who, number = f"{NAME}{control[-1] * 3}", f"{NUMBER}{control[-1]}"
    person = f"PID|1||{number}^^^GENHOSP^MR||{who}^{NAME}^Q||199{control[-1]}0314|F||{NAME}"
    lines = (
        rf"MSH|^~\&|EHR|GENHOSP|HUB|HUB|20260310145500-0500||ADT^A04^ADT_A01|{control}|P|2.5.1",
        f"EVN|A04|20260310145500-0500||{NAME}",
        f"{person}|{number} {NAME} St^^{NAME}^TX^78701||{number}|||{NAME}|||{number}",
        f"NK1|1|{NAME}^{NAME}|{NAME}|1 {NAME} St|{NUMBER}",
        f"PV1|1|E|ED^{NAME}^1^GENHOSP|E|||{NUMBER}^{NAME}^Doc|||||||||||{number}^^^GENHOSP^VN",
        f"DG1|1||{NAME}^{NAME} of the mind^I10|{NAME}||W",
        f"ZZZ|{NAME}|{NUMBER}",
        *more,
    )
    return ("\r".join(lines) + "\r").encode()


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Place, Path, dict[str, bytes]]]:
    """A hub that lived through all of it; what it answered and printed, by name."""
    folder = tmp_path_factory.mktemp("canaries")
    found: dict[str, bytes] = {}
    with place(folder, **SETTINGS) as here:
        _live(here, found)
        _named(here, found)
        _asked(here, found)
        yield here, folder, found


def _live(here: Place, found: dict[str, bytes]) -> None:
    """Everything goes wrong, with a canary in it each time."""
    # The clinic quotes what it was sent, in words, in an address and in an id.
    said = json.dumps({"id": NAME, "issue": [{"severity": "error", "code": "invalid", "diagnostics": NAME}]}).encode()
    here.sinks["clinic"].script.extend(
        [reply(422, said, Location=f"https://clinic.example/{NAME}"), reply(503, NAME.encode(), Retry_After=NAME)]
    )
    with here.wire() as wire:
        for number in range(4):
            wire.ask(admission(f"C-{number}"))
        for body in (
            f"MSH|^~\\&|{NAME}|{NAME}|".encode(),
            NAME.encode(),
            admission("C-9").replace(b"ADT^A04^ADT_A01", NAME.encode()),
        ):
            found[f"ack of {len(found)}"] = repr(wire.ask(body).errors).encode()
    arrived(lambda: here.sinks["clinic"].count >= 4)
    for media, body in (
        (JSON, f'{{"{NAME}": "{NUMBER}"'.encode()),
        (JSON, b"[" * 100_000),
        ("text/xml", f"<{NAME}>".encode()),
    ):
        found[f"answer to {len(found)}"] = here.post(body, as_="fhir", media=media).content
    found["wrong token"] = here.post(
        b"{}", authorization=f"Bearer {NAME}", user_agent=NAME, idempotency_key=NAME
    ).content
    found["wrong path"] = here.post(b"{}", path=f"/messages/{NAME}?name={NAME}").content
    found["wrong assertion"] = here.post(
        f"client_assertion={NAME}".encode(), path="/oauth/token", media="application/x-www-form-urlencoded"
    ).content
    found["parked"] = here.post(admission("C-10", f"ZBX|{NAME}"), idempotency_key=NAME).content


def _named(here: Place, found: dict[str, bytes]) -> None:
    """Programs and people ask about somebody by name, at every path that takes a name, with a right token and without one."""
    form, words = "application/x-www-form-urlencoded", json.dumps({"incident": NAME, "who": NAME, "reason": NAME})
    asked = (
        ("GET", f"/fhir/Patient?name={NAME}&identifier={NUMBER}", "", ""),
        ("GET", f"/fhir/Patient/{NAME}", "", ""),
        ("POST", "/fhir/Patient/_search", form, f"family={NAME}&{NAME}={NUMBER}"),
        ("PUT", f"/fhir/Task/{NAME}", JSON, words),
        ("POST", "/fhir/Subscription", JSON, json.dumps({"resourceType": NAME})),
        ("POST", "/responders", JSON, words),
        ("GET", f"/cards/{NAME}", "", ""),
        ("GET", f"/results/{NAME}", "", ""),
        ("POST", "/break-glass", JSON, words),
        ("GET", f"/IncidentData/v1/incidents/{NAME}", "", ""),
        ("GET", f"/library?name={NAME}", "", ""),
        ("POST", "/signin", form, f"name={NAME}&password={NUMBER}"),
        ("GET", f"/messages?q={NAME}", "", ""),
        ("GET", f"/message/{NAME}", "", ""),
        ("PATCH", f"/{NAME}", "", ""),
    )
    with httpx.Client(base_url=f"http://127.0.0.1:{here.http}", trust_env=False, timeout=10) as client:
        for sender in ("eido", "rms", "fhir", ""):
            # Sent with an Origin of our own, so that forms get as far as they can.
            said = {
                "origin": str(client.base_url),
                "accept": "text/html, */*",
                **({"authorization": f"Bearer {token(sender)}"} if sender else {}),
            }
            for method, path, media, body in asked:
                kind = {"content-type": media} if media else {}
                answer = client.request(method, path, content=body, headers=said | kind)
                assert answer.status_code < 500, (method, path, answer.text)
                # The form to sign in keeps the name that was typed into it, for whoever typed it.
                if path != "/signin":
                    found[f"{sender} {method} {path.replace(NAME, '#')}"] = answer.content


def _asked(here: Place, found: dict[str, bytes]) -> None:
    with httpx.Client(trust_env=False) as client:
        url = f"http://127.0.0.1:{here.http}/metrics"
        arrived(
            lambda: (
                b"crisis_hub_attempts_total" in client.get(url, headers={"authorization": f"Bearer {NUMBERS}"}).content
            )
        )
        found["numbers"] = client.get(url, headers={"authorization": f"Bearer {NUMBERS}"}).content
    for words in (
        ["message", "C-0"],
        ["why", "C-0"],
        ["dead"],
        ["doctor"],
        ["changes"],
        ["ledger", "verify"],
        ["accounting", "public", "--since", "2020-01-01", "--until", "2099-01-01"],
    ):
        command = [sys.executable, "-m", "hub.cli", *words, "--config", str(here.hub.config)]
        ran = subprocess.run(command, capture_output=True, check=False)
        assert b"Traceback" not in ran.stderr, ran.stderr
        found[" ".join(words)] = ran.stdout + ran.stderr


def test_no_answer_number_or_command_shows_a_person(searched: tuple[Place, Path, dict[str, bytes]]) -> None:
    _, _, found = searched

    assert len(found) > 65
    assert [name for name, content in found.items() if shows(content)] == []


def test_no_log_of_either_process_shows_a_person(searched: tuple[Place, Path, dict[str, bytes]]) -> None:
    here, _, _ = searched
    said = here.hub.said()

    lines = [json.loads(line) for line in said.splitlines()]
    assert {"serving", "turned away", "alert"} <= {line["event"] for line in lines}
    assert [line for line in said.splitlines() if shows(line.encode())] == []
    secrets = [NUMBERS, *(token(name) for name in ("hospital", *SENDERS))]
    assert [secret for secret in secrets if secret in said] == []


def test_no_file_of_the_data_folder_shows_a_person(searched: tuple[Place, Path, dict[str, bytes]]) -> None:
    _, folder, _ = searched
    files = [path for path in folder.rglob("*") if path.is_file()]

    assert {"hub.db", "checkpoint", "keystore"} <= {path.name for path in files}
    assert [str(path.relative_to(folder)) for path in files if shows(path.read_bytes())] == []


def test_no_url_or_header_at_a_partner_shows_a_person(searched: tuple[Place, Path, dict[str, bytes]]) -> None:
    here, _, _ = searched
    requests = [request for sink in here.sinks.values() for request in sink.requests]

    assert any(NAME.encode() in request.body for request in requests), "the canaries never got anywhere"
    assert [r.line for r in requests if shows(f"{r.line} {r.headers}".encode())] == []


def test_the_search_would_find_one(tmp_path: Path) -> None:
    assert shows(f"name={NAME}".encode())
    assert shows(NAME.encode("utf-16-le"))
    assert not shows(b"nobody")
