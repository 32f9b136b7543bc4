"""Bad workflow files: each one is refused with a place, or it is a workflow whose plan is sound.

Nothing else may come of it: no other exception, no more than 2 s of cpu time, no more than 256 MiB, no
control character in what is printed, nothing written to the workspace. Now and then the real command is
asked as well.
"""

from __future__ import annotations

import gc
import os
import resource
import signal
import subprocess
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from types import FrameType

from tests.campaign.base import Campaign, Verdict, chance
from tests.campaign.bombs import bomb
from tests.campaign.crew import ROOT
from tests.campaign.mutations import mutated
from tests.campaign.nonsense import nonsense
from tests.support.commands import clean_environ, command
from tests.support.memory import forget_peak, peak_bytes
from tests.support.visible import control_characters
from wfopt.api.prepare import Prepared, RunOptions, plan, prepare
from wfopt.engine.report import PlanReport
from wfopt.errors import Diagnostic, Severity, UserError
from wfopt.render.diagnostics import render_all
from wfopt.render.paint import Paint
from wfopt.render.plan_text import plan_text
from wfopt.resources.pool import Capacity
from wfopt.scheduler.registry import STRATEGIES

MOST_CPU_S = 2.0
"""What a file may take; counted in cpu time, since others may keep the machine busy."""

BREAK_OFF_CPU_S = 8.0
BREAK_OFF_S = 30.0
"""When a case is broken off, by cpu time and by the clock: then something hangs."""

MOST_BYTES = 256 << 20
ONE_IN = 2000
"""One case in so many also goes to the real command."""

FIXTURES = ROOT / "tests" / "fixtures" / "formats"
_PLAIN = Paint(color=False)
_ADDRESS_SPACE = 4 << 30
_NEIGHBORS = {
    "part.yml": b"wfopt: 1\nsteps: {one: {run: x, outputs: [out/part]}, two: {run: x, needs: [one]}}\n",
    "loop.yml": b"wfopt: 1\ninclude: [{path: loop.yml, as: again}]\nsteps: {a: {run: x}}\n",
    "vars.env": b"A=1\nB='two words'\n",
    "latin.env": "A=caf\u00e9\n".encode("latin-1"),
    "odd.env": b"A=\x1b[31m\n=x\n'\n" + b"B" * 5000,
}


class TooSlowError(BaseException):
    """Raised where a case is when its time is up; nothing in wfopt catches it."""


def material(seed: int, number: int) -> bytes:
    """Return the file of a case."""
    rnd = chance("files", seed, number)
    kind = rnd.random()
    if kind < 0.025:
        return bomb(rnd)
    if kind < 0.30:
        return nonsense(rnd)
    own, foreign = _seeds()
    first = rnd.choice(foreign if foreign and rnd.random() < 0.25 else own)
    return mutated(rnd, first, own)


@cache
def _seeds() -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """Return the files that are damaged: the project's own, and those of other tools if there are any."""
    own = sorted((ROOT / "sample_workflows").glob("*/wfopt.yml")) + sorted(FIXTURES.glob("*/*.yml"))
    data = os.environ.get("WFOPT_DATA")  # noqa: TID251 - the tests' own switch
    foreign = sorted(path for path in Path(data, "corpus").rglob("*.y*ml") if path.is_file()) if data else []
    read = [path.read_bytes() for path in foreign]
    return tuple(path.read_bytes() for path in own), tuple(each for each in read if len(each) < 60_000)


def check(seed: int, numbers: Sequence[int], folder: Path) -> Iterator[Verdict]:
    """Check cases in this process."""
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE, _ADDRESS_SPACE))
    signal.signal(signal.SIGALRM, _too_slow)
    signal.signal(signal.SIGPROF, _too_slow)
    workspace = folder / "workspace"
    workspace.mkdir()
    for name, content in _NEIGHBORS.items():
        (workspace / name).write_bytes(content)
    os.chdir(workspace)
    gc.freeze()
    for number in numbers:
        Path("case.yml").write_bytes(material(seed, number))
        yield _watched(number, workspace)


