"""How many columns text takes on a terminal."""

from __future__ import annotations

import unicodedata

_ZERO_WIDTH_CATEGORIES = frozenset(("Mn", "Me", "Cf"))
_SOFT_HYPHEN = "\xad"


def char_width(char: str) -> int:
    """Return the columns of one printable character: 0, 1 or 2.

    Wide and fullwidth characters of Unicode's annex 11 take 2, marks that combine with the character
    before them and invisible format characters take none.

    >>> [char_width(char) for char in "a語́"]
    [1, 2, 0]
    """
    if char.isascii():
        return 1
    if unicodedata.east_asian_width(char) in "WF":
        return 2
    # Vowels and final consonants of decomposed Hangul are letters, but join the consonant before them.
    joins = unicodedata.category(char) in _ZERO_WIDTH_CATEGORIES or "\u1160" <= char <= "\u11ff"
    return 0 if joins and char != _SOFT_HYPHEN else 1


def text_width(text: str) -> int:
    """Return the columns of printable text.

    >>> text_width("abc"), text_width("日本")
    (3, 4)
    """
    return len(text) if text.isascii() else sum(map(char_width, text))


def pad(text: str, width: int) -> str:
    """Return `text` with spaces behind it, so that it takes at least `width` columns."""
    return text + " " * (width - text_width(text))
