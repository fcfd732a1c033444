"""Every page of the console opened again and again: found by following links from each role's menu, so that none is left out."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from html import unescape
from typing import Final, NamedTuple

import httpx

from hub.access.roles import may
from hub.console.page import PAGES, Page

TIMES: Final = 25
# The bars, for 95 of 100 openings: any page, and the accounting of somebody busy as a file.
PAGE_MS, FILE_MS = 300.0, 2000.0
OFFICER: Final = "compliance-officer"
# The forms in which an accounting is handed over; the page that asks for one is counted with it.
FILES: Final = ("pdf", "csv", "ndjson", "fhir")
Asking = Callable[[], Awaitable[httpx.Response]]
_ID: Final = re.compile(r"(?<=/)[0-9a-f]{32,64}|(?<=/)[0-9a-f]{12,16}(?=$|/|\?)|(?<=/)[\w-]{24}$")
_LINK: Final = re.compile(r'href="(/[^"#]*)"')
_FIELD: Final = re.compile(r'name="(csrf|once)" value="(\w+)"')
# Searches and pages deep in a list are pages of their own to whoever waits for them.
SEARCHES: Final = (
    "/messages?before=5000",
    "/messages?partner=H1",
    "/messages?destination=B1",
    "/messages?kind=ADT^A04",
    "/messages?state=parked",
    "/messages?until=2030-01-01T00:00",
    "/disclosures?partner=B1",
    "/disclosures?outcome=parked",
    "/disclosures?kind=refused",
    "/disclosures?kind=granted&purpose=TREAT",
    "/ledger/leaves/4321",
    "/policy?of=part2",
    "/policy?q=a",
)
# Pages that a form leads to: nothing about a person stands in an address.
FORMS: Final = (
    ("/accounting", "/accounting", {"message": "{delivered}", "law": "all", "entity": "H1"}),
    ("/consents", "/consents", {"message": "{delivered}", "reason": "asked"}),
    ("/links", "/links/find", {"id": "{delivered}"}),
    ("/card", "/card", {"incident": "26-120001"}),
)


class Taken(NamedTuple):
    """One page: what it was asked for, by whom, half and 95 of 100 times within so many milliseconds, and its bytes."""

    page: str
    role: str
    p50_ms: float
    p95_ms: float
    size: int


class Visitor:
    """Opens pages as somebody of each role."""

    def __init__(self, client: httpx.AsyncClient, cookies: Mapping[str, str], delivered: str) -> None:
        """`cookies` by role; `delivered` is a message that somebody received."""
        self._client, self._cookies, self._delivered = client, cookies, delivered
        self._found: dict[str, tuple[str, str]] = {}

    async def found(self) -> dict[str, tuple[str, str]]:
        """By the address that a page is declared under: one that is there, and the role that sees it."""
        for role in self._cookies:
            waiting = [page.url for page in _pages() if "{" not in page.url and page.right and may(role, page.right)]
            if role == OFFICER:
                waiting.append(f"/messages/{self._delivered}")
            waiting += [place async for place in self._opened_by_forms(role)]
            await self._follow(role, waiting)
        return self._found

    async def _follow(self, role: str, waiting: list[str]) -> None:
        seen: set[str] = set()
        while waiting:
            path = waiting.pop(0)
            answer = await self._client.get(path, headers={"cookie": self._cookies[role]})
            if answer.status_code != 200:
                continue
            self._found.setdefault(declared(path), (path, role))
            for link in map(unescape, _LINK.findall(answer.text)):
                url = declared(link)
                if url and url not in seen and url not in self._found:
                    seen.add(url)
                    waiting.append(link)

    async def _opened_by_forms(self, role: str) -> AsyncIterator[str]:
        mine = {page.url for page in _pages() if page.right and may(role, page.right)}
        for url, act, form in FORMS:
            if url not in mine:
                continue
            headers = {"cookie": self._cookies[role], "origin": "http://127.0.0.1"}
            page = await self._client.get(url, headers=headers)
            ties = dict(_FIELD.findall(page.text))
            said = {name: value.format(delivered=self._delivered) for name, value in form.items()}
            answer = await self._client.post(act, data={**ties, **said}, headers=headers)
            if answer.status_code == 303:
                yield answer.headers["location"]

    async def timed(self) -> list[Taken]:
        """Every page that was found, then searches and an accounting in each form, each asked for again and again."""
        visits = [*self._found.values(), *((path, OFFICER) for path in SEARCHES)]
        pages = [await self._timed(path, role, self._get(path, role)) for path, role in visits]
        return pages + [await self._timed(f"{self._case}/file as {form}", OFFICER, self._file(form)) for form in FILES]

    @property
    def _case(self) -> str:
        return self._found["/accounting/{case}"][0]

    def _get(self, path: str, role: str) -> Asking:
        return lambda: self._client.get(path, headers={"cookie": self._cookies[role]})

    def _file(self, form: str) -> Asking:
        headers = {"cookie": self._cookies[OFFICER], "origin": "http://127.0.0.1"}

        async def asked() -> httpx.Response:
            page = await self._client.get("/accounting", headers=headers)
            said = {**dict(_FIELD.findall(page.text)), "form": form}
            return await self._client.post(f"{self._case}/file", data=said, headers=headers)

        return asked

    async def _timed(self, path: str, role: str, ask: Asking) -> Taken:
        spans, size = [], 0
        for _ in range(TIMES):
            began = time.perf_counter()
            answer = await ask()
            spans.append((time.perf_counter() - began) * 1000)
            answer.raise_for_status()
            size = len(answer.content)
        ordered = sorted(spans)
        return Taken(
            _ID.sub("ID", path),
            role,
            round(statistics.median(ordered), 1),
            round(ordered[int(0.95 * len(ordered))], 1),
            size,
        )


# The stream that says that something changed; a way to a leaf; what those see whose role has no page, or whose session was locked or over.
_ASIDE: Final = {"/live", "/ledger/leaves", "/welcome", "/lock", "/drafts"}


def missing(found: Mapping[str, object]) -> list[str]:
    """Pages that nobody's links led to."""
    return sorted({page.url for page in _pages()} - set(found) - _ASIDE)


def slow(found: Iterable[Taken]) -> list[str]:
    """What took longer than promised, in words: a page 300 ms in 95 of 100 openings, an accounting made into a file two seconds."""
    bars = ((each, FILE_MS if "/file as " in each.page else PAGE_MS) for each in found)
    return [
        f"{each.page} as {each.role}: {each.p95_ms} ms, promised {bar} ms" for each, bar in bars if each.p95_ms > bar
    ]


def declared(path: str) -> str:
    """The address that a page is declared under; empty for what is no page."""
    bare = path.partition("?")[0]
    exact = (url for url in _PATTERNS if url == bare)
    return next(exact, "") or next((url for url, known in _PATTERNS.items() if known.fullmatch(bare)), "")


def _pages() -> Iterator[Page]:
    return (page for page, _ in PAGES if page.method == "GET" and not page.public)


# Declared addresses as patterns, those without names first.
_PATTERNS: Final = {
    url: re.compile(re.sub(r"\{\w+\}", "[^/]+", url))
    for url in sorted({page.url for page in _pages()}, key=lambda url: "{" in url)
}
