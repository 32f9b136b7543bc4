"""What edits change, as a unified diff that `git apply` and `patch -p1` understand."""

from __future__ import annotations

from difflib import unified_diff

_NO_END = "\\ No newline at end of file\n"


def diff_text(file: str, before: str, after: str) -> str:
    """Return the difference between two texts of a file; "" if there is none."""
    name = file.lstrip("/")
    lines = unified_diff(_lines(before), _lines(after), f"a/{name}", f"b/{name}")
    return "".join(line if line.endswith("\n") else f"{line}\n{_NO_END}" for line in lines)


def _lines(text: str) -> list[str]:
    # Only at line feeds, as `patch` does: other characters that end a line of YAML are part of one here.
    parts = text.split("\n")
    return [f"{part}\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])
