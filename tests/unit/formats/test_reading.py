"""Reading files, whatever stands under their names."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from tests.support.yaml_texts import place
from wfopt.codes import TOO_COMPLEX, UNREADABLE_FILE
from wfopt.errors import Diagnostic, LoadError
from wfopt.formats.reading import MAX_BYTES, decode, read_source, unreadable


def refusal(path: Path | str) -> Diagnostic:
    """Return the message with which a file named `w.yml` is refused."""
    with pytest.raises(LoadError) as caught:
        read_source(str(path), name="w.yml")
    (problem,) = caught.value.diagnostics
    return problem


def decoding_refusal(raw: bytes) -> Diagnostic:
    """Return the message with which the bytes of a file named `w.yml` are refused."""
    with pytest.raises(LoadError) as caught:
        decode(raw, "w.yml")
    (problem,) = caught.value.diagnostics
    return problem


def test_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.yml"
    path.write_bytes("a: é🚀\r\n".encode())
    source = read_source(str(path))
    assert (source.name, source.text) == (str(path), "a: é🚀\r\n")
    assert read_source(str(path), name="b.yml").name == "b.yml"


def test_a_link_to_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text("a: 1\n")
    (tmp_path / "b.yml").symlink_to("a.yml")
    assert read_source(str(tmp_path / "b.yml")).text == "a: 1\n"


def test_a_byte_order_mark_is_dropped() -> None:
    assert decode(b"\xef\xbb\xbfa: 1\n", "w.yml").text == "a: 1\n"


def test_an_empty_file_is_left_to_the_parser(tmp_path: Path) -> None:
    (tmp_path / "a.yml").touch()
    assert read_source(str(tmp_path / "a.yml")).text == ""


def test_a_missing_file(tmp_path: Path) -> None:
    problem = refusal(tmp_path / "a.yml")
    assert (problem.code, problem.file) == (UNREADABLE_FILE, "w.yml")
    assert problem.message == "there is no file `w.yml`"


def test_a_directory(tmp_path: Path) -> None:
    assert refusal(tmp_path).message == "`w.yml` is a directory"


def test_below_a_file(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    assert refusal(tmp_path / "a" / "w.yml").message == "`w.yml` cannot be read: not a directory"


def test_a_link_to_itself(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("a")
    assert refusal(tmp_path / "a").message.startswith("`w.yml` cannot be read: too many levels")


def test_an_impossible_name() -> None:
    assert refusal("a\0b").message.startswith("`w.yml` cannot be read: ")


def test_a_named_pipe_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.yml")
    assert refusal(tmp_path / "a.yml").message == "`w.yml` is not a regular file"


@pytest.mark.parametrize("path", ["/dev/null", "/dev/zero"])
def test_a_device(path: str) -> None:
    assert refusal(path).message == "`w.yml` is not a regular file"


def test_no_permission() -> None:
    problem = unreadable(PermissionError(errno.EACCES, "Permission denied"), "w.yml")
    assert (problem.code, problem.message) == (UNREADABLE_FILE, "`w.yml` may not be read")
    assert problem.hints == ("check its permissions: `ls -l` shows them",)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission(tmp_path: Path) -> None:
    (tmp_path / "a.yml").touch(mode=0o200)
    assert refusal(tmp_path / "a.yml").message == "`w.yml` may not be read"


@pytest.mark.parametrize(("size", "is_allowed"), [(MAX_BYTES, True), (MAX_BYTES + 1, False)])
def test_size(tmp_path: Path, size: int, is_allowed: bool) -> None:
    path = tmp_path / "a.yml"
    path.write_bytes(b"#" * size)
    if is_allowed:
        assert len(read_source(str(path)).text) == size
    else:
        problem = refusal(path)
        assert (problem.code, problem.message) == (TOO_COMPLEX, "`w.yml` is larger than 5 MiB")


@pytest.mark.parametrize(
    ("encoding", "word"),
    [("utf-16", "UTF-16"), ("utf-16-be", "UTF-16"), ("utf-32", "UTF-32"), ("utf-32-be", "UTF-32")],
)
def test_wide_encodings(encoding: str, word: str) -> None:
    mark = "\ufeff" if encoding.endswith("-be") else ""
    problem = decoding_refusal((mark + "a: 1\n").encode(encoding))
    assert problem.message == f"`w.yml` is {word}, not UTF-8"
    assert problem.hints == ("save it as UTF-8",)


def test_a_binary_file() -> None:
    problem = decoding_refusal(b"\x7fELF\x02\x01\x01\0\0")
    assert problem.message == "`w.yml` is not a text file: byte 7 is NUL"
    assert problem.code is UNREADABLE_FILE


@pytest.mark.parametrize(
    ("raw", "offset", "at"),
    [
        (b"\xe9", 0, (1, 1)),
        (b"a: 1\nb: caf\xe9\n", 11, (2, 7)),
        ("é: 1\r\né: ".encode() + b"\xff", 11, (2, 4)),
        (b"\xef\xbb\xbfa: \xe9\n", 6, (1, 4)),
        (b"a: \xc3", 3, (1, 4)),
    ],
)
def test_latin_1(raw: bytes, offset: int, at: tuple[int, int]) -> None:
    problem = decoding_refusal(raw)
    assert problem.message == f"`w.yml` is not UTF-8: byte {offset}, on line {at[0]}, is 0x{raw[offset]:02x}"
    assert problem.hints == ("save the file as UTF-8; it may be Latin-1 now",)
    assert problem.primary is not None
    assert place(problem.primary.span) == at
    assert "\ufffd" in problem.primary.span.source.line(at[0])
