"""From the options about the cache, as typed, to values."""

from __future__ import annotations

import os

from wfopt.cache.policy import USUAL_SIZE
from wfopt.cli.wrong import wrong
from wfopt.model.quantities import QuantityError, parse_duration, parse_size


def cache_folder(state_dir: str | None, cache_dir: str | None) -> str:
    """Return the cache folder, relative to the current folder where the options are."""
    return cache_dir or os.path.join(state_dir or ".wfopt", "cache")


def size_limit(text: str | None) -> int:
    """Return the bytes of `--cache-size`.

    Raises:
        UserError: it is no size.
    """
    try:
        return USUAL_SIZE if text is None else parse_size(text)
    except QuantityError as error:
        raise wrong(f"`--cache-size {text}`: {error.message}", error.hint) from error


def time_to_live(text: str | None) -> float | None:
    """Return the seconds of `--cache-ttl`; None if results never get too old.

    Raises:
        UserError: it is no duration.
    """
    try:
        return None if text is None else parse_duration(text)
    except QuantityError as error:
        raise wrong(f"`--cache-ttl {text}`: {error.message}", error.hint) from error
