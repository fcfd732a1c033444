"""A state's overlay counts only as counsel signed it: every rule of it, and the views that they show, under an Ed25519 signature.

What is signed is a text of five lines, a C2SP signed note whose one signature may be made with any tool of that family:

    crisis-hub overlay
    the state
    SHA-256 of the overlay's rules and views, in hex
    the name of counsel
    the day

Whoever can write the county's files can name another key as counsel's; whoever alters a rule alone is found.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final

import msgspec

from consent.engine import RuleSet
from consent.rule import Rule, RuleFile
from hub.errors import Misconfigured, ProofFailed
from hub.tlog.notes import Note, SignerKey, VerifierKey, parse_note, sign_note, verify_note

DEMO: Final = "DEMO"
# Counsel of the county that does not exist. Anybody can make this key, so it counts for no real state.
NOBODY: Final = SignerKey.from_seed(
    "nobody.example/counsel", hashlib.sha256(b"counsel of a county that does not exist").digest()
)


class SignOff(msgspec.Struct, frozen=True, kw_only=True):
    """Counsel's word for the overlay of one state: who, on which day, by which key, and the signatures, one for each version."""

    state: str
    counsel: str
    signed_on: str
    key: str
    signatures: tuple[str, ...]


def digest(rules: RuleSet, state: str) -> str:
    """SHA-256, in hex, over all that the overlay of a state can change in an answer. Raises Misconfigured where there is none."""
    file = _overlay(rules, state)
    plain = [_plain(rule) for rule in sorted(file.rules, key=lambda rule: rule.id)]
    views = sorted({name for rule in file.rules for name in rule.views})
    shown = [(name, rules.views[name].version, rules.views[name].named_by, rules.views[name].paths) for name in views]
    return hashlib.sha256(msgspec.json.encode((state, plain, shown), order="sorted")).hexdigest()


def _plain(rule: Rule) -> dict[str, object]:
    told: dict[str, object] = msgspec.to_builtins(msgspec.structs.replace(rule, cases=(), file=""))
    return told | {"when": {name: sorted(values) for name, values in sorted(rule.when.items())}}


def _overlay(rules: RuleSet, state: str) -> RuleFile:
    for file in rules.files:
        if file.state == state:
            return file
    raise Misconfigured(
        f"the overlay of state {state} does not exist.",
        at=f"rules/state-{state.lower()}.yaml",
        cure="Write it, and have counsel sign it.",
    )


def text(rules: RuleSet, state: str, counsel: str, signed_on: str) -> str:
    """What counsel signs. Raises Misconfigured where there is no such overlay."""
    return f"crisis-hub overlay\n{state}\n{digest(rules, state)}\n{counsel}\n{signed_on}\n"


def signed(rules: RuleSet, state: str, counsel: str, signed_on: str, key: SignerKey) -> str:
    """Counsel's signature, as it stands in the county's file."""
    (signature,) = sign_note(text(rules, state, counsel, signed_on), [key]).signatures
    return str(signature).strip()


def require_signed(rules: RuleSet, word: SignOff) -> None:
    """Refuse an overlay that counsel did not sign as it is. Raises Misconfigured."""
    wanted = text(rules, word.state, word.counsel, word.signed_on)
    at = f"county.yaml, overlay of {word.state}"
    try:
        key = VerifierKey.parse(word.key)
    except ProofFailed as wrong:
        raise Misconfigured(f"The key of counsel cannot be read: {wrong.message}", at=at, cure=_CURE) from wrong
    if key == NOBODY.verifier and word.state != DEMO:
        raise Misconfigured("Anybody can sign with this key.", at=at, cure="It is for the state DEMO alone. " + _CURE)
    if not any(_verifies(wanted, line, key) for line in word.signatures):
        raise Misconfigured(f"Counsel did not sign the overlay of {word.state} as it stands.", at=at, cure=_CURE)


_CURE: Final = "`crisis-hub policy overlay STATE` prints what counsel reads and signs."


def _verifies(wanted: str, line: str, key: VerifierKey) -> bool:
    try:
        verify_note(_note(wanted, [line]), [key])
    except ProofFailed:
        return False
    return True


def _note(wanted: str, lines: Iterable[str]) -> Note:
    return parse_note("\n".join((wanted, *lines, "")).encode())
