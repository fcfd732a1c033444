"""Partners as their files describe them: who they are, what agreement binds them, what they send, want, and how it reaches them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A section of a partner file."""


class Agreement(Part, frozen=True):
    """The BAA, QSOA or MOU that lets the hub deal with this partner. It narrows, never widens. Dates are ISO days in the county zone."""

    id: str
    kind: str
    hub_is: str
    starts: str
    ends: str
    signature: str
    purposes: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    purge_on_recall: bool = False


class Door(Part, frozen=True):
    """One way in: `mllp` (port, networks or pinned certificate name, the MSH-3/4 it must agree with), `http` (token), `folder`."""

    kind: str
    port: int = 0
    host: str = "127.0.0.1"
    networks: tuple[str, ...] = ()
    certificate: str = ""
    sending_application: tuple[str, ...] = ()
    sending_facility: tuple[str, ...] = ()
    token_sha256: str = ""
    path: str = ""
    plain_until: str = ""
    plain_reason: str = ""


class Source(Part, frozen=True):
    """What the partner sends: format, lens set, zone and charset when none is sent, and the regime of each of its units."""

    format: str
    mapping: str = ""
    regime: str = "UNKNOWN"
    units: Mapping[str, str] = {}
    zone: str = ""
    charset: str = ""
    doors: tuple[Door, ...] = ()


class Interest(Part, frozen=True):
    """What the partner wants: bodies, under conditions on canonical paths, for one purpose, due within so many seconds.

    `when` is a list of alternatives; each alternative maps canonical paths to a list of accepted values or to
    `{at_least: n}`; conditions on one repeated body (observation.code.local and observation.quantity.value) must hold
    for the same event.
    """

    id: str
    bodies: tuple[str, ...]
    purpose: str
    when: tuple[Mapping[str, Any], ...] = ()
    deadline_s: int = 0
    facts: Mapping[str, str] = {}


class Delivery(Part, frozen=True):
    """How it reaches the partner: format and version written, carrier, address, patience, and how the partner dedupes."""

    format: str
    carrier: str
    url: str = ""
    host: str = ""
    port: int = 0
    path: str = ""
    version: str = ""
    mapping: str = ""
    dedupe: str = "key"
    timeout_s: float = 30.0
    in_flight: int = 8
    attempts: int = 12
    first_wait_s: float = 1.0
    longest_wait_s: float = 900.0
    window: str = ""
    per_second: float = 0.0
    certificate: str = ""
    options: Mapping[str, str] = {}


class Partner(Part, frozen=True):
    """One partner of the county. `kind` is the recipient class of the rules (LE, HOSP_ED, BH_PROVIDER, PSAP, LIFELINE ...)."""

    id: str
    name: str
    kind: str
    state: str
    agreement: Agreement
    contact: str = ""
    phone: str = ""
    source: Source | None = None
    wants: tuple[Interest, ...] = ()
    delivery: Delivery | None = None
