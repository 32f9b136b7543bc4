"""Runs a workflow of a fixture for real, within this process, and says in a few lines what came of it.

A fixture is a folder with a `wfopt.yml`. The comment at its top states a rule, and may hold directives:

- `# options: -k -j 2`: run it with these options; several such lines are several runs, each in a fresh copy.
  Without `-j` one step runs at a time, in the order of the file.
- `# signal: INT when STEP prints WORD`: the run gets this signal when a step has printed a word.
- `# touch: FILE when STEP ends`: this file is made when an attempt has ended, before anything follows.
- `# slow`: this takes more than a quarter of a second.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import shutil
import signal
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import assert_never

from tests.support.model_text import origin_words
from tests.support.runs import FakeInterrupts
from wfopt.api.prepare import Prepared, RunOptions, prepare
from wfopt.api.run import World, run
from wfopt.cli.console import console_for
from wfopt.cli.options import Request, options_of
from wfopt.engine.clock import SystemClock
from wfopt.engine.executors.asking import Asker
from wfopt.engine.executors.local import LocalRunner
from wfopt.engine.report import RunReport, StepReport
from wfopt.errors import Diagnostic, UserError
from wfopt.events import (
    AlertChanged,
    Event,
    Noticed,
    RunFinished,
    RunStarted,
    Sampled,
    StepCancelled,
    StepFinished,
    StepOutput,
    StepRetried,
    StepSkipped,
    StepStarted,
    StepUndone,
)
from wfopt.model.outcome import StepStatus
from wfopt.model.workflow import Edge, Origin

WORKFLOW = "wfopt.yml"
EXPECTED = "expected.txt"

_DIRECTIVE = re.compile(r"# (options|signal|touch):(.*)|# (slow)")
_SIGNAL = re.compile(r"(?P<signal>\w+) when (?P<step>\S+) prints (?P<word>\S+)")
_TOUCH = re.compile(r"(?P<file>\S+) when (?P<step>\S+) ends")
_OWN_FILES = re.compile(
    r"\.wfopt/(\.gitignore|last|memo|stamps|contents|history\.(db|shapes|spool)|(cache|parsed|tmp)(/.*)?|runs/[^/]+/[^/]+\.log)|wfopt\.yml"
)
_LONGEST = 40
_WORDS: Mapping[type, str] = {
    StepStarted: "start",
    StepFinished: "end",
    StepRetried: "retry",
    StepSkipped: "skip",
    StepCancelled: "cancel",
    StepUndone: "undo",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What a fixture asks for.

    Attributes:
        folder: its folder.
        rule: the sentences at the top of its workflow.
        options: the words on the command line, for each run.
        signals: a `signal`, and the `step` and the `word` that it prints when the signal comes.
        touches: a `file`, and the `step` at whose end it is made.
        slow: whether it takes long.
    """

    folder: Path
    rule: str
    options: tuple[str, ...]
    signals: tuple[Mapping[str, str], ...]
    touches: tuple[Mapping[str, str], ...]
    slow: bool


def read_case(folder: Path) -> Case:
    """Return what the comment at the top of a fixture's workflow says."""
    rule: list[str] = []
    found: dict[str, list[str]] = {"options": [], "signal": [], "touch": [], "slow": []}
    for line in (folder / WORKFLOW).read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            break
        directive = _DIRECTIVE.fullmatch(line)
        if directive is None:
            rule.append(line.removeprefix("#").strip())
        else:
            found[directive[1] or directive[3]].append((directive[2] or "").strip())
    return Case(
        folder=folder,
        rule=" ".join(rule),
        options=tuple(found["options"]) or ("",),
        signals=tuple(_read(_SIGNAL, text) for text in found["signal"]),
        touches=tuple(_read(_TOUCH, text) for text in found["touch"]),
        slow=bool(found["slow"]),
    )


def _read(pattern: re.Pattern[str], text: str) -> Mapping[str, str]:
    match = pattern.fullmatch(text)
    assert match is not None, f"`{text}` is not understood"
    return match.groupdict()


@dataclass(slots=True)
class Witness:
    """A display that notes the order of events, and sends signals and makes files as a case says.

    Attributes:
        case: says when.
        workspace: where files are made.
        interrupts: takes the signals.
        order: what happened, such as `start a`.
        notices: severity and code of each message, and the step that it is about.
    """

    case: Case
    workspace: Path
    interrupts: FakeInterrupts
    order: list[tuple[str, str]] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    def __call__(self, event: Event) -> None:
        match event:
            case StepFinished() | StepRetried():
                self.order.append((_WORDS[type(event)], event.step))
                self._touch(event.step)
            case StepStarted() | StepSkipped() | StepCancelled() | StepUndone():
                self.order.append((_WORDS[type(event)], event.step))
            case StepOutput():
                self._signal(event)
            case Noticed():
                self.notices.append(_notice(event.diagnostic, event.step))
            case RunStarted() | Sampled() | AlertChanged() | RunFinished():
                pass
            case _:
                assert_never(event)

    def _touch(self, step: str) -> None:
        for touch in self.case.touches:
            if touch["step"] == step:
                (self.workspace / touch["file"]).touch()

    def _signal(self, event: StepOutput) -> None:
        for each in self.case.signals:
            if each["step"] == event.step and each["word"].encode() in event.data:
                self.interrupts.numbers.append(signal.Signals[f"SIG{each['signal']}"])

    def told(self) -> list[str]:
        """Return the order in words; what wfopt starts stands in its order, what ends together is sorted."""
        parts: list[tuple[str, list[str]]] = []
        for what, step in self.order:
            if not parts or parts[-1][0] != what:
                parts.append((what, []))
            parts[-1][1].append(step)
        return [f"{what} {' '.join(steps if what == 'start' else sorted(steps))}" for what, steps in parts]


