"""Puts what somebody had typed back into a form of a page that was just made, read as our own templates write it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape, unescape
from typing import Final

_FORM: Final = re.compile(r"<form\b[^>]*>.*?</form>", re.DOTALL)
_PART: Final = re.compile(
    r"(?P<select><select\b[^>]*>)(?P<options>.*?)</select>|(?P<text><textarea\b[^>]*>).*?</textarea>|(?P<input><input\b[^>]*>)",
    re.DOTALL,
)
_OPTION: Final = re.compile(r"<option\b[^>]*>")
_ATTRIBUTE: Final = re.compile(r'\s([\w-]+)(?:="([^"]*)")?')
_TIES: Final = frozenset({"csrf", "once"})
# What stays as the page has it: what the hub says with a form, what presses it, what is never kept.
_NOT_TYPED: Final = frozenset({"hidden", "submit", "button", "password"})


def refilled(html: str, path: str, action: str, fields: Mapping[str, str]) -> str | None:
    """The page at a path with these fields in its form for an action; None where it has no such form any more.

    >>> refilled('<form method="post"><input name="a" value=""></form>', "/x", "/x", {"a": "1 < 2"})
    '<form method="post"><input name="a" value="1 &lt; 2"></form>'
    """
    for found in _FORM.finditer(html):
        form = found[0]
        said = _attributes(form[: form.index(">") + 1])
        if said.get("method") == "post" and said.get("action", path) == action and _the_same(form, fields):
            filled = _PART.sub(lambda part: _part(part, fields), form)
            return html[: found.start()] + filled + html[found.end() :]
    return None


def _the_same(form: str, fields: Mapping[str, str]) -> bool:
    """Of many forms for one act (a row each), the one that speaks of the same thing."""
    parts = [_attributes(part["input"]) for part in _PART.finditer(form) if part["input"]]
    hidden = {part["name"]: part.get("value", "") for part in parts if part.get("type") == "hidden"}
    return all(fields.get(name, value) == value for name, value in hidden.items() if name not in _TIES)


def _part(part: re.Match[str], fields: Mapping[str, str]) -> str:
    tag = part["select"] or part["text"] or part["input"]
    said = _attributes(tag)
    name, kind = said.get("name", ""), said.get("type", "text")
    if kind in _NOT_TYPED or not name:
        return part[0]
    value = fields.get(name, "")
    if part["select"]:
        chosen = value.split("\n")
        return f"{tag}{_OPTION.sub(lambda option: _marked(option[0], 'selected', chosen), part['options'])}</select>"
    if part["text"]:
        # A line break right behind the tag is the tag's (HTML, 13.1.2.5).
        return f"{tag}\n{escape(value)}</textarea>"
    if kind in ("checkbox", "radio"):
        return _marked(tag, "checked", value.split("\n") if name in fields else [])
    return re.sub(r'\svalue="[^"]*"', "", tag)[:-1] + f' value="{escape(value)}">'


def _marked(tag: str, mark: str, chosen: list[str]) -> str:
    bare = re.sub(rf"\s{mark}(?=[\s>])", "", tag)
    return f"{bare[:-1]} {mark}>" if _attributes(tag).get("value", "on") in chosen else bare


def _attributes(tag: str) -> dict[str, str]:
    return {name: unescape(value) for name, value in _ATTRIBUTE.findall(tag)}
