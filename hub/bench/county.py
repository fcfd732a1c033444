"""The bench's own county: one hospital that sends, three treating partners that want different messages, all on loopback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from examples.county import overlay

CATEGORIES = [
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
BODIES = ["person", "encounter", "condition", "allergy", "observation", "risk_assessment", "coverage"]
_KINDS = {"diversion": "HOSP_INPT", "bh_provider": "BH_PROVIDER", "rms": "CORESPONDER"}
_WHEN: dict[str, dict[str, Any]] = {
    "diversion": {"encounter.location.unit": ["ED", "PSY"]},
    "bh_provider": {"risk_assessment.score": {"at_least": 7}},
    "rms": {"observation.code.local": ["CONSENT"], "observation.coded.local": ["Y"]},
}


def write(folder: Path, mllp_port: int, sinks: dict[str, int], store: str) -> None:
    """Write hub.yaml, county.yaml and the four partner files. JSON is YAML: what a program writes need not be pretty."""
    partners = folder / "partners"
    partners.mkdir(parents=True)
    hub = {
        "data": "../data",
        "database": store,
        "ledger": {"origin": "bench.example/hub", "memory": "../keys/signer"},
        "keys": {"key_file": "../keys/hub.key", "keystore": "../keys/keystore"},
        "http": {"port": 0},
    }
    _put(folder / "hub.yaml", hub)
    _put(folder / "county.yaml", {"name": "Bench county", "zone": "America/Chicago", "overlays": [overlay()]})
    _put(partners / "hospital.yaml", _hospital(mllp_port))
    for name, port in sinks.items():
        _put(partners / f"{name}.yaml", _destination(name, port))


def _put(path: Path, data: dict[str, Any]) -> None:
    path.write_text(json.dumps(data, indent=1))


def _partner(name: str, kind: str) -> dict[str, Any]:
    return {
        "id": name.replace("_", "-"),
        "name": f"Bench {name}",
        "kind": kind,
        "state": "DEMO",
        "agreement": {
            "id": f"bench-{name}".replace("_", "-"),
            "kind": "BAA",
            "hub_is": "business associate",
            "starts": "2020-01-01",
            "ends": "2099-12-31",
            "signature": "nobody, for the bench",
            "purposes": ["TREAT"],
            "categories": CATEGORIES,
        },
    }


def _hospital(port: int) -> dict[str, Any]:
    door = {"kind": "mllp", "port": port, "sending_application": ["EHR"], "sending_facility": ["GENHOSP"]}
    source = {"format": "hl7v2", "regime": "HIPAA", "doors": [door]}
    return {**_partner("hospital", "HOSP_ED"), "source": source}


def _destination(name: str, port: int) -> dict[str, Any]:
    want = {"id": name.replace("_", "-"), "bodies": BODIES, "purpose": "TREAT", "when": [_WHEN[name]]}
    delivery = {
        "format": "hl7v2",
        "carrier": "http",
        "url": f"http://127.0.0.1:{port}/messages",
        "dedupe": "key",
        "in_flight": 8,
        "options": {"network": "loopback"},
    }
    return {**_partner(name, _KINDS[name]), "wants": [want], "delivery": delivery}
