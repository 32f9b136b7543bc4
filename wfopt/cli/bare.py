"""Options that may stand without a value: which they are, and the value that they then have."""

from __future__ import annotations

from collections.abc import Sequence

OPTIMIZE = "--optimize"

BARE = {OPTIMIZE: "declared"}
"""A value of theirs stands behind a `=`: the next word may be a file or a step."""


def with_values(words: Sequence[str]) -> list[str]:
    """Return the words of a command line, in which each such option has a value."""
    end = list(words).index("--") if "--" in words else len(words)
    return [f"{word}={BARE[word]}" if word in BARE else word for word in words[:end]] + list(words[end:])
