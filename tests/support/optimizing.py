"""`wfopt optimize` and `wfopt run` in this process, on workflows that there is something to do about."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from wfopt.cli.boundary import guarded

SEQUENCE = """\
wfopt: 1
defaults: { shell: sh }
steps:
  # both only read notes.txt
  - id: count
    run: wc -l < notes.txt > count.txt
    inputs: [notes.txt]
    outputs: [count.txt]
    effects: []

  - id: sort
    run: sort notes.txt > sorted.txt
    inputs: [notes.txt]
    outputs: [sorted.txt]
    effects: []
"""

LYING = """\
wfopt: 1
defaults: { shell: sh }
steps:
  - { id: first, run: sh first.sh, inputs: [first.sh], outputs: [one.txt], effects: [] }
  - { id: then, run: sh then.sh, inputs: [then.sh], outputs: [two.txt], effects: [] }
"""
"""Both scripts use a file that nobody declares."""


class Done(NamedTuple):
    status: int
    out: str
    log: str


Command = Callable[..., Done]


def runner(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Return what runs a command of wfopt on two cpus."""

    def run(*words: str, **environ: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["wfopt", *words])
        paths = {"PATH": "/usr/local/bin:/usr/bin:/bin", "WFOPT_JOBS": "2", "WFOPT_HOST": "here"}
        with monkeypatch.context() as patch:
            for name, value in {**paths, **environ}.items():
                patch.setenv(name, value)
            status = guarded({**paths, **environ})
        shown = capsys.readouterr()
        return Done(status, shown.out, shown.err)

    return run


def lie(folder: Path, first: str, then: str) -> None:
    """Write a workflow whose two steps share what they do not declare."""
    (folder / "wfopt.yml").write_text(LYING)
    (folder / "first.sh").write_text(first)
    (folder / "then.sh").write_text(then)
