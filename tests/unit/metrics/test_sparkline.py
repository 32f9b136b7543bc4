"""Series drawn as a line of blocks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfopt.metrics.sparkline import sparkline


@pytest.mark.parametrize(
    ("values", "width", "line"),
    [
        ([], 5, ""),
        ([3.0], 5, "▄"),
        ([3.0, 3.0, 3.0], 5, "▄▄▄"),
        ([1.0, 8.0], 5, "▁█"),
        ([1, 2, 3, 4, 5, 6, 7, 8], 8, "▁▂▃▄▅▆▇█"),
        ([1, 1, 9, 9, 5, 5], 3, "▁█▅"),
        ([1, 100, 1, 9, 9, 9], 2, "▁█"),
        ([-4.0, 0.0, 4.0], 3, "▁▅█"),
    ],
)
def test_lines(values: list[float], width: int, line: str) -> None:
    assert sparkline(values, width) == line


def test_a_plain_line() -> None:
    assert sparkline([1, 2, 3, 4, 5, 6, 7, 8], plain=True) == "_.-~=+*#"


@given(
    st.lists(st.floats(min_value=-1e9, max_value=1e9), max_size=70), st.integers(min_value=1, max_value=30)
)
def test_a_line_is_never_too_long(values: list[float], width: int) -> None:
    line = sparkline(values, width)
    assert len(line) == min(len(values), width)
    assert sparkline(values, width, plain=True).isascii()


def test_no_width() -> None:
    with pytest.raises(ValueError, match="width of at least 1"):
        sparkline([1.0], 0)
