"""Texts in a row, so that no two different rows look the same.

Each text is a netstring without its comma: its length in bytes, a colon, the text.
See https://cr.yp.to/proto/netstrings.txt.
"""

from __future__ import annotations

from collections.abc import Iterable


def framed(parts: Iterable[str | bytes | None]) -> bytes:
    """Return the bytes of a row of texts; None is different from every text.

    >>> framed(["ab", "", None])
    b'2:ab0:-'
    """
    pieces = []
    for part in parts:
        if part is None:
            pieces.append(b"-")
        else:
            data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
            pieces.append(b"%d:%b" % (len(data), data))
    return b"".join(pieces)
