"""What a commit costs, stage by stage: `python -m tests.store.measure [--postgres] [--messages N]`.

Prints microseconds of CPU a message (processor time of this process; on PostgreSQL the server's own comes on top) in the
median group and in the best one, where the machine was least busy with others. The messages are of new persons, 1.5 KB long,
each decided and delivered once: the dearest kind there is.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from statistics import median
from typing import Any

from hub import clock
from hub.bench.postgres import running_postgres
from hub.model.commands import Keep
from hub.store.planning import facts
from hub.store.seal import Keystore
from hub.store.writing import group, keep, writer
from hub.store.writing.signer import Memory
from tests.store.county import County, claim, message, planned, settle

GROUPS = (1, 10, 100, 250)
BODY = b"PV1|1|E|ED^101^1^GENHOSP^^^^^Crisis stabilisation|E|||300^Nguyen^Linh^T^^^MD^^NPI\r" * 18
ALL = "all"
# A stage, and the function whose time it is; inner ones are shown inset and are part of the one above.
STAGES: tuple[tuple[str, Any, str], ...] = (
    ("gather facts", facts.Facts, "gather"),
    ("commit", writer.Writer, "_commit"),
    ("  seal bytes and events", keep, "_payload"),
    ("  account: seal and leaves", keep, "_account"),
    ("    leaves", group.Group, "leaf"),
    ("  links and blocks", keep, "_link"),
    ("  tree", writer, "leaf_hashes"),
    ("  sign", writer, "sign_checkpoint"),
    ("  keys to disk", Keystore, "flush"),
    ("  rows (SQL)", writer, "put"),
    ("  signer's memory", Memory, "remember"),
)


class Watch:
    """Takes the CPU time of functions, group by group, in microseconds a message."""

    def __init__(self) -> None:
        self.spent: dict[str, list[float]] = {label: [] for label in (ALL, *(label for label, _, _ in STAGES))}
        self._now: Counter[str] = Counter()

    @contextmanager
    def group(self, size: int) -> Iterator[None]:
        """Watch one group of messages."""
        kept = [(place, name, getattr(place, name)) for _, place, name in STAGES]
        for label, place, name in STAGES:
            setattr(place, name, self._timed(label, getattr(place, name)))
        begun = time.process_time_ns()
        yield
        self._now[ALL] = time.process_time_ns() - begun
        for place, name, function in kept:
            setattr(place, name, function)
        for label, spent in self.spent.items():
            spent.append(self._now[label] / size / 1000)
        self._now.clear()

    def _timed(self, label: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **named: Any) -> Any:
            begun = time.process_time_ns()
            try:
                return function(*args, **named)
            finally:
                self._now[label] += time.process_time_ns() - begun

        return timed


def newcomer(number: int) -> Keep:
    """A message about somebody nobody has met."""
    at = clock.now()
    plan = planned(number, at=at)
    return message(number, body=BODY + str(number).encode(), at=at, plan=plan)


def measure(county: County, size: int, messages: int) -> None:
    """Commit so many messages in groups of this size, and say what each stage cost."""
    watch, known, walls = Watch(), county.facts, []
    for first in range(0, messages, size):
        kept = [newcomer(n) for n in range(first, first + size)]
        asks = [asked(each) for each in kept]
        with watch.group(size):
            wall = time.perf_counter_ns()
            known.gather(asks)
            county.commit(*kept)
            walls.append((time.perf_counter_ns() - wall) / size / 1000)
    say(f"group {size:4}: {median(walls):8.1f} µs wall a message, {min(walls):8.1f} in the best group")
    for label, spent in watch.spent.items():
        say(f"    {label:<30}{median(spent):8.1f} µs CPU, {min(spent):8.1f}")


def asked(kept: Keep) -> facts.Ask:
    """The facts that planning this message would have asked for."""
    assert kept.plan.link
    return facts.Ask(
        partner=kept.partner, message_id=kept.plan.message_id, body=kept.body, at=kept.at, blocks=kept.plan.link.blocks
    )  # fmt: skip


def measure_deliveries(county: County, deliveries: int, size: int = 50) -> None:
    """Claim and settle what is due, and say what each cost."""
    outbox, spent = county.outbox, Counter[str]()
    for _ in range(deliveries // size):
        begun = time.process_time_ns()
        due = outbox.due({"clinic": size}, clock.now())
        looked = time.process_time_ns()
        county.commit(*(claim(each.outbox, at=clock.now()) for each in due))
        claimed = time.process_time_ns()
        county.commit(*(settle(each.outbox, at=clock.now()) for each in due))
        spent.update(
            {"due and open": looked - begun, "claim": claimed - looked, "settle": time.process_time_ns() - claimed}
        )
    say(
        f"a delivery, {size} at a time, µs CPU: "
        + ", ".join(f"{k} {v / deliveries / 1000:.1f}" for k, v in spent.items())
    )


def say(line: str) -> None:
    sys.stdout.write(line + "\n")


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--postgres", action="store_true")
    asked.add_argument("--messages", type=int, default=5_000)
    wanted = asked.parse_args()
    server = running_postgres() if wanted.postgres else nullcontext("")
    with tempfile.TemporaryDirectory() as name, server as url:
        folder = Path(name)
        (folder / "data").mkdir()
        with County(url or str(folder / "data" / "hub.db"), folder) as county:
            for size in GROUPS:
                measure(county, size, min(wanted.messages, size * 200))
            measure_deliveries(county, min(wanted.messages, 2_000))


if __name__ == "__main__":
    main()
