"""Offline packs: for one partner, as the hub signed them, until they are over; anything else is refused in words."""

from __future__ import annotations

import random

import pytest

from hub.errors import HubError, KeyUnavailable, NotAllowed, ProofFailed
from hub.tlog.notes import SignerKey
from hub.tlog.pack import SKEW, STEP, Pack, marked, opened, sealed, secret_key, unmarked

HUB = SignerKey.from_seed("hub.example/test", bytes(32))
OTHER = SignerKey.from_seed("hub.example/test", bytes([1]) * 32)
KEY = secret_key("ABCD EFGH")
PACK = Pack(
    partner="PD",
    number="n1",
    made_at=1_000_000_000,
    until=9_000_000_000,
    checkpoint="hub 3 00",
    contents=b'{"beds":[]}',
)
NOW = 2_000_000_000


def made(pack: Pack = PACK) -> bytes:
    return sealed(pack, key=KEY, signer=HUB, nonce=bytes(12))


def test_whoever_it_is_for_reads_it_while_it_holds() -> None:
    assert opened(made(), key=KEY, trusted=[HUB.verifier], now=NOW) == PACK


def test_a_pack_that_is_over_is_not_opened() -> None:
    assert opened(made(), key=KEY, trusted=[HUB.verifier], now=PACK.until - 1) == PACK
    with pytest.raises(NotAllowed, match="over"):
        opened(made(), key=KEY, trusted=[HUB.verifier], now=PACK.until)


def test_a_clock_before_the_pack_was_made_is_told() -> None:
    with pytest.raises(NotAllowed, match="clock"):
        opened(made(), key=KEY, trusted=[HUB.verifier], now=PACK.made_at - SKEW - 1)


def test_another_partners_secret_and_another_hubs_signature_are_refused() -> None:
    with pytest.raises(KeyUnavailable, match="PD"):
        opened(made(), key=secret_key("another"), trusted=[HUB.verifier], now=NOW)
    with pytest.raises(ProofFailed):
        opened(made(), key=KEY, trusted=[OTHER.verifier], now=NOW)


def test_any_altered_byte_is_found() -> None:
    raw, dice = made(), random.Random(7)
    for at in [*range(120), *(dice.randrange(len(raw)) for _ in range(200)), *range(len(raw) - 100, len(raw))]:
        altered = raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]
        with pytest.raises(HubError):
            opened(altered, key=KEY, trusted=[HUB.verifier], now=NOW)


def test_a_longer_life_cannot_be_written_in() -> None:
    with pytest.raises(ProofFailed):
        opened(made().replace(b"9000000000", b"9900000000"), key=KEY, trusted=[HUB.verifier], now=NOW)


def test_its_size_tells_nothing() -> None:
    sizes = {
        len(made(Pack(partner="PD", number="n", made_at=0, until=1, checkpoint="c", contents=b"x" * n)))
        for n in (0, 5_000, STEP - 9)
    }

    assert len(sizes) == 1


def test_a_line_of_the_queue_that_somebody_changed_is_found() -> None:
    line = marked(b'{"what":"told"}', KEY)

    assert unmarked(line, KEY) == b'{"what":"told"}'
    for wrong in (line.replace(b"told", b"left"), b"", b"x", line[:-3]):
        with pytest.raises(ProofFailed):
            unmarked(wrong, KEY)
