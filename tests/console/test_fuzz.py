"""Whatever comes as a cookie, a form, a query or a path: calm answers, nobody let in, nothing changed."""

from __future__ import annotations

from urllib.parse import quote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.access import session
from hub.console.page import PAGES
from hub.console.site import DECLARED
from tests.console.house import House

pytestmark = pytest.mark.slow

CALM = (200, 303, 400, 403, 404, 409, 413, 422)
# What a header may carry at all: the rest never leaves a client.
VISIBLE = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=80)
assert DECLARED  # the pages are declared where they stand
WORDS = st.one_of(
    st.text(max_size=40), st.sampled_from(["'", '"><script>', "../..", "%00", "{{123457*3}}", "\r\nx: y", "0" * 400])
)


@given(VISIBLE)
def test_no_cookie_that_was_not_given_lets_anybody_in(house: House, cookie: str) -> None:
    for value in (f"{session.COOKIE}={cookie}", cookie):
        sent = {b"cookie": value.encode("latin-1"), b"accept": b"text/html"}
        answer = httpx.get(f"{house.base}/today", headers=sent, timeout=30)

        assert answer.status_code in (303, 400)
        assert "Needs a person" not in answer.text


@given(st.dictionaries(st.sampled_from(["name", "words", "role", "partner", "csrf", "once", "reason", "what"]), WORDS))
@pytest.mark.parametrize("url", ["/people", "/messages/find", "/messages/save", "/accounting", "/signin"])
def test_no_form_breaks_a_page_or_comes_back_unescaped(house: House, url: str, form: dict[str, str]) -> None:
    client = house.signed_in("administrator" if url == "/people" else "compliance-officer")

    answer = client.post(url, form)

    assert answer.status_code in CALM
    assert '"><script>' not in answer.text
    assert "370371" not in answer.text


@given(WORDS, st.sampled_from([one.url for one, _ in PAGES if one.method == "GET" and "{" in one.url]))
def test_no_path_breaks_a_page(house: House, word: str, url: str) -> None:
    start = url.partition("{")[0]

    for client in (house.signed_in("compliance-officer"), house.anybody()):
        answer = client.get(start + quote(word.encode("utf-8", "replace"), safe=""))
        assert answer.status_code in CALM
        assert '"><script>' not in answer.text


@given(
    st.dictionaries(
        st.sampled_from(["before", "since", "until", "partner", "kind", "state", "q", "leaf", "after", "rule"]), WORDS
    )
)
@pytest.mark.parametrize("url", ["/messages", "/disclosures", "/policy", "/links", "/ledger/leaves"])
def test_no_query_breaks_a_page(house: House, url: str, query: dict[str, str]) -> None:
    words = "&".join(f"{quote(k)}={quote(v.encode('utf-8', 'replace'), safe='')}" for k, v in query.items())

    answer = house.signed_in("clinician-reviewer" if url == "/links" else "compliance-officer").get(f"{url}?{words}")

    assert answer.status_code in CALM
    assert '"><script>' not in answer.text


@pytest.mark.parametrize("body", [b"\xff\xfe", b"a=%ff%fe", b"&" * 5000, b"a" * 100_000, b"=".join([b"x"] * 300)])
def test_no_body_breaks_a_form(house: House, body: bytes) -> None:
    headers = {
        "origin": house.base,
        "content-type": "application/x-www-form-urlencoded",
        "cookie": f"{session.COOKIE}={house.signed_in('administrator').token}",
    }

    answer = httpx.post(f"{house.base}/people", content=body, headers=headers, timeout=30)

    assert answer.status_code in CALM
