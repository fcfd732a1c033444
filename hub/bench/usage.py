"""What processes cost: CPU seconds and resident memory of a process and all its children, from /proc."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """CPU seconds since each process began, and proportional memory in megabytes, of a process tree."""

    cpu_s: float
    memory_mb: float


def tree(root: int) -> list[int]:
    """A process and everything it started."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found, ahead = [], [root]
    while ahead:
        pid = ahead.pop()
        found.append(pid)
        ahead += children.get(pid, [])
    return found


def usage(root: int) -> Usage:
    """The cost of a process tree now; processes that ended are counted by their parent."""
    pids = tree(root)
    ticks = sum(int(f[11]) + int(f[12]) + int(f[13]) + int(f[14]) for pid in pids if (f := _stat(pid)))
    return Usage(cpu_s=ticks / _TICKS, memory_mb=sum(_memory_kb(pid) for pid in pids) / 1024)


def _stat(pid: int) -> list[str]:
    try:
        text = Path(f"/proc/{pid}/stat").read_text("ascii", "replace")
    except OSError:
        return []  # it ended meanwhile
    return text[text.rindex(")") + 2 :].split()


def _memory_kb(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
    except OSError:
        return 0  # it ended meanwhile
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
