"""What the writer answers to one command."""

from __future__ import annotations

from collections.abc import Sequence

from hub.errors import HubError
from hub.model.plan import Fact


class Result(Fact, frozen=True):
    """Without an `error`, the command survives a power cut; with one, nothing of it was written.

    `seq` is the number of its row (message, reject or attempt), `leaf` the index of its first ledger leaf, `deliveries` the
    numbers of the outbox rows it made. A `StoreUnavailable` passes; a `Lasting` error belongs to this command alone.
    """

    seq: int = 0
    leaf: int = -1
    deliveries: tuple[int, ...] = ()
    error: HubError | None = None


def all_kept(results: Sequence[Result]) -> Sequence[Result]:
    """The results of commands that were all kept. Raises what stood in the way of the first that was not."""
    for result in results:
        if result.error is not None:
            raise result.error
    return results
