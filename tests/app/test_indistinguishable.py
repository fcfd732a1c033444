"""Whatever names a person is answered alike, whether they are known, hidden or nobody: every way in has its test, and none is forgotten."""

from __future__ import annotations

import ast
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from hub.demo.stage import SOURCE
from hub.doors.framing import FS, VT
from hub.doors.token import DISCOVERY
from tests.app.served import Served, served
from tests.doors.test_porch import DOORS

TRAFFIC = SOURCE / "traffic"
# What each way in is asked of a person, and the test that holds its answers alike.
HELD = {
    "/messages": "test_a_message_over_http_is_answered_alike_whoever_it_is_about",
    "mllp": "test_a_message_over_mllp_is_acknowledged_alike_whoever_it_is_about",
    "/fhir": "test_what_is_hidden_is_like_what_is_not_there",
    "/Task": "test_a_word_names_the_version_and_a_task_that_is_there",
    "/cards/": "test_over_http_hidden_and_absent_are_one_answer_and_strangers_get_none",
    "/break-glass": "test_over_http_hidden_equals_absent_and_strangers_are_turned_away",
    "/IncidentData": "test_an_incident_of_which_nothing_may_be_seen_is_as_one_that_is_not",
    "/custody/": "test_once_the_hold_is_over_the_answer_is_the_constant_one",
    "/results/": "test_without_it_the_answer_is_the_constant_one_whatever_became_of_them",
    "/responders": "test_a_token_is_for_one_incident_and_one_shift",
}


# These name nobody: a program asks for its token and how it is asked, beds are counts, a library is the same for everybody, and
# the rest is about the hub itself.
NOBODY = {
    "/oauth/token", *DISCOVERY, "/openapi.json", "/boards/beds", "/library", "/metrics", "/healthz", "/readyz",
}  # fmt: skip


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("alike")) as found:
        yield found


def swapped(text: str, **words: str) -> bytes:
    """A message about somebody else whose words are as long."""
    for old, new in words.items():
        assert old in text
        assert len(old) == len(new)
        text = text.replace(old, new)
    return text.encode()


def alike(said: bytes) -> bytes:
    """An answer without the random id that it is kept under, and without what counts or tells the time."""
    return re.sub(rb"[0-9a-f]{16,32}|\d{14}(\.\d+)?([+-]\d{4})?|HUB-?\w+", b"#", said)


REFERRAL = (TRAFFIC / "15-cr1-referral.json").read_text(encoding="utf-8")
PEOPLE = {
    "known": {"cr1-referral": "cr1-referra1"},
    "nobody": {
        "cr1-referral": "cr1-referra2",
        "Riley": "Quill",
        "1990-03-14": "1971-08-29",
        "602-555-0142": "602-555-0199",
        "CR-118": "CR-777",
    },
    # Somebody of the same name and birth date, with other numbers: may be the one whom the substance-use unit holds.
    "maybe": {"cr1-referral": "cr1-referra3", "CR-118": "CR-778", "602-555-0142": "602-555-0198"},
}


def test_a_message_over_http_is_answered_alike_whoever_it_is_about(here: Served) -> None:
    headers = {"authorization": f"Bearer {here.tokens['CR1']}", "content-type": "application/fhir+json"}
    with httpx.Client(base_url=here.url, headers=headers, trust_env=False, timeout=10) as http:
        answers = {who: http.post("/messages", content=swapped(REFERRAL, **words)) for who, words in PEOPLE.items()}

    first = answers["known"]
    assert first.status_code == 202
    for other in answers.values():
        assert (other.status_code, sorted(other.headers), len(other.content)) == (
            first.status_code, sorted(first.headers), len(first.content)
        )  # fmt: skip
        assert alike(other.content) == alike(first.content)


def test_a_message_over_mllp_is_acknowledged_alike_whoever_it_is_about(here: Served) -> None:
    stay = (TRAFFIC / "07-h1-a01.hl7").read_text(encoding="utf-8").replace("\n", "\r")
    people = [
        {"H1-900340": "H1-900741"},
        {"H1-900340": "H1-900742", "H1-77": "H1-98", "Riley": "Quill", "19900314": "19710829", "5550142": "5550199"},
        {"H1-900340": "H1-900743", "H1-77": "H1-97", "5550142": "5550198"},
    ]

    answers = [_acknowledged(here, swapped(stay, **words)) for words in people]

    assert re.search(rb"\rMSA\|[AC]A\|H1-900741", answers[0])
    shapes = {alike(re.sub(rb"H1-90074\d", b"#", answer)) for answer in answers}
    assert len(shapes) == 1
    assert len({len(answer) for answer in answers}) == 1


def _acknowledged(here: Served, message: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", here.hub.engine.ports()["H1"]), timeout=10) as line:
        line.sendall(VT + message + FS + b"\r")
        got = b""
        while not got.endswith(FS + b"\r"):
            got += line.recv(65536)
    return got


def test_every_way_in_that_names_a_person_has_its_test() -> None:
    tests = {
        node.name
        for folder in (Path(__file__).parent, Path(__file__).parents[1] / "capabilities")
        for file in folder.rglob("test_*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    paths = {path for door in DOORS for path in door.paths}

    assert [name for name in HELD.values() if name not in tests] == []
    assert [path for path in paths - NOBODY if not any(path.startswith(held) for held in HELD)] == []
