"""The loop: what steps hand on to later ones."""

from pathlib import Path

import pytest

from tests.support.builders import step, workflow
from tests.support.runners import Plan as Script
from tests.support.runs import run
from wfopt.codes import BAD_EXPRESSION
from wfopt.engine.attempts import MOST_CAPTURED_BYTES
from wfopt.events import StepOutput
from wfopt.formats.expressions import parse_condition, parse_template
from wfopt.model.outcome import RunStatus, StepStatus
from wfopt.model.workflow import Argv, Retries, Step

A = frozenset({"needs.a"})
LATE = frozenset({"needs.a", "needs.t"})


def telling(name: str, text: str) -> Step:
    """Return a step whose only argument is the text."""
    return step(name, run=Argv((parse_template(text),)), references=LATE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "run").mkdir()
    return tmp_path


def writing(folder: Path, text: str, name: str = "a", exit_code: int = 0) -> Script:
    """Return a script that leaves this text in its file of values."""
    path = folder / f"run/{name}.values"

    def write() -> None:
        path.write_text(text, encoding="utf-8")

    return Script(action=write, exit_code=exit_code)


def test_captured_stdout_reaches_later_steps() -> None:
    steps = [step("a", capture="VERSION"), telling("b", "v${{ needs.a.out.VERSION }}!")]
    told = run(workflow(steps, [("a", "b")]), {"a": Script(output=b"noise\n", stdout=b"1.2\n\n")})
    assert [launch.argv for launch in told.runner.launches] == [(), ("v1.2!",)]
    assert [launch.capture for launch in told.runner.launches] == [True, False]


def test_captured_stdout_is_shown_too() -> None:
    told = run(workflow([step("a", capture="X")]), {"a": Script(output=b"err\n", stdout=b"out\n")})
    shown = [event.data for event in told.events if isinstance(event, StepOutput)]
    assert shown == [b"err\n", b"out\n"]


def test_captured_secret_is_not_shown() -> None:
    steps = [step("a", capture="X", secrets=("X",)), telling("b", "${{ needs.a.out.X }}")]
    told = run(workflow(steps, [("a", "b")]), {"a": Script(output=b"err\n", stdout=b"hush-hush\n")})
    shown = [event.data for event in told.events if isinstance(event, StepOutput)]
    assert shown == [b"err\n"]
    assert told.runner.launches[1].argv == ("hush-hush",)
    assert "hush-hush" not in told.masker.text("it said hush-hush")


@pytest.mark.parametrize(("value", "runs"), [(b"yes\n", True), (b"no\n", False)])
def test_conditions_know_captured_values(value: bytes, runs: bool) -> None:
    late = step("b", condition=parse_condition("needs.a.out.X == 'yes'"), references=A)
    told = run(workflow([step("a", capture="X"), late], [("a", "b")]), {"a": Script(stdout=value)})
    assert ("b" in told.started) is runs


def test_too_long_captured_stdout_fails_the_step() -> None:
    script = Script(stdout=b"x" * (MOST_CAPTURED_BYTES + 1))
    told = run(workflow([step("a", capture="X")]), {"a": script})
    assert told.outcomes["a"].reason == "its captured stdout is too long"
    assert told.end.status is RunStatus.FAILED


def test_longest_captured_stdout_is_handed_on() -> None:
    steps = [step("a", capture="X"), telling("b", "${{ needs.a.out.X }}")]
    script = Script(stdout=b"x" * MOST_CAPTURED_BYTES)
    told = run(workflow(steps, [("a", "b")]), {"a": script})
    assert told.runner.launches[1].argv == ("x" * MOST_CAPTURED_BYTES,)


def test_each_attempt_captures_afresh() -> None:
    steps = [step("a", capture="X", retries=Retries(max=1)), telling("b", "${{ needs.a.out.X }}")]
    scripts = {"a": [Script(stdout=b"first\n", exit_code=1), Script(stdout=b"second\n")]}
    assert run(workflow(steps, [("a", "b")]), scripts).runner.launches[2].argv == ("second",)


def test_values_of_the_file_reach_later_steps(folder: Path) -> None:
    steps = ["a", telling("b", "${{ needs.a.out.ONE }}+${{ needs.a.out.TWO }}")]
    script = writing(folder, "ONE=1\nTWO<<END\n2\n3\nEND\n")
    told = run(workflow(steps, [("a", "b")]), {"a": script}, folder=str(folder))
    assert told.runner.launches[0].env["WFOPT_STEP_OUTPUT"] == str(folder / "run/a.values")
    assert told.runner.launches[1].argv == ("1+2\n3",)
    assert list((folder / "run").iterdir()) == []


