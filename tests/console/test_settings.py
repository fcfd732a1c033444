"""Settings: what the hub runs with stands on a page, and nothing that is secret."""

from __future__ import annotations

from pathlib import Path

from hub.settings import knobs
from tests.console.house import House
from tests.console.test_pages import text


def test_keys_agreements_and_every_setting_are_on_a_page_and_no_secret(house: House) -> None:
    html = house.signed_in("administrator").get("/settings").text
    said = text(html)

    assert str(house.hub.vault.signer.verifier) in html.replace("&#43;", "+")
    assert f"version {house.hub.vault.keys.version}; held are " in said
    assert "none: nobody outside would see the ledger rewritten" in said
    assert [knob.name for knob in knobs() if f">{knob.name}</th>" not in html] == []
    assert "Test B1 B1-2026 v1" in said
    assert "Jan 1 2020 to Dec 31 2099 ● In force" in said
    settings = house.hub.settings
    secrets = [Path(settings.keys.key_file).read_text(), house.hub.vault.signer.secret()]
    assert [one for one in secrets if one.strip() in html] == []
