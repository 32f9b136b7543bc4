"""Text as it stands in an XML document, whatever characters it has."""

from __future__ import annotations

import re

# XML 1.0, production 2: no other character may stand in a document, not even as a reference.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_IN_CONTENT = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
# A reader turns bare tabs and line ends of an attribute into spaces.
_IN_ATTRIBUTE = {**_IN_CONTENT, '"': "&quot;", "\t": "&#9;", "\n": "&#10;"}

_CONTENT_TABLE = str.maketrans(_IN_CONTENT)
_ATTRIBUTE_TABLE = str.maketrans(_IN_ATTRIBUTE)


def content(text: str) -> str:
    r"""Return text between tags; what no document may hold becomes a replacement character.

    >>> content("a < b & c]]>")
    'a &lt; b &amp; c]]&gt;'
    """
    return _ILLEGAL.sub("\ufffd", text).translate(_CONTENT_TABLE)


def attribute(text: str) -> str:
    r"""Return an attribute's value with its quotes.

    >>> attribute('say "hi"')
    '"say &quot;hi&quot;"'
    """
    return f'"{_ILLEGAL.sub(chr(0xFFFD), text).translate(_ATTRIBUTE_TABLE)}"'
