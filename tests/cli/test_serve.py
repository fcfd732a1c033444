"""How a hub is started: a process that dies leaves no file of its memory behind."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest
import uvloop

from hub.app import serve
from hub.cli import serve as starting
from tests.cli.conftest import ran


def test_a_process_that_dies_leaves_no_file_of_its_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[object] = []

    def run(hub: Coroutine[Any, Any, None]) -> None:
        hub.close()
        done.append("serving")

    (tmp_path / "hub.yaml").write_text("ledger:\n  origin: hub.example/test\n", encoding="utf-8")
    monkeypatch.setattr(starting, "log_as_json", lambda _: None)
    monkeypatch.setattr(uvloop, "run", run)
    monkeypatch.setattr(resource, "setrlimit", lambda *limit: done.append(limit))

    ran("serve", "--config", str(tmp_path))

    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    # As many connections as the system allows, too.
    assert done == [(resource.RLIMIT_CORE, (0, 0)), (resource.RLIMIT_NOFILE, (most, most)), "serving"]


def test_the_other_process_is_deaf_to_the_terminal_before_it_loads_anything() -> None:
    deaf, _, loads = serve._DEAF.rpartition("from hub.cli import main")

    said = subprocess.run(
        [sys.executable, "-c", f"{deaf}import os; os.kill(os.getpid(), signal.SIGINT); print('goes on')"],
        capture_output=True,
        check=True,
        text=True,
    )

    assert (said.stdout, said.stderr, loads) == ("goes on\n", "", "; main()")
