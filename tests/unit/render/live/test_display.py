"""A run shown live, replayed on a terminal in memory."""

import io
from collections.abc import Iterator

import pytest

from tests.support.emulated import Emulated
from tests.support.live_stories import Story, story
from wfopt.model.workflow import StepId
from wfopt.render.lines import LineDisplay
from wfopt.render.live.choice import Move
from wfopt.render.live.display import FRAME_S, LiveDisplay
from wfopt.render.live.pieces import UNICODE, Look
from wfopt.render.live.screen import Screen, Size
from wfopt.render.live.view import Span
from wfopt.render.paint import Paint
from wfopt.render.progress import Verbosity

BEFORE_THE_END_OF_ASK = """
step build
step test
step ask interactive
after test build
after ask test
usual build 10 9 11
usual test 5 4 6
usual ask 1 1 1
0 begin 2
0 start build
0.1 print build compiling\\n
1 print build linking\\n
2 sample 1.5 1GiB build=1.0,64MiB
3 warn cpu - cpu idle while steps wait
4 end build succeeded
4 start test
4.5 print test 1 of 2\\n
5 end test succeeded
5 start ask
"""
RUN = f"{BEFORE_THE_END_OF_ASK}6 end ask succeeded\n7 over succeeded\n"


class Feed(io.StringIO):
    """A stream into a terminal in memory; counts the writes."""

    def __init__(self, terminal: Emulated) -> None:
        super().__init__()
        self.terminal = terminal
        self.writes = 0

    def write(self, text: str) -> int:
        self.writes += 1
        self.terminal.feed(text)
        return len(text)


class Show:
    """A display on a terminal in memory."""

    def __init__(
        self,
        told: Story,
        *,
        columns: int = 80,
        lines: int = 24,
        color: bool = False,
        verbosity: Verbosity = Verbosity.NORMAL,
        out: io.StringIO | None = None,
    ) -> None:
        self.terminal = Emulated(columns, lines)
        self.stream = Feed(self.terminal)
        self.questions = 0
        screen = Screen(self.stream, lambda: Size(self.terminal.columns, self.terminal.lines), lambda: True)

        def usual() -> dict[StepId, Span]:
            self.questions += 1
            return told.usual

        self.display = LiveDisplay(
            told.workflow,
            screen=screen,
            out=out or screen,
            look=Look(UNICODE, Paint(color=color)),
            verbosity=verbosity,
            usual=usual,
        )

    def steps(self, told: Story) -> Iterator[tuple[float, str]]:
        """Tell the story; yield the time and what there is to see after each event."""
        for event in told.events:
            self.display(event)
            yield event.at, self.terminal.text


def in_lines(told: Story, verbosity: Verbosity = Verbosity.NORMAL) -> str:
    """Return what the plain display shows of a story."""
    stream = io.StringIO()
    shown = LineDisplay(told.workflow, log=stream, out=stream, paint=Paint(color=False), verbosity=verbosity)
    for event in told.events:
        shown(event)
    return stream.getvalue()


def without_starts(text: str) -> str:
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith("started"))


def test_what_goes_on_stands_below_what_is_over() -> None:
    told = story(RUN)
    seen = dict(Show(told).steps(told))
    assert seen[0.1] == "[build] compiling\n"
    assert seen[1.0].splitlines() == [
        "[build] compiling",
        "[build] linking",
        f"{'░' * 23} 0/3 · 1 running · 2 blocked · 1 s · 15 s left · 13\u201317 s",
        "  build      1 s / 10 s    ░░░░░░░░  linking",
    ]
    assert "▲ cpu idle while steps wait" in seen[3.0]
    assert "alert" in seen[3.0]


def test_in_the_end_the_lines_are_left_that_the_plain_display_writes() -> None:
    told = story(RUN)
    for columns, lines, color in (
        (80, 24, False),
        (200, 50, True),
        (40, 10, True),
        (20, 3, False),
        (1, 1, True),
    ):
        show = Show(told, columns=columns, lines=lines, color=color)
        for _ in show.steps(told):
            assert show.terminal.cursor[0] == 0
            assert not show.terminal.styled
        plain = Emulated(columns, lines)
        plain.feed(without_starts(in_lines(told)))
        # A step that had the terminal may have left the cursor anywhere.
        assert show.terminal.text == plain.text
        assert show.terminal.cursor[0] == 0


def test_the_plain_display_tells_of_starts_if_asked_for_more() -> None:
    told = story(RUN)
    show = Show(told, verbosity=Verbosity.VERBOSE)
    assert list(show.steps(told))[-1][1] == in_lines(told, Verbosity.VERBOSE)


