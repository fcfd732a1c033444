"""POST /messages: who may, what is taken, and how a refusal is told. There is never a 500 and never a value in an answer."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.wire.json import read
from hub.access.callers import Callers
from hub.doors.gate import Gate
from hub.doors.http import MEDIA, HttpDoor, Limits, Receive, Said, Scope, Send, told
from hub.doors.porch import Porch
from hub.doors.problem import TITLES, Problem
from hub.doors.reference import URIS
from hub.errors import Unreadable
from hub.intake import Answer, Arrival
from hub.partners import Agreement, Door, Partner, Source
from tests.doors.desk import FakeDesk

AGREEMENT = Agreement(id="A1", kind="BAA", hub_is="BA", starts="2024-01-01", ends="2027-01-01", signature="s")


def caller(name: str, token: bytes) -> Partner:
    door = Door(kind="http", token_sha256=hashlib.sha256(token).hexdigest())
    source = Source(format="fhir", doors=(door,))
    return Partner(id=name, name=name, kind="BH_PROVIDER", state="TX", agreement=AGREEMENT, source=source)


CALLERS = Callers([caller("clinic", b"secret"), caller("shelter", b"other")])


@dataclass
class Client:
    """Somebody with a token in front of a door with a fake desk behind it."""

    http: httpx.AsyncClient
    desk: FakeDesk

    async def post(self, body: bytes | str = b"{}", media: str = "application/json", **headers: str) -> httpx.Response:
        given = {"authorization": "Bearer secret", "content-type": media}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        content = body.encode() if isinstance(body, str) else body
        return await self.http.post("/messages", content=content, headers=given)


@asynccontextmanager
async def client(desk: FakeDesk | None = None, limits: Limits | None = None, **more: Any) -> AsyncIterator[Client]:
    desk = desk or FakeDesk()
    door = HttpDoor(Gate(CALLERS), desk, limits=limits, **more)
    transport = httpx.ASGITransport(app=door, raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url="http://hub") as http:
        yield Client(http, desk)


async def test_a_message_is_kept_under_the_partner_of_its_token() -> None:
    async with client() as clinic:
        answer = await clinic.post('{"a": 1}')

        kept = clinic.desk.kept[0]
        assert answer.status_code == 202
        assert answer.json() == {"id": kept.journal, "state": "kept"}
        assert (kept.partner, kept.door, kept.body, kept.message_id) == ("clinic", "http", b'{"a": 1}', "")
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("media", sorted({*MEDIA} - {URIS}))
async def test_every_media_type_it_names_is_taken(media: str) -> None:
    async with client() as clinic:
        assert (await clinic.post(b"{}", media)).status_code == 202
        assert (await clinic.post(b"{} ", f"{media.upper()}; charset=UTF-8")).status_code == 202


async def test_an_idempotency_key_is_the_message_id_and_a_second_post_is_a_duplicate() -> None:
    async with client() as clinic:
        first = await clinic.post('{"a": 1}', idempotency_key='"k-1"')
        again = await clinic.post('{"a": 1}', idempotency_key="k-1")

        assert [m.message_id for m in clinic.desk.kept] == ["k-1"]
        assert (again.status_code, again.json()) == (202, {"id": first.json()["id"], "state": "duplicate"})


@pytest.mark.parametrize("key", ["x" * 201, "two words", '"open', 'in"side', "\x7f", '"'])
async def test_a_key_that_is_no_key_is_refused(key: str) -> None:
    async with client() as clinic:
        assert (await clinic.post(idempotency_key=key)).status_code == 400
        assert clinic.desk.kept == []


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        "Bearer secret2",
        "Basic secret",
        "secret",
        "Bearer Secret",
        "Bearer secret secret",
    ],
)
async def test_whoever_shows_no_partners_token_is_refused_before_anything_is_read(authorization: str) -> None:
    async with client() as clinic:
        answer = await clinic.post("not json", authorization=authorization)

        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.json()["title"] == "Who is asking is not known"
        assert (clinic.desk.kept, clinic.desk.rejected) == ([], [])


async def test_the_word_bearer_may_be_spelled_in_any_case() -> None:
    async with client() as clinic:
        assert (await clinic.post(authorization="bearer  secret")).status_code == 202


async def test_content_of_another_kind_is_refused_naming_the_kinds_taken() -> None:
    async with client() as clinic:
        for media in (
            "",
            "text/html",
            "application/x-www-form-urlencoded",
            "application/jsonx",
            "multipart/form-data; boundary=x",
        ):
            answer = await clinic.post(b"{}", media)
            assert answer.status_code == 415
            assert "application/fhir+json" in answer.headers["accept-post"]


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "GZIP", "gzip, identity"])
async def test_packed_content_is_not_unpacked(coding: str) -> None:
    async with client() as clinic:
        assert (await clinic.post(b"\x1f\x8b", content_encoding=coding)).status_code == 415


@pytest.mark.parametrize(
    "more", ["fhirVersion=4.0", "charset=utf-8; fhirVersion=4.0", 'fhirVersion=4.0;charset="UTF-8"', "charset=utf8"]
)
async def test_parameters_of_the_media_type_are_read_one_by_one(more: str) -> None:
    async with client() as clinic:
        assert (await clinic.post(b"{}", f"application/fhir+json; {more}")).status_code == 202


async def test_json_in_another_charset_is_refused() -> None:
    async with client() as clinic:
        assert (await clinic.post("{}".encode("utf-16"), "application/json; charset=utf-16")).status_code == 415


class ReadingDesk(FakeDesk):
    """A desk that reads JSON as strictly as the adapters do."""

    def take(self, arrival: Arrival) -> asyncio.Future[Answer]:
        try:
            read(arrival.body)
        except Unreadable as refused:
            self.states[arrival.body] = Answer(journal="", state="rejected", cause=str(refused))
        return super().take(arrival)


BAD: list[tuple[bytes | str, dict[str, str]]] = [
    ('{"a": 1, "a": 2}', {"place": "$", "pointer": "#"}),
    ('{"items": [{}, {"n": {"b": 1, "b": 2}}]}', {"place": "$.items[1].n", "pointer": "#/items/1/n"}),
    ('{"items": [{}, {"name": NaN}]}', {"place": "$.items[1].name", "pointer": "#/items/1/name"}),
    ('{"a": "\\ud800"}', {"place": "$.a", "pointer": "#/a"}),
    ('{"a": ', {"place": "line 1 column 7"}),
    (b'{"a": "\xff"}', {"place": "byte 7"}),
]


@pytest.mark.parametrize(("body", "where"), BAD)
async def test_json_that_is_not_strict_is_refused_at_its_place(body: bytes | str, where: dict[str, str]) -> None:
    async with client(desk=ReadingDesk()) as clinic:
        answer = await clinic.post(body)

        found = answer.json()
        assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
        assert found["errors"] == [{"detail": found["detail"]} | where]
        assert where["place"] not in found["detail"]


async def test_bottomless_json_is_refused() -> None:
    async with client(desk=ReadingDesk()) as clinic:
        for body in ("[" * 10_000, '{"a":' * 10_000 + "1" + "}" * 10_000):
            assert (await clinic.post(body)).status_code == 422


async def test_a_fhir_sender_is_told_in_fhir() -> None:
    async with client(desk=ReadingDesk()) as clinic:
        kept = await clinic.post('{"x": 1}', "application/fhir+json")
        broken = await clinic.post('{"entry": [{"id": NaN}]}', "application/fhir+json; fhirVersion=4.0")
        unknown = await clinic.post("{}", "application/fhir+json", authorization="Bearer x")

        journal = clinic.desk.kept[0].journal
        issue = {"severity": "information", "code": "informational", "diagnostics": "kept"}
        assert kept.json() == {"resourceType": "OperationOutcome", "id": journal, "issue": [issue]}
        assert (broken.status_code, broken.json()["issue"]) == (
            422,
            [
                {
                    "severity": "error",
                    "code": "processing",
                    "diagnostics": "NaN and Infinity are not JSON.",
                    "expression": ["entry[0].id"],
                }
            ],
        )
        assert unknown.json()["issue"][0]["code"] == "login"
        assert {r.headers["content-type"] for r in (kept, broken, unknown)} == {"application/fhir+json"}


async def test_every_outcome_is_a_valid_one() -> None:
    from fhir.resources.R4B.operationoutcome import OperationOutcome

    for status in TITLES:
        for place in ("", "$.a[0]", "byte 7"):
            body, _ = Problem(status=status, detail="x", at=place).spelled(fhir=True)
            assert OperationOutcome.model_validate_json(body)


@pytest.mark.parametrize(("state", "status"), [("kept", 202), ("parked", 202), ("duplicate", 202), ("rejected", 422)])
async def test_what_became_of_it_decides_the_status(state: Any, status: int) -> None:
    async with client(desk=FakeDesk(states={b"{}": Answer(journal="", state=state, cause="PID-3: no")})) as clinic:
        assert (await clinic.post()).status_code == status


async def test_while_the_store_is_gone_the_sender_is_told_to_send_again() -> None:
    async with client(desk=FakeDesk(gone=True)) as clinic:
        answer = await clinic.post()

        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


async def test_a_desk_that_fails_is_answered_with_try_again() -> None:
    desk = FakeDesk(hold=True)
    async with client(desk=desk) as clinic:
        posting = asyncio.create_task(clinic.post())
        await desk.came.wait()
        desk._waiting.popleft()[0].set_exception(RuntimeError("Jordan Doe"))
        answer = await posting

        assert answer.status_code == 503
        assert "Doe" not in answer.text


class Broken(FakeDesk):
    """A desk with a fault."""

    def take(self, arrival: Any) -> Any:
        raise RuntimeError("Jordan Doe")


async def test_a_fault_of_ours_is_never_a_500_and_tells_nothing() -> None:
    async with client(desk=Broken()) as clinic:
        answer = await clinic.post()

        assert answer.status_code == 503
        assert "Doe" not in answer.text


async def test_nothing_is_answered_before_it_is_safe() -> None:
    desk = FakeDesk(hold=True)
    async with client(desk=desk) as clinic:
        posting = asyncio.create_task(clinic.post())
        await desk.came.wait()
        await asyncio.sleep(0.01)
        assert not posting.done()
        desk.commit()

        assert (await posting).status_code == 202


async def test_one_partner_cannot_take_all_hands_from_another() -> None:
    desk = FakeDesk(hold=True)
    async with client(desk=desk, limits=Limits(in_hand=2)) as clinic:
        posting = [asyncio.create_task(clinic.post(f'{{"n": {n}}}')) for n in range(2)]
        await asyncio.sleep(0.01)
        third = await clinic.post()
        other = asyncio.create_task(clinic.post(authorization="Bearer other"))
        await asyncio.sleep(0.01)
        desk.commit()
        desk.hold = False

        assert (third.status_code, third.headers["retry-after"]) == (429, "1")
        assert [r.status_code for r in await asyncio.gather(*posting, other)] == [202, 202, 202]
        assert (await clinic.post('{"n": 3}')).status_code == 202


async def parts(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def test_a_message_over_the_limit_is_refused_by_its_declared_size_and_by_its_real_one() -> None:
    async with client(limits=Limits(message=10)) as clinic:
        declared = await clinic.post(b'{"a": 12345}')
        headers = {"authorization": "Bearer secret", "content-type": "application/json"}
        real = await clinic.http.post("/messages", content=parts(b'{"a":', b" 1234", b"5}"), headers=headers)
        fits = await clinic.http.post("/messages", content=parts(b'{"a":', b" 12}"), headers=headers)

        assert [r.status_code for r in (declared, real, fits)] == [413, 413, 202]
        assert clinic.desk.bodies() == [b'{"a": 12}']


async def test_the_hub_holds_no_more_than_it_can_and_forgets_what_it_let_go() -> None:
    desk = FakeDesk(hold=True)
    async with client(desk=desk, limits=Limits(held=30)) as clinic:
        posting = asyncio.create_task(clinic.post('{"a": "0123456789"}'))
        await desk.came.wait()
        over = await clinic.post('{"b": "0123456789"}')
        desk.commit()
        desk.hold = False

        assert (over.status_code, (await posting).status_code) == (429, 202)
        assert (await clinic.post('{"b": "0123456789"}')).status_code == 202


async def test_an_empty_body_is_refused() -> None:
    async with client() as clinic:
        assert (await clinic.post(b"")).status_code == 400


async def test_another_method_is_refused() -> None:
    async with client() as clinic:
        answer = await clinic.http.get("/messages")

        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_somebody_who_looks_at_messages_is_shown_the_page_of_them() -> None:
    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        await told(send, Said(200, b"a page", b"text/html"))

    async with client(rest=page) as clinic:
        looked = await clinic.http.get("/messages", headers={"accept": "text/html,*/*;q=0.8"})
        asked = await clinic.http.get("/messages", headers={"accept": "application/json"})
        below = await clinic.http.get("/healthz", headers={"accept": "text/html"})

        assert (looked.status_code, looked.text) == (200, "a page")
        assert asked.status_code == 405
        assert below.text == "ok\n"


async def test_another_path_is_nothing_where_there_is_no_rest() -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=Porch(())), base_url="http://hub") as http:
        assert (await http.get("/")).status_code == 404


async def test_health_is_that_it_answers_and_readiness_that_it_can_work() -> None:
    waits = [""]
    async with client(ready=lambda: waits[0]) as clinic:
        assert [(await clinic.http.get(p)).status_code for p in ("/healthz", "/readyz")] == [200, 200]
        waits[0] = "the store is gone"
        ready = await clinic.http.get("/readyz")

        assert (ready.status_code, ready.text) == (503, "the store is gone\n")
        assert (await clinic.http.get("/healthz")).status_code == 200


@given(st.binary(max_size=200) | st.text(alphabet='[]{}",:\\u0d81eN ').map(str.encode), st.sampled_from(sorted(MEDIA)))
def test_no_bytes_make_a_500(body: bytes, media: str) -> None:
    async def post() -> httpx.Response:
        async with client(desk=ReadingDesk()) as clinic:
            return await clinic.post(body, media)

    answer = asyncio.run(post())

    assert answer.status_code in {202, 400, 422}
    assert json.loads(answer.content)
