"""The last line of an output of which only the end is known."""

import pytest

from wfopt.render.live.output_end import last_line, last_lines


@pytest.mark.parametrize(
    ("end", "line"),
    [
        (b"", ""),
        (b"\n \r\n\n", ""),
        (b"one\ntwo\n", "two"),
        (b"one\ntw", "tw"),
        (b"10 %\r20 %\r", "20 %"),
        (b"a\n\x1b[1;32mgreen\x1b[0m\n", "green"),
        (b"green \x1b[3", "green"),
        (b"green \x1b", "green"),
        (b"caf\xc3\xa9", "café"),
        (b"caf\xc3", "caf"),
        ("日".encode()[:2], ""),
        (b"\x07bell", "\\x07bell"),
    ],
)
def test_the_last_line(end: bytes, line: str) -> None:
    assert last_line(end) == line


@pytest.mark.parametrize(
    ("end", "most", "lines"),
    [
        (b"", 3, [""]),
        (b"one\r\ntwo\r\n\r\n", 3, ["one", "two"]),
        (b"one\n\nthree\n", 2, ["", "three"]),
        (b"1\n2\n3\n4", 2, ["3", "4"]),
        (b"a\n\x1b[31mred\x1b[0m\n\x1b[3", 5, ["a", "red", ""]),
        (b"10 %\r20 %\nlast", 2, ["20 %", "last"]),
    ],
)
def test_the_last_lines(end: bytes, most: int, lines: list[str]) -> None:
    assert last_lines(end, most) == lines
