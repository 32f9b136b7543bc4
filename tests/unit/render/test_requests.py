"""The lines about what steps asked for and used."""

from __future__ import annotations

import pytest

from tests.support.builders import run_report, step, step_report, workflow
from wfopt.engine.report import RunReport, Suggestion
from wfopt.model.outcome import StepStatus, Usage
from wfopt.model.workflow import Step, StepId
from wfopt.render.requests import MOST_SUGGESTED, request_lines

MIB = 1 << 20
USAGE = Usage(wall_s=2.0, cpu_s=1.0, peak_memory_bytes=100 * MIB)


def suggestion(name: str, write: str) -> Suggestion:
    return Suggestion(step=StepId(name), write=write, because="peak 1 MiB over 3 runs")


def report_of(*steps: Step, suggestions: tuple[Suggestion, ...] = ()) -> RunReport:
    return run_report(
        [step_report(each.id, usage=USAGE) for each in steps], of=workflow(steps), suggestions=suggestions
    )


@pytest.mark.parametrize(
    ("asking", "line"),
    [
        (step("a", memory_bytes=400 * MIB), "reserved: cpu 50 % used, memory 25 % used"),
        (step("a", cpu_milli=500), "reserved: cpu 67 % used"),
        (step("a", cpu_milli=9000), "reserved: cpu 33 % used"),
    ],
)
def test_what_was_reserved_and_used(asking: Step, line: str) -> None:
    assert request_lines(report_of(asking, step("b"))) == (f"{line} (strategy critical-path)",)


def test_nothing_is_said_where_nothing_was_asked_for_or_nothing_ran() -> None:
    assert request_lines(report_of(step("a"))) == ()
    cached = run_report([step_report("a", StepStatus.CACHED)], of=workflow([step("a", memory_bytes=MIB)]))
    assert request_lines(cached) == ()


def test_hooks_that_ask_for_something_count() -> None:
    hook = step("finally:a", memory_bytes=MIB)
    report = run_report(
        [step_report("b", usage=USAGE)],
        of=workflow(["b"], finally_steps=[hook]),
        hooks=[step_report("finally:a", usage=USAGE)],
        suggestions=[suggestion("finally:a", "memory: 32MiB")],
    )
    assert request_lines(report)[1:] == ("suggested for finally:a: `memory: 32MiB` (peak 1 MiB over 3 runs)",)


def test_what_is_suggested_for_a_step_is_one_line() -> None:
    names = [f"s{number}\x1b" for number in range(MOST_SUGGESTED + 2)]
    told = [suggestion(name, write) for name in names for write in ("memory: 1MiB", "cpu: 1")]
    asking = [step(name, memory_bytes=MIB) for name in names]
    first, *others, last = request_lines(report_of(*asking, suggestions=tuple(told)))[1:]
    because = "(peak 1 MiB over 3 runs)"
    assert first == f"suggested for s0\\x1b: `memory: 1MiB` {because}, `cpu: 1` {because}"
    assert len(others) == MOST_SUGGESTED - 1
    assert last == "… and 2 more, see `wfopt stats --resources`"
