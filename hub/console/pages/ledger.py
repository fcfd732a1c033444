"""Ledger: whether anything was changed since. Verified here, in the reader's own browser where it can, and offered to outsiders."""

from __future__ import annotations

import time

from starlette.responses import Response

from hub.access.roles import Right
from hub.console.page import Visit, act, page
from hub.console.render import shown
from hub.errors import Lasting, ProofFailed


@page(
    "/ledger",
    "Has anything been changed since it was written?",
    Right.LEDGER,
    menu="Ledger",
    command="crisis-hub ledger verify",
)
def ledger(visit: Visit) -> Response:
    """The newest checkpoint, and what one may do with it."""
    return _ledger(visit)


@act("/ledger", "Verify the whole ledger", Right.LEDGER, once=False)
def verify(visit: Visit) -> Response:
    """Re-derived from its leaves here and now."""
    began = time.perf_counter()
    try:
        return _ledger(visit, verified=visit.hub.verify_ledger(), took=time.perf_counter() - began)
    except ProofFailed as failed:
        return _ledger(visit, failed=str(failed), took=time.perf_counter() - began)


@act("/ledger/old", "Does it still begin with this?", Right.LEDGER, once=False)
def follows(visit: Visit) -> Response:
    """A checkpoint that somebody kept, on paper too: the ledger signed it, and still begins with it."""
    lines = [line.strip() for line in visit.form.get("note", "").strip().splitlines()]
    try:
        old = visit.hub.follows(("\n".join(lines) + "\n").encode())
    except ProofFailed as failed:
        return _ledger(visit, other=str(failed))
    return _ledger(visit, old=old)


@page("/ledger/leaves", "Which leaf?", Right.LEDGER)
def which(visit: Visit) -> Response:
    """To the leaf of a number."""
    return _leaf(visit, visit.query.get("leaf", ""))


@page(
    "/ledger/leaves/{leaf}",
    "Is this leaf under the signed root?",
    Right.LEDGER,
    command="crisis-hub ledger prove {leaf}",
)
def leaf(visit: Visit) -> Response:
    """One leaf with its proof, step by step."""
    return _leaf(visit, visit.path["leaf"])


def _leaf(visit: Visit, text: str) -> Response:
    if not text.isdecimal() or len(text) > 15:
        raise Lasting("A leaf is named by its number.")
    try:
        proof = visit.hub.prove(int(text))
    except ProofFailed as none:
        raise Lasting("There is no such leaf.") from none
    return shown(visit, "leaf.html", title=f"Leaf {int(text):,}", proof=proof, key=visit.hub.ledger_key)


def _ledger(
    visit: Visit, *, verified: object = None, failed: str = "", took: float = 0.0, old: object = None, other: str = ""
) -> Response:
    note = visit.hub.checkpoint().decode()
    lines = note.split("\n")
    return shown(
        visit, "ledger.html", status=200, note=note, origin=lines[0], size=int(lines[1]) if note else 0,
        root=lines[2] if note else "", key=visit.hub.ledger_key, verified=verified, failed=failed, took=took, old=old, other=other,
    )  # fmt: skip
