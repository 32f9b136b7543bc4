r"""Characters that a terminal could misunderstand, shown as `\x1b`."""

from __future__ import annotations

import re

# Control characters except the tab, line and paragraph separators, bidirectional overrides and isolates,
# and surrogates, which come from file names that are not UTF-8 and which no stream can encode.
_UNSAFE = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")

_ESCAPES = {
    number: f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"
    for start, end in (
        (0x00, 0x08),
        (0x0A, 0x1F),
        (0x7F, 0x9F),
        (0x2028, 0x202E),
        (0x2066, 0x2069),
        (0xD800, 0xDFFF),
    )
    for number in range(start, end + 1)
}


def escaped(text: str) -> str:
    """Return `text` as one line in which every character but the tab is printable."""
    # A table is ten times as fast as a function for each character, should there be many.
    return text.translate(_ESCAPES) if _UNSAFE.search(text) else text
