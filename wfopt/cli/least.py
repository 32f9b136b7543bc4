"""The smallest saving that counts, as typed."""

from __future__ import annotations

from wfopt.analyzer.selecting import Least
from wfopt.cli.wrong import wrong
from wfopt.model.quantities import QuantityError, parse_duration


def least_of_text(text: str, origin: str) -> Least:
    """Return the saving that `--min-saving` names: a duration, or a share such as `5%`.

    Args:
        text: the option's value.
        origin: the variable or the file that set it, or "" for the command line.

    Raises:
        UserError: it is neither.
    """
    cause = f"it is set by `{origin}`" if origin else ""
    number = text.strip().removesuffix("%").rstrip()
    if text.strip().endswith("%"):
        try:
            share = float(number) / 100
        except ValueError:
            share = -1.0
        if 0 <= share <= 1:
            return Least(share=share)
        raise wrong(f"`--min-saving {text}` is no share from `0%` to `100%`", cause=cause)
    try:
        return Least(seconds=parse_duration(text))
    except QuantityError as error:
        hint = f"{error.hint}; or a share: `5%`"
        raise wrong(f"`--min-saving {text}`: {error.message}", hint, cause=cause) from error
