"""Columns that text takes."""

import pytest

from wfopt.render.cells import char_width, pad, text_width


@pytest.mark.parametrize(
    ("char", "width"),
    [
        ("a", 1),
        ("é", 1),
        ("日", 2),
        ("Ａ", 2),  # noqa: RUF001 - a fullwidth letter is what this is about
        ("🚀", 2),
        ("\u0301", 0),  # combining acute accent
        ("\u20dd", 0),  # enclosing circle
        ("\u200d", 0),  # zero width joiner
        ("\u1161", 0),  # a Hangul vowel that joins the consonant before it
        ("\xad", 1),  # soft hyphen: a format character, yet terminals draw it
    ],
)
def test_width_of_a_character(char: str, width: int) -> None:
    assert char_width(char) == width


def test_width_of_text_is_the_sum() -> None:
    assert text_width("plain") == 5
    assert text_width("日本e\u0301") == 5


def test_padding_counts_columns_not_characters() -> None:
    assert pad("日", 4) == "日  "
    assert pad("abcd", 2) == "abcd"
