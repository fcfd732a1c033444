"""A checkpoint is what the log signed, all of it and nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import ProofFailed
from hub.tlog.checkpoint import Checkpoint, check_follows, cosign, open_checkpoint, sign_checkpoint
from hub.tlog.notes import COSIGNATURE, SignerKey, VerifierKey, parse_note, sign_note, verify_note
from hub.tlog.tiles import hash_reader
from hub.tlog.tree import EMPTY_ROOT, HashAt, root_at
from tests.samples import samples
from tests.tlog.test_notes import TESSERA
from tests.tlog.trees import KEY, ORIGIN, SEEN, checkpoint, entries, reader, root_by_definition

WITNESS = SignerKey.from_seed("example.net/witness", bytes(32), COSIGNATURE)
ROOT = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
SUNLIGHT = "ledger/sunlight/cmd/skylight/testdata"
LOG_OF_SUNLIGHT = "000de184301123b9278c086a7d9f68c9577e83872224c197058fd90784ea9706"


@given(size=st.integers(min_value=0, max_value=300))
def test_a_checkpoint_opens_as_it_was_signed(size: int) -> None:
    made = checkpoint(entries(size))

    opened = open_checkpoint(sign_checkpoint(made, KEY), SEEN)

    assert opened.checkpoint == made
    assert opened.checkpoint.root == root_by_definition(entries(size))
    assert not opened.witnessed


def test_it_is_written_as_specified() -> None:
    text = f"example.com/behind-the-sofa\n20852163\n{ROOT}\nan extension\n"

    read = Checkpoint.parse(text)

    assert (read.origin, read.size, read.extensions) == ("example.com/behind-the-sofa", 20852163, ("an extension",))
    assert str(read) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "origin\n1\n",
        f"origin\n1\n{ROOT}",
        f"\n1\n{ROOT}\n",
        f"origin\n01\n{ROOT}\n",
        f"origin\n-1\n{ROOT}\n",
        f"origin\n+1\n{ROOT}\n",
        f"origin\n1_0\n{ROOT}\n",
        f"origin\n\N{ARABIC-INDIC DIGIT ONE}\n{ROOT}\n",
        f"origin\n1 \n{ROOT}\n",
        f"origin\n1{'0' * 30}\n{ROOT}\n",
        f"origin\n1\n{ROOT[:-4]}\n",
        f"origin\n1\n{ROOT} \n",
        f"origin\n1\n{ROOT}\n\n",
        f"origin\n1\n{ROOT}\n\nextension\n",
        f"origin\r\n1\n{ROOT}\n",
        # A tree without leaves has one root only.
        f"origin\n0\n{ROOT}\n",
    ],
)
def test_what_is_not_a_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(ProofFailed):
        Checkpoint.parse(text)


def test_a_line_cannot_be_smuggled_in() -> None:
    for origin, extensions in (("two\nlines", ()), ("", ()), (ORIGIN, ("two\nlines",)), (ORIGIN, ("",))):
        with pytest.raises(ProofFailed):
            Checkpoint(origin=origin, size=0, root=EMPTY_ROOT, extensions=extensions)


def test_the_checkpoint_of_another_log_is_refused_though_the_key_signed_it() -> None:
    other = Checkpoint(origin="example.org/other", size=0, root=EMPTY_ROOT)

    with pytest.raises(ProofFailed, match=f"of example.org/other, the key of {ORIGIN}"):
        open_checkpoint(sign_checkpoint(other, KEY), SEEN)


def test_a_note_that_is_no_checkpoint_is_refused_though_the_key_signed_it() -> None:
    with pytest.raises(ProofFailed, match="a checkpoint is"):
        open_checkpoint(bytes(sign_note("I owe you\n", [KEY])), SEEN)


def test_witnesses_are_named_with_their_time() -> None:
    raw = cosign(sign_checkpoint(checkpoint(entries(5)), KEY), WITNESS, 1_679_315_147)

    assert open_checkpoint(raw, SEEN, [WITNESS.verifier]).witnessed == {"example.net/witness": 1_679_315_147}
    assert not open_checkpoint(raw, SEEN).witnessed, "a witness one does not trust is passed over"


def test_a_cosignature_stands_for_its_time_and_its_tree() -> None:
    raw = cosign(sign_checkpoint(checkpoint(entries(5)), KEY), WITNESS, 1_679_315_147)
    note = parse_note(raw)
    given_then = note.signatures[1]
    later = replace(given_then, blob=(1_679_315_148).to_bytes(8, "big") + given_then.blob[8:])
    never = replace(given_then, blob=b"\xff" * 8 + given_then.blob[8:])
    for forged in (later, never):
        with pytest.raises(ProofFailed, match=r"signature of example\.net/witness"):
            open_checkpoint(bytes(replace(note, signatures=(note.signatures[0], forged))), SEEN, [WITNESS.verifier])
    grown = parse_note(sign_checkpoint(checkpoint(entries(6)), KEY))
    with pytest.raises(ProofFailed, match=r"signature of example\.net/witness"):
        open_checkpoint(bytes(replace(grown, signatures=(*grown.signatures, given_then))), SEEN, [WITNESS.verifier])


def test_a_cosignature_from_beyond_all_time_is_refused() -> None:
    raw = cosign(sign_checkpoint(checkpoint(entries(5)), KEY), WITNESS, 2**63)

    with pytest.raises(ProofFailed, match="impossible time"):
        open_checkpoint(raw, SEEN, [WITNESS.verifier])


def test_a_witness_alone_does_not_make_a_checkpoint() -> None:
    text = str(checkpoint(entries(5)))
    raw = f"{text}\n{WITNESS.sign(text, 1_679_315_147)}".encode()

    with pytest.raises(ProofFailed, match=f"{ORIGIN} did not sign"):
        open_checkpoint(raw, SEEN, [WITNESS.verifier])


def test_a_witness_does_not_cosign_just_any_note() -> None:
    with pytest.raises(ProofFailed, match="a checkpoint is"):
        cosign(bytes(sign_note("I owe you\n", [KEY])), WITNESS, 1_679_315_147)


def test_a_log_that_grew_follows_itself() -> None:
    leaves = entries(90)
    for size in (0, 1, 64, 89, 90):
        check_follows(checkpoint(leaves[:size]), checkpoint(leaves), reader(leaves))


def test_a_signer_refuses_a_log_that_forgot_or_forked() -> None:
    leaves = entries(90)
    forked = [*leaves[:40], b"another", *leaves[41:]]
    signed = checkpoint(leaves[:60])
    renamed = Checkpoint(origin="example.org/other", size=60, root=signed.root)
    for old, new, hashes, says in (
        (signed, checkpoint(leaves[:59]), reader(leaves), "size 59 does not follow"),
        (signed, checkpoint(forked), reader(forked), "was signed at size 60"),
        (signed, checkpoint(leaves), reader(forked), "was signed at size 60"),
        (signed, checkpoint(forked), reader(leaves), "was signed at size 90"),
        (renamed, checkpoint(leaves), reader(leaves), "does not follow example.org/other"),
    ):
        with pytest.raises(ProofFailed, match=says):
            check_follows(old, new, hashes)


@pytest.mark.parametrize("size", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15])
def test_every_checkpoint_of_a_log_by_tessera_has_the_root_of_its_tile(size: int) -> None:
    folder = samples("ledger/tessera-log/testdata/log")
    opened = open_checkpoint((folder / f"checkpoint.{size}").read_bytes(), VerifierKey.parse(TESSERA))

    assert opened.checkpoint.size == size
    assert root_at(size, tiles_below(folder, size)) == opened.checkpoint.root


def tiles_below(folder: Path, size: int) -> HashAt:
    return hash_reader(lambda tile: (folder / tile.path).read_bytes(), size)


@pytest.mark.parametrize(
    ("path", "key", "witness"),
    [
        (f"witness/{LOG_OF_SUNLIGHT}", "witness.example.org+b8a2cf20+BFLN3yikSfFkVAJtrnh/CiY3Zozkoy7clp+P7XB28qUN", 1),
        (
            f"witness/mirror/{LOG_OF_SUNLIGHT}",
            "mirror.example.org+3fb148ef+BAAjjch9GyYz0sJsJx7ALhbdAtz2ov0unbzSl1vMp94O",
            0,
        ),
    ],
)
def test_cosignatures_made_by_sunlight_are_verified(path: str, key: str, witness: int) -> None:
    folder = samples(f"{SUNLIGHT}/{path}")
    note = parse_note((folder / "checkpoint").read_bytes())

    (signature,) = verify_note(note, [VerifierKey.parse(key)])

    assert signature == note.signatures[witness]
    assert signature.time == 1_767_139_200


def test_the_tiles_of_a_mirror_by_sunlight_have_the_root_it_signed() -> None:
    # Its entries, and the tiles of the log it mirrors, are fillers that nothing hashes to.
    folder = samples(f"{SUNLIGHT}/witness/mirror/{LOG_OF_SUNLIGHT}")
    signed = Checkpoint.parse(parse_note((folder / "checkpoint").read_bytes()).text)

    assert root_at(300, tiles_below(folder, 300)) == signed.root
