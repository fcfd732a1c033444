"""A partner's own mapping: the file that its partner file names, or the version of it that was put in force since."""

from __future__ import annotations

from pathlib import Path

import adapters
import mappings
from hub.errors import Lasting, Misconfigured
from hub.lens import publish
from hub.lens.load import load
from hub.lens.spec import Lenses
from hub.lens.syntax import Syntax
from hub.lens.translate import Translator
from hub.located import near
from hub.settings import Settings

# The common mappings, which a partner's own extends.
HOME = Path(mappings.__file__).parent


def store(settings: Settings, name: str) -> Path:
    """Where the versions of a mapping lie: in the data folder, under the name of its file."""
    return Path(settings.data) / "mappings" / name


def own(partner: str) -> str:
    """What the mapping of a sender is called that has no file of its own, once codes of it were mapped."""
    return f"{partner}-codes"


def in_force(settings: Settings, mapping: str, partner: str = "") -> str:
    """The file to read a partner's mapping from; empty for the format's own. A relative name begins at the county's folder.

    Of a `partner` that sends and has no mapping of its own: what was published for its codes.
    """
    if not mapping:
        codes = publish.in_force(store(settings, own(partner))) if partner else None
        return str(codes.path) if codes else ""
    file = (Path(settings.county) / mapping).resolve()
    found = publish.in_force(store(settings, file.stem))
    return str(found.path if found else file)


def unchanged(settings: Settings, mapping: str, partner: str = "") -> str:
    """The same file. Raises Misconfigured where there is none, or a published version does not say what was published."""
    name = Path(mapping).stem if mapping else own(partner)
    version = publish.in_force(store(settings, name)) if mapping or partner else None
    if version is not None:
        version.load()
    found = in_force(settings, mapping, partner)
    if mapping and not Path(found).is_file():
        files = [path.name for path in Path(settings.county).glob("*.yaml")]
        cure = f"mapping: names a file, from the county's folder on. {near(Path(mapping).name, files)}"
        raise Misconfigured("There is no such mapping.", at=found, cure=cure)
    return found


def translators() -> dict[str, Translator]:
    """The common mapping of each format that has one."""
    made = {name: getattr(make({}), "translator", None) for name, make in adapters.found().items()}
    return {name: found for name, found in made.items() if isinstance(found, Translator)}


def syntax(file: Path) -> Syntax:
    """The wire syntax that a lens file is written for. Raises Misconfigured naming file and line."""
    wanted = load(file, HOME).syntax
    known = {one.lenses.syntax: one.syntax for one in translators().values()}
    if wanted not in known:
        raise Misconfigured(f'No format here has the syntax "{wanted}".', at=file.name, cure=near(wanted, list(known)))
    return known[wanted]


def lenses(name: str) -> Lenses:
    """The set of a format, by its name, or of a file. Raises Lasting or Misconfigured."""
    common = translators()
    if name in common:
        return common[name].lenses
    if not Path(name).is_file():
        raise Lasting(f'"{name}" is no format and no file.', cure=near(name, list(common)))
    return load(Path(name), HOME)
