"""Durations, sizes and shares of a cpu: from the text of a file to numbers, and back for people.

What `format_duration` and `format_size` print, `parse_duration` and `parse_size` read.
"""

from __future__ import annotations

import re

_MILLISECONDS = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}
"""Milliseconds in each unit, in the order in which a duration writes them."""

_UNIT_WORDS = {
    "mil": "ms",
    "mse": "ms",
    "sec": "s",
    "min": "m",
    "hou": "h",
    "hr": "h",
    "hrs": "h",
    "day": "d",
}
"""The first three letters of a word for a unit, for hints only."""

_BYTES = {
    "B": 1,
    "KB": 1000,
    "MB": 1000**2,
    "GB": 1000**3,
    "TB": 1000**4,
    "KiB": 1024,
    "MiB": 1024**2,
    "GiB": 1024**3,
    "TiB": 1024**4,
}

_BINARY_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")

_MOST_SECONDS = 10_000 * 86_400
_MOST_BYTES = 2**60
_MOST_CPUS = 1_000_000
_LONGEST_TEXT = 60

_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_PART = re.compile(r" *([0-9]+(?:\.[0-9]+)?) *([A-Za-z]+)")
_CPU = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,3}))?")

_DURATION_HINT = "write numbers with the units `d`, `h`, `m`, `s`, `ms`: `90s`, `20m`, `1h30m`, `2d`"
_SIZE_HINT = "write one number with a unit: `512MiB`, `4GiB`, `1.5GB`"
_CPU_HINT = "write a number of cpus such as `4` or `0.5`"


class QuantityError(ValueError):
    """A text is not a duration, size or share of a cpu.

    Attributes:
        message: what is wrong with the text.
        hint: what to write instead.
    """

    def __init__(self, message: str, hint: str) -> None:
        self.message = message
        self.hint = hint
        super().__init__(message)


def parse_duration(text: str) -> float:
    """Return the seconds in a text such as `90s`, `1h30m`, `1.5h` or `2m 05s`.

    Units go from large to small and stand at most once each; any number may have decimals; spaces may
    stand between the parts. Zero is a duration: whether it makes sense is the caller's business.

    Raises:
        QuantityError: the text has no unit, is malformed, negative or longer than 10,000 days.
    """
    parts = _parts(text, "duration", _DURATION_HINT)
    if not parts:
        number = text.strip()
        raise QuantityError(
            f"`{number}` has no unit",
            f"a bare number could be seconds or minutes; write `{number}s` or `{number}m`",
        )
    for number, unit in parts:
        if unit not in _MILLISECONDS:
            raise QuantityError(f"`{unit}` is not a unit of time", _time_unit_hint(number, unit))
    order = [list(_MILLISECONDS).index(unit) for _, unit in parts]
    if order != sorted(set(order)):
        raise QuantityError(
            f"the units of `{text.strip()}` are out of order",
            "write units from large to small, each at most once, as in `1h30m`",
        )
    seconds = sum(_quotient(number, _MILLISECONDS[unit], 1000) for number, unit in parts)
    if seconds > _MOST_SECONDS:
        raise QuantityError(f"`{text.strip()}` is too long", "write at most 10,000 days")
    return seconds


def parse_size(text: str) -> int:
    """Return the bytes in a text such as `512MiB` (binary) or `1.5GB` (decimal), rounded down.

    Raises:
        QuantityError: the text has no unit, is malformed, negative or larger than 2**60 bytes.
    """
    parts = _parts(text, "size", _SIZE_HINT)
    if not parts:
        number = text.strip()
        raise QuantityError(
            f"`{number}` has no unit",
            f"a bare number could be bytes or megabytes; write `{number}MiB` or `{number}B`",
        )
    if len(parts) > 1:
        raise QuantityError(f"`{text.strip()}` has more than one unit", _SIZE_HINT)
    number, unit = parts[0]
    if unit not in _BYTES:
        raise QuantityError(f"`{unit}` is not a unit of size", _size_unit_hint(number, unit))
    digits, scale = _as_integers(number)
    size = digits * _BYTES[unit] // scale
    if size > _MOST_BYTES:
        raise QuantityError(f"`{text.strip()}` is too large", "write at most 1,000,000 TiB")
    return size


