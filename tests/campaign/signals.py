"""Signals in every phase of a run, on a terminal: it ends soon, with the right status, and leaves nothing.

Nothing means: no process, no changed terminal, no hidden cursor, no traceback.
"""

from __future__ import annotations

import fcntl
import os
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.campaign.base import Campaign, Verdict, chance
from tests.support.commands import clean_environ, command
from tests.support.marks import MARK, left_after
from tests.support.terminals import Terminal

NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
MOST_S = 8.0
"""How long the end may take after one signal; a busy machine included."""

MOST_AFTER_TWO_S = 2.5
"""One second is promised after the second signal; the rest is for a busy machine."""

GRACE_S = 10.0
"""What a step that ignores the signal is given."""

READY_S = 40.0
_PIPE_IS_FULL = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A phase of a run.

    Attributes:
        name: what is going on.
        text: the workflow.
        ready: so many files named `ready-*` show that the phase has begun.
        delay_s: the signal comes up to so many seconds later.
        grace_s: how much longer than usual the end may take after one signal.
        may_succeed: whether the run may be over before.
        may_die: whether the interpreter may not have got to install its handlers.
        pipe: whether stdout is a pipe that nobody reads before the signal.
        waits: whether another run has the workspace.
    """

    name: str
    text: str
    ready: int = 1
    delay_s: float = 0.1
    grace_s: float = 0.0
    may_succeed: bool = False
    may_die: bool = False
    pipe: bool = False
    waits: bool = False


_HEAD = "wfopt: 1\ndefaults: {shell: sh}\nsteps:\n"
_WAIT = f"{_HEAD}  wait: {{run: 'touch ready-1; sleep 1000'}}\n"
_DEAF = (
    f"{_HEAD}  deaf: {{run: \"trap '' TERM INT HUP QUIT; touch ready-1; while :; do sleep 1000; done\"}}\n"
)
_MANY = _HEAD + "".join(
    f"  s{step}: {{run: 'touch ready-{step}; sleep 1000 & wait', resources: {{cpu: 0.01}}}}\n"
    for step in range(40)
)
_BIG = _HEAD + "".join(f"  s{step}: {{run: sleep 5, outputs: [out/{step}]}}\n" for step in range(9000))
_YES = f"{_HEAD}  yes: {{run: 'touch ready-1; exec yes'}}\n"
_LATER = f"{_HEAD}  quick: {{run: 'true'}}\nfinally:\n  slow: {{run: 'touch ready-1; sleep 30'}}\n"
_SHORT = _HEAD + "".join(f"  s{step}: {{run: 'touch ready-{step}'}}\n" for step in range(30))

SCENES = (
    Scene(name="starting", text=_WAIT, ready=0, delay_s=0.3, may_die=True),
    Scene(name="deaf step", text=_DEAF, grace_s=GRACE_S),
    Scene(name="loading", text=_BIG, ready=0, delay_s=1.5, may_die=True),
    Scene(name="waiting", text=_WAIT),
    Scene(name="many steps", text=_MANY, ready=40),
    Scene(name="full pipe", text=_YES, pipe=True),
    Scene(name="reporting", text=_SHORT, ready=30, delay_s=0.15, may_succeed=True),
    Scene(name="locked", text=_WAIT, ready=0, waits=True),
    Scene(name="finally", text=_LATER),
)
COMBINATIONS = len(SCENES) * len(NUMBERS) * 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is sent when.

    Attributes:
        scene: during what.
        number: the signal.
        twice: whether it is sent again.
        key: whether it is sent by a key, where there is one.
        delay_s: how long after the start of the phase.
        gap_s: how long after the first one the second is sent.
    """

    scene: Scene
    number: signal.Signals
    twice: bool
    key: bool
    delay_s: float
    gap_s: float


