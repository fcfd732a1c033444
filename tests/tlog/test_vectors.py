"""The proofs that others published: every one they accept we accept, every one they refuse we refuse."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

from hub.errors import ProofFailed
from hub.tlog.proofs import verify_consistency, verify_inclusion
from tests.samples import every, samples

VECTORS = "ledger/rfc6962/testdata"


def read(path: Path) -> tuple[dict[str, Any], list[bytes]]:
    """A vector and its proof; whoever wrote them left out keys that are zero."""
    vector = json.loads(path.read_text())
    return vector, [b64decode(each) for each in vector.get("proof") or []]


def holds(vector: dict[str, Any], check: Any, *args: Any) -> None:
    if vector.get("wantErr"):
        with pytest.raises(ProofFailed):
            check(*args)
    else:
        check(*args)


@pytest.mark.parametrize("path", every(f"{VECTORS}/inclusion/**/*.json"))
def test_an_inclusion_proof_is_judged_as_published(path: Path) -> None:
    vector, proof = read(path)
    leaf, root = (b64decode(vector.get(key) or "") for key in ("leafHash", "root"))

    holds(vector, verify_inclusion, vector.get("leafIdx", 0), vector.get("treeSize", 0), leaf, proof, root)


@pytest.mark.parametrize("path", every(f"{VECTORS}/consistency/**/*.json"))
def test_a_consistency_proof_is_judged_as_published(path: Path) -> None:
    vector, proof = read(path)
    roots = (b64decode(vector.get(key) or "") for key in ("root1", "root2"))

    holds(vector, verify_consistency, vector.get("size1", 0), vector.get("size2", 0), proof, *roots)


@pytest.mark.parametrize("path", every(f"{VECTORS}/subtreeinclusion/**/*.json"))
def test_a_proof_within_a_proper_subtree_is_a_proof_within_a_smaller_tree(path: Path) -> None:
    vector, proof = read(path)
    start, end, index = (vector.get(key, 0) for key in ("start", "end", "leafIdx"))
    leaf, root = (b64decode(vector.get(key) or "") for key in ("leafHash", "root"))
    if end > start and start % (1 << (end - start - 1).bit_length()):
        assert vector["wantErr"], "a range that is no subtree has no proof"
    else:
        holds(vector, verify_inclusion, index - start, end - start, leaf, proof, root)


def test_a_subtree_from_the_first_leaf_on_is_an_earlier_tree() -> None:
    # One that begins later has no counterpart in RFC 9162; one without leaves proves nothing, and we refuse it.
    vectors = [read(path) for path in samples(f"{VECTORS}/subtreeconsistency").rglob("*.json")]
    earlier = [each for each in vectors if each[0].get("start", 0) == 0 and each[0].get("end", 0) > 0]

    for vector, proof in earlier:
        roots = (b64decode(vector.get(key) or "") for key in ("root1", "root2"))
        holds(vector, verify_consistency, vector["end"], vector.get("size", 0), proof, *roots)

    assert len(earlier) == 91


def test_all_published_vectors_are_here() -> None:
    counts = {kind: len(list(samples(f"{VECTORS}/{kind}").rglob("*.json"))) for kind in ("inclusion", "consistency")}

    assert counts == {"inclusion": 98, "consistency": 98}
