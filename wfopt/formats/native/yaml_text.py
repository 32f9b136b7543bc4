"""YAML text that every parser reads alike: quotes wherever YAML 1.1 or 1.2 sees anything but text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

STEP = "  "
"""One level of indentation."""

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*(?: [A-Za-z0-9_./-]+)*")
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
# What no YAML file may hold as it is, and what only some parsers take for the end of a line.
_ODD = re.compile(r"[^\n\t -~\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_LONGEST_COMMENT = 160


def scalar(text: str) -> str:
    """Return a text as a scalar on one line.

    >>> scalar("make all"), scalar("3.10"), scalar("on"), scalar("a: b")
    ('make all', '"3.10"', '"on"', '"a: b"')
    """
    is_plain = _PLAIN.fullmatch(text) is not None and text.lower() not in _WORDS
    return text if is_plain else _quoted(text)


def in_flow(items: Iterable[str]) -> str:
    """Return scalars as a list on one line."""
    return f"[{', '.join(items)}]"


def mapping_in_flow(pairs: Iterable[tuple[str, str]]) -> str:
    """Return keys and scalars as a mapping on one line."""
    return f"{{ {', '.join(f'{key}: {value}' for key, value in pairs)} }}"


def entry(key: str, text: str, indent: str) -> Iterator[str]:
    """Yield the lines of a key and a text: several lines become a block."""
    # In a block nothing need be escaped.
    is_block = "\n" in text or '"' in text or "\\" in text
    if not is_block or not text.strip() or _ODD.search(text):
        yield f"{indent}{key}: {scalar(text)}"
        return
    inner = indent + STEP
    body = text.rstrip("\n")
    missing = len(text) - len(body)
    # A block starts where its first line does, so spaces there must be told from the indentation.
    hint = str(len(STEP)) if text[0] in " \t\n" else ""
    chomp = "-" if not missing else "" if missing == 1 and body else "+"
    yield f"{indent}{key}: |{hint}{chomp}"
    for line in text.split("\n")[:-1] if missing else body.split("\n"):
        yield f"{inner}{line}" if line else ""


def comment(text: str, indent: str) -> str:
    """Return a text as a comment on one line."""
    line = _ODD.sub("?", " ".join(text.split()))
    return f"{indent}# {line if len(line) <= _LONGEST_COMMENT else f'{line[: _LONGEST_COMMENT - 3]}...'}"


def _quoted(text: str) -> str:
    def escaped(found: re.Match[str]) -> str:
        code = ord(found[0])
        return f"\\u{code:04x}" if code < 1 << 16 else f"\\U{code:08x}"

    return _ODD.sub(escaped, json.dumps(text, ensure_ascii=False))
