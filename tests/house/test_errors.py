"""The picture at the top of `hub/errors.py` is the tree itself."""

from __future__ import annotations

import re

from hub import errors


def drawn(picture: str) -> dict[str, str]:
    """Each error of the picture with the one it hangs from."""
    parents: dict[str, str] = {}
    stems: list[str] = []
    for line in picture.splitlines():
        if found := re.match(r"([│├└─ ]*)([A-Z]\w+)(?:\s{2,}|$)", line):
            depth = len(found[1]) // 4
            parents[found[2]] = stems[depth - 1] if depth else "Exception"
            stems[depth:] = [found[2]]
    return parents


def test_the_picture_of_the_errors_is_true() -> None:
    tree = {
        name: kind.__bases__[0].__name__
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, Exception)
    }

    assert len(tree) > 10
    assert drawn(errors.__doc__ or "") == tree


def test_every_error_has_a_default_sentence() -> None:
    silent = [
        name for name, kind in vars(errors).items() if isinstance(kind, type) and not (kind.__doc__ or "").endswith(".")
    ]

    assert silent == []
