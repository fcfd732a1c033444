"""Every page and every form, as what pages declare describes them, asked with anything by somebody who may: no fault, no 5xx."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings

import hub.console
from hub.access.roles import ROLES, may
from hub.console.page import PAGES, Page
from hub.console.site import DECLARED
from tests.console.furniture import names
from tests.console.house import House, standing

pytestmark = pytest.mark.slow
TEMPLATES: Final = Path(hub.console.__file__).parent / "templates"
# What stands in a form that a browser fills in; the tokens of forms are sent as they belong there.
FIELDS: Final = sorted(
    {name for page in TEMPLATES.rglob("*.html") for name in re.findall(r' name="([a-z_]+)"', page.read_text("utf-8"))}
    - {"csrf", "once"}
)
# Each try opens a page: few of each, since there are many pages.
TRIES: Final = settings(
    max_examples=max(4, settings().max_examples // 16), deadline=None, suppress_health_check=list(HealthCheck)
)
CALM: Final = frozenset({200, 303, 304, 400, 403, 404, 409, 413, 422, 429})
# Its stream ends when the reader does; and whoever signs out sees nothing any more.
LEFT_OUT: Final = {"/live", "/signout"}
ASKED: Final = [one for one, _ in PAGES if one.url not in LEFT_OUT]


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house of these tests' own: whatever forms change, they change here."""
    with standing(tmp_path_factory.mktemp("described")) as house:
        yield house


def operation(one: Page, known: Mapping[str, str]) -> dict[str, Any]:
    """One page as OpenAPI has it."""
    text: dict[str, Any] = {"type": "string"}
    here = [
        {"name": name, "in": "path", "required": True, "schema": {"anyOf": [{"enum": [known.get(name, "x")]}, {**text, "minLength": 1}]}}
        for name in re.findall(r"\{(\w+)\}", one.url)
    ]  # fmt: skip
    fields = {name: {"anyOf": [text, {"enum": [*known.values(), "B1", "1", "-1"]}]} for name in FIELDS}
    if one.method == "GET":
        here += [{"name": name, "in": "query", "schema": schema} for name, schema in fields.items()]
        return {"parameters": here, "responses": {}}
    form = {"schema": {"type": "object", "properties": fields, "additionalProperties": text}}
    return {
        "parameters": here,
        "responses": {},
        "requestBody": {"content": {"application/x-www-form-urlencoded": form}},
    }


@pytest.fixture(scope="module")
def described(own: House) -> Any:
    """All pages as one description."""
    paths: dict[str, dict[str, Any]] = {}
    for one in ASKED:
        paths.setdefault(one.url, {})[one.method.lower()] = operation(one, names(own))
    return schemathesis.openapi.from_dict(
        {"openapi": "3.1.0", "info": {"title": "console", "version": "1"}, "paths": paths}
    )


@pytest.mark.parametrize("one", ASKED, ids=lambda one: f"{one.method} {one.url}")
def test_whatever_is_asked_of_a_page_is_no_fault(own: House, described: Any, one: Page) -> None:
    role = next(name for name in ROLES if one.right is None or may(name, one.right))
    client = own.anybody() if one.public else own.signed_in(role)

    @settings(TRIES)
    @given(case=described[one.url][one.method].as_strategy())
    def asked(case: Any) -> None:
        path = one.url
        for name, value in (case.path_parameters or {}).items():
            path = path.replace(f"{{{name}}}", quote(str(value), safe=""))
        if one.method == "GET":
            answer = client.get(f"{path}?{urlencode(case.query or {}, errors='replace')}")
        else:
            form = case.body if isinstance(case.body, dict) else {}
            answer = client.post(path, {str(k): str(v) for k, v in form.items() if k not in ("csrf", "once")})
        assert answer.status_code in CALM, (path, answer.text[-500:])
        assert "The hub made a mistake here" not in answer.text

    asked()


def test_every_page_is_asked() -> None:
    assert DECLARED
    assert len(ASKED) == len(PAGES) - len(LEFT_OUT)
    assert len(FIELDS) > 40
