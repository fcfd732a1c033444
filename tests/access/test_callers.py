"""Nobody is anonymous: a door that would let in anybody stops start-up, and a caller who does not match is refused with a reason."""

from __future__ import annotations

import hashlib

import pytest

from hub.access.callers import Callers, Entrance, Refusal
from hub.partners import Agreement, Door, Partner, Source
from hub.spans import DAY

NOW = 20_000 * DAY  # 2024-10-04
ANYWHERE = "::"
AGREEMENT = Agreement(id="A1", kind="BAA", hub_is="BA", starts="2024-01-01", ends="2027-01-01", signature="s")
PIN = Door(kind="mllp", host=ANYWHERE, port=1, certificate="EHR.hospital.example")
SOON = "2024-10-05"


def partner(*doors: Door, name: str = "er") -> Partner:
    source = Source(format="hl7v2", doors=doors)
    return Partner(id=name, name=name, kind="HOSP_ED", state="TX", agreement=AGREEMENT, source=source)


def entrance(door: Door) -> Entrance:
    return Callers([partner(door)]).entrances[0]


def why(refusal: Refusal | None) -> str:
    return refusal.kind if refusal else ""


def test_a_partner_without_doors_asks_nothing() -> None:
    alone = Partner(id="x", name="x", kind="LE", state="TX", agreement=AGREEMENT)

    callers = Callers([alone, partner()])

    assert (callers.entrances, callers.folders, callers.bearer(b"")) == ((), (), None)


@pytest.mark.parametrize(
    ("peer", "reason"),
    [("10.2.3.4", ""), ("::ffff:10.2.3.4", ""), ("10.3.0.1", "network"), ("127.0.0.1", "network"), ("::1", "network")],
)
def test_a_caller_comes_from_the_networks_of_its_partner(peer: str, reason: str) -> None:
    door = Door(kind="mllp", host="10.2.0.1", port=1, networks=("10.2.0.0/16",), plain_reason="old", plain_until=SOON)

    assert why(entrance(door).admits(peer, (), NOW)) == reason


def test_a_door_on_loopback_lets_in_loopback_only() -> None:
    door = entrance(Door(kind="mllp", port=1))

    assert door.admits("127.0.0.1", (), NOW) is None
    assert door.admits("::1%lo", (), NOW) is None
    assert why(door.admits("10.0.0.1", (), NOW)) == "network"


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        ({"ehr.hospital.example"}, ""),
        ({"other.example", "ehr.hospital.example"}, ""),
        ({"*.hospital.example"}, "certificate"),
        ({"ehr.hospital.example.evil.example"}, "certificate"),
        (set(), "certificate"),
    ],
)
def test_a_pinned_certificate_carries_that_very_name(names: set[str], reason: str) -> None:
    assert why(entrance(PIN).admits("203.0.113.9", names, NOW)) == reason


def test_a_pinned_certificate_does_not_replace_the_networks() -> None:
    door = entrance(Door(kind="mllp", host="10.0.0.1", certificate="ehr.example", networks=("10.0.0.0/24",)))

    assert why(door.admits("10.0.1.1", {"ehr.example"}, NOW)) == "network"


@pytest.mark.parametrize(
    ("application", "facility", "said"),
    [
        ("EHR", "NORTH", ""),
        ("EHR^2.16.840^ISO", "SOUTH", ""),
        ("ehr", "NORTH", "MSH-3"),
        ("", "NORTH", "MSH-3"),
        ("EHR", "EAST", "MSH-4"),
    ],
)
def test_a_message_names_the_sender_its_port_expects(application: str, facility: str, said: str) -> None:
    door = Door(kind="mllp", port=1, sending_application=("EHR",), sending_facility=("NORTH", "SOUTH"))

    refusal = entrance(door).agrees(application, facility)

    assert (refusal.words if refusal else "").startswith(said)
    assert (refusal is None) == (said == "")


PLAIN = Door(kind="mllp", host=ANYWHERE, port=1, networks=("10.0.0.0/8",), plain_reason="old", plain_until=SOON)


@pytest.mark.parametrize(
    "door",
    [
        Door(kind="mllp", host=ANYWHERE, port=1),
        Door(kind="mllp", host="10.0.0.1", port=1, networks=("10.0.0.0/8",)),
        Door(
            kind="mllp", host="10.0.0.1", port=1, networks=("10.0.0.0/8",), plain_reason="r", plain_until="2024-10-03"
        ),
        Door(kind="mllp", host="10.0.0.1", port=1, networks=("10.0.0.0/8",), plain_reason="r", plain_until="May"),
    ],
    ids=["no networks", "no word about plain", "plain until yesterday", "plain until no day"],
)
def test_a_door_that_no_file_should_hold_lets_nobody_in(door: Door) -> None:
    assert why(entrance(door).admits("10.0.0.9", (), NOW)) in {"network", "plain"}
    assert why(entrance(door).admits("127.0.0.1", (), NOW)) in {"network", "plain"}


def test_plain_mllp_beyond_loopback_ends_on_its_day_while_the_hub_runs() -> None:
    door = entrance(PLAIN)

    assert door.admits("10.0.0.1", (), NOW + 2 * DAY - 1) is None
    assert why(door.admits("10.0.0.1", (), NOW + 2 * DAY)) == "plain"


@pytest.mark.parametrize(
    ("kind", "body", "reason"),
    [
        ("ADT^A01", b"MSH|^~\\&|A\rPID|1\r", ""),
        ("ADT^A40", b"MSH|^~\\&|A\rPID|1\rMRG|2\r", "plain"),
        ("ADT^A24", b"MSH|^~\\&|A\rPID|1\rPID|2\r", "plain"),
        ("QBP^Q22", b"MSH|^~\\&|A\n", "plain"),
        ("VXQ^V01", b"MSH|^~\\&|A\n", "plain"),
        ("ADT^A01", b"MSH|^~\\&|A\nARV|1\n", "plain"),
        ("MDM^T02", b"MSH|^~\\&|A\rCON|1\r", "plain"),
        ("ORU^R01", b"MSH|^~\\&|A\rOBX|1||CON|||MRG\r", ""),
    ],
)
def test_plain_mllp_beyond_loopback_bears_no_consents_merges_or_queries(kind: str, body: bytes, reason: str) -> None:
    assert why(entrance(PLAIN).bears(kind, body)) == reason
    assert entrance(PIN).bears(kind, body) is None


def http(token: bytes) -> Door:
    return Door(kind="http", token_sha256=hashlib.sha256(token).hexdigest())


def test_a_token_names_its_partner() -> None:
    callers = Callers([partner(http(b"one")), partner(http(b"two"), name="pd")])

    assert [callers.bearer(t) for t in (b"one", b"two", b"three", b"", b"\xff")] == ["er", "pd", None, None, None]


def test_a_door_without_a_token_opens_to_no_token() -> None:
    callers = Callers([partner(Door(kind="http"))])

    assert [callers.bearer(token) for token in (b"", b"one")] == [None, None]


def test_a_folder_names_its_partner() -> None:
    folder = Callers([partner(Door(kind="folder", path="/in/er"))]).folders[0]

    assert (folder.partner, folder.path) == ("er", "/in/er")
