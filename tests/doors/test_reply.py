"""What a sender is told: the id of its message, however its header was spelled."""

from __future__ import annotations

import pytest

from hub.doors.reply import glimpse, msh, spelled

PLAIN = b"MSH|^~\\&|EHR|H|HUB|C|||ADT^A01|%b|P|2.5.1|||AL|NE\rPID|1\r"


@pytest.mark.parametrize("body", [PLAIN % b"7", (PLAIN % b"7").decode().encode("utf-16"), PLAIN % (b"7" * 5000)])
def test_the_id_of_what_was_kept_is_said_back(body: bytes) -> None:
    header = msh(body)

    (said,) = spelled(body, header, "kept", journal="ab12", at=0)

    assert header.control
    assert f"MSA|CA|{header.control}\r".encode() in said


def test_half_an_id_is_never_said_back() -> None:
    cut = (PLAIN % b"H1-900311")[:35]

    (said,) = spelled(cut, glimpse(cut), "failed", journal="ab12", at=0)

    assert cut.endswith(b"H1-9")
    assert b"MSA|AE\r" in said
    assert b"H1-9" not in said
