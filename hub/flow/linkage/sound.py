"""Names as they sound, so that Catherine finds Kathryn: English and Spanish spelling folded to a few consonants."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

_NOT_ALNUM: Final = re.compile(r"[\W_]+")
# Tried in this order at each place; what is spelled differently and sounds alike becomes one letter.
_RULES: Final = (
    (re.compile(r"^(?:kn|gn|pn)"), "n"),
    (re.compile(r"^wr"), "r"),
    (re.compile(r"^x"), "s"),
    (re.compile(r"^mac"), "mk"),
    (re.compile(r"^mc"), "mk"),
    (re.compile(r"ph"), "f"),
    (re.compile(r"ch(?=[rl])"), "k"),
    (re.compile(r"sch|sh|tch|ch|cz"), "x"),
    (re.compile(r"ck|q|c(?=[^eiy]|$)"), "k"),
    (re.compile(r"c"), "s"),
    (re.compile(r"gh(?=[^aeiouy]|$)"), ""),
    (re.compile(r"dg(?=[eiy])|g(?=[eiy])"), "j"),
    (re.compile(r"x(?=$)"), "x"),
    (re.compile(r"z"), "s"),
    (re.compile(r"v"), "f"),
    (re.compile(r"ll"), "l"),
    (re.compile(r"d(?=t)|th"), "t"),
    (re.compile(r"w|h"), ""),
)
_VOWELS: Final = re.compile(r"(?<=.)[aeiouy]+")
_TWICE: Final = re.compile(r"(.)\1+")
LONGEST: Final = 6


@lru_cache(maxsize=65_536)
def plain(text: str) -> str:
    """Letters and digits alone, without case, accents and marks.

    >>> plain("O'Neíl-Doe")
    'oneildoe'
    """
    if text.isascii():
        return _NOT_ALNUM.sub("", text).lower()
    spread = unicodedata.normalize("NFKD", text.casefold())
    return _NOT_ALNUM.sub("", "".join(c for c in spread if not unicodedata.combining(c)))


@lru_cache(maxsize=65_536)
def sound(name: str) -> str:
    """A plain name as it sounds; empty for an empty one.

    >>> sound("catherine") == sound("kathryn")
    True
    >>> sound("hernandez"), sound("macdonald") == sound("mcdonald")
    ('arnts', True)
    """
    if not name:
        return ""
    heard = name
    for spelled, spoken in _RULES:
        heard = spelled.sub(spoken, heard)
    heard = _TWICE.sub(r"\1", _VOWELS.sub("", heard)).replace("d", "t")
    # A vowel at the beginning is heard, which one is not.
    if heard and heard[0] in "aeiouy":
        heard = "a" + heard[1:]
    return heard[:LONGEST] or name[:LONGEST]
