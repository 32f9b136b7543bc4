"""The live display of `wfopt run` on a terminal: what it shows, and what is left after every kind of end."""

import os
import signal
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.commands import LIMIT_S, clean_environ, command
from tests.support.emulated import Emulated
from tests.support.terminals import Terminal

pytestmark = pytest.mark.slow

DRAWN = "1 running"
WAITS = """
wfopt: 1
defaults: {shell: sh}
steps:
  first: {run: echo one; echo two}
  wait:
    needs: [first]
    run: echo ready; while [ ! -e go ]; do sleep 0.05; done; echo gone
"""
IGNORES = """
wfopt: 1
defaults: {shell: sh}
steps:
  wait: {run: trap '' TERM INT; echo ready; while :; do sleep 0.1; done}
"""
ASKS = """
wfopt: 1
defaults: {shell: sh}
steps:
  before: {run: sleep 0.6}
  ask:
    needs: [before]
    interactive: true
    run: printf 'name? '; read name; echo "hello $name"; printf 'no line end'
  after: {needs: [ask], run: sleep 0.6}
"""


def on_terminal(
    text: str,
    folder: Path,
    args: Sequence[str] = (),
    env: dict[str, str] | None = None,
    *,
    pipe: bool = False,
) -> Terminal:
    (folder / "wfopt.yml").write_text(text)
    extra = {"TERM": "xterm-256color", "PYTHONUTF8": "1"} | (env or {})
    return Terminal(command(["run", *args]), folder, clean_environ(extra), pipe=pipe)


def seen(terminal: Terminal) -> Emulated:
    """Return the screen as it is now; a terminal without a size counts as one of 80x24."""
    screen = Emulated(80, 24)
    screen.feed(terminal.said.decode("utf-8", "ignore"))
    return screen


def until_drawn(terminal: Terminal, text: str = DRAWN) -> None:
    assert terminal.watch(LIMIT_S, lambda: text in seen(terminal).text), terminal.said


def is_clean(terminal: Terminal) -> bool:
    """Return whether nothing of the display is left and a shell would go on in a line of its own."""
    screen = seen(terminal)
    modes_are_off = screen.modes.items() <= {"7": True, "2026": False}.items()
    return terminal.trouble() == "" and screen.cursor[0] == 0 and modes_are_off and not screen.styled


def test_what_is_over_stands_above_and_in_the_end_alone(tmp_path: Path) -> None:
    with on_terminal(WAITS, tmp_path) as terminal:
        until_drawn(terminal, "ready\n█")
        until_drawn(terminal, "0.0 cpu")
        above, below = seen(terminal).text.split("█", 1)
        assert above.splitlines()[:2] == ["[first] one", "[first] two"]
        assert above.splitlines()[-1] == "[wait] ready"
        assert "1/2 · 1 running" in below
        (tmp_path / "go").touch()
        assert terminal.ended(LIMIT_S) == 0
        assert is_clean(terminal)
        lines = seen(terminal).text.splitlines()
        assert lines[3:5] == ["[wait] ready", "[wait] gone"]
        assert lines[5].startswith("succeeded  wait")
        assert DRAWN not in seen(terminal).text


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_after_a_signal_the_terminal_is_clean(number: signal.Signals, tmp_path: Path) -> None:
    with on_terminal(WAITS, tmp_path) as terminal:
        until_drawn(terminal)
        terminal.signal(number, key=True)
        assert terminal.ended(LIMIT_S) == 128 + number
        assert is_clean(terminal)
        assert DRAWN not in seen(terminal).text


def test_a_second_interrupt_leaves_it_clean_too(tmp_path: Path) -> None:
    with on_terminal(IGNORES, tmp_path) as terminal:
        until_drawn(terminal, "ready")
        until_drawn(terminal)
        terminal.signal(signal.SIGINT, key=True)
        terminal.watch(0.5)
        assert DRAWN in seen(terminal).text
        assert "^C" not in seen(terminal).text.splitlines()[-1]
        terminal.signal(signal.SIGINT, key=True)
        assert terminal.ended(LIMIT_S) == 130
        assert is_clean(terminal)
        assert DRAWN not in seen(terminal).text


