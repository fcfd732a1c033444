"""The outsider's verifier: alone in an empty folder, it finds what we find."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.tlog import standalone
from hub.tlog.canonical import to_base64
from hub.tlog.checkpoint import Checkpoint, cosign, sign_checkpoint
from hub.tlog.notes import SignerKey
from hub.tlog.receipt import make_receipt
from hub.tlog.tiles import pack
from hub.tlog.tree import EMPTY_ROOT, leaf_hash
from tests.samples import samples
from tests.tlog.test_checkpoint import LOG_OF_SUNLIGHT, SUNLIGHT, WITNESS
from tests.tlog.test_leaf import AT, LEAF, opening
from tests.tlog.test_notes import TESSERA
from tests.tlog.trees import KEY, SEEN, checkpoint, entries, log, reader, root_by_definition, write

SCRIPT = Path(standalone.__file__)
LEAVES = [*entries(700), LEAF, *entries(9)]


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the script where nothing of ours can be imported."""
    return Path(shutil.copy(SCRIPT, tmp_path_factory.mktemp("alone") / "verify.py"))


def run(script: Path, *args: object) -> tuple[int, str]:
    """What it says to these arguments, and how it ends. `-I`: no folder of ours on the path."""
    ran = subprocess.run([sys.executable, "-I", script, *map(str, args)], capture_output=True, text=True, check=False)
    return ran.returncode, ran.stdout + ran.stderr


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of ours as it is exported, with an earlier checkpoint beside it and one witness under the present one."""
    folder = tmp_path_factory.mktemp("export")
    raw, files = log(LEAVES)
    write(folder, files)
    (folder / "checkpoint").write_bytes(cosign(raw, WITNESS, 1_700_000_000))
    (folder / "kept").write_bytes(sign_checkpoint(checkpoint(LEAVES[:300]), KEY))
    (folder / "forked").write_bytes(sign_checkpoint(checkpoint(entries(300, "!")), KEY))
    (folder / "entry").write_bytes(LEAF)
    made = make_receipt(700, len(LEAVES), reader(LEAVES), raw, bytes(opening("kind", "purpose")))
    (folder / "receipt.tlog-proof").write_bytes(bytes(made))
    return folder


def test_it_is_short_and_imports_nothing_of_ours() -> None:
    source = SCRIPT.read_text()
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(source))
        for name in (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [a.name for a in node.names]
            if isinstance(node, ast.Import)
            else []
        )
    }

    assert len(source.splitlines()) <= 200
    assert imported - sys.stdlib_module_names == {"cryptography"}


def test_it_verifies_a_log(alone: Path, export: Path) -> None:
    code, said = run(alone, "log", export, SEEN, WITNESS.verifier, "--earlier", export / "kept")

    assert (code, said) == (0, f"verified: {SEEN.name}: 710 leaves, root {root_by_definition(LEAVES).hex()}\n")


def test_it_begins_with_what_a_former_key_signed(alone: Path, export: Path, tmp_path: Path) -> None:
    former = SignerKey.from_seed(SEEN.name, b"former".ljust(32))
    old, lying = tmp_path / "old", tmp_path / "lying"
    old.write_bytes(sign_checkpoint(checkpoint(LEAVES[:300]), former))
    lying.write_bytes(sign_checkpoint(checkpoint(LEAVES[1:301]), former))

    def verified(*more: object) -> tuple[int, str]:
        return run(alone, "log", export, SEEN, *more)

    assert verified("--earlier", old, "--former", former.verifier)[0] == 0
    assert verified("--earlier", old, "--earlier", export / "kept", "--former", former.verifier)[0] == 0
    assert "did not sign this checkpoint" in verified("--earlier", old)[1]
    assert "not those signed then" in verified("--earlier", lying, "--former", former.verifier)[1]
    # A former key is good for what was kept, and never for the log of now.
    assert run(alone, "log", export, former.verifier, "--former", SEEN)[0] == 1


def test_it_verifies_a_receipt_and_says_what_it_opens(alone: Path, export: Path) -> None:
    code, said = run(alone, "receipt", export / "receipt.tlog-proof", SEEN)

    assert code == 0
    assert said.splitlines()[0].startswith(f"verified: {SEEN.name}: leaf 700 of 710, root ")
    assert said.splitlines()[1:] == [f"  at: {AT} (UTC microseconds)", "  kind: 'attempt'", "  purpose: 'treatment'"]
    assert run(alone, "receipt", export / "receipt.tlog-proof", SEEN, "--entry", export / "entry")[0] == 0


def test_it_verifies_a_log_made_by_tessera(alone: Path) -> None:
    folder = samples("ledger/tessera-log/testdata/log")
    earlier = [word for size in range(16) for word in ("--earlier", folder / f"checkpoint.{size}")]

    code, said = run(alone, "log", folder, TESSERA, *earlier)

    assert (code, said.split(", root")[0]) == (0, "verified: example.com/log/testdata: 15 leaves")


def test_it_refuses_the_filler_entries_of_a_mirror_by_sunlight(alone: Path) -> None:
    folder = samples(f"{SUNLIGHT}/witness/mirror/{LOG_OF_SUNLIGHT}")

    code, said = run(alone, "log", folder, "mirror.example.org+3fb148ef+BAAjjch9GyYz0sJsJx7ALhbdAtz2ov0unbzSl1vMp94O")

    assert (code, said) == (1, "NOT VERIFIED: tile/entries/000: leaf 0 is cut short\n")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["log", ".", "KEY", "--earlier", "forked"], "forked: the first 300 leaves are not those signed then"),
        (["log", ".", TESSERA], "example.com/log/testdata did not sign this checkpoint"),
        (["log", ".", "KEY", TESSERA], "example.com/log/testdata did not sign this checkpoint"),
        (["log", ".", "name+00000000+AAAA"], "the key of name is not Ed25519"),
        (
            ["log", ".", TESSERA.replace("33d7b496", "33d7b497")],
            "the id in the key of example.com/log/testdata is wrong",
        ),
        (["log", "nowhere", "KEY"], "No such file"),
        (["receipt", "kept", "KEY"], "not a receipt"),
        (["receipt", "receipt.tlog-proof", "KEY", "--entry", "kept"], "does not lead from this entry"),
        (["receipt", "receipt.tlog-proof", "WITNESS"], "example.net/witness did not sign"),
    ],
)
def test_it_says_what_does_not_hold(alone: Path, export: Path, arguments: list[str], says: str) -> None:
    keys = {"KEY": SEEN, "WITNESS": WITNESS.verifier}
    files = {name: export / name for name in (".", "nowhere", "kept", "forked", "receipt.tlog-proof")}

    code, said = run(alone, *(keys.get(each) or files.get(each) or each for each in arguments))

    assert code == 1
    assert said.startswith("NOT VERIFIED: ")
    assert says in said


def test_it_finds_a_log_rewritten_throughout(tmp_path: Path) -> None:
    raw, _ = log(LEAVES)
    write(tmp_path, log([*LEAVES[:500], b"another", *LEAVES[501:]])[1])
    (tmp_path / "checkpoint").write_bytes(raw)

    with pytest.raises(ValueError, match="the 710 leaves do not have the root that was signed"):
        standalone.verify_log(tmp_path, [str(SEEN)], [], [])


def test_it_finds_an_entry_too_many(tmp_path: Path) -> None:
    raw, files = log(LEAVES)
    write(tmp_path, files)
    (tmp_path / "checkpoint").write_bytes(raw)
    with (tmp_path / "tile/entries/002.p/198").open("ab") as bundle:
        bundle.write(pack([b"one more"]))

    with pytest.raises(ValueError, match=r"tile/entries/002\.p/198: holds 199 entries, not 198"):
        standalone.verify_log(tmp_path, [str(SEEN)], [], [])


def test_it_refuses_the_checkpoint_of_another_log_that_the_same_key_signed(tmp_path: Path) -> None:
    other = Checkpoint(origin="example.org/other", size=0, root=EMPTY_ROOT)
    (tmp_path / "checkpoint").write_bytes(sign_checkpoint(other, KEY))

    with pytest.raises(ValueError, match=f"this is a log of example.org/other, not of {KEY.name}"):
        standalone.verify_log(tmp_path, [str(SEEN)], [], [])


def test_it_refuses_a_size_that_does_not_belong_to_the_root() -> None:
    first, second = leaf_hash(b"first"), leaf_hash(b"second")

    with pytest.raises(ValueError, match="longer than the tree is high"):
        standalone.climb(0, 1, second, [first])
    with pytest.raises(ValueError, match="ends below the root"):
        standalone.climb(0, 4, first, [second])


def test_it_refuses_an_opening_that_lies() -> None:
    told = json.loads(bytes(opening("purpose")))
    salt, value = told["shown"]["purpose"].values()
    smuggled = {"purpose 00\nsubject": told["commits"]["purpose"]}
    for lie in (
        {"shown": {"purpose": {"salt": salt, "value": to_base64(b"marketing")}}},
        {"shown": {"partner": {"salt": salt, "value": value}}},
        {"shown": {"purpose": {"salt": salt + "74", "value": to_base64(b"reatment")}}},
        {"commits": smuggled, "shown": {}},
        {"commits": {"kind": "00\nsubject 00"}, "shown": {}},
    ):
        with pytest.raises(ValueError, match=r"the leaf holds another \w+|is no name"):
            standalone.leaf_of(told | lie)
    assert standalone.leaf_of(told)[0] == LEAF


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_one_bit_in_any_file_of_an_export_is_found(export: Path, data: st.DataObject) -> None:
    path = data.draw(
        st.sampled_from(sorted(each for each in export.rglob("*") if each.is_file() and "tile" in each.parts))
    )
    raw = path.read_bytes()
    bit = data.draw(st.integers(min_value=0, max_value=len(raw) * 8 - 1))
    changed = bytearray(raw)
    changed[bit // 8] ^= 1 << bit % 8

    path.write_bytes(bytes(changed))
    try:
        # A changed entry shows where its hash is compared.
        named = str(path.relative_to(export)).replace("entries", "(entries|0)").replace(".", r"\.")
        with pytest.raises(ValueError, match=named):
            standalone.verify_log(export, [str(SEEN)], [], [])
    finally:
        path.write_bytes(raw)


@given(data=st.data())
def test_one_bit_in_a_receipt_is_found(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    made = make_receipt(700, len(LEAVES), reader(LEAVES), log(LEAVES)[0], bytes(opening("kind", "purpose")))
    raw = bytearray(bytes(made))
    bit = data.draw(st.integers(min_value=0, max_value=len(raw) * 8 - 1))
    raw[bit // 8] ^= 1 << bit % 8
    path = tmp_path_factory.mktemp("receipt") / "changed.tlog-proof"
    path.write_bytes(bytes(raw))

    with pytest.raises((ValueError, LookupError, TypeError, AttributeError)):
        standalone.verify_receipt(path, [str(SEEN)], None)
