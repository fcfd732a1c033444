"""A server that the hub calls is known by its key or its certificate, and the hub by a secret of its own, or the file is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.access.callers import Callers
from tests.partners.desk import copy, look, spoil

SH1 = "partners/sh1.yaml"
FOLDER = "    - kind: folder\n      path: exchange/sh1/from-shelter\n"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGJ3aGF0ZXZlcndoYXRldmVyd2hhdGV2ZXJ3aGF0"
DOOR = "    - kind: http\n      token_sha256: e7aff36f42e63b414d58c60fe76f840603b2f0454f6113d60bc765a83295b9ac\n"
LOGIN = {"host": "sftp.sh1.example", "path": "/out", "user": "hub", "host_key": KEY, "secret": "sh1-key"}


def lines(indent: str, **said: str) -> str:
    return "".join(f"{indent}{key}: {value}\n" for key, value in said.items() if value)


def with_door(folder: Path, **changed: str) -> Path:
    found = copy(folder)
    spoil(found, SH1, FOLDER, "    - kind: sftp\n" + lines("      ", **(LOGIN | changed)))
    return found


def with_delivery(folder: Path, **changed: str) -> Path:
    found = copy(folder)
    said = lines("  ", carrier="sftp", **(LOGIN | changed))
    spoil(found, SH1, "  carrier: folder\n  path: exchange/sh1/to-shelter\n", said)
    return found


def test_a_server_with_its_key_is_looked_at_and_its_folder_stays_as_it_is(tmp_path: Path) -> None:
    county, refused = look(with_door(tmp_path))

    assert refused == ()
    assert county
    (remote,) = Callers(county.partners.values()).remotes
    assert (remote.partner, remote.host, remote.port, remote.path) == ("SH1", "sftp.sh1.example", 22, "/out")


def test_a_delivery_keeps_the_folder_of_the_server(tmp_path: Path) -> None:
    county, refused = look(with_delivery(tmp_path))

    assert refused == ()
    assert county
    out = county.partners["SH1"].delivery
    assert out
    assert (out.path, out.host_key) == ("/out", KEY)


@pytest.mark.parametrize("place", [with_door, with_delivery])
@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("path", "", "Which folder there?"),
        ("user", "", "As whom?"),
        ("host_key", "", "Anybody could pretend to be this server."),
        ("host_key", "SHA256:abc", "This is not a public key."),
        ("secret", "", "here is no name of one"),
        ("secret", "../key", "here is no name of one"),
    ],
)
def test_what_is_missing_is_refused(tmp_path: Path, place: object, key: str, value: str, said: str) -> None:
    assert callable(place)
    _, refused = look(place(tmp_path, **{key: value}))

    assert [said in str(one) for one in refused] == [True]
    assert "sh1.yaml line" in str(refused[0])


def test_what_the_hub_wrote_would_come_back_in(tmp_path: Path) -> None:
    found = with_door(tmp_path)
    said = lines("  ", carrier="sftp", **(LOGIN | {"path": "/out/"}))
    spoil(found, SH1, "  carrier: folder\n  path: exchange/sh1/to-shelter\n", said)

    _, refused = look(found)

    assert ["This folder on a server is taken." in str(one) for one in refused] == [True]


def subscribed(folder: Path, **changed: str) -> Path:
    found = copy(folder)
    said = {"url": "wss://eido.example/subscriptions", "secret": "psap-token"} | changed
    spoil(found, "partners/c1.yaml", DOOR, "    - kind: eido\n" + lines("      ", **said))
    return found


def test_a_subscription_is_held_where_its_address_is_sealed(tmp_path: Path) -> None:
    county, refused = look(subscribed(tmp_path))

    assert refused == ()
    assert county
    (feed,) = Callers(county.partners.values()).feeds
    assert (feed.partner, feed.url, feed.secret) == ("C1", "wss://eido.example/subscriptions", "psap-token")


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("url", "", "Subscribe where?"),
        ("url", "https://eido.example", "This is not where to subscribe."),
        ("url", "ws://eido.example/x", "This would bring calls in the clear."),
        ("secret", "", "here is no name of one"),
    ],
)
def test_a_subscription_that_anybody_could_read_is_refused(tmp_path: Path, key: str, value: str, said: str) -> None:
    _, refused = look(subscribed(tmp_path, **{key: value}))

    assert [said in str(one) for one in refused] == [True]


def referring(folder: Path, **changed: str) -> Path:
    found = copy(folder)
    said = {"url": "https://eido.example/v1/", "secret": "psap-token"} | changed
    spoil(found, "partners/c1.yaml", DOOR, f"{DOOR}    - kind: reference\n" + lines("      ", **said))
    return found


def test_references_lead_below_the_url_of_the_file(tmp_path: Path) -> None:
    county, refused = look(referring(tmp_path))

    assert refused == ()
    assert county
    (origin,) = Callers(county.partners.values()).origins
    assert (origin.partner, origin.url, origin.network) == ("C1", "https://eido.example/v1/", "public")


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("url", "", "Fetch from where?"),
        ("url", "ftp://eido.example/", "This is nowhere to fetch from."),
        ("url", "https://eido.example/?a=1/", "This is nowhere to fetch from."),
        ("url", "https://eido.example/v1", "This may be the beginning of another name."),
        ("url", "http://eido.example/v1/", "This would bring calls in the clear."),
        ("url", "https://127.0.0.1/v1/", "The url has not this kind of address."),
        ("network", "moon", "The url has not this kind of address."),
        ("secret", "", "here is no name of one"),
    ],
)
def test_a_url_that_would_let_references_stray_is_refused(tmp_path: Path, key: str, value: str, said: str) -> None:
    _, refused = look(referring(tmp_path, **{key: value}))

    assert [said in str(one) for one in refused] == [True]


HTTP_TO_C1 = "  carrier: http\n  url: http://127.0.0.1:3601/eido\n"


def test_a_partner_may_come_for_its_deliveries_by_subscription(tmp_path: Path) -> None:
    found = copy(tmp_path)
    spoil(found, "partners/c1.yaml", HTTP_TO_C1, "  carrier: eido\n")

    county, refused = look(found)

    assert refused == ()
    assert county
    delivery = county.partners["C1"].delivery
    assert delivery
    assert delivery.carrier == "eido"


@pytest.mark.parametrize(
    ("written", "instead", "said"),
    [
        (
            "  format: eido\n  carrier: eido\n",
            "  format: fhir\n  carrier: eido\n",
            "A subscription carries EIDO alone.",
        ),
        ("  carrier: eido\n", "  carrier: eido\n  url: https://c1.example/\n", "The carrier eido takes no url."),
        (DOOR, "    - kind: folder\n      path: exchange/c1\n", "Nobody could subscribe as this partner."),
    ],
)
def test_a_subscription_that_nobody_could_hold_is_refused(
    tmp_path: Path, written: str, instead: str, said: str
) -> None:
    found = copy(tmp_path)
    spoil(found, "partners/c1.yaml", HTTP_TO_C1, "  carrier: eido\n")
    spoil(found, "partners/c1.yaml", written, instead)

    _, refused = look(found)

    assert [said in str(one) for one in refused] == [True]
