"""Values that a step leaves for later ones."""

import os
from pathlib import Path

import pytest

from wfopt.engine.captures import MOST_BYTES, ValuesError, captured_text, read_values


def values(tmp_path: Path, data: bytes) -> dict[str, str]:
    (tmp_path / "v").write_bytes(data)
    return read_values(str(tmp_path / "v"))


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", {}),
        (b"\n\n  \n\r\n", {}),
        (b"A=1\n", {"A": "1"}),
        (b"A=1", {"A": "1"}),
        (b"A=1\r\nB=2\r\n", {"A": "1", "B": "2"}),
        (b"A=\n", {"A": ""}),
        (b"A= x = y \n", {"A": " x = y "}),
        (b" A =1\n", {"A": "1"}),
        (b"_a-B9=1\n", {"_a-B9": "1"}),
        (b"A=1\nB=2\nA=3\n", {"A": "3", "B": "2"}),
        (b"A=x<<y\n", {"A": "x<<y"}),
        (b"A<<END\nx\n\n y=z\nEND\nB=1\n", {"A": "x\n\n y=z", "B": "1"}),
        (b"A<<END\nEND", {"A": ""}),
        (b"A << END \nx\nEND\n", {"A": "x"}),
        (b"A<<END\nx\nEND \nEND\n", {"A": "x\nEND "}),
        (b"A<<a=b\nx\na=b\n", {"A": "x"}),
        (b"A<<<<\nx\n<<\n", {"A": "x"}),
        (b"A<<END\r\nx\r\nEND\r\n", {"A": "x"}),
        (b"A=1\nA<<END\n2\nEND\n", {"A": "2"}),
        (b"A=caf\xc3\xa9\xff\n", {"A": "caf\u00e9\udcff"}),
        (b"A=\xe2\x80\xa8x\x0bB=2\n", {"A": "\u2028x\x0bB=2"}),
        (b"A" * 100 + b"=1\n", {"A" * 100: "1"}),
    ],
)
def test_values(tmp_path: Path, data: bytes, found: dict[str, str]) -> None:
    assert values(tmp_path, data) == found


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"A=1\nword\n", "line 2 is neither `NAME=VALUE` nor `NAME<<END`"),
        (b"=1\n", "line 1: `` cannot be a name"),
        (b"1A=1\n", "line 1: `1A` cannot be a name"),
        (b"a.b=1\n", "line 1: `a.b` cannot be a name"),
        (b"\n\nA B=1\n", "line 3: `A B` cannot be a name"),
        (b"\xc3\xa9=1\n", "line 1: `\u00e9` cannot be a name"),
        (b"A" * 101 + b"=1\n", f"line 1: `{'A' * 101}` cannot be a name"),
        (b"<<END\nx\nEND\n", "line 1: `` cannot be a name"),
        (b"B=1\nA<<END\nx\nEN\n", "the value that starts in line 2 has no end `END`"),
        (b"A<<\nx\n\n", "the value that starts in line 1 has no end ``"),
        (b"B<<END\nx\nEND\nword\n", "line 4 is neither"),
    ],
)
def test_malformed(tmp_path: Path, data: bytes, message: str) -> None:
    with pytest.raises(ValuesError) as caught:
        values(tmp_path, data)
    assert str(caught.value).startswith(message)


def test_missing_file_has_no_values(tmp_path: Path) -> None:
    (tmp_path / "dangling").symlink_to("nowhere")
    assert read_values(str(tmp_path / "absent")) == {}
    assert read_values(str(tmp_path / "dangling")) == {}


def open_files() -> int:
    return len(os.listdir("/dev/fd"))


def test_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    before = open_files()
    for name in ("pipe", "folder"):
        with pytest.raises(ValuesError, match="it is no regular file"):
            read_values(str(tmp_path / name))
    with pytest.raises(ValuesError, match="it is no regular file"):
        read_values(os.devnull)
    assert open_files() == before


def test_unreadable_path(tmp_path: Path) -> None:
    (tmp_path / "v").touch()
    with pytest.raises(NotADirectoryError):
        read_values(str(tmp_path / "v" / "below"))


def test_size_is_limited(tmp_path: Path) -> None:
    largest = b"A=" + b"x" * (MOST_BYTES - 2)
    assert values(tmp_path, largest) == {"A": "x" * (MOST_BYTES - 2)}
    with pytest.raises(ValuesError, match="it is larger than 1,048,576 bytes"):
        values(tmp_path, largest + b"\n")


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", ""),
        (b"x", "x"),
        (b"x\n", "x"),
        (b"x\r\n\n\r\n", "x"),
        (b"\n x \n", "\n x "),
        (b"a\nb\n", "a\nb"),
        (b"\xff\xc3\xa9\n", "\udcff\u00e9"),
    ],
)
def test_captured_text(data: bytes, text: str) -> None:
    assert captured_text(data) == text
