"""Pieces of lines."""

import pytest

from wfopt.render.live.pieces import ASCII, UNICODE, Look
from wfopt.render.paint import Paint, Style

LOOK = Look(UNICODE, Paint(color=False))
OLD = Look(ASCII, Paint(color=False))


@pytest.mark.parametrize(
    ("text", "width", "cut"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "ab…"),
        ("語語", 4, "語語"),
        ("語語語", 4, "語…"),
        ("ae\u0301bc", 3, "ae\u0301…"),
        ("abc", 1, "…"),
        ("abc", 0, ""),
        ("", 0, ""),
    ],
)
def test_what_fits_of_a_text(text: str, width: int, cut: str) -> None:
    assert LOOK.cut(text, width) == cut


@pytest.mark.parametrize(
    ("name", "width", "shown"),
    [
        ("abc", 5, "abc  "),
        ("compile-1", 9, "compile-1"),
        ("compile-1", 7, "com…e-1"),
        ("compile-1", 2, "c…"),
        ("compile-1", 0, ""),
        ("語語語語", 6, "語…語 "),
        ("e\u0301" * 6, 5, "e\u0301e\u0301…e\u0301e\u0301"),
        ("語語e\u0301", 3, "…e\u0301 "),
        ("aa語\u0301", 3, "aa…"),
    ],
)
def test_the_end_of_a_name_stays(name: str, width: int, shown: str) -> None:
    assert LOOK.name(name, width) == shown


def test_foreign_text_becomes_one_harmless_line() -> None:
    assert LOOK.text("a\tb\x1b[31m\nc\u202e") == "a b\\x1b[31m\\x0ac\\u202e"
    assert (LOOK.text("größe"), OLD.text("größe")) == ("größe", "gr??e")


def test_a_line_ends_with_the_first_piece_that_does_not_fit() -> None:
    look = Look(UNICODE, Paint(color=True))
    pieces = [("ab", Style.BOLD), ("cdef", Style.DIM), ("g", None)]
    assert look.line(pieces, 7) == "\x1b[1mab\x1b[0m\x1b[2mcdef\x1b[0mg"
    assert look.line(pieces, 5) == "\x1b[1mab\x1b[0m\x1b[2mcd…\x1b[0m"
    assert look.line(pieces, 2) == "\x1b[1mab\x1b[0m"
    assert LOOK.line([("a   ", None)], 9) == "a"


@pytest.mark.parametrize(
    ("share", "bar"), [(-1, "░░░░"), (0, "░░░░"), (0.5, "██░░"), (0.999, "███░"), (1, "████"), (9, "████")]
)
def test_a_bar_is_full_only_when_all_is_done(share: float, bar: str) -> None:
    assert LOOK.bar(share, 4) == bar


def test_curves_start_at_zero() -> None:
    assert LOOK.curve([0, 1, 2, 4, 8], 5, 0.0) == "▁▂▃▅█"
    assert LOOK.curve([1, 1], 4, 8.0) == "  ▂▂"
    assert LOOK.curve([9, 9, 9, 1], 2, 0.0) == "█▂"
    assert LOOK.curve([0, 0], 2, 0.0) == "▁▁"
    assert LOOK.curve([-1, 1], 2, 0.0) == "▁█"
    assert LOOK.curve([], 3, 0.0) == "   "
    assert LOOK.curve([5e-324], 1, 0.0) == "█"
    assert OLD.curve([0, 7], 2, 0.0) == "_#"
