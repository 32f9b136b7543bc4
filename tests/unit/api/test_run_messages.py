"""The use case of a run: what it explains, keeps in logs and hides."""

from pathlib import Path

import pytest

from tests.support.builders import step, workflow
from tests.support.runners import FakeClock, FakeRunner
from tests.support.runners import Plan as Script
from tests.support.stages import Stage
from wfopt.codes import LOG_CAPPED, LOGS_LOST, STEP_FAILED
from wfopt.engine import logs
from wfopt.engine.report import RunReport
from wfopt.events import Noticed, StepFinished, StepOutput
from wfopt.formats.expressions import parse_template
from wfopt.metrics.keep import USUAL_KEEP
from wfopt.model.expressions import Template
from wfopt.model.outcome import Enforcer, LimitHit, LimitKind, RunStatus
from wfopt.model.workflow import Argv, StepId, Workflow

SECRET = "correct-horse-battery"


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return Stage(tmp_path)


def test_a_failure_is_explained_before_its_end_is_told(stage: Stage) -> None:
    lines = b"".join(b"line %d\n" % number for number in range(12))
    report = stage.run(workflow("a"), {"a": Script(output=lines, exit_code=3)})
    (notice,) = stage.notices
    assert (notice.code, report.notices) == (STEP_FAILED, (notice,))
    assert notice.causes == tuple(f"output: line {number}" for number in range(4, 12))
    assert notice.hints == (f"the whole output is in `.wfopt/runs/{report.run_id}/a.log`",)
    kinds = [type(event) for event in stage.events]
    assert kinds.index(Noticed) == kinds.index(StepFinished) - 1


def test_a_step_over_its_memory_is_told_what_it_held_before(stage: Stage) -> None:
    mib = 1 << 20
    asking = workflow([step("a", memory_bytes=200 * mib)])
    hit = LimitHit(kind=LimitKind.MEMORY, limit=200 * mib, observed=201 * mib, enforced_by=Enforcer.KERNEL)
    killed = {"a": Script(exit_code=0, limit=hit, peak_memory_bytes=201 * mib)}
    scripts = [killed, *({"a": Script(peak_memory_bytes=peak * mib)} for peak in (120, 190)), killed]
    for number, script in enumerate(scripts):
        stage.runner = FakeRunner(FakeClock(now=50.0 * (number + 1)))
        stage.run(asking, script, keep=USUAL_KEEP, host="north")
    assert len(stage.notices[0].causes) == 1
    assert stage.notices[-1].causes[1] == "history: peaks of 120 to 190 MiB over 2 runs"


def test_a_failed_hook_is_explained(stage: Stage) -> None:
    stage.run(workflow([], finally_steps=["finally:x"]), {"finally:x": Script(exit_code=3)})
    assert [each.code for each in stage.notices] == [STEP_FAILED]
    assert "`finally:x`" in stage.notices[0].message


def test_a_long_log_is_told_once(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "MOST_BYTES", 4)
    stage.run(workflow("ab"), {"a": Script(output=b"12345", stdout=b"6"), "b": Script(output=b"1234")})
    assert [each.code for each in stage.notices] == [LOG_CAPPED]
    assert "`a`" in stage.notices[0].message


def test_lost_logs_are_told_once(stage: Stage) -> None:
    def lose() -> None:
        (folder,) = (stage.state / "runs").iterdir()
        for name in ("b.log", "c.log"):
            (folder / name).mkdir()

    scripts = {"a": Script(action=lose), "b": Script(output=b"x"), "c": Script(output=b"x")}
    assert stage.run(workflow("abc"), scripts).status is RunStatus.SUCCEEDED
    assert [each.code for each in stage.notices] == [LOGS_LOST]


def everything(stage: Stage, report: RunReport) -> str:
    """Return all that is shown or kept of a run."""
    files = (
        path.read_bytes().decode("utf-8", "replace") for path in stage.folder.rglob("*") if path.is_file()
    )
    return "\n".join([repr(stage.events), repr((report.steps, report.hooks, report.notices)), *files])


