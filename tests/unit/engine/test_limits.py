"""What steps are held to."""

from __future__ import annotations

import pytest

from tests.support.builders import step
from wfopt.dataclass import replace
from wfopt.engine.limits import limits_of, ran_out_of_memory, with_more_memory
from wfopt.model.outcome import Enforcer, LimitHit, LimitKind, StepOutcome, StepStatus
from wfopt.model.workflow import Limits, Retries


def _hit(kind: LimitKind) -> LimitHit:
    return LimitHit(kind=kind, limit=1.0, observed=2.0, enforced_by=Enforcer.KERNEL)


def test_most_steps_are_held_to_nothing() -> None:
    assert limits_of(step("a"), 2000) == {}


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        (Limits(), {"memory": 500}),
        (Limits(memory=False), {}),
        (Limits(cpu=True), {"memory": 500, "cpu": 2000}),
        (Limits(pids=5, open_files=6, nice=0), {"memory": 500, "pids": 5, "open-files": 6}),
        (
            Limits(memory=False, cpu_time_s=0.5, file_size_bytes=7, nice=3),
            {"cpu-time": 1, "file-size": 7, "nice": 3},
        ),
    ],
)
def test_a_step_is_held_to_what_the_file_says(limits: Limits, expected: dict[str, int]) -> None:
    held = replace(step("a", cpu_milli=3000, memory_bytes=500), limits=limits)
    assert limits_of(held, 2000) == expected


@pytest.mark.parametrize(("kind", "out"), [(LimitKind.MEMORY, True), (LimitKind.PIDS, False)])
def test_tells_what_ran_out_of_memory(kind: LimitKind, out: bool) -> None:
    failed = StepOutcome(status=StepStatus.FAILED, reason="")
    assert ran_out_of_memory(replace(failed, limit=_hit(kind))) is out
    assert not ran_out_of_memory(failed)


def test_more_memory_is_what_is_granted() -> None:
    wanted = []

    def grant(size: int) -> int:
        wanted.append(size)
        return 120

    grown = with_more_memory(step("a", memory_bytes=101, retries=Retries(memory_factor=1.5)), grant)
    assert (wanted, grown.request.memory_bytes) == ([152], 120)


@pytest.mark.parametrize(("memory", "factor"), [(None, 2.0), (100, 1.0)])
def test_no_more_memory_without_a_factor(memory: int | None, factor: float) -> None:
    same = step("a", memory_bytes=memory, retries=Retries(memory_factor=factor))
    assert with_more_memory(same, lambda _: 1) is same
