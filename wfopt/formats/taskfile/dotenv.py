"""Files of `NAME=value` lines."""

from __future__ import annotations

import re

_LINE = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.]*)\s*[=:]\s*(.*?)\s*")


def variables_in(text: str) -> dict[str, str]:
    r"""Return the variables of a file; lines that declare none are left out.

    >>> variables_in("# colors\nexport A='x y'  # the first\nB=2 # two\n")
    {'A': 'x y', 'B': '2'}
    """
    found: dict[str, str] = {}
    for line in text.splitlines():
        match = _LINE.fullmatch(line)
        if match is not None:
            found[match[1]] = _value(match[2])
    return found


def _value(written: str) -> str:
    quote = written[:1]
    end = written.find(quote, 1) if quote in {'"', "'"} else -1
    if end > 0:
        inner = written[1:end]
        return inner.replace("\\n", "\n") if quote == '"' else inner
    return re.split(r"\s#", f" {written}")[0].strip()
