"""The lines at the bottom of a terminal, replayed on a terminal in memory."""

import io
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.emulated import Emulated
from wfopt.render.live.screen import MOST_HELD, Screen, Size


class Rig:
    """A screen on a terminal."""

    def __init__(
        self, columns: int = 20, lines: int = 6, may_draw: Callable[[], bool] = lambda: True
    ) -> None:
        self.terminal = Emulated(columns, lines)
        self.writes: list[str] = []
        self.flushes = 0
        self.screen = Screen(_Recorder(self), self.size, may_draw)

    def size(self) -> Size:
        return Size(self.terminal.columns, self.terminal.lines)

    def draw(self, *lines: str) -> None:
        self.screen.draw(lines, self.size())


class _Recorder(io.StringIO):
    def __init__(self, rig: Rig) -> None:
        super().__init__()
        self._rig = rig

    def write(self, text: str) -> int:
        self._rig.writes.append(text)
        self._rig.terminal.feed(text)
        return len(text)

    def flush(self) -> None:
        self._rig.flushes += 1


def is_at_rest(terminal: Emulated) -> bool:
    """Return whether nothing would have to be restored if the program died now."""
    clean = {"7": True, "2026": False}
    return terminal.cursor[0] == 0 and not terminal.styled and terminal.modes.items() <= clean.items()


def test_text_goes_straight_through_while_there_are_no_lines() -> None:
    rig = Rig()
    rig.screen.write("one\n")
    rig.screen.flush()
    assert (rig.writes, rig.flushes) == (["one\n"], 1)
    assert rig.screen.isatty()


def test_text_scrolls_above_the_lines_in_one_write_a_frame() -> None:
    rig = Rig()
    rig.screen.write("one\n")
    rig.draw("A", "B")
    assert rig.terminal.text == "one\nA\nB\n"
    rig.screen.write("two\n")
    rig.screen.flush()
    rig.screen.write("three\n")
    assert len(rig.writes) == 2
    rig.draw("A", "C")
    assert rig.terminal.text == "one\ntwo\nthree\nA\nC\n"
    assert len(rig.writes) == 3
    assert is_at_rest(rig.terminal)


def test_lines_that_stay_the_same_are_not_written_again() -> None:
    rig = Rig()
    rig.draw("A", "B", "C")
    rig.draw("A", "B", "C")
    assert len(rig.writes) == 1
    rig.draw("A", "X", "C")
    assert rig.terminal.text == "A\nX\nC\n"
    assert "A\n" not in rig.writes[-1]
    assert "C\n" not in rig.writes[-1]


def test_what_is_longer_or_more_leaves_nothing_behind() -> None:
    rig = Rig()
    rig.draw("AAAA", "BBBB", "CCCC")
    rig.draw("a", "b")
    assert rig.terminal.text == "a\nb\n"
    rig.draw("a", "b", "c", "d")
    assert rig.terminal.text == "a\nb\nc\nd\n"
    rig.screen.clear()
    assert rig.terminal.text == ""
    assert rig.terminal.cursor == (0, 0)
    assert not rig.screen.is_drawn


def test_clearing_shows_the_text_that_waits() -> None:
    rig = Rig()
    rig.draw("A")
    rig.screen.write("last\n")
    rig.screen.clear()
    assert rig.terminal.text == "last\n"
    assert rig.terminal.cursor == (0, 1)
    rig.screen.clear()
    assert len(rig.writes) == 2


def test_much_text_does_not_wait() -> None:
    rig = Rig(columns=100)
    rig.draw("A")
    lines = MOST_HELD // 10 + 1
    for _ in range(lines):
        rig.screen.write("123456789\n")
    assert len(rig.writes) == 2
    assert rig.terminal.text == "123456789\n" * lines + "A\n"


def test_a_line_that_is_too_wide_after_all_costs_no_other_line() -> None:
    rig = Rig(columns=5)
    rig.screen.write("long enough\n")
    rig.draw("ABCDEFGH", "I")
    rig.draw("ABCDEFGH", "J")
    rig.screen.clear()
    assert rig.terminal.text == "long\nenoug\nh\n"


def test_nothing_is_drawn_where_there_is_no_room() -> None:
    rig = Rig(lines=3)
    rig.draw("A", "B", "C")
    assert rig.writes == []
    rig.draw("A", "B")
    rig.screen.write("one\n")
    rig.draw("A", "B", "C")
    assert rig.terminal.text == "one\n"


def test_nothing_is_drawn_on_somebody_elses_terminal() -> None:
    mine = True
    rig = Rig(may_draw=lambda: mine)
    rig.draw("A")
    mine = False
    rig.terminal.type("\n$ ")
    rig.screen.write("one\n")
    rig.draw("A")
    assert rig.terminal.text == "A\n\n$\none\n"
    rig.screen.write("two\n")
    mine = True
    rig.draw("A")
    assert rig.terminal.text == "A\n\n$\none\ntwo\nA\n"


def test_what_others_have_written_stays() -> None:
    for text in ("no line end", "a line\n", "x", "12345678901234567890"):
        rig = Rig()
        rig.draw("A")
        rig.screen.clear()
        rig.terminal.type(text)
        rig.screen.forget()
        rig.draw("B")
        rig.draw("C")
        assert rig.terminal.text == text.removesuffix("\n") + "\nC\n"


def test_text_goes_below_what_others_have_written() -> None:
    rig = Rig()
    rig.terminal.type("name? ")
    rig.screen.forget()
    rig.screen.write("one\n")
    rig.screen.write("two\n")
    assert rig.terminal.text == "name?\none\ntwo\n"


def test_echoed_keys_are_taken_away() -> None:
    rig = Rig()
    rig.draw("A")
    rig.terminal.type("^C")
    rig.draw("B")
    assert rig.terminal.text == "B\n"
    assert is_at_rest(rig.terminal)


def test_a_terminal_that_changes_its_size() -> None:
    rig = Rig(columns=30, lines=20)
    rig.screen.write("text\n")
    wide = ("\x1b[1mAAAAAAAAAAAAAAAAAAAA\x1b[0m", "語語語語語語語語語語")
    for columns in (12, 30, 7, 19, 20):
        rig.draw(*wide)
        rig.terminal.resize(columns, 20)
        rig.draw("A", "B")
        assert rig.terminal.text == "text\nA\nB\n", columns
        rig.terminal.resize(30, 20)


texts = st.text("ab語 ", max_size=30)
actions = st.one_of(
    st.tuples(st.just("write"), texts),
    st.tuples(st.just("draw"), st.lists(texts, max_size=8).map(tuple)),
    st.tuples(st.just("clear"), st.none()),
)


@given(st.lists(actions, max_size=12), st.integers(4, 25), st.integers(1, 9))
@settings(max_examples=60, deadline=None)
def test_in_the_end_only_the_text_is_left(doings: list[tuple[str, object]], columns: int, lines: int) -> None:
    rig, alone = Rig(columns, lines), Emulated(columns, lines)
    for kind, what in doings:
        if kind == "write":
            rig.screen.write(f"{what}\n")
            alone.feed(f"{what}\n")
        elif kind == "draw" and isinstance(what, tuple):
            rig.draw(*what)
        else:
            rig.screen.clear()
        assert is_at_rest(rig.terminal)
    rig.screen.clear()
    assert rig.terminal.text == alone.text
    assert rig.terminal.cursor == alone.cursor
