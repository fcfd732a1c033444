"""Whatever is done to a partner file, the loader answers with a whole county or with refusals that name their place."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.partners.desk import COUNTY, copy, look

NAMES = ["county.yaml", *(f"partners/{path.name}" for path in sorted((COUNTY / "partners").glob("*.yaml")))]
PLACE = re.compile(r"(?:\w[\w-]*\.yaml( line \d+)?|partners/\S+)$")
ODD = [
    "",
    "null",
    "-1",
    "yes",
    "[]",
    "{}",
    "{a: b}",
    "[[1]]",
    "!!set {a}",
    "&a 1",
    "*a",
    '"\\u0000"',
    "1e999",
    "2026-13-40",
    "x" * 5000,
]

values = st.sampled_from(ODD) | st.text(max_size=12)


def cut(lines: list[str], n: int, _: str) -> list[str]:
    return lines[:n] + lines[n + 1 :]


def twice(lines: list[str], n: int, _: str) -> list[str]:
    return [*lines[:n], lines[n], *lines[n:]]


def shift(lines: list[str], n: int, value: str) -> list[str]:
    return [*lines[:n], " " * (len(value) % 5 + 1) + lines[n], *lines[n + 1 :]]


def revalue(lines: list[str], n: int, value: str) -> list[str]:
    key, colon, _ = lines[n].partition(":")
    return [*lines[:n], f"{key}{colon} {value}", *lines[n + 1 :]]


def rename(lines: list[str], n: int, value: str) -> list[str]:
    return [
        *lines[:n],
        re.sub(r"\w+(?=:)", lambda found: found[0][::-1] + value[:3], lines[n], count=1),
        *lines[n + 1 :],
    ]


def truncate(lines: list[str], n: int, _: str) -> list[str]:
    return lines[:n]


def swap(lines: list[str], n: int, value: str) -> list[str]:
    other = (n + 1 + len(value)) % len(lines)
    found = list(lines)
    found[n], found[other] = found[other], found[n]
    return found


@given(
    name=st.sampled_from(NAMES),
    n=st.integers(0, 200),
    value=values,
    mutate=st.sampled_from([cut, twice, shift, revalue, rename, truncate, swap]),
)
def test_no_mutation_gets_past_or_half_way(name: str, n: int, value: str, mutate: object) -> None:
    with tempfile.TemporaryDirectory() as there:
        folder = copy(Path(there) / "county")
        lines = (folder / name).read_text(encoding="utf-8").splitlines()
        mutated = mutate(lines, n % len(lines), value)  # type: ignore[operator]  # the functions above
        (folder / name).write_text("\n".join(mutated), encoding="utf-8", errors="surrogatepass")

        county, wrong = look(folder)

    if county is None:
        assert wrong
        assert all(PLACE.match(refusal.at) and refusal.message for refusal in wrong), [r.at for r in wrong]
    else:
        assert not wrong
        assert len(county.partners) == len(NAMES) - 1


@given(name=st.sampled_from(NAMES), data=st.binary(max_size=300))
def test_no_bytes_get_past_the_error_tree(name: str, data: bytes) -> None:
    with tempfile.TemporaryDirectory() as there:
        folder = copy(Path(there) / "county")
        (folder / name).write_bytes(data)

        county, wrong = look(folder)

    assert county is None
    assert wrong
