"""Settings: a file, the environment's word over it, and refusals that name their place."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.errors import Misconfigured
from hub.settings import Knob, knobs, load
from hub.tlog.notes import COSIGNATURE, VerifierKey

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "settings.md"
# A key that cosigns, and one that signs notes alone.
WITNESS = str(VerifierKey(name="w.example", public=bytes(32), algorithm=COSIGNATURE))
NO_WITNESS = str(VerifierKey(name="w.example", public=bytes(32)))
ENOUGH = "ledger:\n  origin: hub.example.org/county\n"


def put(folder: Path, text: str = ENOUGH) -> Path:
    (folder / "hub.yaml").write_text(text, encoding="utf-8")
    return folder


def test_what_is_not_said_has_its_default(tmp_path: Path) -> None:
    settings = load(put(tmp_path), {})

    assert (settings.http.port, settings.group, settings.log_level) == (8080, 512, "info")
    assert settings.adapters == ("cad", "ehr", "lifeline988", "rms", "social")


def test_paths_begin_at_the_config_folder(tmp_path: Path) -> None:
    settings = load(put(tmp_path, f"{ENOUGH}data: ../elsewhere\nkeys:\n  key_file: k/hub.key\n"), {})

    assert settings.data == str(tmp_path.parent / "elsewhere")
    assert settings.keys.key_file == str(tmp_path / "k" / "hub.key")
    assert settings.county == str(tmp_path)
    assert settings.tls.certificate == ""


def test_the_environment_has_the_last_word(tmp_path: Path) -> None:
    settings = load(
        put(tmp_path, f"{ENOUGH}http:\n  port: 8001\n"),
        {
            "CRISIS_HUB_HTTP_PORT": "9001",
            "CRISIS_HUB_DEMO": "true",
            "CRISIS_HUB_LIMITS_IDLE_S": "2.5",
            "CRISIS_HUB_ADAPTERS": "cad,ehr",
            "CRISIS_HUB_LEDGER_ORIGIN": "log.example.org",
            "HOME": "nowhere",
        },
    )

    assert settings.http.port == 9001
    assert settings.demo is True
    assert settings.limits.idle_s == 2.5
    assert settings.adapters == ("cad", "ehr")
    assert settings.ledger.origin == "log.example.org"


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        (
            "CRISIS_HUB_HTTP_PROT",
            "1",
            'CRISIS_HUB_HTTP_PROT: There is no such setting. Did you mean "CRISIS_HUB_HTTP_PORT"?',
        ),
        ("CRISIS_HUB_HTTP_PORT", "high", "CRISIS_HUB_HTTP_PORT: Expected `int`"),
        ("CRISIS_HUB_HTTP_PORT", "70000", "CRISIS_HUB_HTTP_PORT: Expected `int` <= 65535"),
        ("CRISIS_HUB_LIMITS_IDLE_S", "inf", "CRISIS_HUB_LIMITS_IDLE_S: Expected `float` <= 31536000.0"),
        ("CRISIS_HUB_ALERTS_LAG_S", "nan", "CRISIS_HUB_ALERTS_LAG_S: Expected `float` > 0.0"),
        ("CRISIS_HUB_LEDGER_WITNESSES", "nobody", "hub.yaml line 1: This entry of ledger.witnesses is no witness."),
        ("CRISIS_HUB_DEMO", "perhaps", "CRISIS_HUB_DEMO: Expected `bool`"),
        ("CRISIS_HUB_LOG_LEVEL", "loud", "CRISIS_HUB_LOG_LEVEL: Invalid enum value"),
    ],
)
def test_a_wrong_variable_is_refused_by_its_name(tmp_path: Path, variable: str, value: str, says: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        load(put(tmp_path), {variable: value})

    assert says in str(refused.value)


@pytest.mark.parametrize("variable", ["CRISIS_HUB_SAMPLES", "CRISIS_HUB_PROPERTIES", "CRISIS_HUB_SECRET_B1"])
def test_what_is_no_setting_of_ours_is_left_alone(tmp_path: Path, variable: str) -> None:
    assert load(put(tmp_path), {variable: "x"}) == load(put(tmp_path), {})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "hub.yaml line 1: There are no settings in it."),
        ("- a\n", "hub.yaml line 1: There are no settings in it."),
        ("{}\n", "hub.yaml line 1: The ledger needs a name. Write a host name and path of yours"),
        ("ledger:\n  origin: https://hub.example.org\n", "hub.yaml line 2: The ledger needs a name."),
        (f"{ENOUGH}htpp:\n  port: 1\n", 'hub.yaml line 3: "htpp" is not a key here. Did you mean "http"?'),
        (f"{ENOUGH}http:\n  port: 99999\n", "hub.yaml line 4: port: this is too large. Write at most 65535."),
        (
            f"{ENOUGH}http: 5\n",
            "hub.yaml line 3: http: a number stands here. Write a section",
        ),
        (f"{ENOUGH}limits:\n  idle_s: {'9' * 400}.0\n", "hub.yaml line 4: idle_s: this is too large."),
        (
            f"{ENOUGH}  witnesses: [{WITNESS}, {WITNESS[:-1]}]\n",
            "hub.yaml line 3: This entry of ledger.witnesses is no witness. Write the",
        ),
        (
            f"{ENOUGH}  witnesses: [{WITNESS} http://a.b]\n",
            "hub.yaml line 3: This entry of ledger.witnesses is no witness.",
        ),
        (f"{ENOUGH}  witnesses: [{NO_WITNESS}]\n", "hub.yaml line 3: This entry of ledger.witnesses is no witness."),
        (f"{ENOUGH}data: keys\n", "hub.yaml line 1: Whoever copies the data folder would hold this too."),
        (f"{ENOUGH}keys:\n  key_file: data/hub.key\n", "hub.yaml line 4: Whoever copies the data folder would hold"),
        (f"{ENOUGH}  memory: data/signer\n", "hub.yaml line 3: Whoever copies the data folder would hold this too."),
        (f"{ENOUGH}tls:\n  certificate: a.pem\n", "hub.yaml line 3: A certificate and its key go together."),
        (f"{ENOUGH}database: mysql://h/x\n", "hub.yaml line 3: This is no PostgreSQL url."),
        (f"{ENOUGH}database: postgresql://u:pw@h/x\n", "hub.yaml line 3: A password stands in the url."),
        (f"{ENOUGH}console:\n  address: http://a.b\n", "hub.yaml line 4: This is no address for the console."),
        (f"{ENOUGH}console:\n  issuer: https://a.b\n", "hub.yaml line 3: Issuer, client_id and secret go together."),
        (f"{ENOUGH}log_level: loud\n", 'hub.yaml line 3: "loud" is not one of these.'),
        (
            f"{ENOUGH}retention:\n  accounting_months: 12\n",
            "hub.yaml line 4: accounting_months: this is too small. Write at least 72.",
        ),
    ],
)
def test_a_wrong_file_is_refused_at_its_line(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        load(put(tmp_path, text), {})

    assert str(refused.value).startswith(says)
    assert "pw" not in str(refused.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="hub.yaml: there is no such file. --config names the folder"):
        load(tmp_path, {})


def test_a_secret_comes_from_the_environment_or_from_a_file_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load(put(tmp_path), {})
    path = tmp_path / "secrets" / "b1-token"
    path.parent.mkdir()
    path.write_text("from the file\n", encoding="utf-8")

    path.chmod(0o644)
    with pytest.raises(Misconfigured, match="Others may read this secret. chmod 600"):
        settings.secret("b1-token")
    path.chmod(0o600)
    assert settings.secret("b1-token") == "from the file"
    monkeypatch.setenv("CRISIS_HUB_SECRET_B1_TOKEN", "from the environment")
    assert settings.secret("b1-token") == "from the environment"
    with pytest.raises(Misconfigured, match=r"secrets.absent: It cannot be read: FileNotFoundError. Put the token"):
        settings.secret("absent")


def row(knob: Knob) -> str:
    """How the reference page lists a knob."""
    default = ", ".join(knob.default) if isinstance(knob.default, tuple) else str(knob.default)
    shown = default.lower() if isinstance(knob.default, bool) else default
    return f"| `{knob.name}` | {f'`{shown}`' if shown else ''} | {knob.words} |"


def test_every_knob_stands_on_the_reference_page_and_nothing_else() -> None:
    rows = [row(knob) for knob in knobs()]
    page = PAGE.read_text(encoding="utf-8").splitlines()

    assert [line for line in rows if line not in page] == []
    assert sum(line.startswith("| `") for line in page) == len(rows)