def outcome_of(case: Case, folder: Path) -> str:
    """Return what comes of every run of a case, each in a workspace of its own below `folder`."""
    return "\n".join(_section(case, words, folder / str(number)) for number, words in enumerate(case.options))


def _section(case: Case, words: str, workspace: Path) -> str:
    shutil.copytree(case.folder, workspace, symlinks=True, ignore=shutil.ignore_patterns(EXPECTED))
    return "\n".join((f"$ wfopt run {words}".rstrip(), *_lines(case, words, workspace), ""))


def _lines(case: Case, words: str, workspace: Path) -> Iterator[str]:
    options = options_from(words, workspace)
    try:
        prepared = prepare(options)
    except UserError as error:
        yield "refused, exit status 2"
        yield from (f"  {each.code.number}: {each.message}" for each in error.diagnostics)
        return
    witness = Witness(case, workspace, FakeInterrupts())
    report = _run(prepared, options, witness)
    remarks = [_notice(each, None) for each in prepared.remarks]
    yield f"{report.status.value}, exit status {report.exit_code}"
    yield from _titled("edges", [_edge(each) for each in prepared.workflow.edges])
    yield from _titled("steps", [_step(each) for each in report.steps])
    yield from _titled("hooks", [_step(each) for each in report.hooks])
    yield from _titled("order", witness.told())
    yield from _titled("notices", [*remarks, *witness.notices])
    yield from _titled("files", _files(workspace, report.run_id))


def _titled(title: str, lines: list[str]) -> Iterator[str]:
    if lines:
        yield f"{title}:"
        yield from (f"  {line}" for line in lines)


def options_from(words: str, workspace: Path) -> RunOptions:
    """Return the options of a command line that names steps and the commonest options."""
    parser = argparse.ArgumentParser(exit_on_error=False)
    parser.add_argument("-k", dest="keep_going", action="store_true")
    parser.add_argument("-j", dest="jobs", default="1")
    parser.add_argument("-p", dest="params", action="append", default=[])
    parser.add_argument("--cpus")
    parser.add_argument("--memory")
    parser.add_argument("steps", nargs="*")
    read = vars(parser.parse_args(shlex.split(words)))
    arguments = (str(workspace / WORKFLOW), *read.pop("steps"))
    request = Request(arguments=arguments, strategy="fifo", **read | {"params": tuple(read["params"])})
    return options_of(request, console_for({"PATH": os.defpath}))


def _run(prepared: Prepared, options: RunOptions, witness: Witness) -> RunReport:
    clock = SystemClock()
    world = World(
        runner=LocalRunner(options.environ, clock),
        clock=clock,
        interrupts=witness.interrupts,
        pause=lambda seconds: None,
        tell=lambda diagnostic: witness.notices.append(_notice(diagnostic, None)),
        display=lambda logs: witness,
        ask=Asker(options.environ, clock),
    )
    return run(prepared, options, world)


def _notice(diagnostic: Diagnostic, step: str | None) -> str:
    return f"{diagnostic.severity.value} {diagnostic.code.number} {step or ''}".rstrip()


def _edge(edge: Edge) -> str:
    origin = "" if edge.origin is Origin.WRITTEN else f", {origin_words(edge.origin)}"
    return f"{edge.before} -> {edge.after}: {edge.kind.value}{origin}"


def _step(step: StepReport) -> str:
    words = [step.status.value]
    # Why a step ran at all is no matter of these rules.
    if step.status is not StepStatus.SUCCEEDED:
        words.append(step.reason)
    if step.allowed:
        words.append("allowed")
    if step.limit:
        words.append(f"limit {step.limit.kind.value}")
    if step.attempts > 1:
        words.append(f"{step.attempts} attempts")
    return f"{step.id}: {', '.join(words)}"


def _files(workspace: Path, run_id: str) -> list[str]:
    """Return what lies in the workspace, with the start of each file's text."""
    lines = []
    for path in sorted(workspace.rglob("*")):
        name = path.relative_to(workspace).as_posix()
        shown = name.replace(run_id, "RUN")
        if _OWN_FILES.fullmatch(name):
            continue
        if path.is_symlink():
            lines.append(f"{shown} -> {path.readlink()}")
        elif path.is_file():
            lines.append(f"{shown}: {_short(path.read_text(encoding='utf-8'))}")
        elif not any(path.iterdir()) and shown not in (".wfopt/runs", ".wfopt/runs/RUN"):
            lines.append(f"{shown}/")
    return lines


def _short(text: str) -> str:
    return json.dumps(text if len(text) <= _LONGEST else text[:_LONGEST] + "...", ensure_ascii=False)
