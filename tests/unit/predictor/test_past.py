"""What history remembers as samples: what counts as a duration, and what as a lower bound."""

from wfopt.model.history import Ending, Host, PastAttempt, PastRun
from wfopt.model.outcome import Enforcer, LimitHit, LimitKind, StepStatus
from wfopt.model.workflow import StepId
from wfopt.predictor.base import Sample
from wfopt.predictor.past import features_of, host_name, past_of

STEP = StepId("a")
KILLED = LimitHit(kind=LimitKind.MEMORY, limit=500.0, observed=510.0, enforced_by=Enforcer.KERNEL)


def attempt(status: StepStatus, wall_s: float | None = 2.0, **more: object) -> PastAttempt:
    return PastAttempt(STEP, 1, status, wall_s=wall_s, **more)  # type: ignore[arg-type]


def test_a_success_is_a_value_with_the_size_of_its_input() -> None:
    past = past_of([(3, "north/4", attempt(StepStatus.SUCCEEDED, input_bytes=70, peak_memory_bytes=100))])
    assert past.walls == [Sample(2.0, 3, {"bytes": 70.0}, "north/4")]
    assert past.peaks == [Sample(100.0, 3, {"bytes": 70.0}, weight=2.0)]
    assert (past.attempts, past.failures) == (1, 0)


def test_hits_and_steps_that_never_started_are_no_durations() -> None:
    found = past_of(
        [
            (1, "", attempt(StepStatus.CACHED, 0.1)),
            (1, "", attempt(StepStatus.SKIPPED, None)),
            (1, "", attempt(StepStatus.CANCELLED, None)),
        ]
    )
    assert (found.walls, found.peaks, found.attempts) == ([], [], 0)


def test_failed_and_stopped_attempts_are_lower_bounds() -> None:
    found = past_of(
        [(1, "", attempt(StepStatus.FAILED)), (2, "", attempt(StepStatus.CANCELLED, peak_memory_bytes=9))]
    )
    assert [each.censored for each in (*found.walls, *found.peaks)] == [True, True, True]
    assert (found.attempts, found.failures) == (1, 1)


def test_a_kill_for_memory_tells_that_the_limit_was_too_low() -> None:
    found = past_of([(1, "", attempt(StepStatus.FAILED, peak_memory_bytes=450, limit=KILLED))])
    assert found.peaks == [Sample(500.0, 1, censored=True, weight=2.0)]


def test_hosts_differ_by_name_and_cpus() -> None:
    run = PastRun(
        run_id="r",
        workflow="w",
        content="c",
        host=Host(name="north", cpus=8),
        cpus=2.5,
        slots=2,
        strategy="fifo",
        ending=Ending.SUCCEEDED,
        exit_code=0,
        started_at=0.0,
        wall_s=1.0,
    )
    assert host_name(run) == "north/2.5"


def test_sizes_that_the_file_names_stand_behind_the_size_of_the_inputs() -> None:
    assert features_of(None, {}) == {}
    assert list(features_of(70, {"lines": 7.0, "bytes": 50.0})) == ["bytes", "x-lines", "x-bytes"]
    past = past_of([(3, "north/4", attempt(StepStatus.SUCCEEDED, sizes={"lines": 7.0}))])
    assert past.walls[0].features == {"x-lines": 7.0}
