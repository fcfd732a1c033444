"""Archives are unpacked in memory, once, and never beyond the limits."""

from __future__ import annotations

import gzip
import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.doors.unpack import unpack
from hub.errors import Unreadable


def zipped(*files: bytes, method: int = zipfile.ZIP_DEFLATED, names: str = "{}.hl7") -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for n, body in enumerate(files):
            archive.writestr(names.format(n), body)
    return made.getvalue()


def opened(body: bytes, most: int = 1000, members: int = 10) -> list[bytes]:
    return unpack(body, most=most, members=members)


@pytest.mark.parametrize("body", [b"", b"MSH|", b"{}", b"PK", b"\x1f", b"BZh9"])
def test_what_is_no_archive_stays_as_it_is(body: bytes) -> None:
    assert opened(body) == [body]


def test_every_file_of_an_archive_comes_out_in_its_order() -> None:
    assert opened(zipped(b"one", b"two", b"")) == [b"one", b"two", b""]
    assert opened(zipped(b"one", method=zipfile.ZIP_STORED)) == [b"one"]
    assert opened(gzip.compress(b"one")) == [b"one"]
    assert opened(gzip.compress(b"one") + gzip.compress(b"two") + bytes(8)) == [b"onetwo"]


def test_folders_in_an_archive_are_passed_over_and_names_lead_nowhere() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.mkdir("folder")
        archive.writestr("../../etc/passwd", b"one")
        archive.writestr("/etc/passwd", b"two")

    assert opened(made.getvalue()) == [b"one", b"two"]


BOMB = gzip.compress(bytes(50_000_000))


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (BOMB, "more than this hub accepts"),
        (gzip.compress(b"x" * 600) * 2, "more than this hub accepts"),
        (zipped(b"x" * 1001), "more than this hub accepts"),
        (zipped(b"x" * 600, b"y" * 600), "more than this hub accepts"),
        (zipped(*[b"x"] * 11), "more than 10 files"),
        (zipped(gzip.compress(b"x")), "An archive lies in the archive"),
        (gzip.compress(zipped(b"x")), "An archive lies in the archive"),
        (gzip.compress(gzip.compress(b"x")), "An archive lies in the archive"),
        (zipped(b"x", method=zipfile.ZIP_LZMA), "Use deflate"),
        (zipped(b"x", method=zipfile.ZIP_BZIP2), "Use deflate"),
        (zipped(), "holds no file"),
        (gzip.compress(b"x" * 100)[:-5], "cut off"),
        (gzip.compress(b"x") + b"more", "damaged"),
        (b"\x1f\x8b nonsense", "damaged"),
        (b"PK\x03\x04 nonsense", "damaged"),
        (zipped(b"x" * 100)[:-10], "damaged"),
    ],
    ids=range(16),
)
def test_what_is_too_large_packed_twice_or_damaged_is_refused(body: bytes, said: str) -> None:
    with pytest.raises(Unreadable, match=said):
        opened(body)


def test_a_changed_byte_is_noticed() -> None:
    body = bytearray(zipped(b"one two three", method=zipfile.ZIP_STORED))
    body[body.index(b"two")] ^= 1

    with pytest.raises(Unreadable, match="damaged"):
        opened(bytes(body))


def test_a_directory_that_lies_about_sizes_is_not_believed() -> None:
    real = zipped(b"x" * 5000)
    small = (5000).to_bytes(4, "little"), (5).to_bytes(4, "little")

    with pytest.raises(Unreadable):
        opened(real.replace(*small))


def test_an_encrypted_archive_is_refused() -> None:
    body = bytearray(zipped(b"x"))
    body[6] |= 1
    body[body.index(b"PK\x01\x02") + 8] |= 1

    with pytest.raises(Unreadable, match="encrypted"):
        opened(bytes(body))


def test_a_bomb_costs_no_more_memory_than_the_limit() -> None:
    import tracemalloc

    tracemalloc.start()
    with pytest.raises(Unreadable):
        opened(BOMB)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 1_000_000


@given(
    st.binary(max_size=60),
    st.sampled_from([b"\x1f\x8b\x08\x00", b"PK\x03\x04", b"PK\x05\x06", b""]),
    st.integers(0, 200),
)
def test_any_bytes_are_unpacked_or_refused(tail: bytes, head: bytes, cut: int) -> None:
    for body in (head + tail, zipped(tail)[:cut], gzip.compress(tail)[:cut]):
        try:
            found = opened(body)
        except Unreadable:
            continue
        assert sum(map(len, found)) <= max(1000, len(body))
