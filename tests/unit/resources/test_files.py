"""Reading what the kernel tells."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from wfopt.resources.files import number_after, read, read_record

READERS = (read, read_record)


@pytest.mark.parametrize("reader", READERS)
def test_reads_a_file(reader: Callable[[str], bytes], tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 5000)
    assert reader(str(tmp_path / "a")) == b"x" * 5000


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("name", ["missing", "folder", "folder/below", "link"])
def test_what_cannot_be_read_is_empty(reader: Callable[[str], bytes], name: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("link")
    assert reader(str(tmp_path / name)) == b""


def test_reads_to_the_end(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"0123456789" * 20_000)
    assert read(str(tmp_path / "a")) == b"0123456789" * 20_000
    # The kernel tells its mounts in pieces.
    with open("/proc/self/mountinfo", "rb") as file:
        assert read("/proc/self/mountinfo").count(b"\n") == len(file.readlines())


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (b"Pss: 12 kB", 12),
        (b"Rss: 7 kB\nPss:\t 12 kB\n", 12),
        (b"SwapPss: 7 kB\nPss: 12 kB\n", 12),
        (b"SwapPss: 7 kB\n", None),
        (b"Pss:", None),
        (b"Pss: many", None),
        (b"Pss: -1", None),
        (b"", None),
    ],
)
def test_number_after_a_name(text: bytes, number: int | None) -> None:
    assert number_after(text, b"Pss:") == number
