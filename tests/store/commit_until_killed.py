"""A hub that commits messages, claims and outcomes as fast as it can until somebody kills it, telling what is safe."""

from __future__ import annotations

import sys
from itertools import count
from pathlib import Path

HOUSE = Path(__file__).parents[2]
sys.path.insert(0, str(HOUSE))

from tests.store.county import County, claim, message, settle  # noqa: E402 - the path comes first


def main(url: str, folder: Path, run: int) -> None:
    with County(url, folder) as county:
        say("open")
        for flown in county.outbox.flown():
            county.commit(settle(flown.outbox, attempt=flown.attempt))
        for group in count():
            kept = [message(f"{run}-{group}-{n}") for n in range(group % 17 + 1)]
            results = county.commit(*kept)
            say(*(f"message {each.journal}" for each in kept))
            numbers = [number for result in results for number in result.deliveries]
            claimed = county.commit(*(claim(number) for number in numbers))
            county.commit(*(settle(number) for number in numbers))
            say(*(f"delivered {each.seq} {number}" for each, number in zip(claimed, numbers, strict=True)))


def say(*lines: str) -> None:
    """One write, so that no line is half told."""
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
