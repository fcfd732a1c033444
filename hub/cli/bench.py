"""`bench`: see how fast it is."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, NoReturn

import click
import msgspec
import uvloop

from hub.cli.speak import FAILED, Command, as_json, progress, say, say_json, table

if TYPE_CHECKING:
    from collections.abc import Collection


@click.command(
    cls=Command,
    examples=(
        "crisis-hub bench",
        "crisis-hub bench --store postgres --json",
        "crisis-hub bench --pages -n 1000000",
        "crisis-hub bench --ledger 1000000",
        "crisis-hub bench --rules",
        "crisis-hub bench --linkage 1000000",
        "crisis-hub bench --translations",
    ),
)
@click.option("-n", "--messages", default=10_000, show_default=True, help="How many messages to send.")
@click.option("-c", "--connections", default=32, show_default=True, help="How many connections the hospital opens.")
@click.option(
    "--store",
    default="sqlite",
    show_default=True,
    help="sqlite, postgres (started for the bench), or a PostgreSQL URL.",
)
@click.option("--pages", is_flag=True, help="Fill a store with so many messages and time the console's pages instead.")
@click.option("--ledger", type=click.IntRange(min=1000), help="Measure instead how long so many leaves take to verify.")
@click.option("--rules", is_flag=True, help="Measure the rules alone: decide, explain, narrow, prove, compare, replay.")
@click.option(
    "--linkage", type=click.IntRange(min=1000), help="Measure instead what it costs to find one of so many persons."
)
@click.option("--translations", is_flag=True, help="Measure what it costs to write a message in another format.")
@as_json
def bench(
    *,
    messages: int,
    connections: int,
    store: str,
    pages: bool,
    ledger: int | None,
    rules: bool,
    linkage: int | None,
    translations: bool,
    as_json: bool,
) -> None:
    """Measure a served hub under a hospital's load.

    Sends distinct ADT messages over MLLP; three treating partners want different ones, decided differently for each.
    Sustained means delivered and acknowledged, not only accepted. Ends within a minute. With --rules only the rules are
    measured, in one thread; it ends with 1 when one of them is slower than promised. So do --linkage,
    --translations and --pages.
    """
    if pages:
        _pages(messages, as_json=as_json)
    if ledger:
        _ledger(ledger, as_json=as_json)
        return
    if rules:
        _of_rules(as_json=as_json)
    if linkage:
        _linkage(linkage, as_json=as_json)
    if translations:
        _translations(as_json=as_json)
    from hub.bench.run import Load, bench

    load = Load(messages=messages, connections=connections, store=store)
    report = uvloop.run(bench(load, progress))
    if as_json:
        say_json(report.as_json())
    else:
        for name, value in report.as_json().items():
            say(f"{name:>22}  {value}")
    sys.exit(0 if report.complete() else 1)


def _pages(messages: int, *, as_json: bool) -> NoReturn:
    from hub.bench.pages import pages
    from hub.bench.visits import slow

    found = uvloop.run(pages(messages, progress))
    if as_json:
        say_json([taken._asdict() for taken in found])
    else:
        table(("page", "as", "p50 ms", "p95 ms", "bytes"), found)
    late = slow(found)
    for words in late:
        progress(words)
    sys.exit(1 if late else 0)


def _ledger(leaves: int, *, as_json: bool) -> None:
    from hub.bench.ledger import measure

    progress("writing a ledger")
    found = measure(leaves, min(1000, leaves))
    if as_json:
        say_json(found.as_json())
    else:
        say(
            f"{found.leaves} leaves, {found.leaves_per_commit} to a commit, verified in {found.verify_s} s ({found.verify_cpu_s} s of CPU)."
        )


def _linkage(persons: int, *, as_json: bool) -> NoReturn:
    from hub.bench.linkage import BARS, measure

    progress("putting people into an index")
    found = measure(persons)
    _measured(msgspec.to_builtins(found), found.missed, BARS, as_json=as_json)


def _of_rules(*, as_json: bool) -> NoReturn:
    from hub.bench.rules import BARS, speeds

    found = speeds()
    _measured(msgspec.to_builtins(found), found.missed, BARS, as_json=as_json)


def _translations(*, as_json: bool) -> NoReturn:
    from hub.bench.translations import BAR_US, translations

    found = translations()
    missed = [name for name, spent in found.items() if spent > BAR_US]
    _measured(found, missed, dict.fromkeys(found, BAR_US), as_json=as_json)


def _measured(
    found: Mapping[str, float], missed: Collection[str], bars: Mapping[str, float], *, as_json: bool
) -> NoReturn:
    """Say what was measured beside what is promised, and end with 1 where that was not kept."""
    if as_json:
        say_json({**found, "bars": bars, "missed": missed})
    else:
        for name, value in found.items():
            bar = f"  bar {bars[name]:,}" if name in bars else ""
            say(f"{name:>22}  {value:,}{bar}", style="bold red" if name in missed else "")
    sys.exit(FAILED if missed else 0)
