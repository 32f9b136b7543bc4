"""Ways in which a step lets out a secret: `python -I leaks.py WAY` prints `$TOKEN` in that way.

In front of it stands `leak:`, so that it can be told that the way was gone.
"""
# This runs as a program of its own, without the project on its path.

import base64
import json
import os
import shlex
import sys
import threading
import urllib.parse
from collections.abc import Callable

TOKEN = os.environb.get(b"TOKEN", b"")
TEXT = TOKEN.decode("utf-8", "surrogateescape")


def raw() -> bytes:
    return TOKEN


def quoted_url() -> bytes:
    return urllib.parse.quote(TOKEN, safe="").encode()


def quoted_plus() -> bytes:
    return urllib.parse.quote_plus(TOKEN).encode()


def as_json() -> bytes:
    return json.dumps(TEXT)[1:-1].encode()


def as_readable_json() -> bytes:
    return json.dumps(TEXT, ensure_ascii=False)[1:-1].encode()


def as_base64() -> bytes:
    return base64.b64encode(TOKEN)


def as_base64_for_urls() -> bytes:
    return base64.urlsafe_b64encode(TOKEN)


def as_shell_word() -> bytes:
    return shlex.quote(TEXT).encode("utf-8", "surrogateescape")


def as_hex() -> bytes:
    return TOKEN.hex().encode()


FORMS: tuple[Callable[[], bytes], ...] = (
    raw,
    quoted_url,
    quoted_plus,
    as_json,
    as_readable_json,
    as_base64,
    as_base64_for_urls,
    as_shell_word,
    as_hex,
)
"""Forms that wfopt must know."""


def _write(data: bytes, size: int, pause_s: float = 0.002) -> None:
    for start in range(0, len(data), size):
        os.write(1, data[start : start + size])
        threading.Event().wait(pause_s)


def main(way: str) -> int:
    """Print the secret in one way; return the exit status."""
    forms = {each.__name__: each for each in FORMS}
    if way in forms:
        os.write(1, b"leak:" + forms[way]() + b":\n")
    elif way == "split":
        _write(b"leak:" + TOKEN + b":\n", 5)
    elif way == "bytewise":
        _write(b"leak:" + TOKEN + b":\n", 1)
    elif way == "stderr":
        os.write(2, b"leak:" + TOKEN + b":\n")
    elif way == "often":
        _write((b"leak:" + TOKEN + b"\n") * 500, 997, pause_s=0.0)
    elif way == "twice":
        os.write(1, b"leak:" + TOKEN + TOKEN + TOKEN[:-1] + b"\n")
    elif way == "unfinished":
        os.write(1, b"leak:" + TOKEN)
    elif way == "failing":
        os.write(1, b"leak:" + TOKEN + b":\n")
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
