"""Over HTTP: bad JSON and XML get 4xx with the place named, strangers get 401, and nothing ever gets a 500."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

import examples.county
from tests.badinput.place import JSON, SENDERS, Place

pytestmark = pytest.mark.slow

TRAFFIC = Path(examples.county.__file__).parent / "traffic"
FHIR = "application/fhir+json"
GOOD = {
    "eido": "01-c1-call.json",
    "fhir": "15-cr1-referral.json",
    "lifeline988": "10-l1-contact-c9.json",
    "rms": "04-pd-field-contact.json",
    "hsds": "18-sh1-capacity.json",
}
DEEP = b"[" * 10_000 + b"]" * 10_000


def good(name: str) -> bytes:
    """A message of this format that would be taken."""
    whole = json.loads((TRAFFIC / GOOD[name]).read_bytes())
    # No hub without the CJI profile keeps that.
    whole.pop("criminal_history", None)
    return json.dumps(whole).encode()


def post(here: Place, name: str, body: bytes) -> httpx.Response:
    """POST as the partner of this format."""
    return here.post(body, as_=name, media=FHIR if name == "fhir" else JSON)


def added(body: bytes, member: bytes) -> bytes:
    """The object with one more member."""
    head, end, tail = body.rpartition(b"}")
    return head + b"," + member + end + tail


def places(answer: httpx.Response) -> list[str]:
    """Where it says that something is wrong."""
    said = answer.json()
    if said.get("resourceType") == "OperationOutcome":
        return [place for issue in said["issue"] for place in issue.get("expression", [])]
    return [error["place"] for error in said.get("errors", [])]


@pytest.mark.parametrize("name", SENDERS)
@pytest.mark.parametrize(
    ("member", "place"),
    [
        (b'"odd": {"a": 1, "a": 2}', "odd"),
        (b'"odd": [NaN]', "odd[0]"),
        (b'"odd": -Infinity', "odd"),
        (b'"odd": "\\ud800"', "odd"),
        (b'"odd": ' + DEEP, "line "),
    ],
    ids=["key-twice", "nan", "infinity", "surrogate", "deep"],
)
def test_json_that_is_none_is_refused_where_it_stands(here: Place, name: str, member: bytes, place: str) -> None:
    before = len(here.rejects())

    answer = post(here, name, added(good(name), member))

    assert answer.status_code == 422
    assert answer.headers["content-type"] in ("application/problem+json", FHIR)
    if name != "fhir" or place != "line ":
        assert [found for found in places(answer) if place in found], answer.text
    assert len(here.rejects()) == before + 1


@pytest.mark.parametrize("name", SENDERS)
@pytest.mark.parametrize(
    "body",
    [b"", b" ", b"null", b"1", b'"x"', b"[]", b"{}", b"[[]]", b"{", b"\xff\xfe{}", DEEP, b"[" * 100_000, b"[" + b"{}," * 900_000 + b"1]"],
    ids=["nothing", "blank", "null", "number", "text", "list", "object", "lists", "half", "utf-16", "deep", "open", "many"],
)  # fmt: skip
def test_json_that_is_no_message_is_refused(here: Place, name: str, body: bytes) -> None:
    answer = post(here, name, body)

    if (name, body) == ("hsds", b"{}"):
        # Any object may be a directory's record; of a kind that nobody maps.
        assert (answer.status_code, answer.json()["state"]) == (202, "parked")
    else:
        assert answer.status_code in (400, 422)
        assert answer.headers["content-type"] in ("application/problem+json", FHIR)


@pytest.mark.parametrize("name", SENDERS)
def test_values_of_another_type_are_refused_by_their_path_or_counted_never_a_fault(here: Place, name: str) -> None:
    whole = json.loads(good(name))
    refused = 0
    for key, value in whole.items():
        for other in unlike(value):
            answer = post(here, name, json.dumps(whole | {key: other}).encode())
            assert answer.status_code in (202, 422), (key, other, answer.text)
            assert answer.json().get("state") != "parked", (key, other)
            refused += answer.status_code == 422
            if answer.status_code == 422:
                assert [place for place in places(answer) if key.strip("$") in place or place == "$"], answer.text
    assert refused


def unlike(value: Any) -> list[Any]:
    """One value of each type that this one is not."""
    return [other for other in ("odd", 7, True, ["odd"], {"odd": 1}) if type(other) is not type(value)]


def test_what_is_too_large_is_refused_before_it_is_read(here: Place) -> None:
    answer = here.post(b'{"a":"' + b"x" * 100_000_000 + b'"}', as_="rms", media=JSON)

    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "declared", [{"authorization": ""}, {"authorization": "Bearer wrong"}, {"authorization": "Basic aHViOmh1Yg=="}]
)
def test_strangers_are_turned_away_before_anything_is_read(here: Place, declared: dict[str, str]) -> None:
    answer = here.post(good("rms"), as_="rms", media=JSON, **declared)

    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert '"why": "token"' in here.hub.said()


@pytest.mark.parametrize(
    ("declared", "status"),
    [
        ({"content_type": "text/plain"}, 415),
        ({"content_encoding": "gzip"}, 415),
        ({"content_type": "application/json; charset=utf-16"}, 415),
        ({"idempotency_key": "k" * 300}, 400),
    ],
)
def test_requests_that_the_door_does_not_understand_are_told_so(
    here: Place, declared: dict[str, str], status: int
) -> None:
    answer = here.post(good("rms"), as_="rms", media=JSON, **declared)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


BOMBS = {
    "billion-laughs": '<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><a>&c;</a>',
    "external-entity": '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
    "external-dtd": '<!DOCTYPE a SYSTEM "http://127.0.0.1:{port}/dtd"><a/>',
    "quadratic": '<!DOCTYPE a [<!ENTITY b "' + "b" * 50_000 + '">]><a>' + "&b;" * 5_000 + "</a>",
}


@pytest.mark.parametrize("name", BOMBS)
def test_xml_that_declares_anything_is_refused_and_nothing_is_resolved(here: Place, name: str) -> None:
    call, bomb = json.loads(good("eido")), BOMBS[name].replace("{port}", str(here.sinks["clinic"].port))
    call["locationComponent"][0]["locationByValue"] = bomb
    asked = here.sinks["clinic"].connections

    answer = post(here, "eido", json.dumps(call).encode())

    assert answer.status_code in (202, 422), answer.text
    assert "root:" not in answer.text
    assert here.sinks["clinic"].connections == asked
    if answer.status_code == 202:
        with here.evidence() as found:
            events = found.events(answer.json()["id"])
        assert "root:" not in events
        assert "bbbbbbbbbb" not in events
