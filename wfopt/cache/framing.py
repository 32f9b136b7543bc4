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
    row = tuple(parts)
    texts = [part for part in row if isinstance(part, str)]
    if len(texts) == len(row) and "".join(texts).isascii():
        # Each character is a byte, as nearly always: this takes half as long.
        return "".join([f"{len(text)}:{text}" for text in texts]).encode("ascii")
    pieces = []
    for part in row:
        if part is None:
            pieces.append(b"-")
        else:
            data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
            pieces.append(b"%d:%b" % (len(data), data))
    return b"".join(pieces)
