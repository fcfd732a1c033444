"""A small county on loopback for tests of a served hub: one hospital that sends, and partners that want, each in a way of its own."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

from examples.county import overlay

TOKEN = "a-token-for-tests-only"
EVERYTHING = [
    "ADMIN",
    "IDENT",
    "CONTACT",
    "LOCATION",
    "ENCOUNTER",
    "RISK_SAFETY",
    "APPROACH",
    "MH_CLINICAL",
    "MEDS",
    "COVERAGE",
    "REFERRAL",
    "BED",
]


def write(folder: Path, *partners: dict[str, Any], **settings: Any) -> Path:
    """Write hub.yaml, county.yaml and partner files into `folder`/config; gives that folder. JSON is YAML."""
    config = folder / "config"
    (config / "partners").mkdir(parents=True, exist_ok=True)
    hub = {
        "data": "../data",
        "ledger": {"origin": "test.example/hub", "memory": "../keys/signer"},
        "keys": {"key_file": "../keys/hub.key", "keystore": "../keys/keystore"},
        "http": {"port": 0},
    }
    _put(config / "hub.yaml", hub | settings)
    _put(config / "county.yaml", {"name": "Test county", "zone": "America/Chicago", "overlays": [overlay()]})
    for partner in partners:
        _put(config / "partners" / f"{partner['id']}.yaml", partner)
    return config


def _put(path: Path, data: dict[str, Any]) -> None:
    path.write_text(json.dumps(data, indent=1))


def partner(name: str, kind: str, **parts: Any) -> dict[str, Any]:
    """A partner under an agreement that covers treatment and every category."""
    agreement = {
        "id": f"test-{name}",
        "kind": "BAA",
        "hub_is": "business associate",
        "starts": "2020-01-01",
        "ends": "2099-12-31",
        "signature": "nobody, for the tests",
        "purposes": ["TREAT"],
        "categories": EVERYTHING,
    }
    return {"id": name, "name": f"Test {name}", "kind": kind, "state": "DEMO", "agreement": agreement} | parts


def hospital(port: int, **source: Any) -> dict[str, Any]:
    """A hospital that sends HL7 v2 to a port, and over HTTP with `TOKEN`."""
    doors = [
        {"kind": "mllp", "port": port, "sending_application": ["EHR"], "sending_facility": ["GENHOSP"]},
        {"kind": "http", "token_sha256": sha256(TOKEN.encode()).hexdigest()},
    ]
    said: dict[str, Any] = {"format": "hl7v2", "regime": "HIPAA", "doors": doors}
    return partner("hospital", "HOSP_ED", source=said | source)


def wanting(
    name: str, kind: str = "BH_PROVIDER", when: dict[str, Any] | None = None, **delivery: Any
) -> dict[str, Any]:
    """A treating partner that wants admissions, all or those that meet `when`."""
    interest = {"id": name, "bodies": ["encounter"], "purpose": "TREAT", "when": [when] if when else []}
    reached = {"format": "hl7v2", "first_wait_s": 0.2, "longest_wait_s": 1.0, "options": {"network": "loopback"}}
    return partner(name, kind, wants=[interest], delivery=reached | delivery)
