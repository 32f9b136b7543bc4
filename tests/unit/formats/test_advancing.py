"""What passing a text does to a place."""

import pytest

from wfopt.formats.advancing import advance


@pytest.mark.parametrize(
    ("passed", "expected"),
    [
        ("", (3, 5)),
        ("ab", (3, 7)),
        ("é🚀", (3, 7)),
        ("ab\n", (4, 1)),
        ("ab\ncd", (4, 3)),
        ("a\r\nb\rc", (5, 2)),
    ],
)
def test_advance(passed: str, expected: tuple[int, int]) -> None:
    assert advance(3, 5, passed) == expected
