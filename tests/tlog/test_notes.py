"""Signed notes read, written and verified as every tool of the family does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import ProofFailed
from hub.tlog.canonical import to_base64
from hub.tlog.notes import COSIGNATURE, Note, Signature, SignerKey, VerifierKey, parse_note, sign_note, verify_note
from tests.samples import samples
from tests.tlog.trees import KEY, SEEN

TEXT = "Ognuno sta solo sul cuor della terra\n\ned è subito sera.\n"
OTHER = SignerKey.from_seed("example.org/other", bytes(32))
LINE = str(KEY.sign("text\n"))

# The public key of Tessera's test log, as its documentation prints it.
TESSERA = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"


def test_a_note_reads_as_it_was_written() -> None:
    note = sign_note(TEXT, [KEY, OTHER])

    assert parse_note(bytes(note)) == note
    assert note.text == TEXT
    assert [each.name for each in verify_note(note, [SEEN, OTHER.verifier])] == [KEY.name, OTHER.name]


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.just("\n"), max_size=80))
def test_any_text_survives_signing(text: str) -> None:
    note = parse_note(bytes(sign_note(text + "\n", [KEY])))

    assert note.text == text + "\n"
    verify_note(note, [SEEN])


def test_signatures_of_strangers_are_passed_over() -> None:
    note = sign_note(TEXT, [OTHER, KEY])

    assert [each.name for each in verify_note(note, [SEEN])] == [KEY.name]


def test_a_key_is_known_by_name_and_id_together() -> None:
    note = sign_note(TEXT, [KEY])
    namesake = SignerKey.from_seed(KEY.name, bytes(32)).verifier
    renamed = VerifierKey(name="example.org/renamed", public=SEEN.public)
    for stranger in (namesake, renamed):
        with pytest.raises(ProofFailed, match="nobody we know signed this note"):
            verify_note(note, [stranger])


def test_a_false_signature_of_a_known_key_is_worse_than_none() -> None:
    note = sign_note(TEXT, [OTHER])
    forged = Signature(name=KEY.name, key_id=KEY.key_id, blob=bytes(64))

    with pytest.raises(ProofFailed, match=f"the signature of {KEY.name} does not belong to this text"):
        verify_note(Note(text=note.text, signatures=(*note.signatures, forged)), [SEEN, OTHER.verifier])


def test_a_signature_does_not_stand_under_another_text() -> None:
    signature = KEY.sign("one\n")

    with pytest.raises(ProofFailed, match="does not belong to this text"):
        verify_note(Note(text="two\n", signatures=(signature,)), [SEEN])


@given(data=st.data())
def test_one_bit_breaks_a_note(data: st.DataObject) -> None:
    raw = bytearray(bytes(sign_note(TEXT, [KEY])))
    bit = data.draw(st.integers(min_value=0, max_value=len(raw) * 8 - 1))
    raw[bit // 8] ^= 1 << bit % 8

    with pytest.raises(ProofFailed):
        verify_note(parse_note(bytes(raw)), [SEEN])


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"text\n",
        b"text\n\n",
        f"text\n{LINE}".encode(),
        f"text\n\n{LINE}".rstrip("\n").encode(),
        f"text\n\n{LINE}\n".encode(),
        f"text\n\n{LINE}more".encode(),
        f"te\rxt\n\n{LINE}".encode(),
        f"te\x00xt\n\n{LINE}".encode(),
        f"text\n\n{LINE}".replace("\N{EM DASH}", "-").encode(),
        f"text\n\n{LINE}".replace("\N{EM DASH} ", "\N{EM DASH}").encode(),
        f"text\n\n{LINE}".replace("example.org", "exam+ple").encode(),
        f"text\n\n{LINE}".replace("example.org", "exam\N{NO-BREAK SPACE}ple").encode(),
        f"text\n\n{LINE}".replace(" example.org/ledger", " ").encode(),
        "text\n\n\N{EM DASH} name AAAA\n".encode(),
        "text\n\n\N{EM DASH} name AAAAAAA\n".encode(),
        "text\n\n\N{EM DASH} name AAAAA$AA\n".encode(),
        # The last digit spells bits that belong to no byte.
        "text\n\n\N{EM DASH} name AAAAAAB=\n".encode(),
        b"\xff\xfe\n\n" + LINE.encode(),
        f"text\n\n{LINE * 101}".encode(),
        b"x" * 1_000_001 + b"\n\n" + LINE.encode(),
    ],
)
def test_what_is_not_a_note_is_refused(raw: bytes) -> None:
    with pytest.raises(ProofFailed):
        parse_note(raw)


def test_a_note_may_have_a_hundred_signatures() -> None:
    assert len(parse_note(f"text\n\n{LINE * 100}".encode()).signatures) == 100


def test_what_could_not_be_read_back_is_not_signed() -> None:
    for text in ("no newline", "tab\there\n", ""):
        with pytest.raises(ProofFailed):
            sign_note(text, [KEY])


@pytest.mark.parametrize("algorithm", [1, COSIGNATURE])
def test_keys_read_as_they_are_written(algorithm: int) -> None:
    signer = SignerKey.from_seed("example.org/key", bytes(range(32)), algorithm)

    assert VerifierKey.parse(str(signer.verifier)) == signer.verifier
    assert SignerKey.parse(signer.secret()).sign("text\n", 7) == signer.sign("text\n", 7)
    assert SignerKey.parse(signer.secret()).verifier == signer.verifier


def test_a_signer_key_does_not_tell_itself() -> None:
    secret = to_base64(bytes(range(32)))[:40]

    assert secret not in repr(KEY)
    assert bytes(range(32)).hex() not in repr(KEY)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "name+00000000",
        TESSERA.replace("33d7b496", "33d7b497"),
        TESSERA.replace("33d7b496", "33D7B496"),
        TESSERA.replace("example.com/log", "exam ple"),
        TESSERA[:-4],
        TESSERA + "=",
        TESSERA.replace("+Ae", "+Au"),
        "+" + TESSERA.partition("+")[2],
    ],
)
def test_a_malformed_key_is_refused(text: str) -> None:
    with pytest.raises(ProofFailed):
        VerifierKey.parse(text)
    with pytest.raises(ProofFailed):
        SignerKey.parse("PRIVATE+KEY+" + text)


def test_a_public_key_is_no_signer_key() -> None:
    with pytest.raises(ProofFailed, match="PRIVATE"):
        SignerKey.parse(str(SEEN))
    with pytest.raises(ProofFailed, match="32 bytes"):
        SignerKey.from_seed("example.org/key", bytes(31))


def test_the_note_of_a_log_by_tessera_is_verified() -> None:
    raw = samples("ledger/tessera-log/testdata/log/checkpoint").read_bytes()
    key = VerifierKey.parse(TESSERA)

    (signature,) = verify_note(parse_note(raw), [key])

    assert signature.name == "example.com/log/testdata"
    assert str(key) == TESSERA
    assert bytes(parse_note(raw)) == raw
