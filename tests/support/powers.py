"""Root for a while without the power to ignore permission bits: an owner of files like any other."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager

_VERSION = 0x20080522
_IGNORES_BITS = 1 << 1 | 1 << 2
"""CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH."""


class _Head(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Part(ctypes.Structure):
    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


@contextmanager
def bound_by_bits(*, wanted: bool = True) -> Iterator[None]:
    """Obey permission bits in this thread, as everybody but root does all the time."""
    if not wanted or os.geteuid() != 0:
        yield
        return
    before = _effective()
    _set_effective(before & ~_IGNORES_BITS)
    try:
        yield
    finally:
        _set_effective(before)


def _parts() -> tuple[_Head, ctypes.Array[_Part]]:
    head, parts = _Head(_VERSION, 0), (_Part * 2)()
    _check(ctypes.CDLL(None, use_errno=True).capget(ctypes.byref(head), parts))
    return head, parts


def _effective() -> int:
    return int(_parts()[1][0].effective)


def _set_effective(bits: int) -> None:
    head, parts = _parts()
    parts[0].effective = bits
    _check(ctypes.CDLL(None, use_errno=True).capset(ctypes.byref(head), parts))


def _check(status: int) -> None:
    if status:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
