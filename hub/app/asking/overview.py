"""What a hub runs with, for those who answer for it: keys, agreements, rules and mappings in force, and every setting."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version

import msgspec

from hub.app.asking.look import Look
from hub.app.formats import versions
from hub.app.watching.sight import certificates
from hub.settings import Settings, knobs
from hub.store import house
from hub.store.asking.cosigned import last_at


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """A key or certificate: what it is for, how it stands, when it was last used or until when it holds, how it is changed.

    Instants are UTC microseconds, 0 for none.
    """

    what: str
    words: str
    since: int = 0
    until: int = 0
    command: str = ""


class Term(msgspec.Struct, frozen=True, kw_only=True):
    """An agreement as it stands in a partner's file; instants are UTC microseconds."""

    partner: str
    reference: str
    kind: str
    starts: int
    ends: int


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """A knob: what it is, its value in words, whether that is the default, and what it does."""

    name: str
    value: str
    default: bool
    words: str


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """Everything of it. No secret is among it: secrets have names in the settings, and lie elsewhere."""

    program: str
    rules: str
    mappings: tuple[versions.Mapped, ...]
    keys: tuple[Key, ...]
    terms: tuple[Term, ...]
    settings: tuple[Setting, ...]


def overview(look: Look) -> Overview:
    """As of now."""
    return Overview(
        program=version("crisis-hub"),
        rules=look.known.house.rules.hash,
        mappings=tuple(one for one in versions.mapped(look) if one.versions),
        keys=tuple(_keys(look)),
        terms=tuple(_terms(look)),
        settings=tuple(_settings(look.vault.settings)),
    )


def _keys(look: Look) -> Iterator[Key]:
    vault = look.vault
    vault.keys.follow()
    with vault.database.read() as connection:
        signers, signed = house.signers(connection), last_at(connection)
    earlier = f"{len(signers) - 1} before it are known, to verify what they signed" if len(signers) > 1 else "the first"
    yield Key(what="the ledger's signing key", words=f"{signers[0]}; {earlier}", command="crisis-hub ledger rotate")
    witnesses = len(vault.settings.ledger.witnesses)
    yield Key(
        what="outside witnesses",
        words=f"{witnesses} whose signatures count"
        if witnesses
        else "none: nobody outside would see the ledger rewritten",
        since=signed,
    )
    versions_held = ", ".join(map(str, vault.keys.custody.versions()))
    yield Key(
        what="the key-encryption key",
        words=f"version {vault.keys.version}; held are {versions_held}; {vault.keys.count:,} keys are wrapped by it",
        command="crisis-hub keys renew",
    )
    for name, ends in certificates(vault.settings.tls.certificate).items():
        yield Key(what="the hub's certificate", words=name, until=ends)


def _terms(look: Look) -> Iterator[Term]:
    county = look.known.county
    for name, (starts, ends) in sorted(county.terms.items(), key=lambda each: each[1][1]):
        agreement = county.partners[name].agreement
        yield Term(partner=name, reference=agreement.reference, kind=agreement.kind, starts=starts, ends=ends)


def _settings(settings: Settings) -> Iterator[Setting]:
    for knob in knobs():
        value: object = settings
        for step in knob.path:
            value = getattr(value, step)
        yield Setting(name=knob.name, value=_said(value), default=value == knob.default, words=knob.words)


def _said(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if value != "" else "none"
