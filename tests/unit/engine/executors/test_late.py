"""A runner that is made when it is needed."""

from tests.support.runners import FakeClock, FakeRunner
from wfopt.dataclass import replace
from wfopt.engine.executors.late import LateRunner
from wfopt.engine.runner import Alive, Ended, Launch
from wfopt.model.outcome import Enforcer
from wfopt.model.workflow import StepId

LAUNCH = Launch(step="a", argv=("true",), cwd="/", env={})  # type: ignore[arg-type]


def late() -> tuple[LateRunner, list[FakeRunner]]:
    made: list[FakeRunner] = []

    def make() -> FakeRunner:
        made.append(FakeRunner(FakeClock()))
        return made[-1]

    return LateRunner(make), made


def test_nothing_is_made_while_no_step_starts() -> None:
    runner, made = late()
    runner.stop(LAUNCH.step, force=True)
    runner.forget_next()
    assert runner.alive() == Alive({})
    runner.wind_down()
    runner.close()
    assert made == []


def test_one_is_made_for_all_steps() -> None:
    runner, made = late()
    runner.start(LAUNCH)
    news = list(runner.wait(None))
    while not any(isinstance(each, Ended) for each in news):
        news += runner.wait(None)
    runner.start(LAUNCH)
    assert len(made) == 1
    assert made[0].started == ["a", "a"]
    assert runner.alive() == made[0].alive() == Alive({LAUNCH.step: 1001}, 999)


def test_stopping_and_closing_reach_it() -> None:
    runner, made = late()
    runner.start(LAUNCH)
    runner.stop(LAUNCH.step, force=True)
    (ended,) = runner.wait(None)
    assert isinstance(ended, Ended)
    assert ended.signal == 9
    runner.start(LAUNCH)
    runner.wind_down()
    assert made[0].winding_down
    runner.close()
    assert made[0].running == []


def test_what_starts_right_after_others_reaches_it() -> None:
    runner, made = late()
    runner.start(LAUNCH, [replace(LAUNCH, step=StepId("b"))])
    assert made[0].lined_up == ["b"]
    runner.forget_next()
    assert made[0].forgotten == 1


def test_waiting_makes_one() -> None:
    runner, made = late()
    runner.wait(0.0)
    assert len(made) == 1


def test_tells_who_sees_to_limits_once_there_is_somebody() -> None:
    runner = FakeRunner(FakeClock(), enforced_by={"memory": Enforcer.KERNEL})
    made = LateRunner(lambda: runner)
    assert made.enforcers() == {}
    made.start(LAUNCH)
    assert made.enforcers() == {"memory": Enforcer.KERNEL}


def test_one_is_made_ready() -> None:
    ready: list[bool] = []

    class Eager(FakeRunner):
        def make_ready(self) -> None:
            ready.append(True)

    runner = LateRunner(lambda: Eager(FakeClock()))
    runner.make_ready()
    runner.start(LAUNCH)
    assert ready == [True]