def test_file_has_the_last_word_about_a_captured_name(folder: Path) -> None:
    steps = [step("a", capture="X"), telling("b", "${{ needs.a.out.X }}")]
    script = Script(stdout=b"stdout", action=writing(folder, "X=file\n").action)
    told = run(workflow(steps, [("a", "b")]), {"a": script}, folder=str(folder))
    assert told.runner.launches[1].argv == ("file",)


def test_values_of_a_failed_attempt_are_forgotten(folder: Path) -> None:
    steps = [step("a", retries=Retries(max=1)), telling("b", "${{ needs.a.out.X }}")]
    scripts = {"a": [writing(folder, "X=old\n", exit_code=1), Script()]}
    told = run(workflow(steps, [("a", "b")]), scripts, folder=str(folder))
    assert told.outcomes["b"].status is StepStatus.FAILED
    assert told.outcomes["b"].reason == "`needs.a.out` has no `X`; nothing is declared there"


def test_malformed_file_of_values_fails_the_step(folder: Path) -> None:
    told = run(workflow(["a"]), {"a": writing(folder, "word\n")}, folder=str(folder))
    reason = "`$WFOPT_STEP_OUTPUT` cannot be used: line 1 is neither `NAME=VALUE` nor `NAME<<END`"
    assert told.outcomes["a"].reason == reason
    assert told.outcomes["a"].exit_code == 0


def test_unreadable_file_of_values_fails_the_step(tmp_path: Path) -> None:
    (tmp_path / "run").touch()
    told = run(workflow(["a"]), folder=str(tmp_path))
    assert told.outcomes["a"].reason.startswith("`$WFOPT_STEP_OUTPUT` cannot be used: not a directory: ")


def test_a_value_that_nobody_left_has_no_meaning() -> None:
    told = run(workflow(["a", telling("b", "${{ needs.a.out.X }}")], [("a", "b")]))
    assert told.outcomes["b"].reason == "`needs.a.out` has no `X`; nothing is declared there"
    assert told.end.status is RunStatus.FAILED


def test_expressions_know_the_status_of_a_matrix() -> None:
    steps = ["t1", step("t2", allow_failure=True), telling("b", "${{ needs.t.status }}")]
    told = run(workflow(steps, [("t1", "b"), ("t2", "b")]), {"t2": Script(exit_code=1)}, groups={"t": (0, 1)})
    assert told.runner.launches[2].argv == ("failed",)


def test_expressions_know_what_failed() -> None:
    late = step(
        "c",
        run=Argv((parse_template("${{ failed.ids }}"),)),
        condition=parse_condition("always()"),
        references=frozenset({"failed.ids"}),
    )
    told = run(
        workflow(["a", "b", late], [("a", "c"), ("b", "c")]),
        {"a": Script(exit_code=1), "b": Script(exit_code=1)},
        keep_going=True,
    )
    assert told.runner.launches[2].argv == ("a b",)


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("needs.a.out.X == 'yes'", True),
        ("needs.a.out.X == 'no'", False),
        ("failure()", True),
        ("success()", False),
    ],
)
def test_an_expression_allows_a_failure(text: str, allowed: bool) -> None:
    late = step("b", allow_failure=parse_condition(text), references=A)
    steps = [step("a", capture="X"), late, "c"]
    scripts = {"a": Script(stdout=b"yes\n"), "b": Script(exit_code=3)}
    told = run(workflow(steps, [("a", "b"), ("b", "c")]), scripts)
    assert told.outcomes["b"].allowed is allowed
    assert ("c" in told.started) is allowed
    assert told.end.status is (RunStatus.SUCCEEDED if allowed else RunStatus.FAILED)


def test_an_expression_without_value_allows_nothing() -> None:
    failing = step("a", allow_failure=parse_condition("needs.ghost.status == 'failed'"))
    told = run(workflow([failing]), {"a": Script(exit_code=3)})
    assert told.notices == [BAD_EXPRESSION.number]
    assert told.outcomes["a"].reason == "exit status 3"
    assert not told.outcomes["a"].allowed


def test_an_expression_is_asked_only_about_failures() -> None:
    rule = parse_condition("needs.ghost.status == 'failed'")
    told = run(workflow([step("a", allow_failure=rule)]))
    assert told.notices == []
    stopped = run(workflow([step("a", allow_failure=rule)]), signals=[(0.5, 2)])
    assert stopped.notices == []
    assert stopped.outcomes["a"].status is StepStatus.CANCELLED
