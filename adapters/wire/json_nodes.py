"""JSON values under compiled lenses: what readers take out of them, what writers put together, and leaves that know their path."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from adapters.wire.json import Spelled

NOTHING: dict[str, Any] = {}

# -- what compiled readers call


def text(node: Any, k: Any) -> Any:
    """The text of a leaf that is not plain text; an object or list where a text belongs is not understood."""
    if node.__class__ is Spelled:
        return str(node)
    if node is True or node is False:
        return "true" if node else "false"
    if node.__class__ is Marked:
        return node
    _fail(node, k)
    return ""


def unlike(node: Any, k: Any) -> dict[str, Any]:
    """No object stands here where one belongs."""
    if node is not None:
        _fail(node, k)
    return NOTHING


def rows(node: Any, k: Any) -> Any:
    """The items of a list; anything else is not understood."""
    if node.__class__ is list:
        return node
    _fail(node, k)
    return ()


def picks(node: Any, key: str, value: str, k: Any) -> list[Any]:
    """The items of a list whose key holds a value."""
    return [item for item in rows(node, k) if is_(item, key, value, k) is not None]


def pick(node: Any, key: str, value: str, k: Any) -> Any:
    """The first item of a list whose key holds a value, or None."""
    return next(iter(picks(node, key, value, k)), None)


def is_(node: Any, key: str, value: str, k: Any) -> Any:
    """The node, if it is an object whose key holds a value."""
    if node.__class__ is not dict or node.get(key) != value:
        return None
    k.note(node[key], "mapped")
    return node


def _fail(node: Any, k: Any) -> None:
    """Something stands where something else belongs: all of it is not understood."""
    k.bad = True
    for leaf in leaves(node):
        k.fail(leaf)


def index(node: Any, at: int, k: Any) -> Any:
    """One item of a list, or None."""
    found = rows(node, k)
    return found[at] if at < len(found) else None


def every(node: Any, steps: tuple[tuple[str, Any], ...], k: Any) -> Iterator[Any]:
    """Every node at the end of some steps."""
    if node is None:
        return
    if not steps:
        yield node
        return
    (kind, arg), rest = steps[0], steps[1:]
    if kind == "each":
        for item in rows(node, k):
            yield from every(item, rest, k)
    else:
        yield from every(_one(node, kind, arg, k), rest, k)


def _one(node: Any, kind: str, arg: Any, k: Any) -> Any:
    """The node one step further."""
    if kind == "key":
        return node.get(arg) if node.__class__ is dict else unlike(node, k).get(arg)
    if kind == "index":
        return index(node, arg, k)
    choose: Any = {"pick": pick, "picks": picks, "is": is_}[kind]
    return choose(node, *arg, k)


# -- what compiled writers call


def tagged(node: Any, key: str, value: str) -> dict[str, Any]:
    """An object that says what it is before what it holds."""
    return {key: value, **node}


def united(found: Sequence[Any]) -> Any:
    """What several lines write at one place, as one: objects merged, lists one after the other, else the first."""
    whole: Any = None
    for part in found:
        if part is None:
            continue
        if isinstance(whole, dict) and isinstance(part, dict):
            whole = whole | {key: united((whole.get(key), value)) for key, value in part.items()}
        elif isinstance(whole, list) and isinstance(part, list):
            whole = whole + part
        elif whole is None:
            whole = part
    return whole


def nested(records: Sequence[Any], steps: tuple[tuple[str, Any], ...]) -> Any:
    """Records put where a path with one `[]` leads."""
    if not records:
        return None
    at = next(n for n, (kind, _) in enumerate(steps) if kind == "each")
    node: Any = [_below(record, steps[at + 1 :]) for record in records]
    return _below(node, steps[:at])


def _below(node: Any, steps: tuple[tuple[str, Any], ...]) -> Any:
    for kind, arg in reversed(steps):
        if kind == "key":
            node = {arg: node}
        elif kind == "picks":
            node = [tagged(item, *arg) for item in node]
        elif kind == "pick":
            node = [tagged(node, *arg)]
        elif kind == "is":
            node = tagged(node, *arg)
        elif kind == "each":
            node = [node]
    return node


def grouped(records: Sequence[tuple[Any, Any]], within: Any, each: Any) -> Any:
    """Records in their groups: neighbours with the same group share it."""
    groups: list[tuple[Any, list[Any]]] = []
    for parent, item in records:
        if groups and groups[-1][0] == parent:
            groups[-1][1].append(item)
        else:
            groups.append((parent, [item]))
    return nested([united((parent, nested(items, each))) for parent, items in groups], within)


# -- accounting


class Marked(str):
    """A leaf that knows its path."""

    __slots__ = ("at",)
    at: tuple[str | int, ...]


def marked(node: Any, at: tuple[str | int, ...] = ()) -> Any:
    """The same value, every leaf of it as text that knows its path."""
    if isinstance(node, dict):
        return {key: marked(value, (*at, key)) for key, value in node.items()}
    if isinstance(node, list):
        return [marked(value, (*at, n)) for n, value in enumerate(node)]
    if node is None:
        return None
    found = Marked(("true" if node else "false") if isinstance(node, bool) else node)
    found.at = at
    return found


def derived(source: Any, text: str) -> Any:
    """Text made of a leaf; it keeps the leaf's path."""
    if source.__class__ is not Marked:
        return text
    found = Marked(text)
    found.at = source.at
    return found


def leaves(node: Any) -> Iterator[Marked]:
    """Every leaf of a marked value that says anything."""
    if isinstance(node, Marked):
        if node:
            yield node
    elif isinstance(node, dict | list):
        for inner in node.values() if isinstance(node, dict) else node:
            yield from leaves(inner)
