"""The machinery of the tests is tested: a wrong page fails, a warning fails, a skip is named and, where asked, refused."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import samples

HOUSE = Path(__file__).parents[2]


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """An empty house with our pytest settings and our conftest."""
    for name in ("pyproject.toml", "conftest.py"):
        shutil.copy(HOUSE / name, tmp_path)
    (tmp_path / "docs").mkdir()
    return tmp_path


def run(house: Path, *options: str) -> tuple[int, str]:
    """The exit status of pytest in a house, and what it said."""
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options],
        cwd=house,
        env={name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        capture_output=True,
        text=True,
        check=False,
    )
    return ran.returncode, ran.stdout + ran.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("block", "ends", "says"),
    [
        ("```python\nassert 1 + 1 == 2\n```", 0, "1 passed"),
        ("```python\nassert 1 + 1 == 3\n```", 1, "AssertionError"),
        ("```python\n>>> 1 + 1\n3\n```", 1, "Got:"),
        ("```bash\ntest -f pyproject.toml\n```", 0, "1 passed"),
        ("```bash\nfalse\ntrue\n```", 1, "ended with 1"),
        ("```console\n$ echo one two\none ...\n$ echo three\nthree\n```", 0, "1 passed"),
        ("```console\n$ echo one\ntwo\n```", 1, "expected:"),
        ("```console\n$ echo one && exit 3\none\n```", 1, "ended with 3"),
    ],
)
def test_a_page_runs_as_it_is_written(house: Path, block: str, ends: int, says: str) -> None:
    (house / "docs" / "page.md").write_text(f"# A page\n\n{block}\n", encoding="utf-8")

    status, said = run(house, "docs")

    assert status == ends, said
    assert says in said


def test_a_warning_is_an_error(house: Path) -> None:
    (house / "test_it.py").write_text("import warnings\ndef test_it(): warnings.warn('hm')\n", encoding="utf-8")

    status, said = run(house, "test_it.py")

    assert status == 1, said
    assert "UserWarning: hm" in said


def test_what_could_not_run_is_named_with_its_cure(house: Path) -> None:
    (house / "test_it.py").write_text(
        "import pytest\n@pytest.mark.parametrize('n', range(3))\ndef test_it(n): pytest.skip('needs a moon: wait')\n",
        encoding="utf-8",
    )

    patient, said = run(house, "test_it.py")
    strict, _ = run(house, "test_it.py", "--skip-only-samples")

    assert (patient, strict) == (0, 1), said
    assert "3 x needs a moon: wait" in said


def test_absent_samples_may_be_skipped_everywhere(house: Path) -> None:
    (house / "test_it.py").write_text(
        f"import pytest\ndef test_it(): pytest.skip({samples.ABSENT!r})\n", encoding="utf-8"
    )

    status, said = run(house, "test_it.py", "--skip-only-samples")

    assert status == 0, said


def test_a_sample_with_a_wrong_name_fails_rather_than_skips(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "root", lambda: tmp_path)

    with pytest.raises(FileNotFoundError, match="no sample nothing.hl7"):
        samples.samples("nothing.hl7")
    with pytest.raises(FileNotFoundError, match="No sample matches"):
        samples.every("*.hl7")


def test_without_samples_a_test_is_skipped_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "root", lambda: None)

    with pytest.raises(pytest.skip.Exception, match="name their folder in CRISIS_HUB_SAMPLES"):
        samples.samples("any")
    assert [mark.name for mark in samples.every("*")[0].marks] == ["skip"]
