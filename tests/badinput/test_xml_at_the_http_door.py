"""XML over HTTP: bombs, document types, entities and broken XML get a 4xx with the line named, and nothing is resolved."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.badinput.place import XML_SENDERS, Place

pytestmark = pytest.mark.slow

GOLDEN = Path(__file__).parents[1] / "golden"
XML = "application/xml"
SECRET = "the words of a file on this machine"
LAUGHS = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10 if n else b"ha") for n in range(10))


def good(name: str) -> bytes:
    """A message of this format that would be taken."""
    return min(GOLDEN.glob(f"{name}/*/wire.xml")).read_bytes()


def typed(body: bytes, subset: bytes) -> bytes:
    """The message behind a document type, with a reference to its entity in front of everything it holds."""
    start = body.index(b"<", body.index(b"?>") if body.startswith(b"<?xml") else 0)
    first = body.index(b">", start) + 1
    return b"<!DOCTYPE x [" + subset + b"]>" + body[start:first] + b"&l9;" + body[first:]


def post(here: Place, name: str, body: bytes) -> httpx.Response:
    """POST as the partner of this format."""
    return here.post(body, as_=name, media=XML)


@pytest.mark.parametrize("name", XML_SENDERS)
@pytest.mark.parametrize(
    "subset",
    [LAUGHS, b'<!ENTITY l9 SYSTEM "file://%s">', b'<!ENTITY %% p SYSTEM "http://192.0.2.1/p.dtd">%%p;'],
    ids=["laughs", "file", "parameter"],
)
def test_a_document_type_is_refused_and_nothing_is_resolved(
    here: Place, tmp_path: Path, name: str, subset: bytes
) -> None:
    (tmp_path / "secret").write_text(SECRET)
    before = len(here.rejects())

    answer = post(here, name, typed(good(name), subset.replace(b"%s", str(tmp_path / "secret").encode())))

    assert answer.status_code == 422
    assert "document type" in answer.text
    assert SECRET not in answer.text
    assert len(here.rejects()) == before + 1


@pytest.mark.parametrize("name", XML_SENDERS)
@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: body[: len(body) // 2],
        lambda body: body + b"<more/>",
        lambda body: body.replace(b">", b"><&nobody;", 1),
        lambda _: b"<a>" * 50_000,
        lambda body: body.replace(b"</", b"\xff</", 1),
        lambda _: b"",
        lambda _: b"{}",
        lambda _: b"<other/>",
        lambda _: b"<a>" + b"<b/>" * 500_000 + b"</a>",
    ],
    ids=["half", "more", "entity", "deep", "bytes", "nothing", "json", "other", "many"],
)
def test_what_is_no_message_is_refused(here: Place, name: str, spoil: object) -> None:
    assert callable(spoil)

    answer = post(here, name, spoil(good(name)))

    assert answer.status_code in (400, 413, 422)
    assert answer.headers["content-type"] == "application/problem+json"