OWN = {"TOKEN": Template.plain(SECRET)}


@pytest.mark.parametrize(
    ("made", "environ"),
    [
        (workflow([step("a", secrets=("TOKEN",))]), {"TOKEN": SECRET}),
        (workflow([step("a", secrets=("TOKEN",), env=OWN)]), {}),
        (workflow([step("a", env=OWN)], secrets=("TOKEN",)), {}),
        (workflow(["a", step("b", secrets=("TOKEN",), env=OWN)]), {}),
        (workflow(["a"], finally_steps=[step("finally:x", secrets=("TOKEN",), env=OWN)]), {}),
    ],
)
def test_secrets_are_neither_shown_nor_kept(stage: Stage, made: Workflow, environ: dict[str, str]) -> None:
    script = Script(output=f"it is {SECRET}\nand ".encode(), stdout=SECRET.encode(), exit_code=1)
    report = stage.run(made, {"a": script}, environ=environ)
    shown = b"".join(event.data for event in stage.events if isinstance(event, StepOutput))
    assert shown == b"it is ***\nand ***"
    assert SECRET not in everything(stage, report)
    assert stage.notices[-1].causes == ("output: it is ***", "output: and ***")


def test_secrets_that_the_run_puts_together_are_hidden(stage: Stage) -> None:
    late = {"TOKEN": parse_template("${{ needs.a.status }}!")}
    second = step("b", secrets=("TOKEN",), env=late, references=frozenset({"needs.a"}))
    scripts = {"a": Script(output=b"succeeded!"), "b": Script(output=b"succeeded!")}
    stage.run(workflow(["a", second], [("a", "b")]), scripts)
    assert [event.data for event in stage.events if isinstance(event, StepOutput)] == [b"succeeded!", b"***"]


def test_what_is_no_secret_is_shown(stage: Stage) -> None:
    environ = {"TOKEN": SECRET, "EMPTY": ""}
    made = workflow([step("a", secrets=("EMPTY", "ABSENT"))])
    report = stage.run(made, {"a": Script(output=SECRET.encode())}, environ=environ)
    assert SECRET in everything(stage, report)


def test_expressions_know_a_matrix_as_a_whole(stage: Stage) -> None:
    cells = [step(f"t[x={x}]", definition="t", cell=(("x", x),), capture="X") for x in "12"]
    asked = ["needs.t.status", "needs['t[x=1]'].status", "needs['t[x=1]'].out.X", "needs.cut.status"]
    arguments = tuple(parse_template(f"${{{{ {each} }}}}") for each in asked)
    mentions = frozenset({"needs.t", "needs.t[x=1]", "needs.cut"})
    tell = step("finally:x", run=Argv(arguments), references=mentions)
    scripts = {"t[x=1]": Script(stdout=b"first\n"), "t[x=2]": Script(exit_code=1)}
    stage.run(workflow(cells, finally_steps=[tell]), scripts)
    assert stage.runner.launches[-1].argv == ("failed", "succeeded", "first", "skipped")


def test_logs_of_services_are_closed_at_the_end(stage: Stage) -> None:
    serve = step("a", effects=frozenset({"service"}))
    open_files: list[int] = []

    def look() -> None:
        assert stage.logs is not None
        stage.logs(StepOutput(at=2.0, step=StepId("a"), data=b"late\n"))
        open_files.append(len(stage.logs._files))

    scripts = {"a": Script(output=b"up\n", serves=True), "finally:x": Script(action=look)}
    report = stage.run(workflow([serve], finally_steps=["finally:x"]), scripts)
    assert (stage.state / "runs" / report.run_id / "a.log").read_bytes() == b"up\nlate\n"
    assert open_files == [1]
    assert stage.logs is not None
    assert stage.logs._files == {}
