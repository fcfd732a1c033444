"""Packs from the command line: made by the hub, read with the file and two keys alone, entered afterwards."""

from __future__ import annotations

import shutil
from pathlib import Path

from hub import clock
from hub.spans import HOUR
from tests.cli.conftest import County, ran


def test_a_pack_is_made_read_without_a_hub_and_what_was_done_is_entered(own: County, tmp_path: Path) -> None:
    file, secret = tmp_path / "b1.pack", tmp_path / "b1.secret"
    assert own("pack", "make", "B1", "--hours", "1", "--out", str(file)).status == 0
    keys = own("pack", "key", "B1", "--json").json
    secret.write_text(keys["secret"])
    away = (str(file), "--hub", keys["hub"], "--who", "desk 2", "--secret-file", str(secret))
    shutil.move(own.config.parent / "data", tmp_path / "gone")  # the hub is away

    read = ran("pack", "open", *away)
    noted = ran("pack", "act", *away, "--what", "transported")
    wrong = ran("pack", "act", *away, "--what", "Riley was here")
    shutil.move(tmp_path / "gone", own.config.parent / "data")
    entered = [own("pack", "reconcile", "B1", f"{file}.acts").out for _ in range(2)]

    assert "Copy for B1 from" in read.out
    assert (noted.status, wrong.status) == (0, 1)
    assert "Riley" not in wrong.whole
    assert entered[0].startswith("2 acts entered, each marked late; 0 known already.")
    assert entered[1].startswith("0 acts entered, each marked late; 2 known already.")


def test_a_pack_that_is_over_or_was_changed_is_refused_in_words(own: County, tmp_path: Path) -> None:
    file, secret = tmp_path / "b1.pack", tmp_path / "b1.secret"
    own("pack", "make", "B1", "--hours", "1", "--out", str(file))
    keys = own("pack", "key", "B1", "--json").json
    secret.write_text(keys["secret"])
    away = (str(file), "--hub", keys["hub"], "--who", "x", "--secret-file", str(secret))

    with clock.hold(clock.now() + HOUR):
        over = ran("pack", "open", *away)
    file.write_bytes(file.read_bytes().replace(b"B1", b"B2", 1))
    changed = ran("pack", "open", *away)

    assert (over.status, "This pack is over." in over.aside) == (1, True)
    assert (changed.status, "does not belong to this text" in changed.aside) == (1, True)
