"""What a fresh process does to become the spawner; the rest shows in `test_server`."""

from __future__ import annotations

import ctypes
import signal
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from wfopt.engine.spawning import setup
from wfopt.engine.spawning.family import Groups

ROOT = Path(__file__).parents[4]


def _python(program: str) -> str:
    """Run a program in a process of its own, since what is tested changes the process."""
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return result.stdout.strip()


def test_knows_process_groups_only_on_other_systems(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert isinstance(setup._find_family(), Groups)


def test_asks_the_kernel_with_and_without_the_short_way(monkeypatch: pytest.MonkeyPatch) -> None:
    dumpable = 3
    told = setup._prctl(dumpable, 0)
    assert told in (0, 1, 2)
    assert setup._prctl(-1, 0) == -1
    monkeypatch.setitem(sys.modules, "_ctypes", ModuleType("_ctypes"))
    assert setup._prctl(dumpable, 0) == ctypes.CDLL(None).prctl(dumpable, 0, 0, 0, 0) == told
    assert setup._prctl(-1, 0) == -1


def test_leaves_the_terminal_unless_it_leads_a_group() -> None:
    program = """
import os
from wfopt.engine.spawning import setup
setup._leave_terminal()
setup._leave_terminal()
print(os.getsid(0) == os.getpid())
"""
    assert _python(program) == "True"


def test_keeps_one_descriptor_and_the_standard_ones() -> None:
    program = """
import os
from wfopt.engine.spawning import setup
kept = os.open("/dev/null", os.O_RDONLY)
for _ in range(9):
    os.open("/dev/null", os.O_RDONLY)
os.dup2(kept, 20)
os.close(2)
setup._close_all_but(20)
found = []
for fd in range(100):
    try:
        os.fstat(fd)
    except OSError:
        continue
    found.append(fd)
print(found)
"""
    assert _python(program) == "[0, 1, 2, 20]"


def test_tells_which_signals_steps_must_not_ignore() -> None:
    program = """
import signal
signal.signal(signal.SIGUSR1, signal.SIG_IGN)
from wfopt.engine.spawning import setup
print(*sorted(setup._arrange_signals()))
"""
    expected = [
        *(signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGUSR1),
        *(signal.SIGPIPE, signal.SIGTERM, signal.SIGXFSZ),
    ]
    assert _python(program) == " ".join(str(int(each)) for each in sorted(expected))


def test_imports_only_what_it_needs() -> None:
    program = """
import sys
sys.path.append(".")
import wfopt.engine.spawning.setup
print(*sorted(name for name in sys.modules if name.startswith("wfopt.")))
heavy = {"typing", "re", "socket", "pathlib", "dataclasses", "subprocess", "os", "ctypes", "resource"}
print(*sorted(heavy & set(sys.modules)))
"""
    result = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    ours, heavy = result.stdout.split("\n")[:2]
    assert ours.split() == [
        "wfopt.engine",
        "wfopt.engine.spawning",
        *(f"wfopt.engine.spawning.{name}" for name in ("contracts", "family", "launching", "processes")),
        *(f"wfopt.engine.spawning.{name}" for name in ("server", "setup", "signals", "step", "wire")),
    ]
    assert heavy == ""
