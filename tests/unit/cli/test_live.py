"""The live display and the terminal: stops, returns, and what the terminal can show."""

import io
import os
import pty
import signal
import sys
from collections.abc import Callable, Iterator

import pytest

from tests.support.builders import step, workflow
from tests.support.emulated import Emulated
from wfopt.cli import live as live_module
from wfopt.cli.console import Console
from wfopt.cli.live import LiveRun
from wfopt.cli.options import Request
from wfopt.events import RunStarted, StepStarted
from wfopt.model.workflow import StepId
from wfopt.render.live.choice import Move, Wish
from wfopt.render.paint import Paint


class Feed(io.StringIO):
    """A stream into a terminal in memory."""

    def __init__(self, terminal: Emulated) -> None:
        super().__init__()
        self.terminal = terminal

    def write(self, text: str) -> int:
        self.terminal.feed(text)
        return len(text)


class Rig:
    """A live run on a terminal in memory; stdout is somewhere else."""

    def __init__(self, environ: dict[str, str] | None = None) -> None:
        self.terminal = Emulated(80, 24)
        self.console = Console(
            out=io.StringIO(),
            log=Feed(self.terminal),
            paint=Paint(color=False),
            color_out=False,
            width=80,
            environ=environ or {"TERM": "xterm"},
        )
        self.live = LiveRun(Request(verbose=True), workflow(["build"]), self.console)

    def draw(self, at: float = 1.0) -> None:
        """Let there be something to see."""
        self.live(RunStarted(at=0, run_id="r", started_at=0, steps=1, slots=1, strategy="fifo"))
        self.live(StepStarted(at=0, step=StepId("build"), reason="never ran"))
        self.live.refresh(at)
        assert "1 running" in self.terminal.text


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    """Leave the signals as they were."""
    before = [(each, signal.getsignal(each)) for each in (signal.SIGTSTP, signal.SIGCONT)]
    yield
    for each, handler in before:
        signal.signal(each, handler)


