"""Signing in at a real, certified OpenID Connect provider that the test starts; and answers that nobody should believe."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from hub import clock
from hub.access import accounts
from hub.access.accounts import Account
from hub.access.provider import Pending, Provider
from hub.errors import NotAllowed, PartnerUnreachable
from tests.console.house import Client, House, standing
from tests.ports import free_port

pytestmark = pytest.mark.slow
SCRIPT = Path(__file__).parent / "provider.mjs"
PACKAGE = "oidc-provider@8.8.1"
ADDRESS = "jo@county.example"


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the provider's program and what it needs."""
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("needs Node: install it (on Debian: apt install nodejs npm)")
    folder = tmp_path_factory.mktemp("node")
    shutil.copy(SCRIPT, folder)
    command = ["npm", "install", "--silent", "--no-fund", "--no-audit", "--prefix", str(folder), PACKAGE]
    if subprocess.run(command, capture_output=True, timeout=200, check=False).returncode:
        pytest.skip(f"needs {PACKAGE}: npm could not get it")
    return folder


@dataclass(frozen=True, kw_only=True)
class Place:
    """A hub and the provider it sends people to."""

    house: House
    issuer: str


@contextmanager
def place(modules: Path, folder: Path, *, verified: bool = True, in_token: bool = False) -> Iterator[Place]:
    port, own = free_port(), free_port()
    issuer, back = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{own}/signin/back"
    words = [str(port), back, "crisis-hub", "s3cret", ADDRESS, str(verified).lower(), str(in_token).lower()]
    running = subprocess.Popen(
        ["node", "provider.mjs", *words], cwd=modules, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )

    def change(config: Path) -> None:
        hub = json.loads((config / "hub.yaml").read_text())
        hub["http"] = {"port": own}
        hub["console"] = {"issuer": issuer, "client_id": "crisis-hub", "secret": "console"}
        (config / "hub.yaml").write_text(json.dumps(hub))
        (config / "secrets").mkdir(mode=0o700)
        (config / "secrets" / "console").write_text("s3cret")
        (config / "secrets" / "console").chmod(0o600)

    try:
        _up(issuer)
        with standing(folder, change) as house:
            account = Account(name=ADDRESS, words="Jo Reyes", role="operator", made_at=clock.now(), provider=True)
            house.ask(accounts.invite(account, [], {}, "a test").command)
            yield Place(house=house, issuer=issuer)
    finally:
        running.terminate()
        running.wait(10)
        if running.stdout:
            running.stdout.close()


def _up(issuer: str) -> None:
    for _ in range(200):
        try:
            httpx.get(f"{issuer}/.well-known/openid-configuration")
        except httpx.HTTPError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError


def cookies(answer: httpx.Response) -> dict[str, str]:
    said = (cookie.split(";")[0].split("=", 1) for cookie in answer.headers.get_list("set-cookie"))
    return {name: value for name, value in said if value.strip('"')}


def at_the_provider(url: str, person: str) -> str:
    """Sign in there and agree; gives the address one is sent back to."""
    with httpx.Client() as browser:
        answer = browser.get(url)
        for form in ({"prompt": "login", "login": person, "password": "any"}, {"prompt": "consent"}):
            while "location" in answer.headers and "/signin/back" not in answer.headers["location"]:
                answer = browser.get(str(httpx.URL(url).join(answer.headers["location"])))
            if "/signin/back" in answer.headers.get("location", ""):
                break
            action = re.search(r'action="([^"]+)"', answer.text)
            assert action
            answer = browser.post(str(httpx.URL(url).join(action[1])), data=form)
        while "/signin/back" not in answer.headers["location"]:
            answer = browser.get(str(httpx.URL(url).join(answer.headers["location"])))
    return answer.headers["location"]


def left(house: House) -> tuple[str, Mapping[str, str]]:
    """Leave for the provider: where to, with which cookie."""
    answer = house.anybody().post("/signin/provider")
    assert answer.status_code == 303, answer.text
    return answer.headers["location"], cookies(answer)


def back(house: House, url: str, held: Mapping[str, str]) -> httpx.Response:
    """Come back with the browser's cookies."""
    parts = urlsplit(url)
    return house.anybody().get(f"{parts.path}?{parts.query}", cookie="; ".join(f"{n}={v}" for n, v in held.items()))


@pytest.mark.parametrize("in_token", [True, False], ids=["address in the token", "address beside it"])
def test_somebody_signs_in_at_the_provider(modules: Path, tmp_path: Path, in_token: bool) -> None:
    with place(modules, tmp_path, in_token=in_token) as here:
        url, held = left(here.house)
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert asked["code_challenge_method"] == "S256"
        assert {"state", "nonce"} <= asked.keys()
        assert (asked["prompt"], asked["max_age"]) == ("login", "0")

        answer = back(here.house, at_the_provider(url, "jo-at-the-provider"), held)

        assert answer.headers["location"] == "/", answer.text
        token = cookies(answer)["__Host-crisis-hub"]
        assert "Needs a person" in Client(here.house.base, token).get("/today").text
        assert here.house.account(ADDRESS).account.subject == f"{here.issuer}|jo-at-the-provider"
        wrong = here.house.anybody().post("/signin", {"name": ADDRESS, "password": "any password at all"})
        assert wrong.status_code == 422

        # Somebody else there with the same address is not let in once the first is known.
        url, held = left(here.house)
        other = back(here.house, at_the_provider(url, "somebody-else"), held)
        assert other.status_code == 403
        assert "nobody gave you access here" in other.text


def test_an_answer_is_good_once_and_for_the_browser_that_asked(modules: Path, tmp_path: Path) -> None:
    with place(modules, tmp_path) as here:
        url, held = left(here.house)
        there = at_the_provider(url, "jo")

        assert back(here.house, there, {}).status_code == 403
        _, others = left(here.house)
        assert back(here.house, there, others).status_code == 403
        assert back(here.house, there, held).status_code == 303
        assert back(here.house, there, held).status_code == 403


def test_an_address_nobody_verified_lets_nobody_in(modules: Path, tmp_path: Path) -> None:
    with place(modules, tmp_path, verified=False) as here:
        url, held = left(here.house)

        assert back(here.house, at_the_provider(url, "jo"), held).status_code == 403


def provider(issuer: str = "https://login.example") -> Provider:
    return Provider(issuer=issuer, client_id="hub", secret="s", back="https://hub.example/signin/back")


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"state": "other", "code": "c"},
        {"state": "s", "error": "access_denied"},
        {"state": "s", "code": "c", "iss": "https://elsewhere.example"},
    ],
    ids=str,
)
def test_an_answer_that_is_not_to_our_question_is_refused(said: dict[str, str]) -> None:
    with pytest.raises(NotAllowed):
        provider().finish(Pending(state="s", nonce="n", verifier="v"), said)


def test_a_provider_in_the_clear_or_away_is_not_asked() -> None:
    with pytest.raises(NotAllowed, match="in the clear"):
        provider("http://login.example").begin(clock.now())
    with pytest.raises(PartnerUnreachable):
        provider(f"http://127.0.0.1:{free_port()}").begin(clock.now())