def _watched(number: int, workspace: Path) -> Verdict:
    """Check a case and measure what it takes."""
    forget_peak()
    started_at, cpu = time.monotonic(), time.process_time()
    signal.setitimer(signal.ITIMER_PROF, BREAK_OFF_CPU_S)
    signal.setitimer(signal.ITIMER_REAL, BREAK_OFF_S)
    # The command does not collect while it loads, either.
    gc.disable()
    try:
        label, trouble = _asked(workspace)
    except TooSlowError:
        label, trouble = "slow", f"it was broken off\n{traceback.format_exc(limit=-12)}"
    except Exception:  # noqa: BLE001 - this is what is looked for
        label, trouble = "fault", traceback.format_exc(limit=-12)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        gc.enable()
    cpu, wall, peak = time.process_time() - cpu, time.monotonic() - started_at, peak_bytes()
    if cpu > MOST_CPU_S:
        trouble = trouble or f"{cpu:.2f} s of cpu time"
    if peak > MOST_BYTES:
        trouble = trouble or f"{peak >> 20} MiB"
    if number % ONE_IN == ONE_IN // 2:
        trouble = trouble or _ask_the_command(label)
    if sorted(os.listdir(workspace)) != sorted([*_NEIGHBORS, "case.yml"]):
        trouble = trouble or f"the workspace holds {sorted(os.listdir(workspace))}"
    return Verdict(case=number, label=label, trouble=trouble, wall_s=wall, memory_bytes=peak)


def _asked(workspace: Path) -> tuple[str, str]:
    """Return what came of the file, and what is wrong with that."""
    options = RunOptions(
        file="case.yml",
        workspace=str(workspace),
        state_folder=str(workspace / ".wfopt"),
        environ={"PATH": os.defpath, "HOME": "/", "SECRET": "hidden"},
        capacity=Capacity(slots=2, cpu_milli=2000, memory_bytes=1 << 34),
        strategy=STRATEGIES[0],
    )
    try:
        prepared = prepare(options)
    except UserError as error:
        return "refused", refusal_trouble(error.diagnostics)
    report = plan(prepared, options.strategy)
    text = plan_text(report, _PLAIN) + "\n" + render_all(prepared.remarks, _PLAIN)
    return "planned", plan_trouble(prepared, report) or printed_trouble(text)


def refusal_trouble(diagnostics: Sequence[Diagnostic]) -> str:
    """Return what is wrong with the messages of a refusal, or ""."""
    if not any(each.severity is Severity.ERROR for each in diagnostics):
        return "refused without an error"
    for each in diagnostics:
        if each.primary is None and not each.file:
            return f"no place: {each.message}"
        if each.primary and (each.primary.span.line < 1 or each.primary.span.column < 1):
            return f"an impossible place {each.primary.span}: {each.message}"
    return printed_trouble(render_all(diagnostics, _PLAIN))


def printed_trouble(text: str) -> str:
    """Return what a terminal could misunderstand in a text, or ""."""
    odd = control_characters(text)
    return f"{odd!r} in {text[:2000]!r}" if odd else ""


def plan_trouble(prepared: Prepared, report: PlanReport) -> str:
    """Return what is wrong with a plan, or ""."""
    wave_of = {step: number for number, wave in enumerate(report.waves) for step in wave}
    counts = Counter(step for wave in report.waves for step in wave)
    if set(counts) != {step.id for step in prepared.workflow.steps} or set(counts.values()) > {1}:
        return "the waves do not hold every step once"
    for edge in prepared.workflow.edges:
        if wave_of[edge.before] >= wave_of[edge.after]:
            return f"`{edge.after}` does not come after `{edge.before}`"
    return ""


def _ask_the_command(label: str) -> str:
    """Return what is wrong with the real command's answer to `case.yml`, or ""."""
    done = subprocess.run(
        command(["run", "-n", "case.yml"]),
        env=clean_environ({"COLUMNS": "100"}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )
    said = done.stderr.decode("utf-8", "replace")
    known = {"refused": 2, "planned": 0}.get(label)
    if known is not None and done.returncode != known:
        return f"status {done.returncode} instead of {known}: {said}"
    if "Traceback" in said or (done.returncode == 2 and "--> " not in said):
        return f"no proper message: {said}"
    return printed_trouble(said) or printed_trouble(done.stdout.decode("utf-8", "replace"))


def _too_slow(_number: int, _frame: FrameType | None) -> None:
    raise TooSlowError


CAMPAIGN = Campaign(
    name="files",
    summary="bad workflow files are refused with a place, quickly, or they have a sound plan",
    cases=200_000,
    jobs=2,
    batch=2000,
    patience_s=40.0,
    check=check,
    material=material,
)
