"""No text can steer the terminal."""

import pytest

from wfopt.render.harmless import harmless


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text", "plain text"),
        ("a\tb", "a\tb"),
        ("日本 é 🚀", "日本 é 🚀"),
        ("a\nb", "a\\x0ab"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\x7f\x80\x9b", "\\x7f\\x80\\x9b"),
        ("user\u202etxt.exe", "user\\u202etxt.exe"),
        ("\u2066\u2069", "\\u2066\\u2069"),
        ("a\u2028b", "a\\u2028b"),
        ("name\udcff", "name\\udcff"),
    ],
)
def test_text_is_one_printable_line(text: str, shown: str) -> None:
    assert harmless(text) == shown
