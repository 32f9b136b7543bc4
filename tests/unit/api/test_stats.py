"""What is told of a history, and what is refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.history import FakeHistory, past_attempt, past_run, stories, story
from tests.support.told_history import NOW, SOUTH, moved, told_rewrite, told_stories
from wfopt.api.stats import StatsOptions, ViewKind, stats
from wfopt.api.stats_health import Surroundings
from wfopt.api.stats_whole import Place
from wfopt.errors import UserError
from wfopt.metrics.gate import parse_gate
from wfopt.metrics.views import Stats, StepView, TrendView
from wfopt.model.history import RunStory, Scope
from wfopt.model.outcome import StepStatus

Told = Callable[..., Stats]


@pytest.fixture
def told(tmp_path: Path) -> Told:
    """Return what is told of a history in memory."""
    around = Surroundings(
        workspace=str(tmp_path),
        state_folder=str(tmp_path / ".wfopt"),
        cache_folder=str(tmp_path / "cache"),
        wall=lambda: NOW,
    )

    def tell(
        history: FakeHistory, kind: str = "overview", *names: str, scope: Scope | None = None, **more: Any
    ) -> Stats:
        options = StatsOptions(scope=scope or Scope(), kind=ViewKind(kind), names=names, **more)
        place = Place(around=around, database=str(tmp_path / "none"), remembered=history.count(Scope()))
        return stats(history, options, place, NOW)

    return tell


def refusal(told: Callable[[], object]) -> str:
    with pytest.raises(UserError) as caught:
        told()
    return "; ".join(", ".join((each.message, *each.hints)) for each in caught.value.diagnostics)


def test_the_only_workflow_is_meant(told: Told) -> None:
    found = told(FakeHistory(told_stories()))
    assert (found.scope.workflow, found.runs, found.hosts) == ("wfopt.yml", 40, ("north",))
    assert found.whole is not None
    assert [trend.step for trend in found.whole.trends] == [None, "build"]
    assert found.whole.workflows == ()


def test_trends_are_the_largest_ones(told: Told) -> None:
    walls = {f"s{step}": [1.0 + step] * 30 + [(1.0 + step) * 2] * 20 for step in range(5)}
    found = told(FakeHistory(stories(50, walls)))
    assert found.whole is not None
    assert [trend.step for trend in found.whole.trends] == [None, "s4", "s3"]


def test_a_view_alone_leaves_the_rest_out(told: Told) -> None:
    history = FakeHistory(told_stories())
    assert told(history, "runs", whole=False).whole is None
    assert told(history, "runs").whole is not None
    assert told(history, "health", whole=False).whole is not None
    assert told(history, "optimization", whole=False).view is None


def test_several_workflows(told: Told) -> None:
    history = FakeHistory([*stories(3), story(past_run("x", workflow="other.yml", started_at=1.0))])
    found = told(history)
    assert found.scope.workflow is None
    assert found.whole is not None
    assert [(row.workflow, row.runs) for row in found.whole.workflows] == [("wfopt.yml", 3), ("other.yml", 1)]
    assert found.whole.trends == ()
    one = told(history, scope=Scope(branch="main", workflow="other.yml")).whole
    assert one is not None
    assert (one.overview.runs, one.workflows) == (1, ())
    gated = refusal(lambda: told(history, gates=(parse_gate("wall p50 +1%"),)))
    assert gated == (
        "`--gate` is about one workflow, and the history has 2: `other.yml`, `wfopt.yml`,"
        " name one: `wfopt stats FILE`"
    )


def test_filters_may_leave_one_workflow_of_several(told: Told) -> None:
    history = FakeHistory([*stories(3), story(past_run("x", workflow="other.yml", branch="else"))])
    whole = told(history, scope=Scope(branch="else")).whole
    assert whole is not None
    assert (whole.overview.runs, whole.workflows) == (1, ())


@pytest.mark.parametrize("kind", ViewKind)
def test_an_empty_history_has_no_views(kind: ViewKind, told: Told) -> None:
    found = told(FakeHistory(), kind.value, "a", "b")
    assert (found.runs, found.view, found.hosts, found.gate_host) == (0, None, (), "")


def test_a_step_that_does_not_exist(told: Told) -> None:
    history = FakeHistory(
        [story("r", [past_attempt("test[os=a]"), past_attempt("test[os=b]"), past_attempt("z")])]
    )
    assert refusal(lambda: told(history, "step", "test")) == (
        "`--step test`: no run has a step `test`, name one of its cells: `test[os=a]`, `test[os=b]`"
    )
    assert refusal(lambda: told(history, "step", "q")) == (
        "`--step q`: no run has a step `q`, known: `test[os=a]`, `test[os=b]`, `z`"
    )
    gates = (parse_gate("step:y wall p50 +1%"), parse_gate("step:z wall p50 +1%"))
    assert refusal(lambda: told(history, gates=gates)) == (
        "`--gate step:y wall p50 +1%`: no run has a step `y`, known: `test[os=a]`, `test[os=b]`, `z`"
    )


def test_a_step_that_the_filters_leave_out(told: Told) -> None:
    runs = [story("old", [past_attempt("gone")]), story("new", [past_attempt("a")])]
    assert refusal(lambda: told(FakeHistory(runs), "step", "gone", scope=Scope(limit=1))) == (
        "`--step gone`: none of the runs that are looked at has a step `gone`"
    )


def test_a_step_on_the_machine_of_its_newest_success(told: Told) -> None:
    runs = [moved(each, host=SOUTH) if number < 20 else each for number, each in enumerate(told_stories())]
    view = told(FakeHistory(runs), "step", "build").view
    assert isinstance(view, StepView)
    assert (view.series.host, len(view.series.values), view.figures.totals.runs) == ("north", 20, 40)
    assert [run.run_id for run, _ in view.last][:2] == ["run-0039", "run-0038"]
    assert len(view.last) == 10
    assert view.memory.p90 is not None


def test_a_step_that_never_succeeded_has_no_durations(told: Told) -> None:
    runs = [story(f"r{number}", [past_attempt("a", status=StepStatus.FAILED)]) for number in range(3)]
    view = told(FakeHistory(runs), "step", "a").view
    assert isinstance(view, StepView)
    assert (view.series.host, list(view.series.values), view.wall.p50) == ("", [], None)


def test_trends_name_commits_where_there_are_any(told: Told) -> None:
    view = told(FakeHistory(told_stories()), "trend").view
    assert isinstance(view, TrendView)
    assert [series.step for series in view.series] == [None, "fetch", "build", "test"]
    assert view.revisions == {"run-0030": "aa0f" + "0" * 36}
    plain = past_run(commit="", branch="")
    bare = told(FakeHistory(stories(60, {"a": [1.0] * 40 + [2.0] * 20}, template=plain)), "trend").view
    assert isinstance(bare, TrendView)
    assert bare.series[1].trends
    assert bare.revisions == {}


def test_gates_look_at_the_machine_of_the_newest_run(told: Told) -> None:
    fast = stories(20, {"a": [1.0]})
    slow = [moved(each, host=SOUTH) for each in stories(20, {"a": [9.0]})]
    gates = (parse_gate("wall p50 +10%"), parse_gate("step:a wall p50 +10%"))
    found = told(FakeHistory([*fast, *slow]), gates=gates)
    assert (found.gate_host, [each.before for each in found.gates], found.tripped) == (
        "south",
        [9.0, 9.0],
        (),
    )
    worse = told(FakeHistory([*slow, *stories(10, {"a": [1.0]}), *stories(5, {"a": [2.0]})]), gates=gates)
    assert (worse.gate_host, len(worse.tripped)) == ("north", 2)


def test_a_whole_history_with_an_optimization(told: Told) -> None:
    whole = told(FakeHistory(told_stories(), [told_rewrite()])).whole
    assert whole is not None
    assert (whole.savings.runs, whole.savings.predicted_s) == (30, 2.5)


@pytest.mark.parametrize(
    ("before", "after", "kinds", "counts"),
    [
        ("last~1", "last", ("run", "run"), (1, 1)),
        ("run-0003", "main", ("run", "branch"), (1, 30)),
        ("feature/fast", "main", ("branch", "branch"), (10, 30)),
        ("aa00", "aa13000", ("commit", "commit"), (2, 2)),
    ],
)
def test_sides_of_a_comparison(
    before: str, after: str, kinds: tuple[str, str], counts: tuple[int, int], told: Told
) -> None:
    view: Any = told(FakeHistory(told_stories()), "compare", before, after).view
    assert (view.before.kind, view.after.kind) == kinds
    assert (len(view.before.runs), len(view.after.runs)) == counts
    assert view.host == "north"


def test_an_ambiguous_commit(told: Told) -> None:
    runs = [story(past_run(f"r{each}", commit="abcd" + each * 36)) for each in "12"]
    assert refusal(lambda: told(FakeHistory(runs), "compare", "abcd", "last")) == (
        "`--compare abcd`: 2 commits start like that, write more of it"
    )


def test_a_comparison_keeps_to_the_common_machine(told: Told) -> None:
    def on(host: str, branch: str, number: int) -> RunStory:
        made = past_run(f"{host}-{branch}-{number}", branch=branch)
        one = story(made, [past_attempt("a", 1.0 if host == "north" else 50.0)])
        return one if host == "north" else moved(one, host=SOUTH)

    runs = [on(host, branch, number) for host in ("south", "north") for branch in "xy" for number in range(6)]
    view: Any = told(FakeHistory(runs), "compare", "x", "y").view
    assert (view.host, len(view.before.runs), len(view.after.runs)) == ("north", 6, 6)
    assert view.steps[0].comparison.before == 1.0
    apart: Any = told(FakeHistory(runs), "compare", "south-x-0", "north-x-0").view
    assert (apart.host, apart.steps[0].comparison.ratio) == ("", pytest.approx(0.02))


def test_steps_of_either_side_are_compared(told: Told) -> None:
    runs = [
        story(
            "one", [past_attempt("gone"), past_attempt("both"), past_attempt("bad", status=StepStatus.FAILED)]
        ),
        story("two", [past_attempt("both", 2.0), past_attempt("new"), past_attempt("bad")]),
    ]
    view: Any = told(FakeHistory(runs), "compare", "one", "two").view
    assert [(pair.step, pair.before, pair.after) for pair in view.steps] == [
        ("both", "succeeded", "succeeded"),
        ("new", "", "succeeded"),
        ("bad", "failed", "succeeded"),
        ("gone", "succeeded", ""),
    ]
    assert [pair.comparison is None for pair in view.steps] == [False, True, True, True]


def test_runs_name_what_failed_but_not_what_may_fail(told: Told) -> None:
    failed = past_run("r2", ending=told_stories()[7].run.ending)
    attempts = [
        past_attempt("bad", status=StepStatus.FAILED),
        past_attempt("may", status=StepStatus.FAILED, allowed=True),
        past_attempt("flaky", status=StepStatus.FAILED),
        past_attempt("flaky", attempt=2),
    ]
    view: Any = told(FakeHistory([story("r1", attempts), story(failed, attempts)]), "runs").view
    assert [(row.run.run_id, row.failed) for row in view.rows] == [("r2", ("bad",)), ("r1", ())]
    assert view.total == 2


def test_branches_hide_which_result_was_in_place(told: Told) -> None:
    history = FakeHistory(told_stories())
    full: Any = told(history, "cache").view
    part: Any = told(history, "cache", scope=Scope(branch="main")).view
    assert {each.step: each.unknown for each in full.steps} == {"build": 0, "fetch": 0}
    assert {each.step: each.unknown for each in part.steps} == {"build": 0, "fetch": 6}
    assert full.steps[0].step == "build"
