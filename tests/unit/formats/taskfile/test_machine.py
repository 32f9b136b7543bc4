"""Which entries of `platforms` mean this machine."""

from __future__ import annotations

from wfopt.formats.taskfile.machine import ARCH, OS, is_here


def test_systems_and_architectures() -> None:
    assert is_here(OS)
    assert is_here(ARCH)
    assert is_here(f"{OS}/{ARCH}")
    assert not is_here("windows")
    assert not is_here(f"windows/{ARCH}")
    assert not is_here(f"{OS}/other")
    assert not is_here("other")
