"""The small pieces that the history is made of: texts as bytes, values as JSON, statuses as bits."""

from __future__ import annotations

import json
import struct
import zlib
from math import inf
from typing import Any

from wfopt.model.history import Ending
from wfopt.model.outcome import LimitKind, StepStatus

STATUSES = tuple(StepStatus)
"""A status is its place here plus 1 in the low bits of a byte; 0 means that the step has none yet."""

NUMBER_OF = {status: number for number, status in enumerate(STATUSES, start=1)}
"""The low bits of the byte of each status."""

ENDINGS = tuple(Ending)
"""An ending is its place here."""

STATUS_BITS = 0b111
FLAKY = 0b1000
CRITICAL = 0b1_0000
RAN = 0b10_0000
"""It has a record."""
TIMED_OUT = 0b100_0000
FAILED_FIRST = 0b1000_0000
"""The attempt of the record failed; one after it that was not started decided how the step ended."""

NUMBERS = 7
RECORD_BYTES = 8 * NUMBERS
WALL, CPU, PEAK, INPUT, STARTED, WAITED, CRITICAL_WALL = range(NUMBERS)
"""The numbers of a record; what is not known is not a number."""

LIMITS_ON_TIME = (LimitKind.TIMEOUT, LimitKind.CPU_TIME)

DECODING_ERRORS = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    struct.error,
    RecursionError,
    zlib.error,
)
"""What comes of damaged content, whatever reads it."""

_LARGEST = 32 * 1024 * 1024
"""Bytes of anything unpacked."""


def to_bytes(text: str) -> bytes:
    """Return any text as bytes, lone surrogates included."""
    return text.encode("utf-8", "surrogatepass")


def to_text(data: bytes) -> str:
    """Return the text of `to_bytes`.

    Raises:
        ValueError: it is something else.
    """
    return data.decode("utf-8", "surrogatepass")


def squeeze(value: object) -> bytes:
    """Return a value as compressed JSON."""
    return zlib.compress(to_json(value).encode(), 6)


def unsqueeze(data: bytes) -> Any:
    """Return the value of `squeeze`.

    Raises:
        ValueError, zlib.error: it is something else, or far too large.
    """
    unpacker = zlib.decompressobj()
    text = unpacker.decompress(data, _LARGEST)
    if unpacker.unconsumed_tail or not unpacker.eof:
        raise ValueError("it is cut off or too large")
    return json.loads(text)


def to_json(value: object) -> str:
    """Return a value as JSON in few characters.

    Raises:
        ValueError: a number in it is not finite.
    """
    return json.dumps(value, separators=(",", ":"), allow_nan=False)


def seconds(value: float) -> float:
    """Return a time; 0 instead of one that is negative, infinite or not a number."""
    return value if 0 <= value < inf else 0.0
