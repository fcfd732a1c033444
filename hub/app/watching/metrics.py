"""What Prometheus reads: how the hub fares, in numbers by partner, door and outcome; nothing about anybody.

Counts are read from the database, so they hold over restarts and for both processes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from hub.app.watching.sight import Sight
from hub.app.watching.watch import Watch
from hub.spans import SECOND

_TOTALS = {
    "messages": "Messages kept.",
    "deliveries": "Deliveries that were due to anybody.",
    "attempts": "Attempts to deliver.",
    "rejects": "Messages that were refused and not kept.",
    "commits": "Transactions of the writer.",
    "leaves": "Leaves of the ledger.",
}
_STATES = {
    "group_messages": "Messages in a transaction, the mean of the last hundred.",
    "group_leaves": "Leaves in a transaction, the mean of the last hundred.",
    "parked_messages": "Messages that wait for a mapping to be mended.",
    "open_tasks": "Tasks that wait for people.",
}


@dataclass(frozen=True, slots=True, eq=False)
class _Numbers(Collector):
    """The numbers of a watch, asked for at each scrape."""

    watch: Watch

    def collect(self) -> Iterator[Metric]:
        """Every family."""
        ready = self.watch.ready()
        yield GaugeMetricFamily("crisis_hub_ready", "Whether the hub can take and send messages.", float(not ready))
        yield _counted("crisis_hub_turned_away", "Callers turned away.", ("why", "partner"), self.watch.refused)
        yield from _lanes(self.watch)
        yield from _rounds(self.watch)
        if self.watch.seen:
            yield from _seen(self.watch.seen)


def registry(watch: Watch) -> CollectorRegistry:
    """The numbers of one hub, and of its process."""
    made = CollectorRegistry(auto_describe=False)
    made.register(_Numbers(watch))
    ProcessCollector(registry=made)
    return made


def exposition(of: CollectorRegistry) -> bytes:
    """The text that a scraper reads."""
    return generate_latest(of)


def _counted(name: str, words: str, labels: tuple[str, ...], values: dict[tuple[str, str], int]) -> CounterMetricFamily:
    family = CounterMetricFamily(name, words, labels=labels)
    for key, number in sorted(values.items()):
        family.add_metric(key, number)
    return family


def _gauge(name: str, words: str, values: dict[str, float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"crisis_hub_{name}", words, labels=("partner",))
    for partner, number in values.items():
        family.add_metric((partner,), number)
    return family


def _lanes(watch: Watch) -> Iterator[Metric]:
    lanes = watch.lanes
    opened = {name: float(lane.breaker.is_open()) for name, lane in lanes.items()}
    yield _gauge("breaker_open", "Whether a destination is given up on for now.", opened)
    outcomes = {(name, what): n for name, lane in lanes.items() for what, n in lane.outcomes.items()}
    yield _counted("crisis_hub_attempt_outcomes", "Attempts by outcome.", ("partner", "outcome"), outcomes)


def _rounds(watch: Watch) -> Iterator[Metric]:
    looks = CounterMetricFamily("crisis_hub_round_looks", "Looks of what looks after something.", labels=("round",))
    failures = CounterMetricFamily("crisis_hub_round_failures", "Looks that failed.", labels=("round",))
    well = GaugeMetricFamily("crisis_hub_round_well_timestamp_seconds", "When a look last did well.", labels=("round",))
    for each in watch.rounds:
        looks.add_metric((each.name,), each.looks)
        failures.add_metric((each.name,), each.failures)
        well.add_metric((each.name,), each.well_at / SECOND)
    yield from (looks, failures, well)


def _seen(sight: Sight) -> Iterator[Metric]:
    for name, words in _TOTALS.items():
        yield CounterMetricFamily(f"crisis_hub_{name}", words, getattr(sight.pulse, name))
    for name, words in _STATES.items():
        yield GaugeMetricFamily(f"crisis_hub_{name}", words, getattr(sight.pulse, name))
    depths = sight.depths
    lag = {name: sight.lag_s(name) for name in depths}
    yield _gauge("outbox_age_seconds", "How long the oldest delivery has been due.", lag)
    yield _gauge("outbox_waiting", "Deliveries waiting.", {n: float(d.waiting) for n, d in depths.items()})
    yield _gauge("outbox_again", "Deliveries to be tried again.", {n: float(d.again) for n, d in depths.items()})
    yield _gauge("outbox_parked", "Deliveries that wait for a person.", {n: float(d.parked) for n, d in depths.items()})
    overdue = {name: float(sight.overdue.get(name, 0)) for name in depths}
    yield _gauge("overdue", "Unsettled deliveries past their deadline.", overdue)
    left = {name: (ends - sight.at) / SECOND for name, ends in sight.ends.items()}
    yield _gauge("agreement_ends_seconds", "Until the agreement ends.", left)
    yield _expiring(sight)
    yield _alerts(sight)
    yield GaugeMetricFamily("crisis_hub_seen_timestamp_seconds", "When these numbers were taken.", sight.at / SECOND)
    yield GaugeMetricFamily("crisis_hub_disk_free_bytes", "Free bytes of the data folder.", sight.free)


def _expiring(sight: Sight) -> Metric:
    family = GaugeMetricFamily("crisis_hub_certificate_ends_seconds", "Until it expires.", labels=("file",))
    for name, at in sight.expires.items():
        family.add_metric((name,), (at - sight.at) / SECOND)
    return family


def _alerts(sight: Sight) -> Metric:
    family = GaugeMetricFamily("crisis_hub_alert_open", "Alerts that hold.", labels=("kind", "about"))
    for each in sight.alerts.values():
        if not each.closed_at:
            family.add_metric((each.kind, each.about), 1.0)
    return family