def parse_cpu(text: str) -> int:
    """Return the thousandths of a cpu in a text such as `4`, `0.5` or `0.125`.

    Raises:
        QuantityError: the text is not a number above 0 and up to 1,000,000, or has more than three decimals.
    """
    found = _CPU.fullmatch(text.strip())
    if found is None:
        raise QuantityError(f"{_quoted(text)} is not a number of cpus", f"{_CPU_HINT}, up to three decimals")
    milli = int(found[1]) * 1000 + int((found[2] or "").ljust(3, "0"))
    if milli == 0:
        raise QuantityError("a step needs more than 0 cpus", _CPU_HINT)
    if milli > _MOST_CPUS * 1000:
        raise QuantityError(f"`{text.strip()}` cpus are too many", "write at most 1,000,000")
    return milli


def format_duration(seconds: float) -> str:
    """Return a finite duration for people: `42 ms`, `0.42 s`, `12.3 s`, `2m 05s`, `1h 02m`, `3d 04h`."""
    if seconds < 0:
        return f"-{format_duration(-seconds)}"
    if seconds < 59.95:
        return _format_seconds(seconds)
    # The limits look at the rounded number: 3,599.7 s is `1h 00m`, not `60m 00s`.
    if round(seconds) < 3600:
        minutes, rest = divmod(round(seconds), 60)
        return f"{minutes}m {rest:02}s"
    if round(seconds / 60) < 1440:
        hours, rest = divmod(round(seconds / 60), 60)
        return f"{hours}h {rest:02}m"
    days, rest = divmod(round(seconds / 3600), 24)
    return f"{days}d {rest:02}h"


def _format_seconds(seconds: float) -> str:
    """Format less than a minute; each limit lies where rounding would add a digit."""
    if seconds < 5e-7:
        return "0 s"
    if seconds < 0.0995:
        return f"{seconds * 1000:.2g} ms"
    return f"{seconds:.2f} s" if seconds < 9.995 else f"{seconds:.1f} s"


def format_size(size: int) -> str:
    """Return a number of bytes for people, in binary units: `212 MiB`, `1.5 GiB`, `9.6 MiB`, `512 B`."""
    if size < 0:
        return f"-{format_size(-size)}"
    amount = float(size)
    unit = 0
    while amount >= 1023.5 and unit < len(_BINARY_UNITS) - 1:
        amount /= 1024
        unit += 1
    number = f"{amount:.1f}" if amount < 99.95 else f"{amount:.0f}"
    return f"{number.removesuffix('.0')} {_BINARY_UNITS[unit]}"


def _parts(text: str, kind: str, hint: str) -> list[tuple[str, str]]:
    """Split a quantity into pairs of number and unit; no pair means a bare number.

    Raises:
        QuantityError: the text is negative, or not a sequence of such pairs.
    """
    body = text.strip()
    if body.startswith("-"):
        raise QuantityError(f"{_quoted(text)} is negative", hint)
    if len(body) > _LONGEST_TEXT:
        raise QuantityError(f"{_quoted(text)} is not a {kind}", hint)
    if _NUMBER.fullmatch(body):
        return []
    parts = []
    position = 0
    while position < len(body):
        found = _PART.match(body, position)
        if found is None:
            raise QuantityError(f"{_quoted(text)} is not a {kind}", hint)
        parts.append((found[1], found[2]))
        position = found.end()
    if not parts:
        raise QuantityError(f"a {kind} cannot be empty", hint)
    return parts


def _as_integers(number: str) -> tuple[int, int]:
    """Return a decimal number as a fraction of two integers, so that no digit is lost."""
    whole, _, decimals = number.partition(".")
    return int(whole + decimals), 10 ** len(decimals)


def _quotient(number: str, factor: int, divisor: int) -> float:
    """Return `number * factor / divisor`, rounded once."""
    digits, scale = _as_integers(number)
    return digits * factor / (scale * divisor)


def _time_unit_hint(number: str, unit: str) -> str:
    lower = unit.lower()
    known = lower if lower in _MILLISECONDS else _UNIT_WORDS.get(lower[:3])
    return f"write `{number}{known}`" if known else _DURATION_HINT


def _size_unit_hint(number: str, unit: str) -> str:
    lower = unit.lower()
    for known in _BYTES:
        if lower == known.lower():
            return f"write `{number}{known}`"
    if lower in {"k", "m", "g", "t"}:
        prefix = lower.upper()
        return f"write `{number}{prefix}iB` (steps of 1024) or `{number}{prefix}B` (steps of 1000)"
    return _SIZE_HINT


def _quoted(text: str) -> str:
    """Return the text in backticks, cut where it would flood the message."""
    body = text.strip()
    return f"`{body}`" if len(body) <= _LONGEST_TEXT else f"`{body[:_LONGEST_TEXT]}...`"
