"""Each act on the command line has exactly one leaf of the ledger, and looking has none."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import County

WHO = ("--actor", "dana", "--reason", "a test")
# In an order in which each can be done; `{home}` is the county's folder.
ACTS: tuple[tuple[str, ...], ...] = (
    ("courier", "pause", *WHO),
    ("courier", "resume", *WHO),
    ("people", "add", "kim@county.example", "--words", "Kim Lee", "--role", "operator"),
    ("people", "link", "kim@county.example"),
    ("people", "end", "kim@county.example"),
    ("ledger", "rotate", *WHO),
    ("keys", "renew", *WHO, "--backup", "{home}/vault/copy"),
    ("courier", "pause", *WHO),
)
LOOKS: tuple[tuple[str, ...], ...] = (
    ("why", "{delivered}", "B1"),
    ("message", "{delivered}"),
    ("dead",),
    ("recall", "list"),
    ("people", "list"),
    ("partners", "health"),
    ("policy", "history"),
    ("ledger", "checkpoint"),
    ("backup", "{home}/backup", "--keys", "{home}/apart/copy"),
    ("doctor",),
)


def leaves(place: County) -> int:
    return int(place("ledger", "verify", "--json").json["leaves"])


def done(place: County, words: tuple[str, ...]) -> None:
    home: Path = place.config.parent
    said = place(*(word.format(home=home, delivered=place.delivered) for word in words))
    assert said.status == 0 or words[0] in ("dead", "doctor", "partners"), said.whole


@pytest.mark.parametrize(("kind", "several", "each"), [("acts", ACTS, 1), ("looks", LOOKS, 0)])
def test_each_act_has_one_leaf_and_looking_has_none(
    own: County, kind: str, several: tuple[tuple[str, ...], ...], each: int
) -> None:
    counted = []
    before = leaves(own)
    for words in several:
        done(own, words)
        after = leaves(own)
        counted.append((" ".join(words[:2]), after - before))
        before = after

    assert [(name, number) for name, number in counted if number != each] == [], kind
