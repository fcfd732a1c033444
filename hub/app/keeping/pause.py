"""A pause of the courier: a file in the data folder that says since when and why. While it lies there nothing leaves the hub."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from hub.errors import Conflict, Misconfigured
from hub.settings import Settings

NAME: Final = "courier.paused"


class Pause(msgspec.Struct, frozen=True, kw_only=True):
    """Since when (UTC microseconds), by whom and why."""

    at: int
    actor: str
    reason: str


def paused(settings: Settings) -> Pause | None:
    """The pause that holds now, if there is one. What lies there and cannot be read is a pause too."""
    try:
        return msgspec.json.decode(_path(settings).read_bytes(), type=Pause)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError):
        return Pause(at=0, actor="", reason="the file that says why cannot be read")


def pause(settings: Settings, why: Pause) -> None:
    """Hold the courier; a running one stops claiming within seconds. What was claimed is still sent."""
    path = _path(settings)
    fresh = path.with_name(f"{NAME}.new")
    try:
        fresh.write_bytes(msgspec.json.encode(why))
        fresh.replace(path)
    except OSError as error:
        raise Misconfigured(f"The data folder takes no file ({type(error).__name__}).", at=str(path)) from error


def resume(settings: Settings) -> Pause:
    """Let the courier go on; gives the pause that ended. Raises Conflict where there was none."""
    found = paused(settings)
    if found is None:
        raise Conflict("The courier is not paused.")
    _path(settings).unlink()
    return found


def _path(settings: Settings) -> Path:
    return Path(settings.data) / NAME
