"""The part of a line around what is wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfopt.render.cells import char_width, text_width
from wfopt.render.harmless import harmless
from wfopt.render.snippet import excerpt

WIDE = st.text(st.sampled_from("ab é日Ａ🚀\u0301\u200d\t\x1b\x00"), max_size=60)


@pytest.mark.parametrize(
    ("line", "start", "end", "text", "offset", "length"),
    [
        ("need: x", 0, 4, "need: x", 0, 4),
        ("need: x", 6, 7, "need: x", 6, 1),
        ("\tneed", 1, 5, "    need", 4, 4),
        ("a\tneed", 2, 6, "a   need", 4, 4),
        ("abc\tneed", 4, 8, "abc need", 4, 4),
        ("日本\tneed", 3, 7, "日本    need", 8, 4),
        ("日本: x", 4, 5, "日本: x", 6, 1),
        ("日本: x", 0, 2, "日本: x", 0, 4),
        ("e\u0301e\u0301x", 4, 5, "e\u0301e\u0301x", 2, 1),
        ("a\x1bb", 1, 2, "a\\x1bb", 1, 4),
        ("a\x1bb", 2, 3, "a\\x1bb", 5, 1),
        ("abc", 1, 1, "abc", 1, 1),
        ("abc", 2, 99, "abc", 2, 1),
        ("abc", 50, 60, "abc", 3, 1),
        ("abc", -1, -1, "abc", 0, 1),
        ("", 0, 0, "", 0, 1),
    ],
)
def test_carets_stand_under_their_characters(
    line: str, start: int, end: int, text: str, offset: int, length: int
) -> None:
    part = excerpt(line, start, end, 40)
    assert (part.text, part.offset, part.length) == (text, offset, length)


@pytest.mark.parametrize(
    ("start", "end", "text", "marked"),
    [
        (0, 1, "0123456789abcdefgh…", "0"),
        (30, 32, "…mnopqrstuvwxyzABCD…", "uv"),
        (61, 62, "…IJKLMNOPQRSTUVWXYZ", "Z"),
        (20, 60, "…klmnopqrstuvwxyzAB…", "klmnopqrstuvwxyzAB"),
    ],
)
def test_long_lines_are_cut_to_a_window(start: int, end: int, text: str, marked: str) -> None:
    line = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    part = excerpt(line, start, end, 20)
    assert part.text == text
    assert part.text[part.offset : part.offset + part.length] == marked


def test_of_a_huge_line_only_the_neighborhood_is_looked_at() -> None:
    part = excerpt("x" * 5_000_000 + "here" + "y" * 5_000_000, 5_000_000, 5_000_004, 12)
    assert (part.text, part.offset, part.length) == ("…xxxhereyyy…", 4, 4)


def test_a_window_does_not_start_with_a_mark_that_lost_its_character() -> None:
    part = excerpt("e\u0301" * 40, 40, 41, 20)
    assert part.text[:2] == "…e"
    assert text_width(part.text) == 20


@given(WIDE, st.integers(0, 59), st.integers(20, 90))
def test_the_caret_always_stands_under_its_character(line: str, place: int, room: int) -> None:
    place = min(place, len(line))
    part = excerpt(line, place, place + 1, room)
    assert text_width(part.text) <= room
    columns = {}
    column = 0
    for char in part.text:
        if char_width(char):
            columns[column] = char
        column += char_width(char)
    if place == len(line):
        assert part.offset == column
    elif line[place] == "\t":
        assert columns[part.offset] == " "
    elif text_width(harmless(line[place])):
        assert columns[part.offset] == harmless(line[place])[0]
        assert part.length == text_width(harmless(line[place]))


@given(st.lists(st.booleans(), min_size=1, max_size=300), st.data())
def test_the_marked_character_is_the_one_that_was_asked_for(wide: list[bool], data: st.DataObject) -> None:
    line = "".join(chr((0x4E00 if each else 0x100) + place) for place, each in enumerate(wide))
    place = data.draw(st.integers(0, len(line) - 1))
    part = excerpt(line, place, place + 1, 30)
    before, found, _ = part.text.partition(line[place])
    assert found
    assert part.offset == text_width(before)
    assert text_width(part.text) <= 30
