"""Steps are run under the tracer where that changes nothing, and its logs are read and deleted."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.builders import step
from wfopt.dataclass import replace
from wfopt.engine.masking import Masker
from wfopt.engine.runner import Launch
from wfopt.engine.tracing import SECRET, Tracer
from wfopt.errors import Diagnostic
from wfopt.model.outcome import StepOutcome, StepStatus
from wfopt.model.workflow import Step, StepId
from wfopt.tracing.effects import Ground
from wfopt.tracing.parse import CUT_OFF
from wfopt.tracing.strace import Strace

PLAIN = (Path(__file__).parents[2] / "fixtures" / "traces" / "plain.log").read_text()
GOOD = StepOutcome(status=StepStatus.SUCCEEDED, reason="")
BAD = StepOutcome(status=StepStatus.FAILED, reason="")
STEP = step("a")
LAUNCH = Launch(step=StepId("a"), argv=("sh", "-c", "ls"), cwd="/w", env={})


@pytest.fixture
def tracer(tmp_path: Path) -> Tracer:
    ground = Ground(workspace="/w", state="/w/.wfopt", own=str(tmp_path))
    return Tracer(
        strace=Strace("/bin/strace"),
        ground=ground,
        environ={"PATH": "/usr/bin:/bin"},
        masker=Masker(),
        fingerprints={StepId("a"): "f"},
        folder=str(tmp_path),
    )


def fail(_step: Step, told: Diagnostic) -> None:
    raise AssertionError(told)


def test_a_step_is_wrapped_and_its_log_read(tracer: Tracer, tmp_path: Path) -> None:
    wrapped = tracer.wrapped(STEP, LAUNCH)
    assert wrapped.argv[0] == "/bin/strace"
    assert wrapped.argv[-4:] == ("--", "sh", "-c", "ls")
    log = Path(wrapped.argv[-5])
    log.write_text(PLAIN)
    tracer.take(STEP, GOOD, fail)
    assert tracer.found[STEP.id].effects.writes == {"out.txt"}
    assert tracer.found[STEP.id].fingerprint == "f"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("launch", "why"),
    [
        (replace(LAUNCH, interactive=True), "it takes the terminal for itself"),
        (replace(LAUNCH, service=True), "it goes on in the background"),
        (replace(LAUNCH, limits={"pids": 3, "memory": 9}), "its limit `pids` would hold the tracer as well"),
        (replace(LAUNCH, argv=("nosuchprogram",)), "its program is not there"),
        (replace(LAUNCH, env={"PATH": "/nowhere"}), "its program is not there"),
        (replace(LAUNCH, argv=("sh", "-c", "gdb x")), "it runs `gdb`, which traces by itself"),
    ],
)
def test_what_would_change_is_left_alone(launch: Launch, why: str, tracer: Tracer) -> None:
    assert tracer.wrapped(STEP, launch) is launch
    assert tracer.untraced == {STEP.id: why}
    tracer.take(STEP, GOOD, fail)
    assert tracer.found == {}


def test_others_are_not_traced(tracer: Tracer) -> None:
    assert tracer.wrapped(step("hook"), LAUNCH) is LAUNCH
    assert tracer.untraced == {}


def test_memory_may_be_limited(tracer: Tracer) -> None:
    assert tracer.wrapped(STEP, replace(LAUNCH, limits={"memory": 9})).argv[0] == "/bin/strace"


def test_a_log_that_is_missing_is_a_taint(tracer: Tracer) -> None:
    tracer.wrapped(STEP, LAUNCH)
    tracer.take(STEP, GOOD, fail)
    (taint,) = tracer.found[STEP.id].effects.taints
    assert "cannot be read" in taint


def test_a_log_that_is_cut_off_is_a_taint(tracer: Tracer) -> None:
    Path(tracer.wrapped(STEP, LAUNCH).argv[-5]).write_text(PLAIN[:-10])
    tracer.take(STEP, GOOD, fail)
    assert CUT_OFF in tracer.found[STEP.id].effects.taints


def test_a_secret_is_not_kept(tracer: Tracer) -> None:
    tracer.masker.add("out.txt")
    Path(tracer.wrapped(STEP, LAUNCH).argv[-5]).write_text(PLAIN)
    tracer.take(STEP, GOOD, fail)
    effects = tracer.found[STEP.id].effects
    assert (effects.taints, effects.reads, effects.writes) == ({SECRET}, set(), set())


@pytest.mark.parametrize(
    ("log", "cause"),
    [
        (PLAIN, None),
        (PLAIN[:-10], "the tracer ended before it did"),
        ("sudo", "a program with rights of its own"),
    ],
)
def test_a_failure_is_told_if_tracing_may_be_why(
    log: str, cause: str | None, tracer: Tracer, tmp_path: Path
) -> None:
    told: list[Diagnostic] = []
    if log == "sudo":
        program = tmp_path / "su"
        shutil.copy("/bin/true", program)
        program.chmod(0o4755)
        log = PLAIN.replace("/bin/sh", str(program))
    Path(tracer.wrapped(STEP, LAUNCH).argv[-5]).write_text(log)
    tracer.take(STEP, BAD, lambda _, diagnostic: told.append(diagnostic))
    assert tracer.found == {}
    assert [cause in str(each.causes) for each in told] == ([] if cause is None else [True])
