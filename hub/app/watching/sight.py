"""What the watch sees at one moment: how the store, the lanes, agreements and certificates stand. Values without anybody in them."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import msgspec
from cryptography import x509

from hub.app.care.glass import unreviewed, uses
from hub.app.formats.reconciling import differing
from hub.app.house import Household
from hub.app.vault import Vault
from hub.errors import Misconfigured, StoreUnavailable
from hub.spans import DAY, SECOND
from hub.store.asking.due import Depth
from hub.store.asking.outbox import Outbox
from hub.store.asking.pulse import Pulse, pulse
from hub.store.living import Late, Living, duties_undone, late, living, recalls_unanswered, still_late
from hub.store.sealing import Sealer
from hub.store.writing.lodged import Lodged

# Overdue deliveries are spoken of for so long; later they are history.
REMEMBERED = 30 * DAY


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """One look. `ends` are instants (UTC microseconds) at which an agreement ends, by partner; `expires` certificates, by file.

    `late` missed their deadline and nobody was told yet; `overdue` counts those still unsettled, by destination. `duties` counts
    duties of the law to tell somebody that nobody saw to in time, `recalls` those nobody answered in time, by destination. `glass`
    counts uses of break-glass that nobody judged in time, `differing` names partners whose own records do not agree. `free` is bytes.
    """

    at: int
    pulse: Pulse
    depths: Mapping[str, Depth]
    late: tuple[Late, ...]
    overdue: Mapping[str, int]
    alerts: Mapping[tuple[str, str, int], Living]
    ends: Mapping[str, int]
    expires: Mapping[str, int]
    free: int
    duties: int = 0
    recalls: Mapping[str, int] = msgspec.field(default_factory=dict)
    glass: int = 0
    differing: tuple[str, ...] = ()

    def lag_s(self, destination: str) -> float:
        """How long the oldest delivery to a destination has been due, in seconds; 0 when nothing is."""
        oldest = self.depths[destination].oldest
        return max(0.0, (self.at - oldest) / SECOND) if oldest else 0.0


def sight(known: Household, vault: Vault, outbox: Outbox, now: int) -> Sight:
    """Look at everything as of `now`. Reads the database and the certificates; raises StoreUnavailable when it is gone."""
    if vault.database.sqlite and not Path(vault.database.name).is_file():
        raise StoreUnavailable("The file of the database is not where it was.")
    receivers = [p.id for p in known.county.partners.values() if p.delivery]
    with vault.database.read() as connection:
        found = pulse(connection)
        missed, unsettled = late(connection, now - REMEMBERED, now), still_late(connection, now - REMEMBERED)
        alerts, duties = living(connection), duties_undone(connection, now)
        recalls = recalls_unanswered(connection, now)
        lodged = Lodged(connection, Sealer(vault.keys, vault.origin))
        glass, differs = unreviewed(uses(lodged), now), differing(lodged)
    return Sight(
        at=now,
        pulse=found,
        depths={name: outbox.depth(name) for name in receivers},
        late=tuple(missed),
        overdue=unsettled,
        alerts=alerts,
        duties=duties,
        recalls=recalls,
        glass=glass,
        differing=differs,
        ends={name: ends for name, (_, ends) in known.county.terms.items()},
        expires=certificates(vault.settings.tls.certificate),
        free=shutil.disk_usage(vault.settings.data).free,
    )


def certificates(path: str) -> dict[str, int]:
    """When the certificates of a PEM file expire (UTC microseconds): the earliest, by the file's name; nothing without a file."""
    if not path:
        return {}
    try:
        found = x509.load_pem_x509_certificates(Path(path).read_bytes())
    except (OSError, ValueError) as wrong:
        raise Misconfigured(f"This certificate cannot be read ({type(wrong).__name__}).", at=path) from wrong
    return {Path(path).name: min(int(c.not_valid_after_utc.timestamp()) * SECOND for c in found)}