@pytest.fixture
def stops(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Stop nothing, but note what there is to see whenever the program would have stopped."""
    seen: list[str] = []

    def kill(pid: int, number: int) -> None:
        assert (pid, number) == (os.getpid(), signal.SIGTSTP)
        assert signal.getsignal(number) is signal.SIG_DFL
        seen.append(RIGS[-1].terminal.text)

    monkeypatch.setattr(live_module.os, "kill", kill)
    yield seen
    RIGS.clear()


RIGS: list[Rig] = []


def entered() -> Rig:
    RIGS.append(Rig())
    return RIGS[-1]


def press_stop() -> None:
    signal.raise_signal(signal.SIGTSTP)


def test_what_is_drawn_is_gone_before_the_program_stops(stops: list[str]) -> None:
    rig = entered()
    with rig.live:
        rig.draw()
        press_stop()
        assert stops == []
        rig.live.refresh(1.1)
        assert stops == ["started    build           never ran\n"]
        rig.live.refresh(1.6)
        assert "1 running" in rig.terminal.text
        press_stop()
        rig.live.refresh(1.7)
        assert len(stops) == 2


def test_with_nothing_drawn_it_stops_at_once(stops: list[str]) -> None:
    with entered().live:
        press_stop()
        assert stops == [""]


def test_a_stop_that_comes_at_the_end_is_made_up_for(stops: list[str]) -> None:
    rig = entered()
    with rig.live:
        rig.draw()
        press_stop()
    assert stops == ["started    build           never ran\n"]
    assert signal.getsignal(signal.SIGTSTP) is signal.SIG_DFL
    assert signal.getsignal(signal.SIGCONT) is signal.SIG_DFL


def test_who_ignores_stops_goes_on_ignoring_them(stops: list[str]) -> None:
    signal.signal(signal.SIGTSTP, signal.SIG_IGN)
    rig = entered()
    with rig.live:
        rig.draw()
        press_stop()
        rig.live.refresh(2.0)
    assert stops == []
    assert signal.getsignal(signal.SIGTSTP) is signal.SIG_IGN


def test_what_was_written_during_a_stop_stays() -> None:
    rig = Rig()
    with rig.live:
        rig.draw()
        rig.terminal.type("[1]+  Stopped\n$ fg\n")
        signal.raise_signal(signal.SIGCONT)
        rig.live.refresh(2.0)
        assert rig.terminal.text.count("1 running") == 2
    assert rig.terminal.text.endswith("[1]+  Stopped\n$ fg\n")


def test_a_fault_leaves_a_clean_terminal() -> None:
    rig = Rig()

    def fail() -> None:
        with rig.live:
            rig.draw()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert rig.terminal.text == "started    build           never ran\n"
    assert rig.terminal.cursor == (0, 1)


def test_messages_go_above_what_is_drawn() -> None:
    rig = Rig()
    with rig.live:
        rig.draw()
        rig.live.console.log.write("warning: x\n")
        rig.live.refresh(1.5)
        assert rig.terminal.text.splitlines()[1] == "warning: x"
        assert rig.live.console.out is rig.console.out


@pytest.mark.parametrize(
    ("encoding", "term", "full"),
    [
        ("utf-8", "xterm-256color", "░"),
        ("UTF8", "tmux", "░"),
        ("utf-8", "linux", "-"),
        ("ascii", "xterm", "-"),
        (None, "xterm", "-"),
    ],
)
def test_only_what_the_terminal_surely_has_is_drawn(
    encoding: str | None, term: str, full: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = None if encoding is None else io.TextIOWrapper(io.BytesIO(), encoding)
    monkeypatch.setattr(sys, "__stderr__", stream)
    rig = Rig({"TERM": term})
    with rig.live:
        rig.draw()
        assert f"{full * 6} 0/1" in rig.terminal.text


def test_stdout_on_the_same_terminal_shares_it(monkeypatch: pytest.MonkeyPatch) -> None:
    master, slave = pty.openpty()
    other_master, other = pty.openpty()
    try:
        for out, err, same in ((slave, slave, True), (slave, other, False), (9999, slave, False)):
            monkeypatch.setattr(live_module, "STDOUT", out)
            monkeypatch.setattr(live_module, "STDERR", err)
            live = Rig().live
            assert (live.console.out is live.console.log) == same
    finally:
        for each in (master, slave, other_master, other):
            os.close(each)


@pytest.mark.parametrize(
    ("answer", "size"),
    [
        (lambda fd: os.terminal_size((100, 30)), (100, 30)),
        (lambda fd: os.terminal_size((0, 0)), (80, 24)),
        (lambda fd: os.get_terminal_size(9999), (80, 24)),
    ],
)
def test_a_terminal_that_does_not_know_its_size(
    answer: Callable[[int], os.terminal_size], size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.get_terminal_size

    def ask(fd: int) -> os.terminal_size:
        return real(fd) if fd == 9999 else answer(fd)

    monkeypatch.setattr(live_module.os, "get_terminal_size", ask)
    found = live_module._size()
    assert (found.columns, found.lines) == size


def test_only_the_foreground_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    for group, drawn in ((os.getpgrp(), True), (os.getpgrp() + 1, False)):
        monkeypatch.setattr(live_module.os, "tcgetpgrp", lambda _, group=group: group)
        assert live_module._in_front() == drawn


def test_a_terminal_that_is_nobodys_is_free_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_module, "STDERR", 9999)
    assert live_module._in_front()


class FakeKeys:
    """Keys that a test presses, and what becomes of the terminal."""

    def __init__(self, _fd: int) -> None:
        self.typed: list[Wish] = []
        self.are_taken = False
        self.told: list[str] = []

    def take(self) -> None:
        if not self.are_taken:
            self.told.append("take")
        self.are_taken = True

    def give_back(self) -> None:
        if self.are_taken:
            self.told.append("give back")
        self.are_taken = False

    def look_again(self) -> None:
        self.told.append("look again")

    def pressed(self) -> list[Wish]:
        typed, self.typed = self.typed, []
        return typed


@pytest.fixture
def keyed(monkeypatch: pytest.MonkeyPatch) -> tuple[Rig, FakeKeys]:
    """A live run with a keyboard."""
    keys = FakeKeys(0)
    monkeypatch.setattr(live_module, "has_keyboard", lambda: True)
    monkeypatch.setattr(live_module, "Keys", lambda _: keys)
    RIGS.append(Rig())
    return RIGS[-1], keys


def test_keys_are_taken_while_something_is_drawn(keyed: tuple[Rig, FakeKeys]) -> None:
    rig, keys = keyed
    with rig.live:
        rig.live.refresh(0.1)
        assert keys.told == []
        rig.draw()
        assert keys.told == ["take"]
        keys.typed = [Move.DOWN]
        rig.live.refresh(1.1)
        assert "output of build: none so far" in rig.terminal.text
    assert keys.told == ["take", "give back"]


def test_the_terminal_is_given_back_before_the_program_stops(
    keyed: tuple[Rig, FakeKeys], stops: list[str]
) -> None:
    rig, keys = keyed
    with rig.live:
        rig.draw()
        press_stop()
        rig.live.refresh(1.1)
        assert (len(stops), keys.told) == (1, ["take", "give back"])
        signal.raise_signal(signal.SIGCONT)
        rig.live.refresh(1.6)
        assert keys.told == ["take", "give back", "look again", "take"]
    assert keys.told[-1] == "give back"


def test_it_is_given_back_whatever_goes_wrong(
    keyed: tuple[Rig, FakeKeys], monkeypatch: pytest.MonkeyPatch
) -> None:
    rig, keys = keyed

    def fail(*_: object) -> None:
        raise OSError("no room")

    def show() -> None:
        with rig.live:
            rig.draw()
            monkeypatch.setattr(rig.live._screen, "draw", fail)

    with pytest.raises(OSError, match="no room"):
        show()
    assert keys.told == ["take", "give back"]


def test_it_is_given_back_before_a_step_gets_it(keyed: tuple[Rig, FakeKeys]) -> None:
    rig, keys = keyed
    rig.live = LiveRun(Request(), workflow(["build", step("ask", interactive=True)]), rig.console)
    with rig.live:
        rig.draw()
        rig.live(StepStarted(at=2.0, step=StepId("ask"), reason="never ran"))
        assert keys.told == ["take", "give back"]
        rig.live.refresh(9.0)
        assert keys.told == ["take", "give back"]


def test_a_keyboard_is_one_terminal_with_all_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    master, slave = pty.openpty()
    other_master, other = pty.openpty()
    try:
        for streams, is_one in (
            ((slave, slave, slave), True),
            ((other, slave, slave), False),
            ((slave, other, slave), False),
            ((slave, 9999, slave), False),
        ):
            for name, fd in zip(("_STDIN", "STDOUT", "STDERR"), streams, strict=True):
                monkeypatch.setattr(live_module, name, fd)
            assert live_module.has_keyboard() == is_one
    finally:
        for each in (master, slave, other_master, other):
            os.close(each)
