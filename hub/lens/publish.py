"""Versions of a set: published whole under the digest of what it says, put in force by one atomic step, rolled back by another.

A version never changes once it is published. Who holds a Translator of an older one goes on with it: messages in flight end under
the set they began with, and the digest in each event's provenance says which that was.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection
from pathlib import Path

import msgspec

from hub.errors import Conflict, Misconfigured
from hub.lens.check import examine
from hub.lens.load import load
from hub.lens.spec import Lenses
from hub.lens.syntax import Syntax

IN_FORCE = "in-force"
OWN, COMMON = "own", "common"


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """One published version: the digest of what it says, and the file to load it from."""

    digest: str
    path: Path
    home: Path

    def load(self) -> Lenses:
        """The set of this version. Raises Misconfigured when its files no longer say what was published."""
        lenses = load(self.path, self.home)
        if lenses.digest != self.digest:
            raise Misconfigured("the files of this version were changed.", at=str(self.path), cure="Publish it anew.")
        return lenses


def publish(
    path: Path, syntax: Syntax, store: Path, home: Path | None = None, *, borne: Collection[str] = ()
) -> Version:
    """Check a set and keep it whole in the store. It is not in force yet. Publishing the same twice changes nothing.

    `borne` is what was wrong before, in words, and stays so. Raises Misconfigured with the first other thing that is wrong.
    """
    common = (home or path.parent).resolve()
    lenses = load(path.resolve(), common)
    wrong = [one for one in examine(lenses, syntax) if str(one) not in borne]
    if wrong:
        raise Misconfigured(f"this set may not go live: {wrong[0]}", at=path.name, cure=f"{len(wrong)} to mend.")
    target = store / lenses.digest
    if not target.exists():
        draft = store / f".{lenses.digest}.{os.getpid()}"
        for file in lenses.files:
            _copy(file, path.resolve().parent, common, draft)
        base, name = (common, COMMON) if path.resolve().is_relative_to(common) else (path.resolve().parent, OWN)
        (draft / "entry").write_text(f"{name}/{path.resolve().relative_to(base)}", encoding="utf-8")
        draft.rename(target)
    return version(store, lenses.digest)


def version(store: Path, digest: str) -> Version:
    """A published version. Raises Misconfigured when there is none of this digest."""
    folder = store / digest
    entry = folder / "entry"
    if not entry.is_file():
        raise Misconfigured(f"no version {digest[:12]} is published here.", at=store.name)
    return Version(digest=digest, path=folder / entry.read_text(encoding="utf-8"), home=folder / COMMON)


def activate(store: Path, digest: str, *, instead_of: str | None = None) -> None:
    """Put a published version in force, in one atomic step that survives a power cut once this returns.

    `instead_of` is the digest that the caller believes to be in force. Raises Conflict when another is.
    """
    require(store, digest, instead_of)
    _replace(store / IN_FORCE, "\n".join((*history(store), digest)) + "\n")


def require(store: Path, digest: str, instead_of: str | None) -> None:
    """That a published version may be put in force now. Raises as `activate`."""
    version(store, digest)
    before = history(store)
    if instead_of is not None and (before[-1] if before else "") != instead_of:
        raise Conflict("another version was put in force meanwhile.", at=store.name)


def earlier(store: Path) -> str:
    """The digest of the version that was in force before the present one. Raises Conflict when there is none."""
    before = history(store)
    if len(before) < 2:
        raise Conflict("there is no earlier version to go back to.", at=store.name)
    return version(store, before[-2]).digest


def rollback(store: Path) -> str:
    """Put the version that was in force before the present one in force again; gives its digest.

    Raises Conflict when there is none.
    """
    digest = earlier(store)
    _replace(store / IN_FORCE, "\n".join(history(store)[:-1]) + "\n")
    return digest


def in_force(store: Path) -> Version | None:
    """The version in force, or None before the first."""
    found = history(store)
    return version(store, found[-1]) if found else None


def history(store: Path) -> tuple[str, ...]:
    """The digests that were put in force and not rolled back, oldest first; the last one is in force."""
    path = store / IN_FORCE
    return tuple(path.read_text(encoding="utf-8").split()) if path.is_file() else ()


def _copy(file: Path, own: Path, common: Path, draft: Path) -> None:
    for base, name in ((common, COMMON), (own, OWN)):
        if file.is_relative_to(base):
            place = draft / name / file.relative_to(base)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, place)
            return
    raise Misconfigured("this file lies outside the set.", at=file.name, cure="Keep it beside or below the set's file.")


def _replace(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old or the new, and a power cut leaves one of them."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with draft.open("w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
