"""Criminal history is refused before it is kept, unless a profile holds that asks for more than most machines have."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from hub.access.provider import Factors
from hub.app.vault import make
from hub.app.watching import cji
from hub.app.watching.doctor import examine
from hub.errors import Misconfigured
from hub.flow.keeping import unkeepable
from hub.model.event import Body, CrisisEvent
from hub.model.public_safety import FieldContact
from hub.model.service import WellnessNote
from hub.model.values import Code
from hub.settings import Console, Settings, Tls, load
from tests.cli import county

CANARY = "Zebrafinch"
CHARGED = FieldContact(charges=(Code(local=CANARY),))
KNOWN = FieldContact(criminal_history=(CANARY,))
QUIET = FieldContact(incident="I-1", narrative=CANARY)
WELL = WellnessNote(content=CANARY)


def event(body: Body) -> CrisisEvent:
    return CrisisEvent(id="0" * 64, body=body, source="PD", recorded_at=1)


@pytest.mark.parametrize(
    ("body", "history", "kept"),
    [
        (CHARGED, False, False),
        (KNOWN, False, False),
        (QUIET, False, True),
        (WELL, False, False),
        (CHARGED, True, True),
        (KNOWN, True, True),
        (WELL, True, False),
        (WellnessNote(debrief_due=True), False, True),
    ],
)
def test_what_must_not_be_kept_is_refused_and_not_told(body: Body, history: bool, kept: bool) -> None:
    problem = unkeepable([event(QUIET), event(body)], history=history)

    assert (problem is None) == kept
    assert CANARY not in str(problem)


RECORD = Path(__file__).parents[1] / "golden" / "rms" / "a-quiet-ride" / "wire.json"


def police(folder: Path) -> Path:
    """The county, whose police send records."""
    config = county.write(folder)
    path = config / "partners" / "pd.yaml"
    said = json.loads(path.read_text())
    door = {"kind": "http", "token_sha256": "0" * 64}
    said["agreement"] |= {"hub_is": "cjis contractor"}
    said["source"] = {"format": "rms", "regime": "CJIS", "doors": [door]}
    path.write_text(json.dumps(said))
    make(load(config))
    return config


def taken(config: Path, body: bytes) -> tuple[str, str]:
    return county.takes_of(config, "PD", body)


def test_at_the_door_it_is_refused_with_its_reason_and_nothing_is_kept(tmp_path: Path) -> None:
    config, record = police(tmp_path), json.loads(RECORD.read_text())
    history = {name for name in ("charges", "criminal_history") if record.get(name)}
    assert history, "the golden record carries some"

    state, cause = taken(config, RECORD.read_bytes())

    assert state == "rejected"
    assert "CJI profile" in cause
    spelled = [str(value) for name in history for value in record[name]]
    held = b"".join(path.read_bytes() for path in (tmp_path / "data").rglob("*") if path.is_file())
    assert not any(word.encode() in held for word in spelled)
    without = {name: value for name, value in record.items() if name not in history}
    assert taken(config, json.dumps(without).encode())[0] == "kept"


def test_a_hub_that_asks_for_the_profile_and_lacks_it_does_not_start(tmp_path: Path) -> None:
    config = police(tmp_path)
    said = json.loads((config / "hub.yaml").read_text())
    said |= {"cji": True, "console": {"issuer": "https://id.example", "client_id": "hub", "secret": "s"}}
    (config / "hub.yaml").write_text(json.dumps(said))

    with pytest.raises(Misconfigured, match="not a validated one") as refused:
        taken(config, RECORD.read_bytes())

    assert "no certificate" in refused.value.message
    found = {one.what: one.state for one in examine(load(config), 1)}
    assert found["cji"] == "ill"


def test_without_a_provider_the_settings_are_refused(tmp_path: Path) -> None:
    config = county.write(tmp_path)
    said = json.loads((config / "hub.yaml").read_text())
    (config / "hub.yaml").write_text(json.dumps({**said, "cji": True}))

    with pytest.raises(Misconfigured, match="sign in at a provider"):
        load(config)


READY = Settings(cji=True, console=Console(issuer="https://id.example"), tls=Tls(certificate="c", key="k"))


def test_where_everything_holds_nothing_is_lacking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cji, "validated", lambda: True)

    assert list(cji.lacks(READY)) == []
    cji.require(READY)
    assert len(list(cji.lacks(replace(READY, console=Console(), tls=Tls())))) == 2


def test_the_self_test_notices_a_wrong_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    assert list(cji.wrong_answers()) == []

    for name in ("_GCM", "_MAC", "_SHA"):
        with monkeypatch.context() as patched:
            patched.setattr(cji, name, bytes(32))
            assert next(cji.wrong_answers(), "") or name == "_GCM"


def test_one_factor_is_not_enough() -> None:
    strong, context = Factors(), Factors("urn:example:strong")

    assert strong.shown({"amr": ["pwd", "mfa"]})
    assert not any(strong.shown(each) for each in ({}, {"amr": ["pwd"]}, {"amr": "mfa"}, {"acr": ""}, {"acr": "1"}))
    assert context.shown({"acr": "urn:example:strong"})
    assert not context.shown({"acr": "1"})
