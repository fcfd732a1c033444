"""Many files through the formats that recognise them, counted by format and by the source they came from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import msgspec

import adapters
from hub.app.coverage.golden import Verdict, verdict
from hub.app.coverage.register import MEASURES, Measure
from hub.app.formats.rehearsal import adapter
from hub.contracts import Adapter, Received
from hub.errors import HubError
from hub.lens.compare import Coverage, Read, coverage, merged

# A folder that says where its sub-folders come from; each of them is a source.
SOURCES = "SOURCES.md"
NOT_MEASURED = Measure()


class Rewriting(msgspec.Struct, frozen=True, kw_only=True):
    """How many messages could be put together again untouched, and how many of them came out as they came in."""

    tried: int = 0
    same: int = 0


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """Some messages of one format."""

    read: Coverage
    rewriting: Rewriting


class Format(msgspec.Struct, frozen=True, kw_only=True):
    """All messages of one format: together, by source, and against what other people made of them."""

    whole: Measured
    sources: Mapping[str, Measured]
    goldens: Mapping[str, Verdict]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a folder holds. `unrecognised` files are of no format here, or of several."""

    formats: Mapping[str, Format]
    unrecognised: int


def report(place: Path, fmt: str = "", tell: Callable[[str], object] = str) -> Report:
    """Read every file at or below a place. `fmt` takes one format for all; `tell` hears how long work is going.

    Raises Lasting for a format there is none of. What cannot be read is counted.
    """
    known = {fmt: adapter(fmt)} if fmt else {name: make({}) for name, make in adapters.found().items()}
    files, strange = _sorted(place, known)
    found = {}
    for name, by_source in files.items():
        tell(f"{name}: reading {sum(map(len, by_source.values()))} files")
        found[name] = _format(known[name], MEASURES.get(name, NOT_MEASURED), by_source, place)
    return Report(formats=found, unrecognised=strange)


def _format(one: Adapter, how: Measure, files: Mapping[str, list[Path]], place: Path) -> Format:
    sources = {source: _measured(one, how, paths) for source, paths in sorted(files.items())}
    judged = ((golden, _folder(place, golden.source)) for golden in how.goldens)
    return Format(
        whole=Measured(
            read=merged(each.read for each in sources.values()),
            rewriting=Rewriting(
                tried=sum(each.rewriting.tried for each in sources.values()),
                same=sum(each.rewriting.same for each in sources.values()),
            ),
        ),
        sources=sources,
        goldens={golden.name: verdict(golden.compare(folder)) for golden, folder in judged if folder},
    )


def _measured(one: Adapter, how: Measure, paths: list[Path]) -> Measured:
    pieces = [piece for path in paths for piece in _pieces(one, path)]
    return Measured(read=coverage(reader(one), pieces), rewriting=_rewriting(how, pieces))


def _rewriting(how: Measure, pieces: list[bytes]) -> Rewriting:
    if how.same is None:
        return Rewriting()
    found = []
    for piece in pieces:
        try:
            found.append(how.same(piece))
        except HubError:
            continue  # what cannot be read is counted as that
    return Rewriting(tried=len(found), same=sum(found))


def reader(one: Adapter, zone: str = "UTC", charset: str = "") -> Read:
    """How an adapter reads a message that nobody sent now."""
    received = Received(journal="map", partner="map", as_of=0, zone=zone, charset=charset)
    return lambda body: one.read(body, received)


# -- files


def _sorted(place: Path, known: Mapping[str, Adapter]) -> tuple[dict[str, dict[str, list[Path]]], int]:
    """The files of a place by format and source, and how many are of none."""
    found: dict[str, dict[str, list[Path]]] = {name: {} for name in known}
    strange = 0
    for path in [place] if place.is_file() else sorted(p for p in place.rglob("*") if p.is_file()):
        body = path.read_bytes()
        names = [name for name, one in known.items() if one.recognises(body)]
        if len(names) == 1:
            found[names[0]].setdefault(source_of(path, place), []).append(path)
        else:
            strange += 1
    return {name: by_source for name, by_source in found.items() if by_source}, strange


def source_of(path: Path, place: Path) -> str:
    """The source of a file: the folder below the one that lists its sources, else the first folder there is.

    >>> source_of(Path("data/theirs/a/b.hl7"), Path("data")), source_of(Path("data/b.hl7"), Path("data"))
    ('theirs', '.')
    """
    folders = path.relative_to(place).parts[:-1] if path != place else ()
    if not folders:
        return "."
    listed = not (place / SOURCES).is_file() and (place / folders[0] / SOURCES).is_file()
    return "/".join(folders[:2] if listed else folders[:1])


def _folder(place: Path, source: str) -> Path | None:
    """The folder of a source at or below a place."""
    if place.name == source:
        return place
    return next((path for path in sorted(place.rglob(source)) if path.is_dir()), None)


def _pieces(one: Adapter, path: Path) -> Iterator[bytes]:
    body = path.read_bytes()
    try:
        yield from one.split(body)
    except HubError:
        yield body  # it is counted where it cannot be read
