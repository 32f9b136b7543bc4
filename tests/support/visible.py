"""What a terminal would do with a text, other than show it."""

from __future__ import annotations

import re

# All control characters but the line feed and the tab, and what separates lines or reorders text.
_ODD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_PAINT = re.compile(r"\x1b\[(?:0|1|2|3|4|32|33|1;31|1;32|1;33|1;36|31|36)m")


def control_characters(text: str, *, colored: bool = False) -> str:
    """Return the characters of a text that are not to be shown; of colors only, with `colored`, the own."""
    return "".join(sorted(set(_ODD.findall(_PAINT.sub("", text) if colored else text))))
