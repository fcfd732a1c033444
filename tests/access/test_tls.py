"""Both sides show a certificate; a file that cannot be used is named."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from hub.access import tls
from hub.errors import Misconfigured
from tests.access.authority import Authority


def shake(server: ssl.SSLContext, client: ssl.SSLContext, name: str) -> ssl.SSLObject:
    """Both ends of a handshake in memory; gives the server's end."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        server.wrap_bio(to_server, to_client, server_side=True),
        client.wrap_bio(to_client, to_server, server_hostname=name),
    ]
    waiting = [ends[1], ends[0]]
    for _ in range(10):
        for end in list(waiting):
            try:
                end.do_handshake()
                waiting.remove(end)
            except ssl.SSLWantReadError:
                continue
    if not waiting:
        ends[0].write(b"")
    return ends[0]


def test_a_client_of_our_authority_is_let_in_and_its_names_are_read(tmp_path: Path) -> None:
    ours = Authority(tmp_path)
    server = tls.server(*ours.issue("hub.example"), ours.pem)
    client = tls.client(*ours.issue("EHR.hospital.example", "second.example"), ours.pem)

    end = shake(server, client, "hub.example")

    assert tls.names(end.getpeercert()) == {"ehr.hospital.example", "second.example"}
    assert end.version() == "TLSv1.3"


def test_a_client_without_a_certificate_is_not_let_in(tmp_path: Path) -> None:
    ours = Authority(tmp_path)

    with pytest.raises(ssl.SSLError, match="PEER_DID_NOT_RETURN_A_CERTIFICATE"):
        shake(tls.server(*ours.issue("hub.example"), ours.pem), tls.client(None, None, ours.pem), "hub.example")


def test_a_client_of_a_strange_authority_is_not_let_in(tmp_path: Path) -> None:
    ours, theirs = Authority(tmp_path), Authority(tmp_path, "Other CA")
    client = tls.client(*theirs.issue("ehr.hospital.example"), ours.pem)

    with pytest.raises(ssl.SSLCertVerificationError):
        shake(tls.server(*ours.issue("hub.example"), ours.pem), client, "hub.example")


def test_we_do_not_talk_to_a_server_of_another_name(tmp_path: Path) -> None:
    ours = Authority(tmp_path)
    client = tls.client(*ours.issue("hub.example"), ours.pem)

    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        shake(tls.server(*ours.issue("partner.example"), ours.pem), client, "other.example")


def test_without_an_authority_of_its_own_a_client_trusts_the_systems() -> None:
    assert tls.client(None, None, None).verify_mode == ssl.CERT_REQUIRED


def test_a_key_of_another_certificate_is_named(tmp_path: Path) -> None:
    ours = Authority(tmp_path)
    certificate, _ = ours.issue("one.example")
    _, key = ours.issue("two.example")

    with pytest.raises(Misconfigured, match=r"one\.example\.crt: .*must belong to the certificate"):
        tls.server(certificate, key, ours.pem)


def test_an_authority_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"absent\.pem: "):
        tls.client(None, None, tmp_path / "absent.pem")


def test_no_certificate_has_no_names() -> None:
    assert tls.names(None) == frozenset()
