"""A hub of two processes that cannot begin: it says why, once, and ends."""

from __future__ import annotations

from pathlib import Path

from tests.chaos import county
from tests.chaos.served import hub
from tests.ports import free_port


def test_a_folder_that_is_not_there_ends_the_start_with_its_name_and_no_trace(tmp_path: Path) -> None:
    port = free_port()
    sender = county.hospital(port)
    sender["source"]["doors"].append({"kind": "folder", "path": "not-mounted"})
    config = county.write(tmp_path, sender, log_level="error")

    with hub(config, port) as served:
        served.start()
        code = served.ended()

    assert code == 1
    assert "not-mounted: This folder cannot be watched" in served.said()
    assert served.said().count("the other process ended") == 1
    assert "Traceback" not in served.said()
    assert '"serving"' not in served.said()  # below the level that is logged
