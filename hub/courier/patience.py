"""How long to wait before trying again, and when to stop asking a partner that does not answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from hub.partners import Delivery
from hub.spans import SECOND


def wait(delivery: Delivery, attempt: int, asked: float | None, dice: Callable[[], float]) -> int:
    """Microseconds until the next try after `attempt` tries: full jitter under an exponential ceiling.

    `asked` is what the partner asked for in seconds (Retry-After): never come earlier. `dice` gives a number in [0, 1).

    >>> wait(Delivery(format="fhir", carrier="http", first_wait_s=2), 3, None, lambda: 0.5)
    4000000
    """
    ceiling = min(delivery.longest_wait_s, delivery.first_wait_s * 2.0 ** min(attempt - 1, 40))
    return int(max(ceiling * dice(), asked or 0.0) * SECOND)


@dataclass(slots=True, kw_only=True)
class Breaker:
    """Stops a lane after so many failures in a row; lets one probe through when its time has come.

    Closed: everything flows. Open: nothing flows until `opens_at`. Half-open: one probe is out. Instants are UTC
    microseconds. `spoke` is called with True when it opens and False when it closes: one alert each.
    """

    tolerated: int = 5
    first_pause: int = 5 * SECOND
    longest_pause: int = 300 * SECOND
    spoke: Callable[[bool], None] = field(default=lambda _: None)
    failures: int = 0
    failed_at: int = 0
    probe_at: int = 0
    probing: bool = False
    # Whether the partner ever answered, since this breaker was made.
    heard: bool = False

    def is_open(self) -> bool:
        """Whether the lane is stopped."""
        return self.failures >= self.tolerated

    def lets_through(self, now: int) -> int:
        """How many parcels may leave now: all (a large number), one as a probe, or none."""
        if not self.is_open():
            return 1 << 30
        # Whoever failed later than now did so by a clock that was put back since: its probe would be hours away.
        return int((now >= self.probe_at or now < self.failed_at) and not self.probing)

    def sent(self) -> None:
        """A parcel left: while open, it is the probe."""
        self.probing = self.is_open()

    def answered(self) -> None:
        """The partner answered, whatever it said: it is there."""
        was_open = self.is_open()
        self.failures, self.probing, self.heard = 0, False, True
        if was_open:
            self.spoke(False)

    def failed(self, now: int) -> None:
        """The partner did not answer."""
        self.failures += 1
        self.failed_at = now
        self.probing = False
        over = self.failures - self.tolerated
        if over >= 0:
            self.probe_at = now + min(self.longest_pause, self.first_pause * 2 ** min(over, 20))
        if over == 0:
            self.spoke(True)