def case_of(seed: int, number: int) -> Case:
    """Return a case: all combinations follow on each other, the scene changing fastest."""
    rnd = chance("signals", seed, number)
    place, rest = number % len(SCENES), number % COMBINATIONS // len(SCENES)
    scene = SCENES[place]
    return Case(
        scene=scene,
        number=NUMBERS[(rest + place) % len(NUMBERS)],
        twice=(rest // len(NUMBERS) + place) % 2 == 1,
        key=rnd.random() < 0.5,
        delay_s=rnd.uniform(0, scene.delay_s),
        gap_s=rnd.uniform(0.05, 0.4),
    )


def material(seed: int, number: int) -> bytes:
    """Return the workflow of a case."""
    return case_of(seed, number).scene.text.encode()


def check(seed: int, numbers: Sequence[int], folder: Path) -> Iterator[Verdict]:
    """Check cases one after the other."""
    for number in numbers:
        case, workspace = case_of(seed, number), folder / str(number)
        workspace.mkdir()
        (workspace / "wfopt.yml").write_text(case.scene.text)
        mark = f"mark-{os.getpid()}-{number}-{os.urandom(4).hex()}"
        label = f"{case.scene.name} {case.number.name}{' twice' if case.twice else ''}"
        with _holder(workspace, mark, wanted=case.scene.waits):
            trouble, wall = _interrupted(case, workspace, mark + "-run")
        if trouble:
            way = "key" if case.key else "kill"
            trouble += f" ({way} after {case.delay_s:.3f} s, again after {case.gap_s:.3f} s)"
        yield Verdict(case=number, label=label, trouble=trouble, wall_s=wall)


@contextmanager
def _holder(workspace: Path, mark: str, *, wanted: bool) -> Iterator[None]:
    """Let another run have the workspace."""
    if not wanted:
        yield
        return
    with subprocess.Popen(
        command(["run"]),
        cwd=workspace,
        env=clean_environ({MARK: mark}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            until = time.monotonic() + READY_S
            while not list(workspace.glob("ready-*")) and time.monotonic() < until:
                signal.sigtimedwait([], 0.01)
            yield
        finally:
            process.terminate()


def _interrupted(case: Case, workspace: Path, mark: str) -> tuple[str, float]:
    """Run, interrupt and return what is wrong and how long the end took."""
    scene = case.scene
    words = command(["run", "-j", "40", "--cpus", "2"])
    with Terminal(words, workspace, clean_environ({MARK: mark}), pipe=scene.pipe) as terminal:
        terminal.watch(READY_S, lambda: terminal.over or _is_ready(scene, workspace, terminal))
        if not _is_ready(scene, workspace, terminal):
            return f"it did not come that far: {terminal.said[-500:]!r}", 0.0
        terminal.watch(case.delay_s)
        if terminal.ended(0.0) is not None and not scene.may_succeed:
            return f"it ended before: {terminal.said[-500:]!r}", 0.0
        terminal.signal(case.number, key=case.key)
        if case.twice:
            terminal.watch(case.gap_s)
            terminal.signal(case.number, key=case.key)
        sent_at = time.monotonic()
        most = MOST_AFTER_TWO_S if case.twice else MOST_S + scene.grace_s
        status = terminal.ended(most, drain=not case.twice)
        wall = time.monotonic() - sent_at
        trouble = _status_trouble(case, status, terminal.said) or (
            terminal.trouble() if status is not None else ""
        )
        left = left_after(mark, 1.0)
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return trouble or (f"these are left: {left}" if left else ""), wall


def _is_ready(scene: Scene, workspace: Path, terminal: Terminal) -> bool:
    if not terminal.started:
        return False
    if scene.waits:
        return b"another run has this workspace" in terminal.said
    if scene.pipe and terminal.pipe is not None:
        (held,) = struct.unpack("i", fcntl.ioctl(terminal.pipe.fileno(), termios.FIONREAD, b"\0" * 4))
        return bool(held >= _PIPE_IS_FULL)
    return len(list(workspace.glob("ready-*"))) >= scene.ready


def _status_trouble(case: Case, status: int | None, said: bytes) -> str:
    scene, number = case.scene, case.number
    if status is None:
        return "it did not end"
    if scene.may_die and (status == -number or _before_wfopt(said)):
        return ""
    if status != 128 + number and not (scene.may_succeed and status == 0):
        return f"status {status}: {said[-500:]!r}"
    return f"a traceback: {said[-1500:]!r}" if b"Traceback" in said else ""


def _before_wfopt(said: bytes) -> bool:
    """Say whether the interpreter itself was interrupted, when it had not come to wfopt yet."""
    return b"KeyboardInterrupt" in said and b"wfopt" not in said


CAMPAIGN = Campaign(
    name="signals",
    summary="signals end a run in every phase, with 128+n, leaving no process and a clean terminal",
    cases=400,
    jobs=4,
    batch=20,
    patience_s=120.0,
    check=check,
    material=material,
)