def test_keys_choose_whose_output_is_shown(tmp_path: Path) -> None:
    with on_terminal(WAITS, tmp_path) as terminal:
        until_drawn(terminal, "j/k: output")
        os.write(terminal._master, b"j")
        until_drawn(terminal, "  output of wait:\n    ready\n")
        # What is typed is not shown, and means nothing else.
        os.write(terminal._master, b"zq")
        until_drawn(terminal, "j/k: output")
        (tmp_path / "go").touch()
        assert terminal.ended(LIMIT_S) == 0
        assert is_clean(terminal)
        assert "zq" not in seen(terminal).text


def test_it_is_clean_even_when_it_is_killed(tmp_path: Path) -> None:
    with on_terminal(WAITS, tmp_path) as terminal:
        until_drawn(terminal)
        terminal.signal(signal.SIGKILL)
        assert terminal.ended(LIMIT_S) == -signal.SIGKILL
        # Its guard takes a moment.
        assert terminal.watch(LIMIT_S, lambda: is_clean(terminal))
        assert b"\x1b[?25" not in terminal.said


def test_a_step_gets_the_terminal_for_itself(tmp_path: Path) -> None:
    with on_terminal(ASKS, tmp_path) as terminal:
        until_drawn(terminal, "0/3")
        until_drawn(terminal, "name?")
        assert DRAWN not in seen(terminal).text
        terminal.watch(0.6)
        assert seen(terminal).text.endswith("name?\n")
        os.write(terminal._master, b"Ann\n")
        until_drawn(terminal, "2/3")
        assert terminal.ended(LIMIT_S) == 0
        lines = seen(terminal).text.splitlines()
        start = lines.index("name? Ann")
        assert lines[start + 1 : start + 3] == ["hello Ann", "no line end"]
        assert lines[start + 3].startswith("succeeded  ask")
        assert is_clean(terminal)


def test_output_goes_where_stdout_goes(tmp_path: Path) -> None:
    with on_terminal(WAITS, tmp_path, env={"NO_COLOR": "1"}, pipe=True) as terminal:
        until_drawn(terminal)
        assert "[wait] ready" not in seen(terminal).text
        (tmp_path / "go").touch()
        assert terminal.ended(LIMIT_S) == 0
        assert is_clean(terminal)
        assert terminal.pipe is not None
        assert terminal.pipe.read().splitlines()[:2] == [b"[first] one", b"[first] two"]


@pytest.mark.parametrize(
    ("args", "env"),
    [
        (["--no-live"], {}),
        (["-q"], {}),
        (["--format", "json"], {}),
        (["--format", "jsonl"], {}),
        ([], {"WFOPT_LIVE": "0"}),
        ([], {"CI": "true"}),
        ([], {"GITHUB_ACTIONS": "true"}),
        ([], {"TERM": "dumb"}),
        ([], {"TERM": ""}),
    ],
)
def test_nothing_is_drawn_where_it_is_not_wanted(
    args: Sequence[str], env: dict[str, str], tmp_path: Path
) -> None:
    with on_terminal("wfopt: 1\nsteps: {a: {run: sleep 0.6}}", tmp_path, args, env) as terminal:
        assert terminal.ended(LIMIT_S) == 0
        assert DRAWN.encode() not in terminal.said
        assert b"\x1b[?" not in terminal.said


def test_without_colors_there_is_still_a_display(tmp_path: Path) -> None:
    with on_terminal("wfopt: 1\nsteps: {a: {run: sleep 0.6}}", tmp_path, env={"NO_COLOR": "1"}) as terminal:
        until_drawn(terminal)
        assert terminal.ended(LIMIT_S) == 0
        assert b"\x1b[1m" not in terminal.said
