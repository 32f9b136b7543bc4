"""Waiting for what steps do, and working meanwhile."""

from __future__ import annotations

from collections.abc import Sequence

from tests.support.builders import workflow
from tests.support.runners import FakeClock, FakeRunner
from tests.support.runners import Plan as Script
from tests.support.runs import run
from wfopt.engine.chores import Chore, Chores
from wfopt.engine.launch import Launcher
from wfopt.engine.masking import Masker
from wfopt.engine.outputs import OutputFolder
from wfopt.engine.runner import Ended, Launch, News
from wfopt.engine.stopping import Interrupts, Stop
from wfopt.engine.world import REFRESH_S, Collaborators
from wfopt.model.workflow import StepId
from wfopt.resources.pool import Capacity


class _Quiet(Interrupts):
    def next(self) -> int | None:
        return None


def world_of(runner: FakeRunner, chores: Sequence[Chore], looks: list[float] | None = None) -> Collaborators:
    return Collaborators(
        runner=runner,
        clock=runner.clock,
        zero=runner.clock.now(),
        emit=lambda _: None,
        launcher=Launcher(
            workspace="/w", run_folder="/r", run_id="r1", cpu_milli=1000, masker=Masker(), secrets=()
        ),
        outputs=OutputFolder("/w", "/t", "/o", "/n"),
        stop=Stop(_Quiet()),
        chance=lambda: 1.0,
        refresh=None if looks is None else looks.append,
        chores=Chores(chores),
    )


def started(seconds: float) -> FakeRunner:
    runner = FakeRunner(FakeClock(), {"a": Script(duration_s=seconds)})
    runner.start(Launch(step=StepId("a"), argv=("true",), cwd="/", env={}))
    return runner


def ends(news: Sequence[News]) -> list[str]:
    return [each.step for each in news if isinstance(each, Ended)]


def test_what_is_due_is_done_one_at_a_time_before_it_is_waited() -> None:
    done: list[str] = []
    runner = started(3.0)
    world = world_of(runner, [Chore(0.0, lambda: done.append("x")), Chore(0.0, lambda: done.append("y"))])
    assert (ends(world.wait(None)), done, world.at()) == ([], ["x"], 0.0)
    assert (ends(world.wait(None)), done, world.at()) == ([], ["x", "y"], 0.0)
    assert (ends(world.wait(None)), done, world.at()) == (["a"], ["x", "y"], 3.0)


def test_what_there_is_to_tell_goes_first() -> None:
    done: list[str] = []
    runner = started(0.0)
    world = world_of(runner, [Chore(0.0, lambda: done.append("x"))])
    assert ends(world.wait(None)) == ["a"]
    assert done == []


def test_what_ends_meanwhile_is_told_at_once() -> None:
    runner = started(0.5)
    world = world_of(runner, [Chore(0.0, lambda: runner.clock.advance(0.7))])
    assert ends(world.wait(None)) == ["a"]
    assert world.at() == 0.7


def test_waiting_ends_when_something_is_due() -> None:
    runner = started(3.0)
    world = world_of(runner, [Chore(0.7, lambda: None)])
    assert (ends(world.wait(None)), world.at()) == ([], 0.7)
    world = world_of(started(3.0), [Chore(0.7, lambda: None)])
    assert (ends(world.wait(0.2)), world.at()) == ([], 0.2)


def test_what_is_all_but_due_is_due() -> None:
    done: list[str] = []
    runner = started(3.0)
    world = world_of(runner, [Chore(0.7, lambda: done.append("x"))])
    # On a clock that counts from long ago, the nearest moment before is the nearest there is.
    runner.clock.advance(0.7 - 1e-9)
    assert (ends(world.wait(None)), done) == ([], ["x"])


def test_somebody_who_looks_sees_time_go_by() -> None:
    looks: list[float] = []
    world = world_of(started(3.0), [Chore(0.3, lambda: None)], looks)
    world.wait(None)
    world.wait(1.0)
    assert looks == [0.0, REFRESH_S]
    assert world.at() == 0.3


def test_a_run_does_what_is_due_in_its_time() -> None:
    done: list[float] = []
    chores = [Chore(due, lambda due=due: done.append(due)) for due in (0.0, 1.5, 9.0)]  # type: ignore[misc]
    scripts = {"a": Script(duration_s=2.0), "b": Script(duration_s=1.0)}
    recorded = run(workflow("ab"), scripts, capacity=Capacity(slots=2, cpu_milli=2000), chores=chores)
    assert done == [0.0, 1.5]
    assert recorded.end.at == 2.0
