"""Workflows with a past for tests of predictions, and the command in this process."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.history import stories
from tests.support.told_history import write_history
from wfopt.api.caching import Outside
from wfopt.api.predict import PredictOptions, predict
from wfopt.api.prepare import RunOptions, prepare
from wfopt.api.what_if import wishes_of
from wfopt.cache.policy import CachePolicy, Mode
from wfopt.cli.boundary import guarded
from wfopt.model.prediction import PredictReport
from wfopt.resources.pool import Capacity
from wfopt.scheduler.strategies.critical_path import CriticalPath

MACHINE = Capacity(slots=2, cpu_milli=2000, memory_bytes=8 << 30)
HOST = "north"


class Done(NamedTuple):
    """What a command has left."""

    status: int
    out: str
    log: str


def parallel(count: int, more: str = "") -> str:
    """Return a workflow of steps `s0`, `s1` and so on that wait for nobody."""
    steps = "".join(f"  s{number}: {{run: 'true'}}\n" for number in range(count))
    return f"wfopt: 1\nsteps:\n{steps}{more}"


def run_options(folder: Path, capacity: Capacity = MACHINE, mode: Mode = Mode.RW) -> RunOptions:
    """Return the options of a run of the workflow of a folder."""
    return RunOptions(
        file=str(folder / "wfopt.yml"),
        workspace=str(folder),
        state_folder=str(folder / ".wfopt"),
        environ={"PATH": os.defpath},
        capacity=capacity,
        strategy=CriticalPath(),
        cache=CachePolicy(mode=mode),
        host=HOST,
    )


def told(folder: Path, text: str, walls: Mapping[str, Sequence[float]], runs: int = 12) -> None:
    """Write a workflow, and a history of it in which steps take these seconds in turn."""
    (folder / "wfopt.yml").write_text(text)
    write_history(folder, stories(runs, walls))


def predicted(
    folder: Path,
    *what_if: str,
    capacity: Capacity = MACHINE,
    level: float = 0.8,
    backtest: bool = False,
    sweep: bool = False,
) -> PredictReport:
    """Return what is expected of the workflow of a folder."""
    run = run_options(folder, capacity)
    options = PredictOptions(run=run, level=level, wishes=wishes_of(what_if), backtest=backtest, sweep=sweep)
    outside = Outside(wall=lambda: 0.0, ask=lambda *_: b"", tell=lambda *_: None)
    return predict(prepare(run), options, outside)


def command_in(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Done]:
    """Return what runs `wfopt predict` with some words in a folder; named values are the environment."""
    monkeypatch.chdir(folder)

    def run(*words: str, **environ: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["wfopt", "predict", "--host", HOST, *words])
        status = guarded({"PATH": os.defpath, **environ})
        shown = capsys.readouterr()
        return Done(status, shown.out, shown.err)

    return run
