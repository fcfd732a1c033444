"""Every way in that partner files name is opened: folders here and on servers, subscriptions; archives whole where a format is one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from hub.access.callers import Callers
from hub.app.folders import watched
from hub.app.house import household
from hub.doors.drop import DropDoor
from hub.doors.sftp import SftpDoor
from hub.doors.subscription import SubscriptionDoor
from hub.settings import Settings
from tests.doors.desk import FakeDesk
from tests.partners.desk import copy, spoil
from tests.sftp import private, public

FOLDER = "    - kind: folder\n      path: exchange/sh1/from-shelter\n"
SFTP = (
    "    - kind: sftp\n      host: sftp.example\n      path: /out\n      user: hub\n"
    f"      host_key: {public()}\n      secret: sh1-key\n"
)
HTTP = "    - kind: http\n      token_sha256: e7aff36f42e63b414d58c60fe76f840603b2f0454f6113d60bc765a83295b9ac\n"
EIDO = "    - kind: eido\n      url: wss://eido.example/x\n      secret: psap-token\n"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    secrets = tmp_path / "secrets"
    secrets.mkdir(mode=0o700)
    for name, text in (("sh1-key", private()), ("psap-token", "a token")):
        (secrets / name).write_text(text)
        (secrets / name).chmod(0o600)
    found = Settings()
    return replace(found, county=str(copy(tmp_path / "county")), secrets=str(secrets))


def ways(settings: Settings) -> list[object]:
    known = household(settings, ready=False)
    desk: Any = FakeDesk()
    return list(watched(settings, known, Callers(known.county.partners.values()), desk))


@pytest.mark.parametrize(("fmt", "whole"), [("hsds", False), ("hsds_csv", True), ("hmis", True)])
@pytest.mark.parametrize(("written", "kind"), [(FOLDER, DropDoor), (SFTP, SftpDoor)])
def test_an_archive_is_one_message_where_its_format_says_so(
    settings: Settings, fmt: str, whole: bool, written: str, kind: type
) -> None:
    county = Path(settings.county)
    spoil(county, "partners/sh1.yaml", FOLDER, written)
    text = (county / "partners" / "sh1.yaml").read_text("utf-8")
    (county / "partners" / "sh1.yaml").write_text(text.replace("format: hsds\n", f"format: {fmt}\n"), "utf-8")

    (door,) = [one for one in ways(settings) if isinstance(one, DropDoor | SftpDoor)]

    assert isinstance(door, kind)
    assert door._whole is whole


def test_a_subscription_is_held_for_a_dispatch_centre(settings: Settings) -> None:
    spoil(Path(settings.county), "partners/c1.yaml", HTTP, EIDO)

    (door,) = [one for one in ways(settings) if isinstance(one, SubscriptionDoor)]

    assert (door._feed.partner, door._token) == ("C1", "a token")