def test_a_frame_is_one_write_and_comes_four_times_a_second_at_most() -> None:
    told = story(
        "step a\n0 begin 1\n0 start a\n" + "".join(f"{1 + n / 100} print a {n}\\n\n" for n in range(100))
    )
    show = Show(told)
    for _ in show.steps(told):
        pass
    assert show.stream.writes <= 1 / FRAME_S + 1
    show.display.close()
    assert show.terminal.text == "".join(f"[a] {n}\n" for n in range(100))


def test_time_goes_on_without_events() -> None:
    told = story("step a\n0 begin 1\n0 start a")
    show = Show(told)
    for _ in show.steps(told):
        pass
    seen = []
    for at in (0.1, 0.3, 0.4, 1.5, 62.0):
        show.display.refresh(at)
        seen.append(show.terminal.text[-7:])
    assert seen == ["", "   0 s\n", "   0 s\n", "   1 s\n", "1m 02s\n"]


def test_a_short_run_looks_like_plain_lines_and_asks_for_no_history() -> None:
    told = story("step a\n0 begin 1\n0 start a\n0.2 print a x\\n\n0.2 end a succeeded\n0.24 over succeeded")
    show = Show(told)
    for _ in show.steps(told):
        assert "░" not in show.terminal.text
    assert show.questions == 0
    show.display.refresh(9.0)
    assert show.terminal.text == without_starts(in_lines(told))


def test_history_is_asked_for_once() -> None:
    told = story(RUN)
    show = Show(told)
    assert any("left" in text for _, text in show.steps(told))
    assert show.questions == 1


def test_a_step_that_takes_the_terminal_finds_it_clean_and_undisturbed() -> None:
    for end in ("6 end ask succeeded", "6 retry ask"):
        told = story(BEFORE_THE_END_OF_ASK + end)
        show = Show(told)
        *_, (_, before) = Show(told).steps(story(BEFORE_THE_END_OF_ASK))
        for event in told.events[:-1]:
            show.display(event)
        assert show.terminal.text == before == without_starts(in_lines(story(BEFORE_THE_END_OF_ASK)))
        show.terminal.type("your name? ")
        show.display.refresh(5.9)
        assert show.terminal.text.endswith("\nyour name?\n")
        show.display(told.events[-1])
        show.display.refresh(7.0)
        below = show.terminal.text.split("your name?\n")[1].splitlines()
        assert below[0].startswith(("succeeded", "retry"))
        assert " · " in below[1]


def test_output_may_go_elsewhere() -> None:
    told, elsewhere = story(RUN), io.StringIO()
    show = Show(told, out=elsewhere)
    for _ in show.steps(told):
        pass
    assert elsewhere.getvalue() == "[build] compiling\n[build] linking\n[test] 1 of 2\n"
    assert "linking" not in show.terminal.text


def test_closing_leaves_a_clean_terminal_whenever_it_comes() -> None:
    told = story(RUN)
    for count in range(len(told.events)):
        show = Show(told, color=True)
        for event in told.events[:count]:
            show.display(event)
        show.display.close()
        show.display.close()
        assert " · " not in show.terminal.text
        assert show.terminal.cursor[0] == 0
        assert show.terminal.modes.items() <= {"7": True, "2026": False}.items()


@pytest.mark.parametrize("broken", ["_state.follow", "_state.view", "_usual"])
def test_a_fault_in_it_costs_the_display_and_nothing_else(broken: str) -> None:
    told = story(RUN)
    show = Show(told)

    def fail(*_: object) -> None:
        raise ZeroDivisionError("a\nb")

    events = iter(told.events)
    for _ in range(4):
        show.display(next(events))
    owner, _, name = broken.rpartition(".")
    setattr(getattr(show.display, owner) if owner else show.display, name, fail)
    show.display._next_frame = 0.0
    for event in events:
        show.display(event)
    lines = show.terminal.text.splitlines()
    warning = "warning: the live display has a fault and ends: ZeroDivisionError: a\\x0ab"
    assert lines.count(warning) == 1
    lines.remove(warning)
    assert "".join(f"{line}\n" for line in lines) == without_starts(in_lines(told))


def test_a_wish_is_shown_at_once() -> None:
    told = story("step a\nstep b\n0 begin 2\n0 start a\n0 start b\n1 print a one\\n")
    show = Show(told)
    for event in told.events:
        show.display(event)
    show.display.offer_keys(available=True)
    show.display.refresh(1.1)
    assert "output" not in show.terminal.text
    show.display.wish(Move.FOLLOW, 1.1)
    show.display.refresh(1.1)
    assert "> a" in show.terminal.text
    assert show.terminal.text.endswith("  output of a:\n    one\n")
    assert "q: less" in show.terminal.text
    show.display.close()
    show.display.wish(Move.OFF, 1.2)
    show.display.refresh(1.2)
    assert "output of" not in show.terminal.text
