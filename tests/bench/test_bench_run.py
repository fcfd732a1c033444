"""The bench end to end: a hub served in its two processes, driven over sockets, every delivery counted."""

from __future__ import annotations

import pytest
import uvloop

from hub.bench.run import Load, bench


@pytest.mark.slow
def test_a_served_hub_delivers_exactly_what_each_destination_is_due() -> None:
    report = uvloop.run(bench(Load(messages=300, warm_up=40, connections=8, staged=64)))

    assert report.complete(), report
    assert report.repeated == 0
    assert report.cpu_ms_per_message > 0
    assert {"read", "decide", "commit", "due", "prepare", "claim", "settle"} == report.stages.keys()
    assert min(report.stages.values()) > 0
