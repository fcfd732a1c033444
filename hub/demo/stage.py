"""A copy of the example county in a folder of its own: fresh keys, random tokens, ephemeral ports, and partners that listen."""

from __future__ import annotations

import hashlib
import re
import secrets
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import examples.county
from hub.demo.receivers import Receiver, receiver
from hub.located import load as read
from hub.settings import Settings
from hub.settings import load as load_settings

SOURCE: Final = Path(examples.county.__file__).parent
CONFIG: Final = "county"
_TOKEN_BYTES: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The copied county: its settings, each partner's name, and what belongs to the partners alone.

    `tokens` are of partners that POST, `inboxes` are the folders of those that drop files, `receivers` the systems of those
    that are reached.
    """

    settings: Settings
    names: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    inboxes: dict[str, Path] = field(default_factory=dict)
    receivers: dict[str, Receiver] = field(default_factory=dict)

    async def close(self) -> None:
        """Let the partners go home."""
        for system in self.receivers.values():
            await system.close()


def build(folder: Path, change: Callable[[Path], None] = lambda _: None) -> Stage:
    """Copy the county into `folder`, which must be empty, and give it ports, tokens and partners of its own.

    `change` may edit the copied files before anything is read of them.
    """
    config = folder / CONFIG
    shutil.copytree(SOURCE, config, ignore=shutil.ignore_patterns("__init__.py", "__pycache__"))
    settings = config / "hub.yaml"
    settings.write_text(re.sub(r"(?m)^  port: \d+$", "  port: 0", settings.read_text("utf-8")), "utf-8")
    change(config)
    stage = Stage(settings=load_settings(config, {}))
    for path in sorted((config / "partners").glob("*.yaml")):
        path.write_text(_own(stage, config, path.read_text("utf-8"), read(path).data), "utf-8")
    return stage


def _own(stage: Stage, config: Path, text: str, data: Mapping[str, Any]) -> str:
    """The text of a partner file with addresses and tokens of this stage."""
    partner = data["id"]
    stage.names[partner] = data["name"]
    for door in data.get("source", {}).get("doors", ()):
        match door["kind"]:
            case "mllp":
                text = text.replace(f"port: {door['port']}\n", "port: 0\n")
            case "http":
                stage.tokens[partner] = secrets.token_urlsafe(_TOKEN_BYTES)
                text = text.replace(door["token_sha256"], hashlib.sha256(stage.tokens[partner].encode()).hexdigest())
            case "folder":
                stage.inboxes[partner] = config / door["path"]
                stage.inboxes[partner].mkdir(parents=True)
    if out := data.get("delivery"):
        stage.receivers[partner] = system = receiver(out["carrier"], config / out.get("path", ""))
        text = _reached(text, out, system.address)
    return text


def _reached(text: str, out: Mapping[str, Any], address: str) -> str:
    match out["carrier"]:
        case "mllp":
            return text.replace(f"port: {out['port']}\n", f"port: {address}\n")
        case "http":
            return text.replace(out["url"], re.sub(r":\d+/", f":{address}/", out["url"]))
        case _:
            return text
