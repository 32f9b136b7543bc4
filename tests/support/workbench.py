"""A small workflow with everything that a cache keeps, run in this process without starting any other.

The steps do what their scripts say, so a real command in the same workspace makes the same outputs.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.support.portraits import Seen, portrait
from tests.support.runners import FakeClock, FakeRunner
from tests.support.runners import Plan as Script
from tests.support.runs import FakeInterrupts
from wfopt.api.prepare import RunOptions, prepare
from wfopt.api.run import World, run
from wfopt.cache.policy import CachePolicy
from wfopt.engine.clock import SystemClock
from wfopt.engine.executors.asking import Asker
from wfopt.engine.report import RunReport
from wfopt.errors import Diagnostic, Severity
from wfopt.events import Event, Noticed, StepOutput
from wfopt.model.outcome import StepStatus
from wfopt.resources.pool import Capacity
from wfopt.scheduler.strategies.fifo import Fifo

WORKFLOW = """wfopt: 1
defaults: {shell: sh}
steps:
  make:
    run: |
      mkdir -p out/deep out/empty
      cat src/a.txt src/a.txt > out/two.txt
      cp src/b.bin out/b.bin
      echo '#!/bin/sh' > out/deep/run.sh; chmod 755 out/deep/run.sh
      ln -s two.txt out/link
      echo made
    inputs: [src/]
    outputs: [out/]
  pack:
    run: |
      cat out/two.txt out/deep/run.sh > pack.txt
      cat out/two.txt
    inputs: [out/]
    outputs: [pack.txt]
    capture: {stdout: packed}
  talk:
    run: |
      cat src/a.txt; i=0; while [ $i -lt 100 ]; do echo "line $i of what it says"; i=$((i+1)); done
    inputs: [src/a.txt]
    outputs: []
  note:
    run: cp pack.txt note-1.txt; echo noted
    inputs: [pack.txt]
    outputs: ["note-*.txt"]
"""

OUTPUTS = ("out", "pack.txt", "note-1.txt")
STEPS = ("make", "note", "pack", "talk")
LARGE = bytes(1_200_000) + b"the end of many zeros"

_WELL = (StepStatus.SUCCEEDED, StepStatus.CACHED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What came of a run.

    Attributes:
        statuses: how each step ended.
        reasons: why it ran, or did not.
        logs: what each step printed, or what was printed in its place.
        notices: all messages.
        report: what the run reports.
    """

    statuses: Mapping[str, StepStatus]
    reasons: Mapping[str, str]
    logs: Mapping[str, bytes]
    notices: tuple[Diagnostic, ...]
    report: RunReport

    @property
    def is_well(self) -> bool:
        """Whether all steps ended well."""
        return sorted(self.statuses) == sorted(STEPS) and all(
            each in _WELL for each in self.statuses.values()
        )

    @property
    def cached(self) -> list[str]:
        """The steps that did not run, sorted."""
        return sorted(step for step, status in self.statuses.items() if status is StepStatus.CACHED)


def first_text(number: int = 0) -> bytes:
    """Return one of the contents that `src/a.txt` may have."""
    return f"content {number} of an input\n".encode() * 3


@dataclass(slots=True)
class Bench:
    """A workspace in which runs take a few milliseconds.

    Attributes:
        folder: the workspace is `work` in it.
        state: where runs and the cache are; `.wfopt` in the workspace unless it is given.
        clock_ahead_s: how far the clock of runs is ahead, so that files seem to be left alone for long.
        large: what the largest output holds.
        meanwhile: called when `pack`, which comes second, has run.
    """

    folder: Path
    state: Path | None = None
    clock_ahead_s: float = 100.0
    large: bytes = LARGE
    meanwhile: Callable[[], object] = lambda: None

    @property
    def work(self) -> Path:
        """The workspace."""
        return self.folder / "work"

    @property
    def state_folder(self) -> Path:
        """Where runs and the cache are."""
        return self.state or self.work / ".wfopt"

    @property
    def store(self) -> Path:
        """Where results are."""
        return self.state_folder / "cache" / "v1"

    def set_up(self) -> None:
        """Make the workspace."""
        (self.work / "src").mkdir(parents=True)
        (self.work / "wfopt.yml").write_text(WORKFLOW)
        (self.work / "src" / "b.bin").write_bytes(self.large)
        self.edit(0)

    def edit(self, number: int) -> None:
        """Change the input that all steps depend on."""
        (self.work / "src" / "a.txt").write_bytes(first_text(number))

    def delete_outputs(self) -> None:
        """Delete everything that steps have made."""
        for name in OUTPUTS:
            full = self.work / name
            if full.is_dir() and not full.is_symlink():
                shutil.rmtree(full)
            else:
                full.unlink(missing_ok=True)

    def wrong_outputs(self, number: int = 0) -> str:
        """Return what is different from what the steps make of an input, or ""."""
        found = {
            path: seen for path, seen in portrait(self.work).items() if path.split("/")[0] in _mine(path)
        }
        wanted = _expected(self.folder, number, self.large)
        different = sorted(path for path in found.keys() | wanted if found.get(path) != wanted.get(path))
        return ", ".join(f"{path} is {found.get(path)} and not {wanted.get(path)}" for path in different[:4])

    def run(self, policy: CachePolicy | None = None, *, slots: int = 1) -> Ran:
        """Run the workflow.

        Raises:
            WfoptError: it cannot be run.
        """
        text = (self.work / "src" / "a.txt").read_bytes()
        clock = FakeClock(now=1.0, epoch=SystemClock().wall() + self.clock_ahead_s)
        runner = FakeRunner(clock, self._scripts(text))
        events: list[Event] = []
        messages: list[Diagnostic] = []
        capacity = Capacity(slots=slots, cpu_milli=1000 * slots)
        options = RunOptions(
            file=str(self.work / "wfopt.yml"),
            workspace=str(self.work),
            state_folder=str(self.state_folder),
            environ={"PATH": os.defpath},
            capacity=capacity,
            strategy=Fifo(),
            cache=policy or CachePolicy(),
        )
        world = World(
            runner=runner,
            clock=runner.clock,
            interrupts=FakeInterrupts(),
            pause=lambda _: None,
            tell=messages.append,
            display=lambda _: events.append,
            ask=Asker({}, runner.clock),
        )
        return _ran(run(prepare(options), options, world), events, messages)

    def _scripts(self, text: bytes) -> dict[str, Script]:
        def pack() -> None:
            _pack(self.work, text)
            self.meanwhile()

        return {
            "make": Script(output=b"made\n", action=lambda: _make(self.work, text)),
            "pack": Script(stdout=text * 2, action=pack),
            "talk": Script(output=text + _said()),
            "note": Script(output=b"noted\n", action=lambda: _note(self.work, text)),
        }


