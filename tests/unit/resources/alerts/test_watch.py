"""When alerts are raised and cleared."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.ticks import tick
from wfopt.dataclass import replace
from wfopt.model.history import Alert
from wfopt.model.samples import Change, Cleared, Raised
from wfopt.model.workflow import StepId
from wfopt.resources.alerts.base import Context, Rule
from wfopt.resources.alerts.registry import RULES
from wfopt.resources.alerts.rules.disk import DISK
from wfopt.resources.alerts.rules.memory import MEMORY
from wfopt.resources.alerts.rules.slow_step import SLOW_STEP
from wfopt.resources.alerts.rules.step_memory import STEP_MEMORY
from wfopt.resources.alerts.watch import Watch

A, B = StepId("a"), StepId("b")
PLAIN = Context(cpus=2.0)


def seen(percents: Sequence[int | None], rule: Rule = MEMORY) -> list[tuple[int, str]]:
    """Return at which second what becomes of a share of memory that is given for every second."""
    watch = Watch([rule])
    found: list[tuple[int, str]] = []
    for at, percent in enumerate(percents):
        known = None if percent is None else (percent, 100)
        found += [(at, _name(change)) for change in watch.see(tick(at, memory=known), PLAIN)]
    return found


def _name(change: Change) -> str:
    return change.alert.severity if isinstance(change, Raised) else "cleared"


def test_a_warning_comes_after_its_time_and_goes_after_its_time() -> None:
    assert seen([50, *[91] * 7, *[80] * 7]) == [(6, "warning"), (13, "cleared")]


def test_a_short_peak_and_a_short_dip_change_nothing() -> None:
    assert seen([*[91] * 5, 89, *[91] * 5]) == []
    assert seen([*[91] * 6, *[80] * 5, 86, *[80] * 5]) == [(5, "warning")]


def test_between_the_thresholds_everything_stays() -> None:
    assert seen([*[91] * 6, *[87] * 60]) == [(5, "warning")]
    assert seen([87] * 60) == []


def test_what_gets_worse_is_raised_again() -> None:
    assert seen([*[91] * 6, *[98] * 6]) == [(5, "warning"), (11, "critical")]


def test_what_is_critical_at_once_is_no_warning_first() -> None:
    assert seen([98] * 7) == [(5, "critical")]


def test_what_gets_better_is_a_warning_again_and_then_over() -> None:
    found = seen([*[98] * 6, *[91] * 6, *[50] * 6])
    assert found == [(5, "critical"), (11, "warning"), (17, "cleared")]
    assert seen([*[98] * 6, *[50] * 9]) == [(5, "critical"), (11, "cleared")]


def test_a_rule_without_what_is_critical() -> None:
    assert seen([100] * 9, replace(MEMORY, critical=None)) == [(5, "warning")]


def test_a_gap_in_what_is_known_of_the_machine_changes_nothing() -> None:
    assert seen([*[91] * 6, *[None] * 60, *[80] * 6]) == [(5, "warning"), (71, "cleared")]


def test_without_time_to_hold_it_comes_at_once() -> None:
    watch = Watch([DISK])
    changes = watch.see(tick(7.0, disk=200 << 20), PLAIN)
    message = "the disk of the workspace has 200 MiB left (warning below 1 GiB)"
    assert changes == [Raised(Alert(at=7.0, rule="disk", severity="warning", message=message))]
    changes = watch.see(tick(8.0, disk=0), PLAIN)
    message = "the disk of the workspace has 0 B left (critical below 100 MiB)"
    assert changes == [Raised(Alert(at=8.0, rule="disk", severity="critical", message=message))]


def test_steps_are_watched_one_by_one() -> None:
    watch = Watch([STEP_MEMORY])
    context = Context(cpus=2.0, memory_bytes={A: 100, B: 100})
    (raised,) = watch.see(tick(0.0, steps={"a": 99, "b": 50}), context)
    assert isinstance(raised, Raised)
    assert raised.alert.step == A
    assert raised.alert.message == "step `a` holds 99 B of memory, 99 % of its 100 B (warning above 95 %)"
    (other,) = watch.see(tick(1.0, steps={"a": 99, "b": 95}), context)
    assert isinstance(other, Raised)
    assert other.alert.step == B


def test_a_step_that_ends_clears_its_alerts_at_once() -> None:
    watch = Watch([STEP_MEMORY])
    context = Context(cpus=2.0, memory_bytes={A: 100, B: 100})
    watch.see(tick(0.0, steps={"a": 99, "b": 50}), context)
    assert watch.see(tick(1.0), context) == [Cleared(at=1.0, rule="step-memory", step=A)]
    assert watch.see(tick(2.0), context) == []


def test_another_attempt_of_a_slow_step_is_not_slow() -> None:
    watch = Watch([SLOW_STEP])

    def at(now: float, started: float) -> list[Change]:
        return watch.see(tick(now), Context(cpus=2.0, usual_s={A: 2.0}, started_at={A: started}))

    assert at(5.9, 0.0) == []
    (raised,) = at(6.0, 0.0)
    assert isinstance(raised, Raised)
    assert at(7.0, 6.5) == [Cleared(at=7.0, rule="slow-step", step=A)]


def test_all_rules_at_once_in_their_order() -> None:
    watch = Watch(RULES)
    context = Context(cpus=2.0, waiting=1, memory_bytes={A: 10}, usual_s={A: 1.0}, started_at={A: 0.0})
    raised: list[str] = []
    for at in range(20):
        bad = tick(float(at), cpus_busy=0.0, memory=(99, 100), disk=1, waited=0.9, steps={"a": 10})
        for change in watch.see(bad, context):
            assert isinstance(change, Raised)
            raised.append(change.alert.rule)
    assert raised == ["step-memory", "disk", "memory", "slow-step", "pressure", "idle-cpu"]


_STEPS = st.lists(
    st.tuples(st.floats(0.1, 3.0), st.sampled_from([0, 84, 86, 88, 91, 93, 96, 98])), max_size=60
)


@settings(max_examples=50, deadline=None)
@given(_STEPS, st.floats(0, 5), st.floats(0, 5))
def test_an_alert_never_flaps_within_its_times(
    steps: list[tuple[float, int]], hold_s: float, clear_s: float
) -> None:
    watch = Watch([replace(MEMORY, critical=None, hold_s=hold_s, clear_s=clear_s)])
    now, turned, raised, course = 0.0, 0.0, False, []
    for passed, percent in steps:
        now += passed
        course.append((now, percent))
        for change in watch.see(tick(now, memory=(percent, 100)), PLAIN):
            # Raised and cleared take turns, and each time all that was seen was for it for long enough.
            assert isinstance(change, Cleared) is raised
            since = now - (clear_s if raised else hold_s)
            assert turned <= since + 1e-9
            recent = [share for at, share in course if at >= since and at > turned]
            assert all(share < 86 for share in recent) if raised else all(share >= 90 for share in recent)
            turned, raised = now, not raised


@settings(max_examples=50, deadline=None)
@given(_STEPS)
def test_severities_follow_what_is_seen(steps: list[tuple[float, int]]) -> None:
    watch = Watch([MEMORY])
    now, severity = 0.0, ""
    for passed, percent in steps:
        now += passed
        changes = watch.see(tick(now, memory=(percent, 100)), PLAIN)
        assert len(changes) <= 1
        for change in changes:
            before, severity = severity, change.alert.severity if isinstance(change, Raised) else ""
            assert severity != before
            if severity == "critical":
                assert percent >= 97
            if not severity:
                assert percent < 86
