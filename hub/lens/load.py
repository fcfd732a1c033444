"""Lens files to one resolved set: includes are read, `extends` is followed, a partner's differences laid over the common lines."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema_rs

from hub.errors import Misconfigured
from hub.lens import tables
from hub.lens.source import Map, Text, place_of, plain, read
from hub.lens.spec import Coding, Condition, Constant, Lens, Lenses, Line, Type, condition, line

MOST_FILES = 200


def load(path: Path, home: Path | None = None) -> Lenses:
    """The resolved set of a lens file.

    `home` is the folder of the common mappings, where `extends` looks after the file's own folder.
    Raises Misconfigured naming file, line and cure.
    """
    files: list[Path] = []
    found, folders = _resolve(path, home or path.parent, files)
    _check_shape(found)
    known_tables = _tables(folders)
    resolved = plain(found)
    resolved.pop("extends", None)
    return Lenses(
        name=path.parent.name if path.stem == "set" else path.stem,
        syntax=found["syntax"],
        place=found.place,
        lenses=tuple(_lens(n, m, found.get("reads", "")) for n, m in found["lenses"].items() if m is not None),
        types={n: _type(n, m) for n, m in found.get("types", {}).items() if m is not None},
        tables=known_tables,
        order={kind: tuple(order.split()) for kind, order in found.get("order", {}).items()},
        known={wire: why for wire, why in found.get("known", {}).items() if why is not None},
        digest=_digest(resolved, known_tables),
        resolved=resolved,
        files=tuple(dict.fromkeys((*files, *(table for folder in folders for table in sorted(folder.glob("*.csv")))))),
    )


def merge(base: Map, more: Map) -> Map:
    """`more` over `base`: mappings unite, anything else replaces, null removes. An arrow in a key does not tell keys apart."""
    found = Map(more.place)
    for key in base:
        found.put(key, base[key], base.places[key])
    names = {key.rstrip("<> "): key for key in base}
    for key, value in more.items():
        old = names.get(key.rstrip("<> "))
        if old is not None and isinstance(value, Map) and isinstance(found[old], Map):
            value = merge(found[old], value)  # noqa: PLW2901 - the united value takes its place
        if old is not None and old != key:
            del found[old], found.places[old]
        found.put(key, value, more.places[key])
        if value is None and old is not None:
            del found[key]
    return found


def _resolve(path: Path, home: Path, files: list[Path]) -> tuple[Map, list[Path]]:
    """A set with what it extends under it, and its folders of tables, the common ones first."""
    found = _include(_read(path, home, files), path, home, files)
    folders = [(path.parent / name).resolve() for name in found.get("tables", [])]
    base_name = found.get("extends")
    if not base_name:
        return found, folders
    base, base_folders = _resolve(_find(base_name, path, home), home, files)
    return merge(base, found), base_folders + folders


def _read(path: Path, home: Path, files: list[Path]) -> Map:
    """A file, read and noted. What extends itself comes back to a file again and again."""
    if len(files) > MOST_FILES:
        raise Misconfigured(f"this set has more than {MOST_FILES} files, or extends itself.", at=_shown(path, home))
    files.append(path)
    return read(path, _shown(path, home))


def _include(found: Map, path: Path, home: Path, files: list[Path]) -> Map:
    """Put the content of a file where its name stands: `types: types.yaml`, `lenses: {person: person.yaml}`."""
    if isinstance(found.get("types"), Text):
        found["types"] = _read(_find(found["types"], path, home), home, files)
    lenses = found.get("lenses")
    if isinstance(lenses, Map):
        for name, value in lenses.items():
            if isinstance(value, Text):
                lenses[name] = _record(_find(value, path, home), home, files)
    return found


def _record(path: Path, home: Path, files: list[Path]) -> Map:
    found = _read(path, home, files)
    base = found.pop("extends", None)
    return merge(_record(_find(base, path, home), home, files), found) if base else found


def _find(name: Text, path: Path, home: Path) -> Path:
    for folder in (path.parent, home):
        if (folder / name).is_file():
            return (folder / name).resolve()
    raise Misconfigured(
        f'there is no file "{name}".', at=str(name.place), cure="Name it from this folder or from the common mappings."
    )


def _shown(path: Path, home: Path) -> str:
    return str(path.relative_to(home)) if path.is_relative_to(home) else path.name


def _check_shape(found: Map) -> None:
    error = next(_validator().iter_errors(plain(found)), None)
    if error is not None:
        place = place_of(found, tuple(error.instance_path))
        raise Misconfigured(f"{error.message}.", at=str(place), cure=_near_key(error.message))


@cache
def _validator() -> jsonschema_rs.Validator:
    schema = json.loads(resources.files("hub.lens").joinpath("schema.json").read_text(encoding="utf-8"))
    return jsonschema_rs.validator_for(schema)


def _near_key(message: str) -> str:
    words = (
        "reads",
        "each",
        "within",
        "when",
        "unless",
        "writes",
        "lines",
        "constants",
        "cases",
        "makes",
        "codings",
        "systems",
    )
    wrong = message.partition("'")[2].partition("'")[0]
    close = get_close_matches(wrong, words, n=1)
    return f'Did you mean "{close[0]}"?' if close and "additional" in message.lower() else ""


def _tables(folders: list[Path]) -> dict[str, tables.Table]:
    found: dict[str, tables.Table] = {}
    for folder in folders:
        if not folder.is_dir():
            raise Misconfigured("this folder of code tables does not exist.", at=folder.name)
        for name, table in tables.folder(folder).items():
            found[name] = tables.extend(found[name], table) if name in found else table
    return found


def _lens(name: str, said: Map, kinds: str) -> Lens:
    return Lens(
        name=name,
        place=said.place,
        reads=tuple(kind.strip() for kind in said.get("reads", kinds).split("|") if kind.strip()),
        each=said.get("each", ""),
        within=said.get("within", ""),
        when=_tests(said),
        writes=condition(said["writes"], said["writes"].place) if "writes" in said else None,
        lines=tuple(_lines(said.get("lines"))),
        constants=_constants(said),
        cases=tuple(said.get("cases", ())),
    )


def _type(name: str, said: Map) -> Type:
    if "makes" not in said:
        raise Misconfigured("this type does not say what it makes.", at=str(said.place), cure="Add `makes: Code`.")
    codings = said.get("codings", ())
    return Type(
        name=name,
        makes=said["makes"],
        place=said.place,
        lines=tuple(_lines(said.get("lines"))),
        constants=_constants(said),
        codings=tuple(Coding(**{str(k): str(v) for k, v in c.items()}) for c in codings),
        text=said.get("text", ""),
        systems=said.get("systems", ""),
    )


def _lines(said: Map | None) -> Iterator[Line]:
    if said is None:
        return
    for key, value in said.items():
        for one in value if isinstance(value, list) else [value]:
            if one is not None:
                yield line(key, one, said.places[key])


def _constants(said: Map) -> tuple[Constant, ...]:
    found: Map | None = said.get("constants")
    given = ((wire, value) for wire, value in (found or {}).items() if value is not None)
    return tuple(Constant(wire=wire, value=value, place=found.places[wire]) for wire, value in given) if found else ()


def _tests(said: Map) -> tuple[Condition, ...]:
    found = ((word, said.get(word, ())) for word in ("when", "unless"))
    texts = ((word, one) for word, value in found for one in (value if isinstance(value, list | tuple) else (value,)))
    return tuple(condition(one, one.place, negated=word == "unless") for word, one in texts)


def _digest(resolved: Mapping[str, Any], found: Mapping[str, tables.Table]) -> str:
    rows = {n: [[r.wire, r.canonical, r.system, r.display, r.since, r.until] for r in t.rows] for n, t in found.items()}
    text = json.dumps([resolved, rows], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