def _expected_logs(number: int = 0) -> dict[str, bytes]:
    """Return what the steps print, given an input."""
    text = first_text(number)
    return {"make": b"made\n", "pack": text * 2, "talk": text + _said(), "note": b"noted\n"}


def troubles_of(ran: Ran, number: int = 0) -> str:
    """Return what is wrong with a run in which nothing but the cache may be in trouble, or ""."""
    if not ran.is_well:
        return f"steps ended as {dict(ran.statuses)}: {[each.message for each in ran.notices]}"
    wrong = [step for step, log in _expected_logs(number).items() if ran.logs.get(step) != log]
    if wrong:
        return f"the logs of {wrong} are wrong"
    return too_many_warnings(ran)


def too_many_warnings(ran: Ran) -> str:
    """Return a warning that was given more than once, or ""."""
    warnings = (each for each in ran.notices if each.severity is not Severity.NOTE)
    return too_many(each.message.partition(":")[0] for each in warnings)


def too_many(warnings: Iterable[str]) -> str:
    """Return those of some texts that occur more than once, or ""."""
    counts = Counter(warnings)
    return "; ".join(f"{count} times: {text}" for text, count in counts.items() if count > 1)


def _ran(report: RunReport, events: list[Event], messages: list[Diagnostic]) -> Ran:
    logs: dict[str, bytes] = {}
    for event in events:
        if isinstance(event, StepOutput):
            logs[event.step] = logs.get(event.step, b"") + event.data
    notices = [event.diagnostic for event in events if isinstance(event, Noticed)]
    return Ran(
        statuses={step.id: step.status for step in report.steps},
        reasons={step.id: step.reason for step in report.steps},
        logs=logs,
        notices=(*messages, *notices),
        report=report,
    )


def _mine(path: str) -> tuple[str, ...]:
    name = path.split("/", maxsplit=1)[0]
    return (name,) if name in OUTPUTS or name.startswith("note-") else ()


def _expected(folder: Path, number: int, large: bytes) -> Mapping[str, Seen]:
    """Return what the outputs must look like, given an input."""
    known = (number, len(large))
    if known not in _EXPECTED:
        work = folder / f"expected-{os.getpid()}-{number}"
        (work / "src").mkdir(parents=True)
        (work / "src" / "b.bin").write_bytes(large)
        for action in (_make, _pack, _note):
            action(work, first_text(number))
        shutil.rmtree(work / "src")
        _EXPECTED[known] = portrait(work)
        shutil.rmtree(work)
    return _EXPECTED[known]


_EXPECTED: dict[tuple[int, int], Mapping[str, Seen]] = {}


def _said() -> bytes:
    return "".join(f"line {number} of what it says\n" for number in range(100)).encode()


def _make(work: Path, text: bytes) -> None:
    out = work / "out"
    for name in ("deep", "empty"):
        (out / name).mkdir(parents=True, exist_ok=True)
    (out / "two.txt").write_bytes(text * 2)
    (out / "b.bin").write_bytes((work / "src" / "b.bin").read_bytes())
    (out / "deep" / "run.sh").write_text("#!/bin/sh\n")
    (out / "deep" / "run.sh").chmod(0o755)
    (out / "link").symlink_to("two.txt")


def _pack(work: Path, text: bytes) -> None:
    parts = (work / "out/two.txt", work / "out/deep/run.sh")
    (work / "pack.txt").write_bytes(b"".join(part.read_bytes() for part in parts))


def _note(work: Path, text: bytes) -> None:
    (work / "note-1.txt").write_bytes((work / "pack.txt").read_bytes())
